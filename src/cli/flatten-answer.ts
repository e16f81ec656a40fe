/** A value of one cell, as it stands in the answer. */
export type CellValue = string | number | boolean | null

/** Rows over named columns; a row that lacks a column has null there. */
export interface FlatRows {
  readonly columns: readonly string[]
  readonly rows: readonly (readonly CellValue[])[]
}

type Row = ReadonlyMap<string, CellValue>

/**
 * Makes rows of a GraphQL answer: objects become columns, lists become rows that repeat what stands beside the list, several
 * lists side by side follow each other. Where an object has `rows`, they are all that is taken of it. Lists of `{ name, value }`
 * become columns by name. Columns are named by their path without what is common to all.
 */
export function flattenAnswer(data: unknown): FlatRows {
  const rows = rowsOf(data, []).filter((row) => row.size > 0)
  const paths = [...new Set(rows.flatMap((row) => [...row.keys()]))]
  return { columns: withoutCommonStart(paths), rows: rows.map((row) => paths.map((path) => row.get(path) ?? null)) }
}

const SEPARATOR = '\u0000'

function rowsOf(value: unknown, path: readonly string[]): readonly Row[] {
  if (Array.isArray(value)) return rowsOfList(value, path)
  if (typeof value !== 'object' || value === null) return [new Map([[path.join(SEPARATOR), cellOf(value)]])]
  if ('rows' in value && Array.isArray(value.rows)) return rowsOf(value.rows, path)

  let shared: Row = new Map()
  const lists: (readonly Row[])[] = []
  for (const [key, child] of Object.entries(value)) {
    const rows = rowsOf(child, [...path, key])
    const [only] = rows
    if (rows.length === 1 && only !== undefined && !isList(child)) shared = new Map([...shared, ...only])
    else if (rows.length > 0) lists.push(rows)
  }
  return lists.length === 0 ? [shared] : lists.flatMap((rows) => rows.map((row) => new Map([...shared, ...row])))
}

function rowsOfList(list: readonly unknown[], path: readonly string[]): readonly Row[] {
  if (list.length > 0 && list.every(isNamedValue)) return [new Map(list.map(({ name, value }) => [[...path.slice(0, -1), name].join(SEPARATOR), cellOf(value)]))]
  if (list.length > 0 && list.every((item) => item === null)) return [new Map([[path.join(SEPARATOR), null]])]
  if (list.length > 0 && list.every((item) => typeof item !== 'object' || item === null)) return [new Map([[path.join(SEPARATOR), list.map(cellOf).join(', ')]])]
  return list.flatMap((item) => (item === null ? [] : rowsOf(item, path)))
}

/** Lists whose items became columns or one cell are no list to the object that holds them. */
function isList(value: unknown): boolean {
  return Array.isArray(value) && value.some((item) => typeof item === 'object' && item !== null) && !value.every(isNamedValue)
}

function isNamedValue(item: unknown): item is { readonly name: string; readonly value: unknown } {
  return typeof item === 'object' && item !== null && Object.keys(item).length === 2 && 'value' in item && 'name' in item && typeof item.name === 'string'
}

function cellOf(value: unknown): CellValue {
  if (value === null || value === undefined) return null
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value
  return typeof value === 'bigint' ? value.toString() : JSON.stringify(value)
}

function withoutCommonStart(paths: readonly string[]): readonly string[] {
  const split = paths.map((path) => path.split(SEPARATOR))
  const [first] = split
  if (first === undefined) return []
  let common = 0
  while (split.every((parts) => parts.length > common + 1 && parts[common] === first[common])) common += 1
  return split.map((parts) => parts.slice(common).join('.'))
}
