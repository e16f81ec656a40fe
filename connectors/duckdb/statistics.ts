import type { ColumnStatistics, TableStatistics } from '../contract.ts'
import type { Session } from './session.ts'
import { quoteName } from './sql-text.ts'

/** Up to here every distinct count is exact; it takes milliseconds. */
const SMALL_TABLE_ROWS = 20_000
/** A column this close to one value a row may be a key, and whether it is decides how tables join. */
const KEY_LIKE = 0.9
const KEY_NAME = /(^|_)(id|key|uuid|guid|code|no|number)$/i

const exactly = (name: string): string => `count(DISTINCT ${name})`

/**
 * At loading, once: bounds as the engine keeps them; distinct counts by one pass, exact in small tables and for columns that look like keys.
 * The engine's own distinct estimates are sampled while writing, and were measured at half the truth.
 */
export async function loadedStatistics(session: Session, table: string, rows: number, columns: readonly { name: string; unique: boolean }[]): Promise<TableStatistics> {
  const statistics = await engineStatistics(session, quoteName(table), rows, columns.map(({ name }) => name))
  const distinct = new Map<string, number>()
  const count = async (how: (name: string) => string, names: readonly string[]): Promise<void> => {
    if (names.length === 0) return
    const [counts] = await session.rows<Record<string, bigint>>(`SELECT ${names.map((name, index) => `${how(quoteName(name))} AS c${index}`).join(', ')} FROM ${quoteName(table)}`)
    for (const [index, name] of names.entries()) distinct.set(name, Math.min(rows, Number(counts?.[`c${index}`] ?? 0)))
  }
  const open = columns.filter(({ unique }) => !unique).map(({ name }) => name)
  if (rows <= SMALL_TABLE_ROWS) {
    await count(exactly, columns.map(({ name }) => name))
  } else {
    await count((name) => `approx_count_distinct(${name})`, open)
    await count(exactly, open.filter((name) => KEY_NAME.test(name) && (distinct.get(name) ?? 0) >= rows * KEY_LIKE))
    // Checked while loading: every value that is there is there once.
    await count((name) => `count(${name})`, columns.filter(({ unique }) => unique).map(({ name }) => name))
  }
  return { rows, columns: Object.fromEntries(Object.entries(statistics.columns).map(([name, column]) => [name, { ...column, distinct: distinct.get(name) ?? null }])) }
}

/**
 * What the engine keeps of a table anyway: no rows are read. Distinct counts are HyperLogLog estimates, off by half at worst;
 * text has no bounds, since the engine cuts them.
 *
 * @param relation SQL of a table; on a view the bounds are null.
 */
export async function engineStatistics(session: Session, relation: string, rows: number, columns: readonly string[]): Promise<TableStatistics> {
  const [texts] = columns.length === 0 ? [] : await session.rows<Record<string, string | null>>(`SELECT ${columns.map((name, index) => `stats(${quoteName(name)}) AS s${index}`).join(', ')} FROM ${relation} LIMIT 1`)
  return { rows, columns: Object.fromEntries(columns.map((name, index) => [name, readStatistics(texts?.[`s${index}`] ?? null, rows)])) }
}

/** `[Min: 0, Max: 99][Has Null: false, Has No Null: true][Approx Unique: 109]`, and for text `[Min: a, Max: b, Has Unicode: …]`. */
function readStatistics(text: string | null, rows: number): ColumnStatistics {
  if (text === null) return { distinct: rows === 0 ? 0 : null, min: null, max: null, hasNulls: false }
  const distinct = /\[Approx Unique: (\d+)\]/.exec(text)?.[1]
  const bounds = /^\[Min: ([^,\]]*), Max: ([^,\]]*)\]/.exec(text)
  const hasNulls = /\[Has Null: true/.test(text)
  return { distinct: distinct === undefined ? null : Math.min(Number(distinct), rows), min: bound(bounds?.[1]), max: bound(bounds?.[2]), hasNulls }
}

function bound(text: string | undefined): string | null {
  if (text === undefined || text === '' || text === 'NULL' || /infinity/i.test(text)) return null
  const time = /^(\d{4}-\d{2}-\d{2}) (\d{2}:\d{2}:\d{2}(?:\.\d+)?)(?:\+00)?$/.exec(text)
  return time ? `${time[1]}T${time[2]}Z` : text
}

/** Rows the optimizer expects of a relation that keeps no count, such as a view. */
export async function estimatedRows(session: Session, relation: string): Promise<number> {
  const [plan] = await session.rows<Record<string, string>>(`EXPLAIN (FORMAT json) SELECT * FROM ${relation}`)
  const estimate = /"Estimated Cardinality":\s*"?~?(\d+)/.exec(Object.values(plan ?? {}).join(' '))?.[1]
  return estimate === undefined ? 0 : Number(estimate)
}
