import type { Interval } from '../../model/interval.ts'
import { aggregate, column, compare, integer, select } from '../../sql/tree.ts'
import type { Expr, Query } from '../../sql/tree.ts'
import type { ConversionEvents } from './conversion-events.ts'

/**
 * One row a base event: its attributes, and per window how many conversions are credited to it (`credited_n`). At one instant base
 * events stand before conversions.
 */
export function creditedEvents({ query, clock, properties, ties, axis, attributes }: ConversionEvents, windows: readonly (Interval | null)[]): Query {
  const event = (as: string): Expr => column('events', as)
  const owner = ['entity', ...properties]
  const ofBase = ['asked', ...(axis === null ? [] : ['bucket']), ...attributes.map(({ as }) => as)]
  const isBase = (table: string): Expr => compare(column(table, 'converts'), '=', integer(0))
  const order = {
    partitionBy: owner.map(event),
    orderBy: ['at', 'converts', ...ties].map((as) => ({ expr: event(as), direction: 'ASC' as const })),
    frame: 'rows' as const,
  }
  const whenBase = (result: Expr): Expr => ({ kind: 'case', whens: [{ when: isBase('events'), result }], otherwise: { kind: 'null' } })
  const placed = select({
    columns: [
      ...[...owner, 'at', 'converts', ...ofBase].map((as) => ({ expr: event(as), as })),
      { expr: { kind: 'window', fn: 'count', arg: whenBase(integer(1)), ...order }, as: 'ordinal' },
      { expr: { kind: 'window', fn: 'max', arg: whenBase(event('at')), ...order }, as: 'base_at' },
    ],
    from: { kind: 'query', query, as: 'events' },
  })
  const row = (as: string): Expr => column('placed', as)
  const keys = [...owner, 'ordinal'].map(row)
  const credited = (window: Interval | null): Expr => {
    const converts = compare(row('converts'), '=', integer(1))
    return window === null ? converts : { kind: 'and', of: [converts, clock.inWindow(row('base_at'), row('at'), window)] }
  }
  return select({
    columns: [
      // Only the base event of a group has these; its conversions have nulls.
      ...ofBase.map((as) => ({ expr: aggregate({ name: 'max' }, row(as)), as })),
      ...windows.map((window, index) => ({ expr: aggregate({ name: 'count' }, null, credited(window)), as: `credited_${index + 1}` })),
    ],
    from: { kind: 'query', query: placed, as: 'placed' },
    // Conversions without a base event before them belong to none.
    where: compare(row('ordinal'), '>', integer(0)),
    groupBy: keys,
  })
}
