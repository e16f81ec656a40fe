import { aggregate, arithmetic, column, compare, integer, isNull, select } from '../../sql/tree.ts'
import type { Expr, From, OutputColumn, Query } from '../../sql/tree.ts'
import { named } from '../carried.ts'
import { stretchOf } from '../axis.ts'
import type { Edge } from '../axis.ts'
import type { PlannedKey } from '../group-keys.ts'
import { asDays } from './movement-axis.ts'
import { bothOf, isNotZero, isPositive, nested, sumSoFar, total, when } from './movement-flows.ts'
import { changeColumn, keyColumn } from './movement-history.ts'
import type { History } from './movement-history.ts'

/** A window: the moment its members are taken at, and the moment they are looked at again. */
export interface FollowedPair {
  readonly start: Edge
  readonly end: Edge
}

/** Parts of a followed read, as columns. */
export const FOLLOWED_COLUMNS = ['start_amount', 'end_amount', 'kept_amount', 'start_entities', 'end_entities'] as const

const heldColumn = (number: number): string => `balance_${number}`

/**
 * What each entity holds at the start and at the end of windows, told by the windows at which it changes: a change counts at the
 * start of the windows that start after it, and at the end of those that end after it. Windows are in order and have one length,
 * so both are numbers that never fall.
 *
 * @param apart one of `keys` whose values are followed each by itself, as if each were an entity of its own (currencies).
 */
export function statesOf(history: History, pairs: readonly FollowedPair[], slices: readonly number[], keys: readonly PlannedKey[], apart: PlannedKey | null): Query {
  const of = (as: string): Expr => column('states', as)
  const names = ['entity', ...keys.map(keyColumn)]
  const events = nested({ kind: 'union_all', parts: keys.length === 0 ? wholeEvents(history, pairs, slices) : groupEvents(history, pairs, slices, keys, apart) }, 'states')
  const sums = ['start_change', 'end_change', ...slices.map(changeColumn)]
  const grouped = select({
    columns: [...[...names, 'pair'].map((as) => ({ expr: of(as), as })), ...sums.map((as) => ({ expr: total(of(as)), as }))],
    from: events,
    where: compare(of('pair'), '<', integer(pairs.length)),
    groupBy: [...names, 'pair'].map(of),
  })
  const partition = names.map(of)
  const running = (change: string, as: string): OutputColumn => ({ expr: sumSoFar(of(change), partition, of('pair')), as })
  return select({
    columns: [
      ...[...names, 'pair', ...sums].map((as) => ({ expr: of(as), as })),
      running('start_change', 'at_start'),
      running('end_change', 'at_end'),
      ...slices.map((number) => running(changeColumn(number), heldColumn(number))),
    ],
    from: nested(grouped, 'states'),
  })
}

/** Changes as seen from the starts of the windows, then from their ends. */
function wholeEvents(history: History, pairs: readonly FollowedPair[], slices: readonly number[], keys: readonly PlannedKey[] = []): readonly Query[] {
  const of = (as: string): Expr => column('events', as)
  const side = (which: 'start' | 'end'): Query =>
    select({
      columns: [
        ...['entity', ...keys.map(keyColumn)].map((as) => ({ expr: of(as), as })),
        { expr: pairAt(pairs, which, of('day')), as: 'pair' },
        { expr: which === 'start' ? of('amount') : integer(0), as: 'start_change' },
        { expr: which === 'end' ? of('amount') : integer(0), as: 'end_change' },
        ...slices.map((number) => ({ expr: which === 'start' ? of(changeColumn(number)) : integer(0), as: changeColumn(number) })),
      ],
      from: history.changes('events', slices, keys),
    })
  return [side('start'), side('end')]
}

