import { aggregate, arithmetic, column, compare, integer, isNull, select } from '../../sql/tree.ts'
import type { Expr, From, Query } from '../../sql/tree.ts'
import { carried } from '../carried.ts'
import type { PlacedWindow } from './active-positions.ts'

export interface SpanShape {
  /** Names of the key columns. */
  readonly keys: readonly string[]
  /** Positions are days, of which windows know the seconds. */
  readonly days: boolean
  /** Rows hold until a `last` position of their own. */
  readonly intervals: boolean
  readonly windows: readonly (PlacedWindow & { readonly index: number })[]
}

/**
 * Rows of one slice and grouping, counted by where they lie (`position`; of intervals also the `last` position that any row so far
 * reaches) and where the entity's next row lies.
 *
 * @param rows `entity`, `position`, the keys, and for intervals `last`.
 * @param told The keys an entity is followed apart by; the others are null.
 */
export function activeSpans(rows: Query, part: number, told: readonly string[], { keys, days, intervals, windows }: SpanShape): Query {
  const row = (as: string): Expr => column('places', as)
  const order = { partitionBy: [...told, 'entity'].map(row), orderBy: [{ expr: row('position'), direction: 'ASC' as const }] }
  const followed = select({
    columns: [
      ...[...keys, 'position'].map((as) => ({ expr: row(as), as })),
      ...(intervals ? [{ expr: { kind: 'window', fn: 'max', arg: row('last'), ...order, frame: 'peers' } as const, as: 'last' }] : []),
      { expr: { kind: 'window', fn: 'lead', arg: row('position'), ...order, frame: 'partition' }, as: 'next' },
    ],
    from: { kind: 'query', query: rows, as: 'places' },
  })
  const raw = (as: string): Expr => column('steps', as)
  // Narrow while they are put in order, which costs less; wide where they are added up.
  const step = (as: string): Expr => (keys.includes(as) ? raw(as) : days ? { kind: 'epoch', of: raw(as) } : { kind: 'cast', of: raw(as), to: 'integer' })
  // No window tells apart what lies further on than the longest reaches.
  const horizon = intervals ? integer(Math.max(...windows.map(({ until }) => until))) : arithmetic(step('position'), '+', integer(Math.max(...windows.map(({ from, until }) => until - from))))
  const next: Expr = { kind: 'case', whens: [{ when: compare(step('next'), '<=', horizon), result: step('next') }], otherwise: horizon }
  const shown = [...keys, 'position', ...(intervals ? ['last'] : [])].map((as) => ({ expr: step(as), as }))
  const placed = days ? raw : step
  // Of several rows in one place the last speaks for all.
  const last: Expr = { kind: 'or', of: [isNull(placed('next')), compare(placed('next'), '>', placed('position'))] }
  const steps: From = { kind: 'query', query: followed, as: 'steps' }
  const counted = (from: From, where: Expr | null, entities: Expr): Query =>
    select({
      columns: [{ expr: integer(part), as: 'part' }, ...shown, { expr: next, as: 'next' }, { expr: entities, as: 'entities' }],
      from,
      where,
      groupBy: [...shown.map(({ expr }) => expr), next],
    })
  if (!days) return counted(steps, last, aggregate({ name: 'count' }, null))
  // Days are made seconds once all rows of a day and a next one are counted.
  const alike = carried([...keys, 'position', 'next'], 'steps')
  const daily = select({ columns: [...alike, { expr: aggregate({ name: 'count' }, null), as: 'entities' }], from: steps, where: last, groupBy: alike.map(({ expr }) => expr) })
  return counted({ kind: 'query', query: daily, as: 'steps' }, null, aggregate({ name: 'sum' }, raw('entities')))
}

/** Entities by part, window and keys: those whose last row before the window's end reaches into it. */
export function countedByWindow(spans: Query, { keys, intervals, windows }: SpanShape): Query {
  const span = (as: string): Expr => column('spans', as)
  const edge = (as: string): Expr => column('windows', as)
  const part = { expr: span('part'), as: 'part' }
  const bucket = { expr: edge('bucket'), as: 'bucket' }
  const groups = keys.map((as) => ({ expr: span(as), as }))
  return select({
    columns: [part, bucket, ...groups, { expr: aggregate({ name: 'sum' }, span('entities')), as: 'entities' }],
    from: {
      kind: 'inner_join',
      left: { kind: 'query', query: spans, as: 'spans' },
      right: { kind: 'values', rows: windows.map(({ index, from, until }) => [integer(index), integer(from), integer(until)]), columns: ['bucket', 'begins', 'ends'], as: 'windows' },
      on: {
        kind: 'and',
        of: [compare(span('position'), '<', edge('ends')), compare(span('next'), '>=', edge('ends')), compare(span(intervals ? 'last' : 'position'), '>=', edge('begins'))],
      },
    },
    groupBy: [part, bucket, ...groups].map(({ expr }) => expr),
  })
}
