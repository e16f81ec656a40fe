import type { ColumnKind } from '../../connectors/contract.ts'
import { KpiqlError } from '../base/errors.ts'
import { nearest } from '../base/nearest.ts'
import { aggregate, column, param, select } from '../sql/tree.ts'
import type { Expr } from '../sql/tree.ts'
import type { DimensionKind } from '../model/types.ts'
import type { CompileContext } from '../plan/metrics/compile-metric.ts'
import { decodePlain } from '../plan/group-keys.ts'
import { pushedForRows } from '../plan/membership/membership-pushed.ts'
import { placePredicate } from '../plan/membership/membership-reach.ts'
import { momentAt } from '../plan/membership/membership.ts'
import { predicateSql } from '../plan/predicate-sql.ts'
import { Relation, semanticModelOf } from '../plan/relation.ts'
import { directQuery, requireReachable } from './direct-query.ts'
import { resolveCohorts } from './resolve-cohorts.ts'
import type { SourceAccess } from './source-access.ts'
import { sourcesOfRows } from './sources-behind.ts'
import type { DimensionValuesAnswer, DimensionValuesAsk } from './types.ts'

const COLUMNS = {
  text: 'text',
  integer: 'integer',
  decimal: 'number',
  float: 'number',
  boolean: 'boolean',
  date: 'date',
  timestamp: 'timestamp',
} as const satisfies Record<DimensionKind, ColumnKind>

/** The values a dimension takes in the table that holds it, ordered, null last, with the number of rows of each. */
export async function dimensionValuesOf(context: CompileContext, access: SourceAccess, ask: DimensionValuesAsk): Promise<DimensionValuesAnswer> {
  const { found, semanticModel, predicate } = placed(context, ask)
  requireReachable(context, semanticModel, predicate)
  await access.lists.require(pushedForRows(context, semanticModel.name, predicate), { ...access, context })
  const relation = new Relation(context, semanticModel.name)
  const value = relation.dimension(ask.dimension).expr
  const conditions: Expr[] = []
  if (predicate.kind !== 'all') conditions.push(predicateSql(predicate, (name) => relation.dimension(name)))
  if (ask.search !== null && ask.search !== '') {
    const text: Expr = { kind: 'lower', of: { kind: 'cast', of: value, to: 'text' } }
    conditions.push({ kind: 'match', how: 'contains', of: text, text: param(ask.search.toLowerCase(), 'text') })
  }
  const grouped = select({
    columns: [
      { expr: value, as: 'value' },
      { expr: aggregate({ name: 'count' }, null), as: 'rows' },
    ],
    from: relation.from(),
    where: conditions.length === 0 ? null : { kind: 'and', of: conditions },
    groupBy: [value],
  })
  const listed = { kind: 'query', query: grouped, as: 'listed' } as const
  const [page, count] = await Promise.all([
    directQuery(
      access,
      semanticModel,
      select({
        columns: [
          { expr: column('listed', 'value'), as: 'value' },
          { expr: column('listed', 'rows'), as: 'rows' },
        ],
        from: listed,
        orderBy: [{ expr: column('listed', 'value'), direction: 'ASC' }],
        limit: ask.first,
      }),
      [COLUMNS[found.kind], 'integer'],
    ),
    directQuery(access, semanticModel, select({ columns: [{ expr: aggregate({ name: 'count' }, null), as: 'values' }], from: listed }), ['integer']),
  ])
  const totalCount = Number(count.columns[0]?.[0] ?? 0)
  const values = (page.columns[0] ?? []).map((one, index) => ({ value: decodePlain(one), rows: Number(page.columns[1]?.[index] ?? 0) }))
  return { values, totalCount, truncated: totalCount > values.length }
}

/** What `dimensionValuesOf` reads. @throws as it does for what cannot be asked. */
export function sourcesOfValues(context: CompileContext, ask: DimensionValuesAsk): readonly string[] {
  const { semanticModel, predicate } = placed(context, ask)
  return sourcesOfRows(context, semanticModel.name, predicate)
}

function placed(context: CompileContext, ask: DimensionValuesAsk) {
  const found = context.model.dimensions.get(ask.dimension)
  const [home] = found?.homes ?? []
  if (found === undefined || home === undefined) {
    throw new KpiqlError('DIMENSION_UNKNOWN', {
      message: `Dimension "${ask.dimension}" is not in the model.`,
      hint: `Closest: ${nearest(ask.dimension, context.model.dimensions.keys(), 3).join(', ') || 'none'}.`,
    })
  }
  const semanticModel = semanticModelOf(context.model, home.semanticModel)
  const predicate = resolveCohorts(context, ask.predicate, momentAt('UTC', context.nowUtcMs))
  return { found, semanticModel, predicate: placePredicate(context, semanticModel.name, predicate) }
}
