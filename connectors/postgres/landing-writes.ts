import type { CellTest, LandingCell, LandingRows, LandingWrite, Overwriting } from '../landing-contract.ts'
import type { LandedShape } from '../sql-kit/landed-shape.ts'
import { arrayText, slices } from './landing-arrays.ts'
import { columnName, elementType, indexFor, quote } from './landing-tables.ts'
import type { Write } from './landing-writer.ts'

/** Rows bound to one statement; enough that the server plans seldom, and few enough for its memory and ours. */
const SLICE_ROWS = 20_000

/** What every row that is written now gets. */
export interface RowMarks {
  readonly syncedAtUtcMs: number
  readonly generation: number
}

/** One write of a commit to the table that it names. @returns Rows removed that the write itself did not put in again. */
export async function applyWrite(write: Write, asked: LandingWrite, shape: LandedShape, marks: RowMarks): Promise<number> {
  if (asked.kind === 'delete') return deleteKeys(write, asked.table, asked.keys, shape)
  let removed = 0
  if (asked.kind === 'replace') {
    const index = indexFor(asked.table, asked.where.column, shape.key)
    if (index !== null) await write(index)
    removed = await deleteOthers(write, asked.table, asked.where, asked.rows, shape)
  }
  await putIn(write, asked.table, asked.rows, shape, marks)
  return removed
}

/** Puts rows in by key; columns of the table that they do not name become null. */
export async function putIn(write: Write, table: string, rows: LandingRows, shape: LandedShape, { syncedAtUtcMs, generation }: RowMarks): Promise<void> {
  const kinds = rows.names.map((name) => kindOf(shape, name))
  const names = rows.names.map(columnName).join(', ')
  const marked = `to_timestamp($${kinds.length + 1}::numeric / 1000), $${kinds.length + 2}::bigint`
  const others = shape.columns.filter(({ name }) => !shape.key.includes(name)).map(({ name }) => columnName(name))
  const text =
    `INSERT INTO ${quote(table)} (${names}, _synced_at, _generation) SELECT ${names}, ${marked} FROM unnest(${bound(kinds)}) AS staged (${names}) ` +
    `ON CONFLICT (${shape.key.map(columnName).join(', ')}) DO UPDATE SET ${[...others, '_synced_at', '_generation'].map((name) => `${name} = excluded.${name}`).join(', ')}`
  for (const arrays of slices(rows, kinds, SLICE_ROWS)) await write(text, ...arrays, String(syncedAtUtcMs), String(generation))
}

/** @returns Rows removed. */
export async function sweep(write: Write, table: string, generation: number): Promise<number> {
  return (await write(`DELETE FROM ${quote(table)} WHERE _generation <> $1`, String(generation))).count
}

/** @returns Rows removed. */
export async function deleteWhere(write: Write, table: string, where: { readonly column: string; readonly values: readonly LandingCell[] }, shape: LandedShape, only: readonly CellTest[] = []): Promise<number> {
  const kind = kindOf(shape, where.column)
  const passes = only.map(({ column, among }, index) => ` AND (${columnName(column)}::text = ANY ($${index + 2}::text[])${among.includes(null) ? ` OR ${columnName(column)} IS NULL` : ''})`).join('')
  const texts = only.map(({ among }) => arrayText(among.filter((text) => text !== null), 'text'))
  return (await write(`DELETE FROM ${quote(table)} WHERE ${columnName(where.column)} = ANY ($1::${elementType(kind)}[])${passes}`, arrayText(where.values, kind), ...texts)).count
}

/** @returns Rows changed. */
export async function overwriteCells(write: Write, table: string, { column, cells, empties }: Overwriting, shape: LandedShape): Promise<number> {
  if (cells.length === 0) return 0
  const kind = kindOf(shape, column)
  const sets = [`${columnName(column)} = changed.other`, ...empties.map((name) => `${columnName(name)} = NULL`)]
  const text = `UPDATE ${quote(table)} AS t SET ${sets.join(', ')} FROM unnest(${bound([kind, kind])}) AS changed (value, other) WHERE t.${columnName(column)} = changed.value`
  return (await write(text, arrayText(cells.map(([from]) => from), kind), arrayText(cells.map(([, to]) => to), kind))).count
}

/** Removes the rows of some values but those of the keys that are written anew. */
async function deleteOthers(write: Write, table: string, where: { readonly column: string; readonly values: readonly LandingCell[] }, rows: LandingRows, shape: LandedShape): Promise<number> {
  if (where.values.length === 0) return 0
  if (rows.count === 0) return deleteWhere(write, table, where, shape)
  const kind = kindOf(shape, where.column)
  const kinds = shape.key.map((name) => kindOf(shape, name))
  const keys = shape.key.map((name) => rows.columns[rows.names.indexOf(name)] ?? [])
  const text = `DELETE FROM ${quote(table)} AS t WHERE t.${columnName(where.column)} = ANY ($${kinds.length + 1}::${elementType(kind)}[]) AND NOT EXISTS (SELECT FROM unnest(${bound(kinds)}) AS kept (${shape.key.map(columnName).join(', ')}) WHERE ${sameKey('kept', shape)})`
  return (await write(text, ...keys.map((cells, index) => arrayText(cells, kinds[index] ?? 'text')), arrayText(where.values, kind))).count
}

async function deleteKeys(write: Write, table: string, keys: readonly (readonly LandingCell[])[], shape: LandedShape): Promise<number> {
  if (keys.length === 0) return 0
  const kinds = shape.key.map((name) => kindOf(shape, name))
  const text = `DELETE FROM ${quote(table)} AS t USING unnest(${bound(kinds)}) AS gone (${shape.key.map(columnName).join(', ')}) WHERE ${sameKey('gone', shape)}`
  return (await write(text, ...kinds.map((kind, index) => arrayText(keys.map((key) => key[index] ?? null), kind)))).count
}

function sameKey(other: string, { key }: LandedShape): string {
  return key.map((name) => `${other}.${columnName(name)} = t.${columnName(name)}`).join(' AND ')
}

function bound(kinds: readonly LandedShape['columns'][number]['kind'][]): string {
  return kinds.map((kind, index) => `$${index + 1}::${elementType(kind)}[]`).join(', ')
}

function kindOf({ columns }: LandedShape, name: string): LandedShape['columns'][number]['kind'] {
  return columns.find((column) => column.name === name)?.kind ?? 'text'
}
