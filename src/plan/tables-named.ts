import type { Model } from '../model/types.ts'
import type { From, Query } from '../sql/tree.ts'

/** Names of the tables a statement reads, as often as it names them; of a query by the author of the model those that it declares. */
export function tablesNamed(query: Query, model: Model): readonly string[] {
  if (query.kind === 'union_all') return query.parts.flatMap((part) => tablesNamed(part, model))
  if (query.kind === 'with') return [...query.tables.flatMap((table) => tablesNamed(table.query, model)), ...tablesNamed(query.body, model)]
  return namedFrom(query.from, model)
}

function namedFrom(from: From, model: Model): readonly string[] {
  switch (from.kind) {
    case 'table':
      return [from.name]
    case 'written':
      return tablesBehind(from.sql, model)
    case 'query':
      return tablesNamed(from.query, model)
    case 'left_join':
    case 'inner_join':
      return [...namedFrom(from.left, model), ...namedFrom(from.right, model)]
    case 'named':
    case 'text_list':
    case 'values':
      return []
  }
}

function tablesBehind(sql: string, model: Model): readonly string[] {
  for (const { relation } of model.semanticModels.values()) if ('sql' in relation && relation.sql === sql) return relation.tables
  return []
}
