import type { OpenLanding } from '../../../connectors/landing-contract.ts'
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
 * to the same person, and so do addresses that nobody else has there; across sources the links of identities are followed, but
 * not those by domain, which are of companies.
 *
 * @param person grows.
 * @throws KpiqlError `USAGE` where it leads to so many ids that they cannot be of one person; `SOURCE_*`.
 */
export async function findPerson(person: PersonBySource, search: PersonSearch): Promise<void> {
  for (let before = -1; before !== sizeOf(person); ) {
    before = sizeOf(person)
    if (before > MOST_IDS) throw new KpiqlError('USAGE', { message: `This leads to more than ${MOST_IDS} ids, which cannot be of one person.`, hint: 'Something they share may be nobody’s own. Look with --dry-run for another id or address of the person.' })
    for (const table of search.tables) {
      const known = person.get(table.source)
      if (known) await followRows(table, known, search)
    }
    for (const rule of search.rules) if (rule.match.every(({ kind }) => kind !== 'domain')) await followLinks(rule, person, search)
  }
}

export function personIn(person: PersonBySource, source: string): KnownPerson {
  const known = person.get(source) ?? { users: new Set<string>(), emails: new Set<string>() }
  person.set(source, known)
  return known
}

function sizeOf(person: PersonBySource): number {
  return [...person.values()].reduce((sum, { users, emails }) => sum + users.size + emails.size, 0)
}

async function followRows(table: PersonTable, known: KnownPerson, search: PersonSearch): Promise<void> {
  const { landing } = search.opened
  const { landed, users, emails } = table
  for (const column of emails) for (const spelling of await spellings(table, column, known.emails, search)) known.emails.add(spelling)
  // One column may hold both, such as ids of several types.
  const columns = [...new Set([...users, ...emails])]
  for (const column of columns) {
    const values = cellsFor(landed, column, new Set([...(users.includes(column) ? known.users : []), ...(emails.includes(column) ? known.emails : [])]))
    if (values.length === 0) continue
    for (const row of await landing.lookUp(landed.name, columns, { column, values })) {
      const textAt = (name: string): string => String(row[columns.indexOf(name)] ?? '')
      for (const name of users) if (textAt(name).trim() !== '') known.users.add(textAt(name))
      for (const name of emails) if (textAt(name).trim() !== '' && !known.emails.has(textAt(name)) && (await isOwn(table.source, textAt(name), known, search))) known.emails.add(textAt(name))
    }
  }
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

/** Whether every row with an address that tells whose it is, tells of ids that are known. */
async function isOwn(of: string, email: string, known: KnownPerson, { tables, opened: { landing } }: PersonSearch): Promise<boolean> {
  for (const { source, landed, users, emails } of tables) {
    if (source !== of || users.length === 0) continue
    for (const other of emails) {
      const rows = await landing.lookUp(landed.name, users, { column: other, values: cellsFor(landed, other, [email]) })
      if (rows.some((row) => row.some((cell) => cell !== null) && !row.some((cell) => cell !== null && known.users.has(String(cell))))) return false
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
