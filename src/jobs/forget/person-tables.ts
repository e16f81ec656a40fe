import type { CellTest, Landing, LandedTable, LandingCell } from '../../../connectors/landing-contract.ts'
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
  /** Devices, which may be of several people. */
  readonly devices: readonly string[]
  /** In which rows `users` and `emails` are of people; null: in all. */
  readonly where: CellTest | null
  /** Addresses of colleagues, whose rows stay. */
  readonly staff: readonly string[]
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
      const thoseThere = (columns: readonly string[] = []): readonly string[] => columns.filter(isThere)
      const where = person?.where === undefined ? null : { column: person.where.column, among: person.where.values }
      // Of rows that do not tell whose they are, nothing is anybody's.
      const isTold = where === null || isThere(where.column)
      return [{
        source: name, table, landed: there, where: isTold ? where : null,
        users: isTold ? thoseThere(person?.user) : [], emails: isTold ? thoseThere(person?.email) : [], of: thoseThere(person?.of), devices: thoseThere(person?.device), staff: thoseThere(person?.staff),
        refers: refers.filter(({ column }) => isThere(column)).map(({ column, tells = [] }) => ({ column, tells: thoseThere(tells) })),
      }]
    }),
  )
}

/** Texts as cells of a column; those that fit none are left out. */
export function cellsFor({ columns }: LandedTable, column: string, texts: Iterable<string>): readonly (LandingCell & {})[] {
  const isInteger = columns.find(({ name }) => name === column)?.kind === 'integer'
  return [...texts].flatMap((text): (LandingCell & {})[] => (!isInteger ? [text] : /^-?\d{1,18}$/.test(text) ? [BigInt(text)] : []))
}
