import type { Landing, LandedTable, LandingCell } from '../../../connectors/landing-contract.ts'
import type { SyncedSource } from '../sync/types.ts'

/** A landed table by which people can be found; columns that have landed. */
export interface PersonTable {
  readonly source: string
  /** The tool's own name of it. */
  readonly table: string
  readonly landed: LandedTable
  /** By these its rows are people's own. */
  readonly users: readonly string[]
  readonly emails: readonly string[]
  /** The same, by ids that lead to no others of the row. */
  readonly of: readonly string[]
  /** By these its rows, which stay, name people. */
  readonly refers: readonly { readonly column: string; readonly tells: readonly string[] }[]
}

/** @throws KpiqlError `SOURCE_*` where a tool has to be asked which tables it has, and does not answer. */
export async function personTables({ name, source }: SyncedSource, landing: Landing): Promise<readonly PersonTable[]> {
  const landed = await landing.tables(name)
  const streams = await source.streams(new AbortController().signal)
  return streams.flatMap(({ tables }) =>
    tables.flatMap(({ name: table, person, refers = [] }): readonly PersonTable[] => {
      const there = landed.find((one) => one.name === `${name}_${table}`)
      if (there === undefined || (person === undefined && refers.length === 0)) return []
      const isThere = (column: string): boolean => there.columns.some((one) => one.name === column)
      return [{
        source: name, table, landed: there, users: (person?.user ?? []).filter(isThere), emails: (person?.email ?? []).filter(isThere), of: (person?.of ?? []).filter(isThere),
        refers: refers.filter(({ column }) => isThere(column)).map(({ column, tells = [] }) => ({ column, tells: tells.filter(isThere) })),
      }]
    }),
  )
}

/** Texts as cells of a column; those that fit none are left out. */
export function cellsFor({ columns }: LandedTable, column: string, texts: Iterable<string>): readonly (LandingCell & {})[] {
  const isInteger = columns.find(({ name }) => name === column)?.kind === 'integer'
  return [...texts].flatMap((text): (LandingCell & {})[] => (!isInteger ? [text] : /^-?\d{1,18}$/.test(text) ? [BigInt(text)] : []))
}
