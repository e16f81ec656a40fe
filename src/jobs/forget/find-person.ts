import type { LandingCell, OpenLanding } from '../../../connectors/landing-contract.ts'
import { KpiqlError } from '../../base/errors.ts'
import { select } from '../../sql/tree.ts'
import type { Expr } from '../../sql/tree.ts'
import { linksTable, IDENTITY_SOURCE } from '../identity/types.ts'
import type { IdentityRule } from '../identity/types.ts'
import { cellsFor } from './person-tables.ts'
import type { PersonTable } from './person-tables.ts'

/** Ids and addresses of one person in one source, as they landed. */
export interface KnownPerson {
  readonly users: Set<string>
  /** Which others may have used too: they lead to nobody. */
  readonly devices: Set<string>
  readonly emails: Set<string>
}

export type PersonBySource = Map<string, KnownPerson>

/** What a person of many tools may have; more are of several people. */
const MOST_IDS = 1000

export interface PersonSearch {
  readonly tables: readonly PersonTable[]
  readonly opened: Pick<OpenLanding, 'landing' | 'source'>
  readonly rules: readonly IdentityRule[]
}

/**
 * Finds all of a person from what is known at first: within a source, ids that stand in one row with a known id or address belong
 * to the same person, and so do addresses that nobody else and no colleague has there; devices lead to what nobody did on them, and to no user; across sources the links of identities are followed, but
 * not those by domain, which are of companies.
 *
 * @param person grows.
 * @throws KpiqlError `USAGE` where it leads to so many ids that they cannot be of one person; `SOURCE_*`.
 */
export async function findPerson(person: PersonBySource, search: PersonSearch): Promise<void> {
  for (let before = -1; before !== sizeOf(person); ) {
    before = sizeOf(person)
    if (before > MOST_IDS) throw new KpiqlError('USAGE', { message: `This leads to more than ${MOST_IDS} ids, which cannot be of one person.`, hint: 'Something they share may be nobody’s own: name another id or address of the person, or one source alone by --source.' })
    for (const [source, known] of person) {
      for (const id of await sharedDevices(source, [...known.users], known, search)) {
        known.users.delete(id)
        known.devices.add(id)
      }
    }
    for (const table of search.tables) {
      const known = person.get(table.source)
      if (known) await followRows(table, known, search)
    }
    for (const rule of search.rules) if (rule.match.every(({ kind }) => kind !== 'domain')) await followLinks(rule, person, search)
  }
}

export function personIn(person: PersonBySource, source: string): KnownPerson {
  const known = person.get(source) ?? { users: new Set<string>(), devices: new Set<string>(), emails: new Set<string>() }
  person.set(source, known)
  return known
}

function sizeOf(person: PersonBySource): number {
  return [...person.values()].reduce((sum, { users, devices, emails }) => sum + users.size + devices.size + emails.size, 0)
}

async function followRows(table: PersonTable, known: KnownPerson, search: PersonSearch): Promise<void> {
  const { landing } = search.opened
  const { landed, users, devices, emails, where } = table
  for (const column of emails) for (const spelling of await spellings(table, column, known.emails, search)) known.emails.add(spelling)
  // One column may hold several of them, such as ids of several types.
  const columns = [...new Set([...users, ...devices, ...emails])]
  const read = [...columns, ...(where === null || columns.includes(where.column) ? [] : [where.column])]
  for (const column of columns) {
    const isDevice = !users.includes(column) && !emails.includes(column)
    const values = cellsFor(landed, column, new Set([...(users.includes(column) || isDevice ? known.users : []), ...(isDevice ? known.devices : []), ...(emails.includes(column) ? known.emails : [])]))
    if (values.length === 0) continue
    for (const row of await landing.lookUp(landed.name, read, { column, values })) {
      const told = rowOf(row, read)
      if (where !== null && !where.among.includes(told(where.column))) continue
      const [ids, used] = [users.flatMap((name) => told(name) ?? []), devices.flatMap((name) => told(name) ?? [])]
      // Whoever else has used the device may have written this.
      if (isDevice && (ids.length > 0 || emails.length === 0 || (await sharedDevices(table.source, used, known, search)).size > 0)) continue
      for (const id of used) if (!known.users.has(id)) known.devices.add(id)
      await admit(table.source, ids, known, search)
      for (const name of emails) {
        const email = told(name)
        if (email !== null && !known.emails.has(email) && (await isOwn(table.source, email, known, search))) known.emails.add(email)
      }
    }
  }
}

/** Cells as text; null for blank ones. */
function rowOf(row: readonly LandingCell[], columns: readonly string[]): (name: string) => string | null {
  return (name) => {
    const cell = row[columns.indexOf(name)] ?? null
    return cell === null || String(cell).trim() === '' ? null : String(cell)
  }
}

