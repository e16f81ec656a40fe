import { KpiqlError } from '../../base/errors.ts'
import type { Activity, DimensionKind } from '../../model/types.ts'
import { integer, isNull, select, small } from '../../sql/tree.ts'
import type { Expr, OutputColumn, Query } from '../../sql/tree.ts'
import { activityWhere, eventTime } from '../metrics/activity-rows.ts'
import type { EventAxis } from '../axis.ts'
import { cellsOf } from '../forms/cells.ts'
import { conversionClock, conversionSpans } from './conversion-times.ts'
import type { ConversionClock } from './conversion-times.ts'
import { planKeys } from '../group-keys.ts'
import type { PlannedKey } from '../group-keys.ts'
import type { ConversionMeasure, Read } from '../read.ts'
import { Relation, semanticModelOf } from '../relation.ts'
import { axisFor } from '../rows.ts'
import type { PlanContext } from '../rows.ts'
import type { ScanColumn } from '../scan.ts'
import { cellKeys, distinctPredicates, maskKeys } from '../forms/slice-keys.ts'
import type { SliceKeys } from '../forms/slice-keys.ts'
import { asUtcClock, timeColumn, within } from '../time-column.ts'
import type { TimeColumn } from '../time-column.ts'

/** Past this many cells slices are told by bits. */
const MOST_CELLS = 2000

/** Both events of a conversion as rows of one table, and what is known of the base events among them. */
export interface ConversionEvents {
  /** `entity`, `property_n`, `at`, `converts` (0 or 1), and of base events `tie_n`, `asked`, `bucket` and the attributes. */
  readonly query: Query
  readonly clock: ConversionClock
  readonly properties: readonly string[]
  /** In the order in which base events of one instant stand: the last gets what follows. */
  readonly ties: readonly string[]
  /** Null where all lie in the one bucket of every read. */
  readonly axis: EventAxis | null
  readonly slices: SliceKeys
  readonly keysOfReads: readonly (readonly PlannedKey[])[]
  nameOfKey(key: PlannedKey): string
  /** Slice columns, then group keys. Booleans come as 1 and 0, which every engine can take the largest of. */
  readonly attributes: readonly { readonly as: string; readonly kind: ScanColumn }[]
}

