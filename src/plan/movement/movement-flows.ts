import { aggregate, arithmetic, column, compare, integer, isNull, select } from '../../sql/tree.ts'
import type { Expr, From, OutputColumn, Query, WindowExpr } from '../../sql/tree.ts'
import { named } from '../carried.ts'
import type { PlannedKey } from '../group-keys.ts'
import type { DayAxis } from './movement-axis.ts'
import { changeColumn, keyColumn } from './movement-history.ts'
import type { History } from './movement-history.ts'

/** What a slice's change of a day is, as rows of a result tell it. `opening` gathers all that came before the first bucket. */
export const CLASSES = { opening: 0, new: 1, reactivation: 2, churned: 3, entering_segment: 4, leaving_segment: 5, expansion: 6, contraction: 7 } as const
export type ChangeClass = keyof typeof CLASSES

const ZERO = integer(0)
export const isPositive = (expr: Expr): Expr => compare(expr, '>', ZERO)
export const isNotPositive = (expr: Expr): Expr => compare(expr, '<=', ZERO)
export const isNotZero = (expr: Expr): Expr => ({ kind: 'not', of: compare(expr, '=', ZERO) })
export const when = (condition: Expr, result: Expr, otherwise: Expr = ZERO): Expr => ({ kind: 'case', whens: [{ when: condition, result }], otherwise })
export const bothOf = (...of: readonly Expr[]): Expr => ({ kind: 'and', of })
export const nested = (query: Query, as: string): From => ({ kind: 'query', query, as })
const balanceColumn = (number: number): string => `balance_${number}`

/** A sum so far, in the order of one column. */
export function sumSoFar(arg: Expr, partitionBy: readonly Expr[], by: Expr, frame: WindowExpr['frame'] = 'rows'): WindowExpr {
  return { kind: 'window', fn: 'sum', arg, partitionBy, orderBy: [{ expr: by, direction: 'ASC' }], frame }
}

/** A sum that is 0 of nothing. */
export const total = (of: Expr): Expr => ({ kind: 'coalesce', of: [aggregate({ name: 'sum' }, of), ZERO] })

/**
 * Every day on which an entity changed, once a group, with what the day did to the whole entity (`turn`: 1 new, 2 reactivation,
 * 3 churned, 0 none of these), and each slice's change and balance.
 *
 * An entity holds while its balance is above 0. It is new where it held on no earlier day of the whole history.
 */
export function movesOf(history: History, axis: DayAxis, slices: readonly number[], keys: readonly PlannedKey[]): Query {
  const of = (as: string): Expr => column('moves', as)
  const splitting = keys.filter((key) => history.splits(key))
  const keyed = splitting.length > 0
  // Everything is a slice whose changes are those of the whole, and its balance too, unless groups split it.
  const apart = slices.filter((number) => number !== 0)
  const changeOf = (number: number): Expr => of(number === 0 ? 'change' : changeColumn(number))
  const copies = (names: readonly string[]): OutputColumn[] => names.map((as) => ({ expr: of(as), as }))
  const place = ['entity', 'day', ...keys.map(keyColumn)]
  const days = select({
    columns: [
      ...copies(place),
      { expr: total(of('amount')), as: 'change' },
      ...apart.map((number) => ({ expr: total(of(changeColumn(number))), as: changeColumn(number) })),
    ],
    from: history.changes('moves', apart, keys),
    groupBy: place.map(of),
  })
  const group = [of('entity'), ...splitting.map((key) => of(keyColumn(key)))]
  const ofDay: Expr = keyed ? { kind: 'window', fn: 'sum', arg: of('change'), partitionBy: [of('entity'), of('day')], orderBy: [], frame: 'partition' } : of('change')
  const running = select({
    columns: [
      ...copies([...place, 'change', ...apart.map(changeColumn)]),
      { expr: ofDay, as: 'whole_change' },
      { expr: sumSoFar(of('change'), [of('entity')], of('day'), keyed ? 'peers' : 'rows'), as: 'whole' },
      ...(keyed ? slices : apart).map((number) => ({ expr: sumSoFar(changeOf(number), group, of('day')), as: balanceColumn(number) })),
    ],
    from: nested(days, 'moves'),
  })
  const heldOn = when(isPositive(of('whole')), of('day'), { kind: 'null' })
  const first = select({
    columns: [
      ...copies([...place, 'whole_change', 'whole']),
      ...slices.flatMap((number) => [
        { expr: changeOf(number), as: changeColumn(number) },
        { expr: of(number === 0 && !keyed ? 'whole' : balanceColumn(number)), as: balanceColumn(number) },
      ]),
      { expr: { kind: 'window', fn: 'min', arg: heldOn, partitionBy: [of('entity')], orderBy: [], frame: 'partition' }, as: 'first_day' },
    ],
    from: nested(running, 'moves'),
  })
  const before = arithmetic(of('whole'), '-', of('whole_change'))
  const turn: Expr = {
    kind: 'case',
    whens: [
      { when: bothOf(isNotPositive(before), isPositive(of('whole')), compare(of('day'), '=', of('first_day'))), result: integer(CLASSES.new) },
      { when: bothOf(isNotPositive(before), isPositive(of('whole'))), result: integer(CLASSES.reactivation) },
      { when: bothOf(isPositive(before), isNotPositive(of('whole'))), result: integer(CLASSES.churned) },
    ],
    otherwise: ZERO,
  }
  return select({
    columns: [
      { expr: axis.key(of('day')), as: 'bucket' },
      { expr: when(axis.isOpening(of('day')), integer(1)), as: 'is_opening' },
      { expr: turn, as: 'turn' },
      { expr: when(isNull(of('entity')), ZERO, integer(1)), as: 'known' },
      ...copies([...keys.map(keyColumn), ...slices.flatMap((number) => [changeColumn(number), balanceColumn(number)])]),
    ],
    from: nested(first, 'moves'),
  })
}

