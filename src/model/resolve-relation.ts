import { faultOfExpression } from './expression.ts'
import type { SemanticModelData } from './model-file.ts'
import type { Section } from './section.ts'
import type { SemanticModel } from './types.ts'

/** `{{ table('customers') }}` in a query: a table by the name its source has for it. */
const TABLE = /\{\{\s*table\(\s*'([^']*)'\s*\)\s*\}\}/g
const PLAIN = /^[A-Za-z_]\w*(\.[A-Za-z_]\w*){0,2}$/

/**
 * The table or query of a semantic model. Faults go to the section.
 *
 * @param landedAs what comes before the name of a table where it landed; null for a source that is asked where its tables are.
 */
export function resolveRelation(section: Section<SemanticModelData>, landedAs: string | null): SemanticModel['relation'] {
  const { name, table, sql, tables } = section.data
  if (table !== undefined && sql !== undefined) section.blame(['sql'], `"${name}" has both a table and a sql.`, 'Keep one of the two.')
  if (sql !== undefined && table === undefined) return query(section, sql, landedAs)
  if (tables !== undefined) section.blame(['tables'], '`tables` stands beside `sql`; with `table` it says nothing.', 'Remove it.')
  return { table: `${landedAs ?? ''}${table ?? name}` }
}

function query(section: Section<SemanticModelData>, sql: string, landedAs: string | null): SemanticModel['relation'] {
  const { name, tables } = section.data
  const named = new Set<string>()
  const resolved = sql.replace(TABLE, (_, own: string) => {
    // Only the engine that answers knows its quotes; those that tools land in agree on theirs.
    if (landedAs === null && !PLAIN.test(own)) section.blame(['sql'], `The name of the table "${own}" needs quotes.`, 'Write the name as the engine quotes it, and list the table under `tables`.')
    const there = `${landedAs ?? ''}${own}`
    named.add(there)
    return landedAs === null ? there : `"${there.replaceAll('"', '""')}"`
  })
  const other = /\{\{[^}]*\}\}/.exec(resolved)
  if (other) section.blame(['sql'], `A query has no "${other[0]}".`, "A table is {{ table('name') }}, in single quotes.")
  if (tables === undefined && named.size === 0) section.blame(['sql'], `"${name}" reads a query, and does not say from which tables.`, "Write them as {{ table('name') }}, or list them under `tables`: the cache follows their versions.")
  const fault = faultOfExpression(resolved.replace(/\b(sum|count|avg)\s*\(/gi, 'f('))
  if (fault !== null) section.blame(['sql'], fault)
  return { sql: resolved.trim(), tables: [...new Set([...named, ...(tables ?? [])])] }
}
