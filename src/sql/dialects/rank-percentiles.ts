import { fraction } from '../printer.ts'
import { column, select, written } from '../tree.ts'
import type { Aggregate, Expr, OutputColumn, Select } from '../tree.ts'
import { aggregatesOf, isSameExpr, replaceExpr } from './replace-expr.ts'

const MEASURED = 'measured'
const RANKED = 'ranked'

/**
 * Medians and percentiles for engines that have no aggregate of them: the values of each group are numbered in their order, and
 * the value is read between the two numbers nearest to the place `fraction × (count − 1)`, as `percentile_cont` does.
 *
 * @returns the same select where it has none.
 */
export function rankPercentiles(query: Select): Select {
  const aggregates = [...query.columns, ...query.orderBy].flatMap(({ expr }) => aggregatesOf(expr))
  if (!aggregates.some(isPercentile)) return query
  const values: { readonly expr: Expr; readonly isRanked: boolean }[] = []
  const valueOf = (one: Aggregate): number => {
    const expr = valueExpr(one)
    const isRanked = isPercentile(one)
    const known = values.findIndex((value) => value.isRanked === isRanked && isSameExpr(value.expr, expr))
    return known >= 0 ? known : values.push({ expr, isRanked }) - 1
  }
  for (const one of aggregates) if (countsAllRows(one) === false) valueOf(one)

  const keys = query.groupBy.map((expr, index): OutputColumn => ({ expr, as: `key_${index + 1}` }))
  const named = values.map(({ expr, isRanked }, index) => ({ expr, isRanked, as: `value_${index + 1}`, rank: `rank_${index + 1}`, count: `count_${index + 1}` }))
  const measured = select({ columns: atLeastOne([...keys, ...named.map(({ expr, as }) => ({ expr, as }))]), from: query.from, where: query.where })
  const partitionBy = keys.map(({ as }) => column(MEASURED, as))
  const ranked = select({
    columns: [
      ...measured.columns.map(({ as }) => ({ expr: column(MEASURED, as), as })),
      ...named.flatMap(({ as, isRanked, rank, count }): OutputColumn[] => {
        if (!isRanked) return []
        const value = column(MEASURED, as)
        return [
          { expr: { kind: 'window', fn: 'row_number', arg: null, partitionBy, orderBy: [{ expr: value, direction: 'ASC' }], frame: 'partition' }, as: rank },
          { expr: { kind: 'window', fn: 'count', arg: value, partitionBy, orderBy: [], frame: 'partition' }, as: count },
        ]
      }),
    ],
    from: { kind: 'query', query: measured, as: MEASURED },
  })
  const told = (expr: Expr): Expr =>
    replaceExpr(expr, (part) => {
      const key = query.groupBy.findIndex((one) => isSameExpr(one, part))
      if (key >= 0) return column(RANKED, `key_${key + 1}`)
      if (part.kind !== 'aggregate' || countsAllRows(part)) return null
      const value = valueOf(part)
      return isPercentile(part) ? between(value + 1, fractionOf(part)) : { ...part, arg: column(RANKED, `value_${value + 1}`), filter: null }
    })
  return {
    ...query,
    columns: query.columns.map(({ expr, as }) => ({ expr: told(expr), as })),
    from: { kind: 'query', query: ranked, as: RANKED },
    where: null,
    groupBy: keys.map(({ as }) => column(RANKED, as)),
    orderBy: query.orderBy.map(({ expr, direction }) => ({ expr: told(expr), direction })),
  }
}

const isPercentile = ({ fn }: Aggregate): boolean => fn.name === 'median' || fn.name === 'percentile'
const fractionOf = ({ fn }: Aggregate): number => (fn.name === 'percentile' ? fn.fraction : 0.5)
const countsAllRows = ({ arg, filter }: Aggregate): boolean => arg === null && filter === null
const atLeastOne = (columns: readonly OutputColumn[]): readonly OutputColumn[] => (columns.length > 0 ? columns : [{ expr: { kind: 'integer', value: 1 }, as: 'one' }])

/** What an aggregate takes from a row; null where its filter leaves the row out. */
function valueExpr(one: Aggregate): Expr {
  const arg: Expr = one.arg ?? { kind: 'integer', value: 1 }
  const value: Expr = isPercentile(one) ? { kind: 'cast', of: arg, to: 'float' } : arg
  return one.filter === null ? value : { kind: 'case', whens: [{ when: one.filter, result: value }], otherwise: { kind: 'null' } }
}

/** Nulls are ranked last, so the places of values are 1 to their count. */
function between(value: number, part: number): Expr {
  const [of, rank, count] = ['value', 'rank', 'count'].map((name) => `"${RANKED}"."${name}_${value}"`)
  const text = fraction(part)
  const share = text.includes('e') ? text : `${text}e0`
  const place = `${share} * (${count} - 1)`
  const at = (round: string): string => `max(CASE WHEN ${rank} = ${round}(${place}) + 1 THEN ${of} END)`
  return written(`${at('floor')} + (${at('ceil')} - ${at('floor')}) * max(${place} - floor(${place}))`)
}
