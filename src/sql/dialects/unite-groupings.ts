import type { Query, Select } from '../tree.ts'
import { isSameExpr, replaceExpr } from './replace-expr.ts'

/**
 * Grouping sets for engines without them: one select a set, in which the keys of the other sets are null. The rows are read once a set.
 */
export function uniteGroupings(query: Select & { readonly groupingSets: NonNullable<Select['groupingSets']> }): Query {
  const { groupingSets, orderBy, limit, offset } = query
  const all = groupingSets.flat()
  const parts = groupingSets.map((set): Select => {
    const left = all.filter((key) => !set.some((kept) => isSameExpr(kept, key)))
    const columns = query.columns.map(({ expr, as }) => ({
      as,
      expr: replaceExpr(expr, (part) => {
        if (part.kind === 'aggregate') return part
        return left.some((key) => isSameExpr(key, part)) ? { kind: 'null' } : null
      }),
    }))
    return { ...query, columns, groupBy: set, groupingSets: null, orderBy: [], limit: null, offset: null }
  })
  if (orderBy.length === 0 && limit === null && offset === null) return { kind: 'union_all', parts }
  const columns = query.columns.map(({ as }) => ({ expr: { kind: 'column', table: UNITED, name: as } as const, as }))
  const ordered = orderBy.map(({ expr, direction }) => {
    const shown = query.columns.find((one) => isSameExpr(one.expr, expr))
    return { expr: shown === undefined ? expr : ({ kind: 'column', table: UNITED, name: shown.as } as const), direction }
  })
  return { kind: 'select', columns, from: { kind: 'query', query: { kind: 'union_all', parts }, as: UNITED }, where: null, groupBy: [], groupingSets: null, orderBy: ordered, limit, offset }
}

const UNITED = 'groupings'