/** Takes ids for the person's, but for those of devices that others use: these lead no further. */
async function admit(source: string, ids: readonly string[], known: KnownPerson, search: PersonSearch): Promise<void> {
  const found = ids.filter((id) => !known.users.has(id) && !known.devices.has(id))
  if (found.length === 0) return
  const shared = await sharedDevices(source, found, { ...known, users: new Set([...known.users, ...found]) }, search)
  for (const id of found) (shared.has(id) ? known.devices : known.users).add(id)
}

/** Those of the ids that stand for a device in a row of a user who is not known; not those that products give as a user's and as the device's. */
export async function sharedDevices(of: string, ids: readonly string[], known: KnownPerson, { tables, opened: { landing } }: PersonSearch): Promise<ReadonlySet<string>> {
  const [shared, own] = [new Set<string>(), new Set<string>()]
  for (const { landed, users, devices } of tables.filter(({ source }) => source === of)) {
    for (const column of devices) {
      const values = cellsFor(landed, column, ids)
      for (const [device, ...cells] of values.length === 0 ? [] : await landing.lookUp(landed.name, [column, ...users], { column, values })) {
        const here = cells.filter((cell) => cell !== null).map(String)
        if (here.includes(String(device))) own.add(String(device))
        else if (here.length > 0 && !here.some((id) => known.users.has(id))) shared.add(String(device))
      }
    }
  }
  for (const id of own) shared.delete(id)
  return shared
}

/** Addresses are compared trimmed and in lower case, and land as the tool has them. */
async function spellings({ landed }: PersonTable, column: string, known: ReadonlySet<string>, { opened: { source } }: PersonSearch): Promise<readonly string[]> {
  const wanted = new Set([...known].map((email) => email.trim().toLowerCase()))
  const found: string[] = []
  for (const email of wanted) {
    const cell: Expr = { kind: 'column', table: landed.name, name: column }
    const where: Expr = { kind: 'match', how: 'contains', of: { kind: 'lower', of: cell }, text: { kind: 'param', value: email, type: 'text' } }
    await source.dataVersion([landed.name], true)
    const { text, params } = source.dialect.print(select({ columns: [{ expr: cell, as: column }], from: { kind: 'table', name: landed.name }, where, groupBy: [cell] }))
    const { columns } = await source.query({ text, params, columns: ['text'] })
    found.push(...(columns[0] ?? []).filter((value) => typeof value === 'string').filter((value) => value.trim().toLowerCase() === email))
  }
  return found
}

/** Whether no colleague has the address, and every row with it that tells whose it is, tells of ids that are known. */
async function isOwn(of: string, email: string, known: KnownPerson, search: PersonSearch): Promise<boolean> {
  const { tables, opened: { landing } } = search
  for (const table of tables) {
    const { source, landed, users, devices, emails, staff, where } = table
    if (source !== of) continue
    for (const column of staff) if ((await spellings(table, column, new Set([email]), search)).length > 0) return false
    const read = [...new Set([...users, ...devices, ...(where === null ? [] : [where.column])])]
    for (const column of read.length === 0 ? [] : emails) {
      for (const row of await landing.lookUp(landed.name, read, { column, values: cellsFor(landed, column, [email]) })) {
        const told = rowOf(row, read)
        if (where !== null && !where.among.includes(told(where.column))) return false
        const ids = users.flatMap((name) => told(name) ?? [])
        const used = ids.length > 0 ? [] : devices.flatMap((name) => told(name) ?? [])
        if (ids.length + used.length > 0 && ![...ids, ...used].some((id) => known.users.has(id) || (ids.length === 0 && known.devices.has(id)))) return false
      }
    }
  }
  return true
}

async function followLinks({ entity, tables }: IdentityRule, person: PersonBySource, { opened: { landing } }: PersonSearch): Promise<void> {
  const landed = new Map((await landing.tables(IDENTITY_SOURCE)).map((table) => [table.name, table]))
  const id = `${entity}_id`
  const people = new Set<string>()
  for (const table of tables) {
    const links = landed.get(linksTable(entity, table))
    const values = links ? cellsFor(links, 'row_key', person.get(table.source)?.users ?? []) : []
    if (links && values.length > 0) for (const [one] of await landing.lookUp(links.name, [id], { column: 'row_key', values })) people.add(String(one))
  }
  if (people.size === 0) return
  for (const table of tables) {
    const links = landed.get(linksTable(entity, table))
    if (links) for (const [key] of await landing.lookUp(links.name, ['row_key'], { column: id, values: [...people] })) personIn(person, table.source).users.add(String(key))
  }
}
