import { aggregate, arithmetic, column, compare, integer, select } from '../../sql/tree.ts'
import type { Expr, From, OutputColumn, Query, Select } from '../../sql/tree.ts'
import { carried, named, withNamed } from '../carried.ts'
import type { NamedQuery } from '../carried.ts'
import { ReadFold } from '../fold.ts'
import { keyNames, strictAttempts, unorderedAttempts } from './funnel-attempts.ts'
import { orderedAttempts } from './funnel-chain.ts'
import { funnelEvents } from './funnel-events.ts'
import type { FunnelEvents } from './funnel-events.ts'
import { partValue } from '../parts.ts'
import type { FunnelMeasure, Read, ReadResult } from '../read.ts'
import { axisFor, spanOf } from '../rows.ts'
import type { PlanContext } from '../rows.ts'
import type { Scan, ScanColumn, ScanValue } from '../scan.ts'
import { WORD_BITS, distinctPredicates } from '../forms/slice-keys.ts'
import { within } from '../time-column.ts'

/** Reads that count the same attempts: of one slice, over one axis. */
interface Choice {
  readonly slice: number
  readonly reads: readonly number[]
  readonly read: Read<FunnelMeasure>
}

/**
 * How far entities come in each bucket. Of an entity's attempts that open in the slice and bucket the one that gets furthest counts,
 * and of several the earliest. All reads share steps, window, order and group keys; each table is read once, or once a time
 * dimension where steps follow several of one table.
 */
export function funnelScan(context: PlanContext, reads: readonly Read<FunnelMeasure>[]): Scan {
  const [first] = reads
  if (first === undefined) throw new TypeError('A scan needs at least one read.')
  const { measure } = first
  const slices = distinctPredicates(reads)
  const events = funnelEvents(context, reads, slices.map(({ predicate }) => predicate))
  const choices = choicesOf(reads, slices.map(({ reads: indexes }) => indexes))
  const isUnordered = measure.order === 'unordered'
  const span = spanOf(reads)
  const shared = isUnordered ? [] : (measure.order === 'strict' ? strictAttempts : orderedAttempts)(measure, events, (at) => within(events.at(at), span))

  const axes = choices.map(({ read }) => axisFor(context, events.at(column('placed', 'at_1')), [read]))
  const windows: NamedQuery[] = []
  const parts = choices.map((choice, index): Select => {
    const { predicate } = slices[choice.slice] ?? first
    const isOfSlice = (table: string): Expr | null =>
      predicate.kind === 'all' ? null : { kind: 'bit_test', of: column(table, `slices_${Math.floor(choice.slice / WORD_BITS) + 1}`), bit: choice.slice % WORD_BITS }
    const opens = (table: string, at: string): Expr => {
      const inPeriod = within(events.at(column(table, at)), choice.read.period)
      const ofSlice = isOfSlice(table)
      return ofSlice === null ? inPeriod : { kind: 'and', of: [inPeriod, ofSlice] }
    }
    const axis = axes[index] ?? null
    if (axis === null) throw new TypeError('A funnel has no bucket column.')
    const bucket = axis === 'none' ? null : axis
    const attempts = ((): Query => {
      if (!isUnordered) return select({ columns: carried(attemptColumns(measure, events), 'attempts'), from: named('attempts'), where: opens('attempts', 'at_1') })
      const isOpening = opens('events', 'at')
      const { tables, query } = unorderedAttempts(measure, isOpening, bucket?.expr ?? null, `windows_${index + 1}`)
      windows.push(...tables)
      return events.keys.length === 0 ? query : withKeys(measure, events, query, isOpening)
    })()
    return counted(measure, events, { kind: 'query', as: 'placed', query: attempts }, bucket, index)
  })

  const steps = measure.steps.length
  const keyColumns = events.keys.map(({ kind }) => kind)
  const columns: readonly ScanColumn[] = ['id', 'seconds', ...keyColumns, ...Array.from({ length: 2 * steps - 1 }, () => 'number' as const)]
  return {
    semanticModel: measure.semanticModel,
    form: 'funnel',
    why: `${measure.order} attempts of ${steps} steps, the best of each entity chosen for ${choices.length} slices and periods`,
    query: withNamed([{ name: 'events', query: events.query }, ...shared, ...windows], parts.length === 1 ? (parts[0] as Query) : { kind: 'union_all', parts }),
    columns,
    reads,
    fold: (data, rowCount) => {
      const folds = reads.map((read) => new ReadFold(read, Array.from({ length: 2 * steps - 1 }, () => 'never' as const)))
      const at = (index: number, row: number): ScanValue => data[index]?.[row] ?? null
      for (let row = 0; row < rowCount; row++) {
        const position = Number(at(0, row))
        const choice = choices[position]
        const axis = axes[position] ?? null
        if (choice === undefined || axis === null) continue
        const values = events.keys.map((key, index) => key.decode(at(2 + index, row)))
        const found = axis === 'none' ? 0 : axis.bucketOf(choice.read)(at(1, row))
        if (found < 0) continue
        const counts = Array.from({ length: 2 * steps - 1 }, (_, index) => partValue(at(2 + events.keys.length + index, row)))
        for (const index of choice.reads) folds[index]?.add(values, found, counts)
      }
      return folds.map((fold): ReadResult => fold.result())
    },
  }
}

function choicesOf(reads: readonly Read<FunnelMeasure>[], slices: readonly (readonly number[])[]): readonly Choice[] {
  const found = new Map<string, Choice & { readonly reads: number[] }>()
  slices.forEach((indexes, slice) => {
    for (const index of indexes) {
      const read = reads[index]
      if (read === undefined) continue
      const { period, grain, buckets } = read
      const id = [slice, period.startUtcMs, period.endUtcMs, grain ?? '', buckets.length].join('|')
      const known = found.get(id)
      if (known) known.reads.push(index)
      else found.set(id, { slice, reads: [index], read })
    }
  })
  return [...found.values()]
}

