import type { ColumnKind, Param, QuerySource, Value } from '../contract.ts'
import type { LandingCell, LandingColumn } from '../landing-contract.ts'
import { cellOf, readKind } from '../sql-kit/landing-cell.ts'
import type { LandedShape } from '../sql-kit/landed-shape.ts'
import { quote } from './landing-connection.ts'
import { cellText, holds, kindOf } from './landing-rows.ts'
import { nativeType } from './landing-tables.ts'

/** Below what the server takes as one parameter (128 KiB). */
const MOST_CHARACTERS = 100_000

type Where = { readonly column: string; readonly values: readonly LandingCell[] }

export async function readRows(source: QuerySource, text: string, kinds: readonly ColumnKind[], ...values: readonly string[]): Promise<readonly (readonly Value[])[]> {
  const { columns, rowCount } = await source.query({ text, params: values.map((value): Param => ({ value, type: 'text' })), columns: kinds })
  return Array.from({ length: rowCount }, (_, row) => columns.map((cells) => cells[row] ?? null))
}

/** Distinct cells of columns, of the rows where one column has one of the values. */
export async function findWhere(source: QuerySource, table: string, shape: LandedShape, columns: readonly string[], { column, values }: Where): Promise<readonly (readonly LandingCell[])[]> {
  const kind = kindOf(shape, column)
  const type = typeOf(shape, column)
  const texts = values.flatMap((value) => (value === null || !holds(value, kind) ? [] : [cellText(value, kind)]))
  return found(source, table, shape, columns, `${quote(column)} IN (SELECT CAST(arrayJoin(JSONExtract({p1:String}, 'Array(String)')) AS ${type}))`, texts)
}

/** Those of the keys that there are. */
export async function findKeys(source: QuerySource, table: string, shape: LandedShape, keys: readonly (readonly LandingCell[])[]): Promise<readonly (readonly LandingCell[])[]> {
  const { key } = shape
  const kinds = key.map((name) => kindOf(shape, name))
  const texts = keys.flatMap((cells) => (cells.every((cell, index) => cell !== null && holds(cell, kinds[index] ?? 'text')) ? [cells.map((cell, index) => cellText(cell ?? '', kinds[index] ?? 'text'))] : []))
  const cast = key.map((name, index) => `CAST(tupleElement(t, ${index + 1}) AS ${typeOf(shape, name)})`).join(', ')
  const sought = key.length === 1 ? quote(key[0] ?? '') : `(${key.map(quote).join(', ')})`
  return found(source, table, shape, key, `${sought} IN (SELECT ${cast} FROM (SELECT arrayJoin(JSONExtract({p1:String}, 'Array(Tuple(${key.map(() => 'String').join(', ')}))')) AS t))`, texts)
}

/** What tells rows of a table apart, however their cells were written. */
export function keyText(cells: readonly LandingCell[], shape: LandedShape): string {
  return JSON.stringify(cells.map((cell, index) => plainText(cell, kindOf(shape, shape.key[index] ?? ''))))
}

/** Equal cells as equal texts. */
export function plainText(cell: LandingCell, kind: LandingColumn['kind']): string {
  const text = String(cell)
  if (kind !== 'decimal') return text
  const plain = text.includes('.') ? text.replace(/\.?0+$/, '') : text
  return plain === '-0' ? '0' : plain
}

function typeOf({ columns }: LandedShape, name: string): string {
  return nativeType(columns.find((column) => column.name === name) ?? { name, kind: 'text', scale: 0 })
}

async function found(source: QuerySource, table: string, shape: LandedShape, columns: readonly string[], where: string, values: readonly unknown[]): Promise<readonly (readonly LandingCell[])[]> {
  const kinds = columns.map((name) => kindOf(shape, name))
  const rows = new Map<string, readonly LandingCell[]>()
  for (const part of parts(values)) {
    for (const row of await readRows(source, `SELECT DISTINCT ${columns.map(quote).join(', ')} FROM ${quote(table)} WHERE ${where}`, kinds.map(readKind), part)) {
      const cells = row.map((value, index) => cellOf(value, kinds[index] ?? 'text'))
      rows.set(JSON.stringify(cells.map(String)), cells)
    }
  }
  return [...rows.values()]
}

/** Lists in JSON, each short enough for one statement. */
function* parts(values: readonly unknown[]): Iterable<string> {
  let taken: string[] = []
  let characters = 0
  for (const value of values) {
    const text = JSON.stringify(value)
    if (taken.length > 0 && characters + text.length > MOST_CHARACTERS) {
      yield `[${taken.join(',')}]`
      ;[taken, characters] = [[], 0]
    }
    taken.push(text)
    characters += text.length + 1
  }
  if (taken.length > 0) yield `[${taken.join(',')}]`
}
