import { aggregate, arithmetic, column, compare, integer, isNull, select } from '../../sql/tree.ts'
import type { Expr, From, OutputColumn, Query, WindowExpr } from '../../sql/tree.ts'
import { carried, named } from '../carried.ts'
import type { NamedQuery } from '../carried.ts'
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
 *
 * @param held where the rows are read from, see `History.changes`.
 * @param name of the result, for what it is made from.
 */
export function movesOf(history: History, slices: readonly number[], keys: readonly PlannedKey[], held: From, name: string): { readonly before: readonly NamedQuery[]; readonly query: Query } {
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
    from: history.changes('moves', apart, keys, held),
    groupBy: place.map(of),
  })
  const group = [of('entity'), ...splitting.map((key) => of(keyColumn(key)))]
  const ofDay: Expr = { kind: 'window', fn: 'sum', arg: of('change'), partitionBy: [of('entity'), of('day')], orderBy: [], frame: 'partition' }
  const wholeChange = keyed ? 'whole_change' : 'change'
  const running = select({
    columns: [
      ...copies([...place, 'change', ...apart.map(changeColumn)]),
      ...(keyed ? [{ expr: ofDay, as: wholeChange }] : []),
      { expr: sumSoFar(of('change'), [of('entity')], of('day'), keyed ? 'peers' : 'rows'), as: 'whole' },
      ...(keyed ? slices : apart).map((number) => ({ expr: sumSoFar(changeOf(number), group, of('day')), as: balanceColumn(number) })),
      ...(keyed ? [] : ['day', 'change'].map((as) => ({ expr: firstOf(of(as), of('entity'), of('day')), as: `first_${as}` }))),
    ],
    from: nested(days, 'moves'),
  })
  const heldOn = when(isPositive(of('whole')), of('day'), { kind: 'null' })
  const firstHeld: Expr = { kind: 'window', fn: 'min', arg: heldOn, partitionBy: [of('entity')], orderBy: [], frame: 'partition' }
  const dayed = (firstDay: Expr, from: From, where: Expr | null): Query =>
    select({
      columns: [
        ...copies([...place, 'whole']),
        { expr: of(wholeChange), as: 'whole_change' },
        ...slices.flatMap((number) => [
          { expr: changeOf(number), as: changeColumn(number) },
          { expr: of(number === 0 && !keyed ? 'whole' : balanceColumn(number)), as: balanceColumn(number) },
        ]),
        { expr: firstDay, as: 'first_day' },
      ],
      from,
      where,
    })
  // Who begins with something holds from the first day on: only for those who do not the rows are gone through again.
  const balances = `${name}_balances`
  const begins = of('begins')
  const first: Query = keyed
    ? dayed(firstHeld, nested(running, 'moves'), null)
    : { kind: 'union_all', parts: [dayed(of('first_day'), named(balances, 'moves'), begins), dayed(firstHeld, named(balances, 'moves'), { kind: 'not', of: begins })] }
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
  const query = select({
    columns: [
      ...copies(['day']),
      { expr: turn, as: 'turn' },
      { expr: when(isNull(of('entity')), ZERO, integer(1)), as: 'known' },
      ...copies([...keys.map(keyColumn), ...slices.flatMap((number) => [changeColumn(number), balanceColumn(number)])]),
    ],
    from: nested(first, 'moves'),
  })
  const told = copies([...place, 'change', ...apart.map(changeColumn), 'whole', ...apart.map(balanceColumn), 'first_day'])
  const kept = select({ columns: [...told, { expr: isPositive(of('first_change')), as: 'begins' }], from: nested(running, 'moves') })
  return { before: keyed ? [] : [{ name: balances, query: kept }], query }
}

/** Of the first row of an entity's. */
function firstOf(arg: Expr, entity: Expr, by: Expr): WindowExpr {
  return { kind: 'window', fn: 'first_value', arg, partitionBy: [entity], orderBy: [{ expr: by, direction: 'ASC' }], frame: 'rows' }
}

/**
 * The flows of one slice: by bucket, group and class the sum of its changes (signed), and how many entities began (less those that
 * ceased) to hold; of expansions and contractions how many there were.
 *
 * @param moves what `movesOf` tells, as `flows`.
 * @param only leaves all other classes out.
 */
export function flowsOf(moves: From, axis: DayAxis, slice: number, keys: readonly PlannedKey[], only: ChangeClass | null): { readonly columns: readonly OutputColumn[]; readonly from: From; readonly where: Expr } {
  const of = (as: string): Expr => column('flows', as)
  const change = of(changeColumn(slice))
  const balance = of(balanceColumn(slice))
  const before = arithmetic(balance, '-', change)
  const kind: Expr = {
    kind: 'case',
    whens: [
      { when: isPositive(of('turn')), result: of('turn') },
      { when: bothOf(isNotPositive(before), isPositive(balance)), result: integer(CLASSES.entering_segment) },
      { when: bothOf(isPositive(before), isNotPositive(balance)), result: integer(CLASSES.leaving_segment) },
      { when: isPositive(change), result: integer(CLASSES.expansion) },
    ],
    otherwise: integer(CLASSES.contraction),
  }
  const names = keys.map(keyColumn)
  const step = arithmetic(when(isPositive(balance), of('known')), '-', when(isPositive(before), of('known')))
  const classed = select({
    columns: [...carried(['day', ...names], 'flows'), { expr: kind, as: 'class' }, { expr: change, as: 'amount' }, { expr: step, as: 'step' }, ...carried(['known'], 'flows')],
    from: moves,
    where: isNotZero(change),
  })
  const isEvent = compare(of('class'), '>=', integer(CLASSES.expansion))
  const counted = select({
    columns: [...carried(['day', ...names, 'class', 'amount'], 'flows'), { expr: when(isEvent, of('known'), of('step')), as: 'entities' }],
    from: nested(classed, 'flows'),
  })
  // Days are few: their bucket is found once each. With groups they are hardly fewer than the rows.
  const days: Query = keys.length > 0 ? counted : summed(['day', 'class'], counted)
  const isOpening = axis.isOpening(of('day'))
  const placed = select({
    columns: [
      { expr: axis.key(of('day')), as: 'bucket' },
      ...carried(names, 'flows'),
      { expr: when(isOpening, integer(CLASSES.opening), of('class')), as: 'class' },
      ...carried(['amount'], 'flows'),
      // At the opening only who holds counts, not what happened.
      { expr: when(bothOf(isOpening, isEvent), ZERO, of('entities')), as: 'entities' },
    ],
    from: nested(days, 'flows'),
  })
  const grouped = ['bucket', ...names, 'class']
  // What has come and gone by the first bucket is nothing.
  const isSomething: Expr = { kind: 'or', of: [isNotZero(of('amount')), isNotZero(of('entities'))] }
  return {
    columns: [...grouped, 'amount', 'entities'].map((as) => ({ expr: column('flows', as), as })),
    from: nested(summed(grouped, placed), 'flows'),
    where: only === null ? isSomething : bothOf(compare(of('class'), '=', integer(CLASSES[only])), isSomething),
  }
}

function summed(grouped: readonly string[], rows: Query): Query {
  const of = (as: string): Expr => column('flows', as)
  const sums = ['amount', 'entities'].map((as) => ({ expr: aggregate({ name: 'sum' }, of(as)), as }))
  return select({ columns: [...carried(grouped, 'flows'), ...sums], from: nested(rows, 'flows'), groupBy: grouped.map(of) })
}
