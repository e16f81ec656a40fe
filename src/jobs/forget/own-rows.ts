import type { CellTest, Landing, LandingCell } from '../../../connectors/landing-contract.ts'
import type { KnownPerson } from './find-person.ts'
import { cellsFor } from './person-tables.ts'
import type { PersonTable } from './person-tables.ts'

interface Selection {
  readonly column: string
  readonly values: readonly LandingCell[]
  readonly only: readonly CellTest[]
}

/** Rows of a table that are the person's own, some perhaps by several selections. */
function selections({ landed, users, emails, of, devices, where }: PersonTable, { users: ids, devices: used, emails: addresses }: KnownPerson): readonly Selection[] {
  const told = where === null ? [] : [where]
  const by = (columns: readonly string[], texts: Iterable<string>, only: readonly CellTest[]): readonly Selection[] => columns.map((column) => ({ column, values: cellsFor(landed, column, texts), only }))
  // A device with somebody logged in is theirs: rows of the person are found by their user.
  const nobody = users.map((column): CellTest => ({ column, among: [null] }))
  return [...by(users, ids, told), ...by(of, ids, []), ...by(devices, [...ids, ...used], nobody), ...by(emails, addresses, told)].filter(({ values }) => values.length > 0)
}

/** @returns Rows removed. */
export async function removeOwnRows(table: PersonTable, known: KnownPerson | undefined, landing: Landing): Promise<number> {
  let rows = 0
  for (const { column, values, only } of known === undefined ? [] : selections(table, known)) rows += await landing.remove(table.landed.name, { column, values }, only)
  return rows
}

export async function countOwnRows(table: PersonTable, known: KnownPerson | undefined, landing: Landing): Promise<number> {
  const { name, key } = table.landed
  const keys = new Set<string>()
  for (const { column, values, only } of known === undefined ? [] : selections(table, known)) {
    const columns = [...new Set([...key, ...only.map((test) => test.column)])]
    for (const cells of await landing.lookUp(name, columns, { column, values })) {
      const passes = only.every(({ column: tested, among }) => {
        const cell = cells[columns.indexOf(tested)] ?? null
        return among.includes(cell === null ? null : String(cell))
      })
      if (passes) keys.add(JSON.stringify(cells.slice(0, key.length).map(String)))
    }
  }
  return keys.size
}
