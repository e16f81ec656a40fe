import type { Printing } from '../../src/sql/printer.ts'
import { KpiqlError } from '../../src/base/errors.ts'
import type { Expr, From, Query } from '../../src/sql/tree.ts'
import { fieldOf, TableRead, type Check, type Json, type JsonObject, type Stage } from './json.ts'
import { parseWritten } from './parse-written.ts'
import { ExprPrinter } from './print-expr.ts'
import { notInMongodb } from './refuse.ts'
import { fieldScope, mapScope, tableScope, type Scope } from './scope.ts'

export interface PrintedFrom {
  readonly stages: readonly Stage[]
  readonly scope: Scope
}

/** What a `from` needs of the printer around it. */
export interface Around {
  readonly printing: Printing
  readonly checks: Check[]
  /** The stages of a query, whose rows have the fields of its columns. */
  query(query: Query): readonly Stage[]
  /** The stages of a query that a `with` names. */
  named(name: string): readonly Stage[]
  /** A number that no other join of the pipeline has. */
  nextJoin(): number
}

export function printFrom(from: From, around: Around): PrintedFrom {
  switch (from.kind) {
    case 'table': {
      const read = new TableRead(from.name)
      return { stages: [{ $table: read }], scope: tableScope(from.name, read) }
    }
    case 'query':
      return { stages: around.query(from.query), scope: fieldScope(from.as) }
    case 'named':
      return { stages: around.named(from.name), scope: fieldScope(from.as) }
    case 'text_list':
      return { stages: [{ $documents: { $texts: around.printing.bind(JSON.stringify(from.values), 'text'), field: fieldOf(from.column) } }], scope: fieldScope(from.as) }
    case 'values':
      return { stages: [{ $documents: valueRows(from, around) }], scope: fieldScope(from.as) }
    case 'written':
      throw notInMongodb('a table that is written in SQL (`sql:` in the model)')
    case 'left_join':
    case 'inner_join':
      return join(from, around)
  }
}

function valueRows({ rows, columns }: Extract<From, { kind: 'values' }>, { printing, checks }: Around): readonly JsonObject[] {
  const printer = new ExprPrinter(printing, checks, new Map())
  return rows.map((row) => Object.fromEntries(columns.map((name, index) => [fieldOf(name), printer.value(row[index] as Expr)])))
}

/** Rows of the right stand in one field of the rows of the left. */
function join({ kind, left, right, on }: Extract<From, { kind: 'left_join' | 'inner_join' }>, around: Around): PrintedFrom {
  const printedLeft = printFrom(left, around)
  const field = `~~j${around.nextJoin()}`
  const found = right.kind === 'values' ? amongValues(right, on, printedLeft.scope, field, around) : lookedUp(right, on, printedLeft.scope, field, around)
  const unwind: Stage = { $unwind: { path: `$${field}`, preserveNullAndEmptyArrays: kind === 'left_join' } }
  // Where no row of the right is found, its columns are missing, which is not null to a group.
  const scope = new Map([...printedLeft.scope, ...mapScope(found.columns(`$${field}.`), (at) => (kind === 'left_join' ? { $ifNull: [at, null] } : at))])
  return { stages: [...printedLeft.stages, ...found.stages, unwind], scope }
}

interface Found {
  readonly stages: readonly Stage[]
  columns(prefix: string): Scope
}

/** A few rows spelled out are filtered in place. */
function amongValues(right: Extract<From, { kind: 'values' }>, on: Expr, left: Scope, field: string, around: Around): Found {
  const columns = (prefix: string): Scope => fieldScope(right.as, prefix)
  const printer = new ExprPrinter(around.printing, around.checks, new Map([...left, ...columns('$$row.')]))
  return { stages: [{ $set: { [field]: { $filter: { input: valueRows(right, around), as: 'row', cond: printer.truth(on) } } } }], columns }
}

function lookedUp(right: From, on: Expr, left: Scope, field: string, around: Around): Found {
  const printed = printFrom(right, around)
  const variables = new Map<string, { readonly name: string; readonly at: Json }>()
  const variable = (at: Json): Json => {
    const id = JSON.stringify(at)
    const known = variables.get(id) ?? { name: `left${variables.size}`, at }
    variables.set(id, known)
    return `$$${known.name}`
  }
  const condition = new ExprPrinter(around.printing, around.checks, new Map([...mapScope(left, variable), ...printed.scope])).truth(on)
  const keyed = keyOf(right, on, left, around)
  const $join: JsonObject = {
    ...(keyed === null ? {} : { keyed }),
    let: Object.fromEntries([...variables.values()].map(({ name, at }) => [name, at])),
    pipeline: [...printed.stages, { $match: { $expr: condition } }],
    as: field,
  }
  return { stages: [{ $join }], columns: (prefix) => mapScope(printed.scope, (at) => within(at, prefix)) }
}

/** `$x` of the right's own rows is `$~~j1.x` once they are joined; so in whatever expression its columns are. */
function within(at: Json, prefix: string): Json {
  if (typeof at === 'string') return at.startsWith('$') && !at.startsWith('$$') ? `${prefix}${at.slice(1)}` : at
  if (Array.isArray(at)) return (at as readonly Json[]).map((part) => within(part, prefix))
  if (at === null || typeof at !== 'object') return at
  return Object.fromEntries(Object.entries(at as JsonObject).map(([key, part]) => [key, within(part, prefix)]))
}

/** The stored field of a collection that the join finds its rows by, which an index may answer; null where there is none. */
function keyOf(right: From, on: Expr, left: Scope, { printing, checks }: Around): JsonObject | null {
  for (const part of on.kind === 'and' ? on.of : [on]) {
    if (part.kind !== 'compare' || part.op !== '=') continue
    for (const [mine, theirs] of [[part.left, part.right], [part.right, part.left]] as const) {
      if (mine.kind !== 'column' || theirs.kind !== 'column' || !left.has(mine.table)) continue
      const stored = right.kind === 'query' && right.as === theirs.table ? storedPath(right.query, theirs.name) : null
      if (stored !== null) return { local: new ExprPrinter(printing, checks, left).value(mine), foreign: { ...stored } }
    }
  }
  return null
}

/** Where a column of a query is stored, when the query does no more than name fields of a collection. */
export function storedPath(query: Query, name: string): { readonly table: string; readonly path: string } | null {
  if (query.kind !== 'select' || query.from.kind !== 'table' || query.groupBy.length > 0 || query.groupingSets !== null || query.limit !== null || query.offset !== null) return null
  const found = query.columns.find(({ as }) => as === name)?.expr
  const expr = found?.kind === 'exact_text' ? found.of : found
  if (expr?.kind !== 'written' && expr?.kind !== 'column') return null
  const parsed = expr.kind === 'written' ? parsedOrNull(expr.sql, query.from.name) : expr
  return parsed?.kind === 'column' ? { table: query.from.name, path: parsed.name } : null
}

/** What cannot be told is refused where it is printed as a column. */
function parsedOrNull(sql: string, table: string): Expr | null {
  try {
    return parseWritten(sql, table)
  } catch (error) {
    if (error instanceof KpiqlError) return null
    throw error
  }
}