export function conversionEvents(context: PlanContext, measure: ConversionMeasure, reads: readonly Read<ConversionMeasure>[]): ConversionEvents {
  const bases = new Relation(context, measure.base.semanticModel)
  const others = new Relation(context, measure.conversion.semanticModel)
  const baseTime = timeOf(context, bases, measure.base)
  const otherTime = timeOf(context, others, measure.conversion)
  const kind = [baseTime, otherTime].some((time) => time.kind === 'date') ? 'days' : 'utc'
  const spans = conversionSpans(context, kind, reads)
  const clock = conversionClock(kind, spans.read)

  const rows = { relation: bases, reach: (name: string) => bases.dimension(name), span: spans.read }
  const found = axisFor(context, baseTime, reads)
  if (found === null) {
    throw new KpiqlError('NOT_SUPPORTED', {
      message: 'Conversions were asked over more buckets than are told apart one by one, and the buckets lie on no calendar grain.',
      hint: 'Ask fewer buckets, or periods that begin and end on whole minutes.',
    })
  }
  const axis = found === 'none' ? null : found
  const predicates = distinctPredicates(reads).map(({ predicate }) => predicate)
  const slices = cellsOf(predicates, rows.reach, context.facts).estimate <= MOST_CELLS ? cellKeys(reads, rows.reach, context) : maskKeys(reads, rows)
  const time = eventTime(context.model, measure.base.semanticModel, timeNameOf(measure.base))
  const keysOfReads = reads.map(({ by }) => planKeys(by, rows, { time }, context))
  const keys = new Map([...new Map(keysOfReads.flat().map((key) => [key.id, key])).values()].map((key, index) => [key.id, { key, as: `key_${index + 1}` }]))
  const attributes = [...slices.columns, ...[...keys.values()].map(({ key: { expr, kind: shown }, as }) => ({ expr, kind: shown, as }))]

  const pairs = measure.constantProperties.map((pair, index) => sameKind(bases.dimension(pair.base), others.dimension(pair.conversion), `property_${index + 1}`))
  // Which of two base events of one instant is the last only shows where slices or groups tell them apart.
  const tellsApart = attributes.length > 0
  // Those of one day have a time nonetheless.
  const hours = kind === 'days' && baseTime.kind !== 'date' ? [asUtcClock(baseTime, spans.read)] : []
  const ties = tellsApart ? [...hours, ...tiesOf(context, bases)].map((expr, index) => ({ expr, as: `tie_${index + 1}` })) : []
  const asked: Expr = { kind: 'case', whens: [{ when: within(baseTime, spans.asked), result: integer(1) }], otherwise: integer(0) }
  const ofBase: readonly OutputColumn[] = [
    ...ties,
    { expr: asked, as: 'asked' },
    ...(axis === null ? [] : [{ expr: axis.expr, as: 'bucket' }]),
    ...attributes.map(({ expr, kind: shown, as }) => ({ expr: shown === 'boolean' ? numbered(expr) : expr, as })),
  ]
  const baseEntity = bases.entity(measure.entity)
  const otherEntity = others.entity(measure.entity)
  const known = [otherEntity, ...pairs.map(({ conversion }) => conversion.expr)].map((expr): Expr => ({ kind: 'not', of: isNull(expr) }))
  const events = (entity: Expr, properties: readonly OutputColumn[], at: Expr, converts: number): readonly OutputColumn[] => [
    { expr: entity, as: 'entity' },
    ...properties,
    { expr: at, as: 'at' },
    { expr: small(converts), as: 'converts' },
  ]
  const baseWhere = activityWhere(measure.base, rows.reach, [within(baseTime, spans.read)])
  const otherWhere = activityWhere(measure.conversion, (name) => others.dimension(name), [within(otherTime, spans.read), ...known])
  return {
    query: {
      kind: 'union_all',
      parts: [
        select({ columns: [...events(baseEntity, pairs.map(({ base }) => base), clock.at(baseTime), 0), ...ofBase], from: bases.from(), where: baseWhere }),
        select({ columns: [...events(otherEntity, pairs.map(({ conversion }) => conversion), clock.at(otherTime), 1), ...ofBase.map(({ as }) => ({ expr: { kind: 'null' } as const, as }))], from: others.from(), where: otherWhere }),
      ],
    },
    clock,
    properties: pairs.map(({ base }) => base.as),
    ties: ties.map(({ as }) => as),
    axis,
    slices,
    keysOfReads,
    nameOfKey: ({ id }) => keys.get(id)?.as ?? '',
    attributes: attributes.map(({ as, kind: shown }) => ({ as, kind: shown })),
  }
}

/** What holds from a moment on happens at that moment. */
function timeNameOf({ time }: Activity): string {
  return time.kind === 'event' ? time.dimension : time.start
}

function timeOf(context: PlanContext, relation: Relation, activity: Activity): TimeColumn {
  return timeColumn(relation.dimension(timeNameOf(activity)), context.facts)
}

/** The table's key; without one all its own columns that the model names. Rows alike in these are in the same slices and groups. */
function tiesOf({ model }: PlanContext, bases: Relation): readonly Expr[] {
  const { entities, dimensions } = semanticModelOf(model, bases.semanticModel)
  const key = entities.find(({ type }) => type === 'primary') ?? entities.find(({ type }) => type === 'unique')
  const exprs = key === undefined ? [...entities, ...dimensions].map(({ expr }) => expr) : [key.expr]
  return [...new Set(exprs)].map((expr) => bases.base(expr, 'tie'))
}

function numbered(of: Expr): Expr {
  return { kind: 'case', whens: [{ when: isNull(of), result: { kind: 'null' } }, { when: of, result: integer(1) }], otherwise: integer(0) }
}

const NUMBERS: ReadonlySet<DimensionKind> = new Set<DimensionKind>(['integer', 'decimal', 'float'])

type Reached = ReturnType<Relation['dimension']>

/** Both sides of a pair in one type; of unlike kinds, as text. */
function sameKind(base: Reached, conversion: Reached, as: string): { readonly base: OutputColumn; readonly conversion: OutputColumn } {
  const kinds = [base.dimension.kind, conversion.dimension.kind]
  const alike = kinds[0] === kinds[1] || kinds.every((kind) => NUMBERS.has(kind))
  const side = (expr: Expr): OutputColumn => ({ expr: alike ? expr : { kind: 'cast', of: expr, to: 'text' }, as })
  return { base: side(base.expr), conversion: side(conversion.expr) }
}
