import { addLocal } from '../../base/civil-time.ts'
import { stableText } from '../../base/stable-hash.ts'
import type { Predicate } from '../../model/predicate.ts'
import type { Activity } from '../../model/types.ts'
import { allOf, integer, isNull, select } from '../../sql/tree.ts'
import type { Expr, OutputColumn, Query, Select } from '../../sql/tree.ts'
import { excludeEachOther } from './funnel-exclusive.ts'
import { planKeys } from '../group-keys.ts'
import type { PlannedKey } from '../group-keys.ts'
import { predicateSql } from '../predicate-sql.ts'
import type { FunnelMeasure, Read } from '../read.ts'
import { Relation } from '../relation.ts'
import { measureColumn, spanOf } from '../rows.ts'
import type { PlanContext } from '../rows.ts'
import { WORD_BITS } from '../forms/slice-keys.ts'
import { hasHappened, notBefore, startsBefore, utcClockOf } from '../time-column.ts'
import type { Span, TimeColumn } from '../time-column.ts'

const DAY_MS = 86_400_000

/** Every event that fits a step, one row each, whatever table it comes from. */
export interface FunnelEvents {
  /** Columns `entity`, `at`, `steps` (a bit a step it fits), `slices_1`… (a bit a slice it opens attempts of), `key_1`… (of the first step's rows). */
  readonly query: Query
  readonly keys: readonly PlannedKey[]
  /** 0 where every slice is the whole. */
  readonly sliceWords: number
  /** Whether surely no event fits two steps. */
  readonly isOneStepEach: boolean
  /** How `at` compares with moments: a wall clock of UTC, or days where all steps are dated. */
  at(expr: Expr): TimeColumn
}

interface StepGroup {
  readonly relation: Relation
  readonly entity: Expr
  readonly moment: TimeColumn
  readonly steps: readonly number[]
}

/** Steps of one table and time are read in one pass. */
export function funnelEvents(context: PlanContext, reads: readonly Read<FunnelMeasure>[], predicates: readonly Predicate[]): FunnelEvents {
  const [read] = reads
  if (read === undefined) throw new TypeError('A scan needs at least one read.')
  const { measure, by } = read
  const span = spanOf(reads)
  const wide = widened(span, measure)
  const groups = stepGroups(context, measure)
  const isDated = groups.every(({ moment }) => moment.kind === 'date')
  const first = groups[0] as StepGroup
  const firstTime = timeOf(measure.steps[0] as Activity)
  const keys = planKeys(by, { relation: first.relation, reach: (name) => first.relation.dimension(name), span }, { time: { kind: 'event', dimension: firstTime, granularity: null } }, context)
  const sliceWords = predicates.every(({ kind }) => kind === 'all') ? 0 : Math.ceil(predicates.length / WORD_BITS)
  const parts = groups.map((group): Select => {
    const { relation, entity, moment, steps } = group
    const reach = (name: string): ReturnType<Relation['dimension']> => relation.dimension(name)
    const opens = group === first
    const fits = steps.map((step): Expr | null => {
      const { filter } = measure.steps[step] as Activity
      return filter.kind === 'all' ? null : predicateSql(filter, reach)
    })
    const bits = steps.map((step, index): Expr => {
      const when = fits[index] ?? null
      return when === null ? integer(1n << BigInt(step)) : { kind: 'bit_when', bit: step, when }
    })
    const words = Array.from({ length: sliceWords }, (_, word): OutputColumn => {
      // Slices are of the event that opens; other tables may not even reach what they test.
      const ofWord = opens ? predicates.slice(word * WORD_BITS, (word + 1) * WORD_BITS) : []
      const of = ofWord.flatMap((predicate, bit): readonly Expr[] => (predicate.kind === 'all' ? [] : [{ kind: 'bit_when', bit, when: predicateSql(predicate, reach) }]))
      return { expr: sumOf(of), as: `slices_${word + 1}` }
    })
    const isAny = fits.includes(null) ? null : fits.length === 1 ? (fits[0] ?? null) : ({ kind: 'or', of: fits.filter((fit) => fit !== null) } satisfies Expr)
    const at = isDated ? ({ kind: 'cast', of: moment.expr, to: 'timestamp' } satisfies Expr) : utcClockOf(moment, wide)
    const columns: readonly OutputColumn[] = [
      { expr: entity, as: 'entity' },
      { expr: at, as: 'at' },
      { expr: sumOf(bits), as: 'steps' },
      ...words,
      ...keys.map(({ expr }, index): OutputColumn => ({ expr: opens ? expr : { kind: 'null' }, as: `key_${index + 1}` })),
    ]
    const inside: Expr = { kind: 'and', of: [notBefore(moment, wide.startUtcMs, wide.startLocalMs), startsBefore(moment, wide.endUtcMs, wide.endLocalMs), hasHappened(context, moment, span.zone)] }
    return select({ columns, from: relation.from(), where: allOf([{ kind: 'not', of: isNull(entity) }, inside, isAny]) })
  })
  return {
    query: parts.length === 1 ? (parts[0] as Select) : { kind: 'union_all', parts },
    keys,
    sliceWords,
    isOneStepEach: groups.every((group) => isOneStepEach(measure, group)),
    at: (expr) => (isDated ? { expr, kind: 'date', zone: 'UTC' } : { expr, kind: 'clock', zone: 'UTC' }),
  }
}

function isOneStepEach(measure: FunnelMeasure, { relation, steps }: StepGroup): boolean {
  const filters = steps.map((step) => (measure.steps[step] as Activity).filter)
  return filters.every((filter, index) => filters.slice(index + 1).every((other) => excludeEachOther(filter, other, (name) => relation.dimension(name).dimension.kind)))
}

function sumOf(of: readonly Expr[]): Expr {
  const [only] = of
  if (only === undefined) return integer(0)
  return of.length === 1 ? only : { kind: 'sum_of', of }
}

function timeOf({ time }: Activity): string {
  return time.kind === 'event' ? time.dimension : time.start
}

function stepGroups(context: PlanContext, { steps, entity }: FunnelMeasure): readonly StepGroup[] {
  const groups = new Map<string, StepGroup & { readonly steps: number[] }>()
  steps.forEach((step, index) => {
    const id = stableText([step.semanticModel, timeOf(step)])
    const known = groups.get(id)
    if (known) return void known.steps.push(index)
    const relation = new Relation(context, step.semanticModel)
    groups.set(id, { relation, entity: relation.entity(entity), moment: measureColumn(context, relation, timeOf(step)), steps: [index] })
  })
  return [...groups.values()]
}

/** All that an attempt opened in the span may reach, and a day of margin, since the bounds of dates and clocks are those of other zones. */
function widened(span: Span, { within, order }: FunnelMeasure): Span {
  const after = (ms: number): number => addLocal(ms, within.count, within.unit) + DAY_MS
  const before = (ms: number): number => (order === 'unordered' ? addLocal(ms, -within.count, within.unit) : ms) - DAY_MS
  return { zone: span.zone, startUtcMs: before(span.startUtcMs), startLocalMs: before(span.startLocalMs), endUtcMs: after(span.endUtcMs), endLocalMs: after(span.endLocalMs) }
}
