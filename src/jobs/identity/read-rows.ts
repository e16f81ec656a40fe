import type { QuerySource } from '../../../connectors/contract.ts'
import type { Landing } from '../../../connectors/landing-contract.ts'
import { KpiqlError } from '../../base/errors.ts'
import { select } from '../../sql/tree.ts'
import { comparableValue } from './comparable-value.ts'
import type { IdentityRows } from './find-people.ts'
import { Turns } from './turns.ts'
import { placeOf } from './types.ts'
import type { IdentityRule, IdentityTable, ValuePlace } from './types.ts'

type ReadTable = readonly (readonly [key: string, ...values: (string | null)[]])[]

/**
 * Reads what the tables of a rule hold now; those that have not landed yet are empty.
 *
 * @throws KpiqlError `CONFIG_INVALID` for a column that is not there, and for a key of which two rows have the same.
 */
export async function readIdentityRows(rule: IdentityRule, landing: Landing, source: QuerySource): Promise<IdentityRows> {
  const tables = rule.tables.toSorted((a, b) => (placeOf(a) < placeOf(b) ? -1 : 1))
  const rows = { tables: tables.map(placeOf), table: [] as number[], key: [] as string[], values: rule.match.map((): (string | null)[] => []) }
  for (const [index, table] of tables.entries()) {
    for (const [key, ...values] of await readTable(rule, table, landing, source)) {
      rows.table.push(index)
      rows.key.push(key)
      for (const [at, list] of rows.values.entries()) list.push(values[at] ?? null)
    }
  }
  return rows
}

/** In the order of the key, so that the same rows come in the same order. */
async function readTable(rule: IdentityRule, table: IdentityTable, landing: Landing, source: QuerySource): Promise<ReadTable> {
  const name = `${table.source}_${table.table}`
  const landed = (await landing.tables(table.source)).find((one) => one.name === name)
  if (landed === undefined) return []
  const places = rule.match.map((key) => table.values[key.name] ?? null)
  const columns = [...new Set([table.key, ...places.flatMap((place) => place?.column ?? [])])]
  const strange = columns.find((column) => !landed.columns.some((one) => one.name === column))
  if (strange !== undefined) throw new KpiqlError('CONFIG_INVALID', { message: `The identity "${rule.entity}" reads ${placeOf(table)}.${strange}, which is not there.`, hint: `Columns: ${landed.columns.map((one) => one.name).slice(0, 30).join(', ')}.` })

  const { text, params } = source.dialect.print(select({ columns: columns.map((column) => ({ expr: { kind: 'cast', of: { kind: 'column', table: name, name: column }, to: 'text' }, as: column })), from: { kind: 'table', name }, orderBy: [{ expr: { kind: 'column', table: name, name: table.key }, direction: 'ASC' }] }))
  // Tables that came since the source was looked at last are not known to it.
  await source.dataVersion([name], true)
  const read = await source.query({ text, params, columns: columns.map(() => 'text') })
  const cellsOf = (column: string): readonly unknown[] => read.columns[columns.indexOf(column)] ?? []
  const valuesOf = places.map((place, index) => {
    const kind = rule.match[index]?.kind ?? 'text'
    const cells = place === null ? [] : cellsOf(place.column)
    return (row: number): string | null => {
      const found = place === null ? null : valueAt(cells[row], place)
      return found === null ? null : comparableValue(found, kind, rule)
    }
  })
  const rows: ReadTable[number][] = []
  const turns = new Turns()
  for (const [row, key] of cellsOf(table.key).entries()) {
    if (turns.isOver) await turns.next()
    if (typeof key === 'string') rows.push([key, ...valuesOf.map((valueOf) => valueOf(row))])
  }
  if (rows.some(([key], row) => rows[row + 1]?.[0] === key)) throw new KpiqlError('CONFIG_INVALID', { message: `Several rows of ${placeOf(table)} have the same ${table.key}, so that it tells nobody apart.`, hint: `Name another \`key\` of it in the identity "${rule.entity}".` })
  return rows
}

function valueAt(cell: unknown, { path }: ValuePlace): string | null {
  if (typeof cell !== 'string') return null
  if (path.length === 0) return cell
  let value: unknown
  try {
    value = JSON.parse(cell)
  } catch {
    return null
  }
  for (const field of path) value = typeof value === 'object' && value !== null && Object.hasOwn(value, field) ? (value as Readonly<Record<string, unknown>>)[field] : null
  return typeof value === 'string' ? value : typeof value === 'number' || typeof value === 'boolean' ? String(value) : null
}
