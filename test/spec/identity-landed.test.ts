import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openLanding } from '../../connectors/duckdb/open-landing.ts'
import { landingOptions } from '../../connectors/duckdb/options.ts'
import { rowsOf } from '../../connectors/landing-conformance.ts'
import type { LandingCell, LandingTable, OpenLanding } from '../../connectors/landing-contract.ts'
import { fixedClock } from '../../src/base/clock.ts'
import { silentLog } from '../../src/base/log.ts'
import { createIdentities } from '../../src/jobs/identity/create-identities.ts'
import type { Identities } from '../../src/jobs/identity/create-identities.ts'
import type { IdentityRule } from '../../src/jobs/identity/types.ts'
import { select } from '../../src/sql/tree.ts'

const NOW = Date.parse('2026-01-01T00:00:00Z')
const USERS: LandingTable = { name: 'app_users', columns: [{ name: 'id', kind: 'integer', scale: 0 }, { name: 'email', kind: 'text', scale: 0 }], key: ['id'] }
const CONTACTS: LandingTable = { name: 'crm_contacts', columns: [{ name: 'id', kind: 'text', scale: 0 }, { name: 'email', kind: 'text', scale: 0 }, { name: 'more', kind: 'json', scale: 0 }], key: ['id'] }
const RULE: IdentityRule = {
  entity: 'person',
  match: [{ name: 'email', kind: 'email', sharedByAtMost: 20 }, { name: 'user_id', kind: 'text', sharedByAtMost: 20 }],
  tables: [
    { source: 'app', table: 'users', key: 'id', values: { email: { column: 'email', path: [] }, user_id: { column: 'id', path: [] } } },
    { source: 'crm', table: 'contacts', key: 'id', values: { email: { column: 'email', path: [] }, user_id: { column: 'more', path: ['app', 'id'] } } },
  ],
  emails: { ignoreDots: false, ignorePlus: false },
  freeMail: new Set(),
}

let opened: OpenLanding
beforeEach(() => {
  opened = openLanding('landed', landingOptions.parse({}), { log: silentLog, stateFolder: '' })
})
afterEach(() => opened.landing.close())

function identities(rule: Partial<IdentityRule> = {}): Identities {
  return createIdentities({ rules: [{ ...RULE, ...rule }], opened, clock: fixedClock(NOW), log: silentLog })
}

async function put(table: LandingTable, ...rows: readonly (readonly LandingCell[])[]): Promise<void> {
  const [source = '', stream = ''] = table.name.split('_')
  await opened.landing.commit({ source, stream, tables: [table], writes: [{ kind: 'upsert', table: table.name, rows: rowsOf(table, rows) }], quarantined: [], state: { cursor: null, generation: 1, isWhole: true, completeUntilUtcMs: null, committedUtcMs: NOW }, sweeps: false })
}

async function rows(table: string, columns: Readonly<Record<string, 'text' | 'integer'>>): Promise<readonly (readonly unknown[])[]> {
  const { source } = opened
  const [first = ''] = Object.keys(columns)
  const at = (name: string) => ({ kind: 'column', table, name }) as const
  const { text, params } = source.dialect.print(select({ columns: Object.keys(columns).map((name) => ({ expr: at(name), as: name })), from: { kind: 'table', name: table }, orderBy: [{ expr: at(first), direction: 'ASC' }] }))
  await source.dataVersion([table], true)
  const read = await source.query({ text, params, columns: Object.values(columns) })
  return Array.from({ length: read.rowCount }, (_, row) => read.columns.map((column) => column[row]))
}

const LINKS = { row_key: 'text', person_id: 'text' } as const

describe('identities that have landed', () => {
  it('link the rows of each table, by keys of their own kind, also through a field of a JSON column', async () => {
    await put(USERS, [1n, 'Ann@x.example'], [2n, null], [3n, 'cid@x.example'])
    await put(CONTACTS, ['c-1', ' ann@X.example', null], ['c-2', 'bob@x.example', '{"app":{"id":2}}'], ['c-3', null, 'null'])
    await identities().resolve()
    const users = await rows('identity_person_app_users', { row_key: 'integer', person_id: 'text' })
    const contacts = await rows('identity_person_crm_contacts', LINKS)
    const [ann, bob, cid] = users.map(([, id]) => id)
    expect([users.map(([key]) => Number(key)), contacts.map(([key]) => key)]).toEqual([[1, 2, 3], ['c-1', 'c-2', 'c-3']])
    expect(contacts.slice(0, 2).map(([, id]) => id)).toEqual([ann, bob])
    expect(await rows('identity_person', { person_id: 'text', sources: 'text' })).toEqual([[ann, 'app, crm'], [bob, 'app, crm'], [cid, 'app'], [contacts[2]?.[1], 'crm']].toSorted(([a], [b]) => (String(a) < String(b) ? -1 : 1)))
  })

  it('keep the ids of people while their first row stays, and are not written again where nothing changed', async () => {
    await put(USERS, [1n, 'ann@x.example'], [2n, null])
    await identities().resolve()
    const before = await rows('identity_person_app_users', { row_key: 'integer', person_id: 'text' })
    const version = await opened.source.dataVersion(['identity_person', 'identity_person_app_users'], true)
    await identities().resolve()
    expect(await opened.source.dataVersion(['identity_person', 'identity_person_app_users'], true)).toBe(version)
    await put(CONTACTS, ['c-1', 'ann@x.example', null])
    await identities().resolve()
    expect(await rows('identity_person_app_users', { row_key: 'integer', person_id: 'text' })).toEqual(before)
    expect(await rows('identity_person_crm_contacts', LINKS)).toEqual([['c-1', before[0]?.[1]]])
  })

  it('are resolved at the start where they never were by the rules of now, and otherwise when a sync has changed something', async () => {
    const stream = { name: 'users', state: 'whole', done: null, rows: 1, quarantined: 0, lastCommitUtcMs: NOW, completeUntilUtcMs: null, removed: 0, error: null } as const
    const synced = (written: number) => ({ source: 'app', connector: 'rest', running: false, startedUtcMs: NOW, endedUtcMs: NOW, nextRunUtcMs: null, syncedBy: null, streams: [{ ...stream, written }] })
    const people = async (own: Identities): Promise<number | undefined> => (await own.statuses())[0]?.people
    const first = identities()
    await first.catchUp()
    expect(await first.statuses()).toMatchObject([{ entity: 'person', people: 0, resolvedUtcMs: null }])
    await put(USERS, [1n, 'ann@x.example'])
    await first.catchUp()
    expect(await people(first)).toBe(1)
    await put(USERS, [2n, 'Ann+2@x.example'])
    await first.catchUp()
    await first.follow(synced(0))
    expect(await people(first)).toBe(1)
    await first.follow(synced(1))
    expect(await people(first)).toBe(2)
    const other = identities({ emails: { ignoreDots: false, ignorePlus: true } })
    await other.catchUp()
    expect(await people(other)).toBe(1)
  })

  it('say which column is not there, and which key tells nobody apart', async () => {
    await put(CONTACTS, ['c-1', 'ann@x.example', null], ['c-2', 'ann@x.example', null])
    const [, contacts] = RULE.tables
    if (!contacts) throw new Error('There are two tables.')
    await expect(identities({ tables: [{ ...contacts, values: { email: { column: 'mail', path: [] } } }] }).resolve()).rejects.toThrow('reads crm.contacts.mail, which is not there')
    await expect(identities({ tables: [{ ...contacts, key: 'email' }] }).resolve()).rejects.toThrow('have the same email')
  })
})