/**
 * The flows of one slice: by bucket, group and class the sum of its changes (signed), and how many entities began (less those that
 * ceased) to hold; of expansions and contractions how many there were.
 *
 * @param only leaves all other classes out.
 */
export function flowsOf(table: string, slice: number, keys: readonly PlannedKey[], only: ChangeClass | null): { readonly columns: readonly OutputColumn[]; readonly from: From; readonly where: Expr } {
  const of = (as: string): Expr => column('flows', as)
  const change = of(changeColumn(slice))
  const balance = of(balanceColumn(slice))
  const before = arithmetic(balance, '-', change)
  const kind: Expr = {
    kind: 'case',
    whens: [
      { when: compare(of('is_opening'), '=', integer(1)), result: integer(CLASSES.opening) },
      { when: isPositive(of('turn')), result: of('turn') },
      { when: bothOf(isNotPositive(before), isPositive(balance)), result: integer(CLASSES.entering_segment) },
      { when: bothOf(isPositive(before), isNotPositive(balance)), result: integer(CLASSES.leaving_segment) },
      { when: isPositive(change), result: integer(CLASSES.expansion) },
    ],
    otherwise: integer(CLASSES.contraction),
  }
  const names = ['bucket', ...keys.map(keyColumn)]
  const classed = select({
    columns: [
      ...names.map((as) => ({ expr: of(as), as })),
      { expr: kind, as: 'class' },
      { expr: change, as: 'change' },
      { expr: arithmetic(when(isPositive(balance), of('known')), '-', when(isPositive(before), of('known'))), as: 'step' },
      { expr: of('known'), as: 'known' },
    ],
    from: named(table, 'flows'),
    where: isNotZero(change),
  })
  const grouped = [...names, 'class']
  const events = when(compare(of('class'), '>=', integer(CLASSES.expansion)), of('known'), of('step'))
  const summed = select({
    columns: [...grouped.map((as) => ({ expr: of(as), as })), { expr: aggregate({ name: 'sum' }, of('change')), as: 'amount' }, { expr: aggregate({ name: 'sum' }, events), as: 'entities' }],
    from: nested(classed, 'flows'),
    groupBy: grouped.map(of),
  })
  // What has come and gone by the first bucket is nothing.
  const isSomething: Expr = { kind: 'or', of: [isNotZero(of('amount')), isNotZero(of('entities'))] }
  return {
    columns: [...grouped, 'amount', 'entities'].map((as) => ({ expr: column('flows', as), as })),
    from: nested(summed, 'flows'),
    where: only === null ? isSomething : bothOf(compare(of('class'), '=', integer(CLASSES[only])), isSomething),
  }
}
