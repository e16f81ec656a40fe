import type { Landing, LandedTable, LandingCell } from '../../../connectors/landing-contract.ts'
import type { SyncedSource } from '../sync/types.ts'

/** A landed table by which people can be found. */
export interface PersonTable {
  readonly source: string
  /** The tool's own name of it. */
  readonly table: string
  readonly landed: LandedTable
  /** Columns that have landed. */
  readonly users: readonly string[]
  readonly emails: readonly string[]
}

/** @throws KpiqlError `SOURCE_*` where a tool has to be asked which tables it has, and does not answer. */
export async function personTables({ name, source }: SyncedSource, landing: Landing): Promise<readonly PersonTable[]> {
  const landed = await landing.tables(name)
  const streams = await source.streams(new AbortController().signal)
  return streams.flatMap(({ tables }) =>
    tables.flatMap(({ name: table, person }) => {
      const there = landed.find((one) => one.name === `${name}_${table}`)
      if (there === undefined || person === undefined) return []
      const columnsOf = (names: readonly string[] = []): readonly string[] => names.filter((column) => there.columns.some((one) => one.name === column))
      return [{ source: name, table, landed: there, users: columnsOf(person.user), emails: columnsOf(person.email) }]
    }),
  )
}

/** Texts as cells of a column; those that fit none are left out. */
export function cellsFor({ columns }: LandedTable, column: string, texts: Iterable<string>): readonly LandingCell[] {
  const isInteger = columns.find(({ name }) => name === column)?.kind === 'integer'
  return [...texts].flatMap((text): LandingCell[] => (!isInteger ? [text] : /^-?\d{1,18}$/.test(text) ? [BigInt(text)] : []))
}