function attemptColumns(measure: FunnelMeasure, events: Pick<FunnelEvents, 'keys' | 'isOneStepEach'>): readonly string[] {
  return ['entity', ...placeNames(measure, events), 'reached', ...momentNames(measure), ...keyNames(events)]
}

function momentNames({ steps }: FunnelMeasure): readonly string[] {
  return steps.map((_, step) => `at_${step + 1}`)
}

/** What attempts opened at one instant are put in order by, before their keys. */
function placeNames({ order }: FunnelMeasure, { isOneStepEach }: Pick<FunnelEvents, 'isOneStepEach'>): readonly string[] {
  return order === 'ordered' && isOneStepEach ? [] : ['position']
}

/** The keys of the opening event; of several of one instant the first by their values. */
function withKeys(measure: FunnelMeasure, events: FunnelEvents, attempts: Query, isOpening: Expr): Query {
  const keys = keyNames(events)
  const ranked = select({
    columns: [
      ...carried(['entity', 'at', ...keys], 'events'),
      {
        expr: { kind: 'window', fn: 'row_number', arg: null, partitionBy: [column('events', 'entity'), column('events', 'at')], orderBy: keys.map((as) => ({ expr: column('events', as), direction: 'ASC' })), frame: 'partition' },
        as: 'place',
      },
    ],
    from: named('events'),
    where: { kind: 'and', of: [{ kind: 'bit_test', of: column('events', 'steps'), bit: 0 }, isOpening] },
  })
  const [own, opening] = ['attempts', 'openings']
  const on: Expr = {
    kind: 'and',
    of: [compare(column(own, 'entity'), '=', column(opening, 'entity')), compare(column(own, 'at_1'), '=', column(opening, 'at')), compare(column(opening, 'place'), '=', integer(1))],
  }
  return select({
    columns: [...carried(attemptColumns(measure, { ...events, keys: [] }), own), ...carried(keys, opening)],
    from: { kind: 'inner_join', left: { kind: 'query', query: attempts, as: own }, right: { kind: 'query', query: ranked, as: opening }, on },
  })
}

/** One attempt an entity and bucket, counted by how far it got. */
function counted(measure: FunnelMeasure, events: FunnelEvents, attempts: From, axis: { readonly expr: Expr; readonly isMoment: boolean } | null, choice: number): Select {
  const names = attemptColumns(measure, events)
  const buckets = axis === null ? [] : ['bucket']
  const bucketed: From =
    axis === null ? attempts : { kind: 'query', as: 'placed', query: select({ columns: [...carried(names, 'placed'), { expr: axis.expr, as: 'bucket' }], from: attempts }) }
  const candidates: From = measure.order === 'unordered' ? bucketed : { kind: 'query', as: 'placed', query: earliest(measure, events, bucketed, buckets) }
  const asc = (as: string): { expr: Expr; direction: 'ASC' } => ({ expr: column('placed', as), direction: 'ASC' })
  const orderBy = [{ expr: column('placed', 'reached'), direction: 'DESC' as const }, asc('at_1'), ...[...placeNames(measure, events), ...keyNames(events)].map(asc)]
  const ranked = select({
    columns: [
      ...carried([...names, ...buckets], 'placed'),
      { expr: { kind: 'window', fn: 'row_number', arg: null, partitionBy: ['entity', ...buckets].map((as) => column('placed', as)), orderBy, frame: 'partition' }, as: 'place' },
    ],
    from: candidates,
  })
  const best = (as: string): Expr => column('ranked', as)
  const keys = events.keys.map((_, index): OutputColumn => ({ expr: best(`key_${index + 1}`), as: `key_${index + 1}` }))
  const counts = measure.steps.map((_, step): OutputColumn => ({ expr: aggregate({ name: 'count' }, best(`at_${step + 1}`)), as: `count_${step + 1}` }))
  const medians = measure.steps.slice(1).map((_, index): OutputColumn => {
    const seconds: Expr = { kind: 'seconds_between', from: best(`at_${index + 1}`), to: best(`at_${index + 2}`) }
    const apart: Expr = measure.order === 'unordered' ? { kind: 'greatest', of: [seconds, arithmetic(integer(0), '-', seconds)] } : seconds
    return { expr: aggregate({ name: 'median' }, apart), as: `median_${index + 2}` }
  })
  const shown: Expr = axis === null ? integer(0) : axis.isMoment ? { kind: 'epoch', of: best('bucket') } : best('bucket')
  return select({
    columns: [{ expr: integer(choice), as: 'choice' }, { expr: shown, as: 'bucket' }, ...keys, ...counts, ...medians],
    from: { kind: 'query', query: ranked, as: 'ranked' },
    where: compare(best('place'), '=', integer(1)),
    groupBy: [...(axis === null ? [] : [best('bucket')]), ...keys.map(({ expr }) => expr)],
  })
}

/**
 * The earliest attempt of each entity, bucket, reach and group. Of attempts that reach one step in order the first to open is the first
 * everywhere, so the least moments are its own; and grouping is faster than ranking all attempts.
 */
function earliest(measure: FunnelMeasure, events: FunnelEvents, attempts: From, buckets: readonly string[]): Select {
  const alike = carried(['entity', ...buckets, 'reached', ...keyNames(events)], 'placed')
  const least = [...placeNames(measure, events), ...momentNames(measure)].map((as): OutputColumn => ({ expr: aggregate({ name: 'min' }, column('placed', as)), as }))
  return select({ columns: [...alike, ...least], from: attempts, groupBy: alike.map(({ expr }) => expr) })
}
