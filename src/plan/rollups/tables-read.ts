import type { Model } from '../../model/types.ts'
import type { From, Query } from '../../sql/tree.ts'

/** Names of the tables a statement reads, sorted; of a query by the author of the model those that it declares. */
export function tablesRead(query: Query, model: Model): readonly string[] {
  return [...new Set(ofQuery(query, model))].sort()
}

function ofQuery(query: Query, model: Model): readonly string[] {
  if (query.kind === 'union_all') return query.parts.flatMap((part) => ofQuery(part, model))
  if (query.kind === 'with') return [...query.tables.flatMap((table) => ofQuery(table.query, model)), ...ofQuery(query.body, model)]
  return ofFrom(query.from, model)
}

function ofFrom(from: From, model: Model): readonly string[] {
  switch (from.kind) {
    case 'table':
      return [from.name]
    case 'written':
      return [...model.semanticModels.values()].flatMap(({ relation }) => ('sql' in relation && relation.sql === from.sql ? relation.tables : []))
    case 'query':
      return ofQuery(from.query, model)
    case 'left_join':
    case 'inner_join':
      return [...ofFrom(from.left, model), ...ofFrom(from.right, model)]
    case 'named':
    case 'text_list':
    case 'values':
      return []
  }
}