/** Each group of an entity sees all changes of the entity, and its own slices' besides. */
function groupEvents(history: History, pairs: readonly FollowedPair[], slices: readonly number[], keys: readonly PlannedKey[], apart: PlannedKey | null): readonly Query[] {
  const of = (as: string): Expr => column('events', as)
  const wholes = (as: string): Expr => column('wholes', as)
  const groupColumns = ['entity', ...keys.map(keyColumn)].map((as) => ({ expr: of(as), as }))
  const own = select({
    columns: [
      ...groupColumns,
      { expr: pairAt(pairs, 'start', of('day')), as: 'pair' },
      { expr: integer(0), as: 'start_change' },
      { expr: integer(0), as: 'end_change' },
      ...slices.map((number) => ({ expr: of(changeColumn(number)), as: changeColumn(number) })),
    ],
    from: history.changes('events', slices, keys),
  })
  const groups = select({ columns: groupColumns, from: history.changes('events', [], keys), groupBy: groupColumns.map(({ expr }) => expr) })
  const apartKeys = apart === null ? [] : [apart]
  const entityColumns = ['entity', ...apartKeys.map(keyColumn)]
  const ofEntity = [...entityColumns, 'pair']
  const whole = select({
    columns: [...ofEntity.map((as) => ({ expr: wholes(as), as })), { expr: total(wholes('start_change')), as: 'start_change' }, { expr: total(wholes('end_change')), as: 'end_change' }],
    from: nested({ kind: 'union_all', parts: wholeEvents(history, pairs, [], apartKeys) }, 'wholes'),
    where: compare(wholes('pair'), '<', integer(pairs.length)),
    groupBy: ofEntity.map(wholes),
  })
  const all = select({
    columns: [
      ...groupColumns,
      { expr: wholes('pair'), as: 'pair' },
      { expr: wholes('start_change'), as: 'start_change' },
      { expr: wholes('end_change'), as: 'end_change' },
      ...slices.map((number) => ({ expr: integer(0), as: changeColumn(number) })),
    ],
    from: { kind: 'inner_join', left: nested(groups, 'events'), right: nested(whole, 'wholes'), on: bothOf(...entityColumns.map((as) => sameValue(of(as), wholes(as)))) },
  })
  return [own, all]
}

/** Also true of two nulls, in a form that engines join by hashing. */
function sameValue(a: Expr, b: Expr): Expr {
  const text = (of: Expr): Expr => ({ kind: 'coalesce', of: [{ kind: 'cast', of, to: 'text' }, { kind: 'param', value: '', type: 'text' }] })
  return bothOf(compare(text(a), '=', text(b)), compare(isNull(a), '=', isNull(b)))
}

function pairAt(pairs: readonly FollowedPair[], which: 'start' | 'end', day: Expr): Expr {
  const found = stretchOf(asDays(day), pairs.map((pair) => pair[which]))
  if (found === null) throw new TypeError('There are too many windows to spell out.')
  return found
}

/**
 * For one slice, by window and group: how much more (or less) than in the window before the members held at its start, hold at its
 * end (never below nothing), and kept; and how many members there are, and hold something at the end. Members hold something in the
 * slice, and as a whole, at the start.
 */
export function followedOf(table: string, slice: number, keys: readonly PlannedKey[]): { readonly columns: readonly OutputColumn[]; readonly from: From; readonly where: Expr } {
  const of = (as: string): Expr => column('followed', as)
  const names = ['pair', ...keys.map(keyColumn)]
  const before = (now: string, change: string): Expr => arithmetic(of(now), '-', of(change))
  const members = select({
    columns: [
      ...[...names, 'at_start', 'at_end'].map((as) => ({ expr: of(as), as })),
      { expr: before('at_start', 'start_change'), as: 'was_at_start' },
      { expr: before('at_end', 'end_change'), as: 'was_at_end' },
      { expr: memberOf(of(heldColumn(slice)), of('at_start')), as: 'member' },
      { expr: memberOf(before(heldColumn(slice), changeColumn(slice)), before('at_start', 'start_change')), as: 'was_member' },
      { expr: when(isNull(of('entity')), integer(0), integer(1)), as: 'known' },
    ],
    from: named(table, 'followed'),
  })
  const gain = (value: (start: Expr, end: Expr) => Expr): Expr => {
    const now = when(bothOf(isPositive(of('member'))), value(of('at_start'), of('at_end')))
    const then = when(bothOf(isPositive(of('was_member'))), value(of('was_at_start'), of('was_at_end')))
    return aggregate({ name: 'sum' }, arithmetic(now, '-', then))
  }
  const gains = {
    start_amount: gain((start) => start),
    end_amount: gain((_, end) => when(isPositive(end), end)),
    kept_amount: gain((start, end) => ({ kind: 'case', whens: [{ when: compare(end, '<=', integer(0)), result: integer(0) }, { when: compare(end, '<', start), result: end }], otherwise: start })),
    start_entities: gain(() => of('known')),
    end_entities: gain((_, end) => when(isPositive(end), of('known'))),
  } satisfies Record<(typeof FOLLOWED_COLUMNS)[number], Expr>
  const summed = select({
    columns: [...names.map((as) => ({ expr: of(as), as })), ...FOLLOWED_COLUMNS.map((as) => ({ expr: gains[as], as }))],
    from: nested(members, 'followed'),
    groupBy: names.map(of),
  })
  return {
    columns: [...names, ...FOLLOWED_COLUMNS].map((as) => ({ expr: of(as), as })),
    from: nested(summed, 'followed'),
    where: { kind: 'or', of: FOLLOWED_COLUMNS.map((as) => isNotZero(of(as))) },
  }
}

function memberOf(held: Expr, whole: Expr): Expr {
  return when(bothOf(isPositive(held), isPositive(whole)), integer(1))
}
