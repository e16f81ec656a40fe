import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openLanding } from '../../connectors/duckdb/open-landing.ts'
import { landingOptions } from '../../connectors/duckdb/options.ts'
import type { Statement } from '../../connectors/contract.ts'
import { KINDS } from '../../connectors/hubspot/object-reading.ts'
import { columnsOf } from '../../connectors/hubspot/properties.ts'
import * as hubspot from '../../connectors/hubspot/tables.ts'
import { contactTables } from '../../connectors/intercom/contacts.ts'
import { partTables } from '../../connectors/intercom/conversation-parts.ts'
import { conversationTables } from '../../connectors/intercom/conversations.ts'
import { LISTS } from '../../connectors/intercom/directory.ts'
import type { OpenLanding } from '../../connectors/landing-contract.ts'
import { messageTables } from '../../connectors/segment/tables.ts'
import type { SyncRecord, SyncTable } from '../../connectors/sync-contract.ts'
import { fixedClock } from '../../src/base/clock.ts'
import { silentLog } from '../../src/base/log.ts'
import { forgetPerson } from '../../src/jobs/forget/forget-person.ts'
import { openForgottenList } from '../../src/jobs/forget/forgotten-list.ts'
import type { ForgottenList } from '../../src/jobs/forget/forgotten-list.ts'
import type { ForgetReport } from '../../src/jobs/forget/types.ts'
import { createSyncs } from '../../src/jobs/sync/create-syncs.ts'
import type { SyncedSource, SyncEngine } from '../../src/jobs/sync/types.ts'
import { select } from '../../src/sql/tree.ts'
import { lazyStore } from '../../src/store/lazy-store.ts'
import type { LazyStore } from '../../src/store/lazy-store.ts'
import { KEPT, NOW, pagesOf, streamOf, syncOnce, toolOf } from './sync-world.ts'

let folder: string
let opened: OpenLanding
let store: LazyStore
let list: ForgottenList
let sources: readonly SyncedSource[]
let syncs: SyncEngine

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'kpiql-forget-'))
  opened = openLanding('landed', landingOptions.parse({}), { log: silentLog, stateFolder: '' })
  store = lazyStore(join(folder, 'store.db'), fixedClock(NOW))
  list = await openForgottenList({ store, landing: opened.landing, keyFile: join(folder, 'key'), hashKey: null, hashes: null, clock: fixedClock(NOW), onAdded: () => {} })
})
afterEach(async () => {
  await syncs.close()
  await opened.source.close()
  await store.close()
  rmSync(folder, { recursive: true, force: true })
})

type Records = Readonly<Record<string, readonly SyncRecord[]>>

/** Lands records of a tool's own tables. */
async function landed(all: readonly SyncTable[], records: Records): Promise<void> {
  const tables = Object.keys(records).map((name) => {
    const table = all.find((one) => one.name === name)
    if (table === undefined) throw new Error(`There is no table ${name}.`)
    return table
  })
  const streams = tables.map((table) => streamOf(table.name, [table], pagesOf([{ writes: [{ kind: 'upsert', table: table.name, records: records[table.name] ?? [] }] }])))
  sources = [{ name: 'tool', connector: 'synthetic', source: toolOf(streams), settings: KEPT }]
  syncs = createSyncs({ sources, landing: opened.landing, clock: fixedClock(NOW), log: silentLog, forgotten: list })
  await sync()
}

async function sync(): Promise<void> {
  const { streams } = await syncOnce(syncs, { source: 'tool', full: true })
  expect(streams.map(({ error }) => error)).toEqual(streams.map(() => null))
}

/** Keys of the rows of each table. */
async function keys(): Promise<Readonly<Record<string, readonly string[]>>> {
  const found: Record<string, readonly string[]> = {}
  for (const { name, key, stream } of await opened.landing.tables('tool')) {
    const rows = await opened.landing.lookUp(name, [key.at(-1) ?? ''], { column: key.at(-1) ?? '', values: EVERY_KEY })
    if (stream !== null) found[name.slice('tool_'.length)] = rows.map(([cell]) => String(cell)).toSorted()
  }
  return found
}

/** All keys that occur here. */
const EVERY_KEY = [...Array.from({ length: 12 }, (_, index) => [`m${index}`, `c${index}`, `p${index}`]).flat(), 'ann', 'bob', 'cid', 'k-ann', 'k-bob', '7', '8', '12345']

async function forget(who: { readonly user: string } | { readonly email: string }, dryRun = false): Promise<ForgetReport> {
  return forgetPerson({ user: null, email: null, source: 'tool', dryRun, ...who }, [], { sources, opened, syncs, identities: { resolve: () => Promise.resolve() }, rules: [], list, store, hashes: null })
}

/** What stays, and that it also stays after all was read again. */
async function staysAs(expected: Readonly<Record<string, readonly string[]>>): Promise<void> {
  expect(await keys()).toEqual(expected)
  await sync()
  expect(await keys()).toEqual(expected)
}

const SEGMENT = messageTables([], [])
const INTERCOM = [...contactTables, ...conversationTables, ...partTables, ...LISTS.map(({ table }) => table)]

/** Ann and Bob logged in one after the other on the family's tablet; each has a telephone. */
const message = (id: string, user: string | null, device: string, more: SyncRecord = {}): SyncRecord => ({ message_id: id, user_id: user, anonymous_id: device, time: NOW, ...more })
const TABLET: Records = {
  tracks: [
    message('m1', 'ann', 'tablet'), message('m2', 'bob', 'tablet'), message('m3', null, 'tablet'), message('m4', 'ann', 'phone-ann'), message('m5', null, 'phone-ann'),
    message('m6', 'bob', 'phone-bob'), message('m7', null, 'phone-bob'), message('m8', null, 'phone-cid'),
  ],
  identifies: [message('m9', 'ann', 'tablet', { email: 'ann@example.com' }), message('m10', 'bob', 'tablet', { email: 'bob@example.com' }), message('m11', 'bob', 'phone-bob', { email: 'bob@example.com' })],
  users: [{ user_id: 'ann', email: 'ann@example.com' }, { user_id: 'bob', email: 'bob@example.com' }],
}

describe('who used the same device as somebody forgotten', () => {
  const withoutAnn = { tracks: ['m2', 'm6', 'm7', 'm8'], identifies: ['m10', 'm11'], users: ['bob'] }

  it.each([['her id', { user: 'ann' }], ['her address', { email: 'ann@example.com' }]])('stays, and stays in later syncs, when she is found by %s; what nobody did on the device goes', async (_, who) => {
    await landed(SEGMENT, TABLET)
    expect((await forget(who, true)).found).toEqual([{ source: 'tool', users: ['ann'], devices: ['phone-ann', 'tablet'], emails: ['ann@example.com'] }])
    const { ids } = await forget(who)
    expect(ids).toEqual([{ source: 'tool', users: 1, devices: 2, emails: 1 }])
    await staysAs(withoutAnn)
  })

  it('goes on landing, on the device too, while nothing of it lands with nobody’s id', async () => {
    await landed(SEGMENT, { ...TABLET, users: [] })
    await forget({ user: 'ann' })
    await syncs.close()
    await landed(SEGMENT, { tracks: [...(TABLET['tracks'] ?? []), message('m0', 'bob', 'tablet'), message('c1', null, 'tablet'), message('c2', 'ann', 'phone-cid'), message('c3', null, 'phone-cid')] })
    expect((await keys())['tracks']).toEqual(['c3', 'm0', 'm2', 'm6', 'm7', 'm8'])
  })

  it('is not reached by the id of the device itself, nor by aliases and addresses that were given on it', async () => {
    const aliases = [{ message_id: 'm1', user_id: 'ann', previous_id: 'tablet', time: NOW }, { message_id: 'm2', user_id: 'bob', previous_id: 'tablet', time: NOW }, { message_id: 'm3', user_id: 'ann', previous_id: 'ann-of-old', time: NOW }]
    const told = message('m0', null, 'tablet', { email: 'cid@example.com' })
    const tracks = [...(TABLET['tracks'] ?? []), message('m10', 'ann-of-old', 'first-phone')]
    await landed(SEGMENT, { ...TABLET, tracks, aliases, identifies: [...(TABLET['identifies'] ?? []), told] })
    expect((await forget({ user: 'tablet' }, true)).found).toEqual([{ source: 'tool', users: [], devices: ['tablet'], emails: [] }])
    expect((await forget({ user: 'ann' }, true)).found).toEqual([{ source: 'tool', users: ['ann', 'ann-of-old'], devices: ['first-phone', 'phone-ann', 'tablet'], emails: ['ann@example.com'] }])
    await forget({ user: 'ann' })
    await staysAs({ ...withoutAnn, aliases: ['m2'] })
  })

  it('keeps records in quarantine that have the id of the shared device', async () => {
    await landed(SEGMENT, { ...TABLET, users: [], tracks: [...(TABLET['tracks'] ?? []), { user_id: 'bob', anonymous_id: 'tablet' }, { user_id: null, anonymous_id: 'phone-ann', message_id: null }] })
    expect((await opened.landing.quarantine('tool')).total).toBe(2)
    await forget({ user: 'ann' })
    expect((await opened.landing.quarantine('tool')).entries.map(({ content }) => JSON.parse(content))).toEqual([expect.objectContaining({ user_id: 'bob', anonymous_id: 'tablet' })])
  })
})

describe('who stands in one row with somebody forgotten', () => {
  const contacts = [{ id: 'k-ann', external_id: 'e-ann', email: 'ann@example.com' }, { id: 'k-bob', external_id: '12345', email: 'bob@example.com' }]
  const conversation = (id: string, contact: string, type: string, author: string, email: string | null): SyncRecord => ({ id, contact_id: contact, source_author_type: type, source_author_id: author, source_author_email: email })
  const part = (id: string, contact: string, type: string, author: string, email: string | null): SyncRecord => ({ conversation_id: 'c1', id, contact_id: contact, author_type: type, author_id: author, author_email: email })

  it('loses the e-mail that was written with them in copy, and nothing of their own', async () => {
    const copied = conversation('c1', 'k-bob', 'user', 'k-ann', 'ann@example.com')
    const own = ['c2', 'c3', 'c4'].map((id) => conversation(id, 'k-bob', 'user', 'k-bob', 'bob@example.com'))
    await landed(INTERCOM, { contacts, conversations: [copied, ...own] })
    expect((await forget({ email: 'ann@example.com' }, true)).found).toEqual([{ source: 'tool', users: ['e-ann', 'k-ann'], devices: [], emails: ['ann@example.com'] }])
    await forget({ email: 'ann@example.com' })
    await staysAs({ contacts: ['k-bob'], conversations: ['c2', 'c3', 'c4'] })
  })

  it('stays as a colleague who wrote to them, with the address and with what was written to others', async () => {
    const admins = [{ id: '7', name: 'Mo', email: 'Mo@example.com' }, { id: '12345', name: 'Di', email: 'di@example.com' }]
    const conversations = [conversation('c1', 'k-ann', 'admin', '7', 'mo@example.com'), conversation('c2', 'k-bob', 'admin', '7', 'mo@example.com')]
    const parts = [part('p1', 'k-ann', 'admin', '7', 'mo@example.com'), part('p2', 'k-bob', 'admin', '7', 'mo@example.com'), part('p3', 'k-bob', 'user', 'k-ann', 'ann@example.com')]
    // Mo had himself written to as Ann.
    await landed(INTERCOM, { admins, contacts: [...contacts, { id: '8', external_id: 'e-ann', email: 'mo@example.com' }], conversations, conversation_parts: parts })
    expect((await forget({ email: 'ann@example.com' }, true)).found).toEqual([{ source: 'tool', users: ['8', 'e-ann', 'k-ann'], devices: [], emails: ['ann@example.com'] }])
    await forget({ email: 'ann@example.com' })
    await staysAs({ admins: ['12345', '7'], contacts: ['k-bob'], conversations: ['c2'], conversation_parts: ['p2'] })
    expect(await opened.landing.lookUp('tool_admins', ['email'], { column: 'id', values: ['7'] })).toEqual([['Mo@example.com']])
  })

  it('stays as a colleague whose number is the customer’s own id', async () => {
    const admins = [{ id: '12345', name: 'Di', email: 'di@example.com' }]
    const parts = [part('p1', 'k-ann', 'admin', '12345', 'di@example.com'), part('p2', 'k-bob', 'admin', '12345', 'di@example.com')]
    await landed(INTERCOM, { admins, contacts, conversation_parts: parts })
    await forget({ email: 'bob@example.com' })
    await staysAs({ admins: ['12345'], contacts: ['k-ann'], conversation_parts: ['p1'] })
  })

  it('stays as a colleague also where it is the address that was named: what they wrote stays, without it', async () => {
    const admins = [{ id: '7', name: 'Mo', email: 'mo@example.com' }]
    await landed(INTERCOM, { admins, contacts, conversations: [conversation('c1', 'k-ann', 'admin', '7', 'mo@example.com')] })
    await forget({ email: 'mo@example.com' })
    await staysAs({ admins: ['7'], contacts: ['k-ann', 'k-bob'], conversations: ['c1'] })
    expect(await opened.landing.lookUp('tool_conversations', ['source_author_email'], { column: 'id', values: ['c1'] })).toEqual([['(forgotten)']])
  })

  it('stays as an owner in a CRM whose address a contact has', async () => {
    const contact = hubspot.tablesOf(KINDS.contacts, columnsOf('contacts', [], undefined))
    await landed([...contact, hubspot.OWNER_TABLE], { contacts: [{ id: '8', email: 'mo@example.com' }], owners: [{ id: '7', email: 'mo@example.com' }] })
    expect((await forget({ user: '8' }, true)).found).toEqual([{ source: 'tool', users: ['8'], devices: [], emails: [] }])
    await forget({ user: '8' })
    await staysAs({ contacts: [], owners: ['7'] })
  })
})

describe('what was added up before', () => {
  it('is dropped when somebody is forgotten, since ids stand in it, and not in a dry run', async () => {
    await landed(SEGMENT, { users: TABLET['users'] ?? [] })
    const { source } = opened
    const dataVersion = await source.dataVersion(['tool_users'], true)
    const statement: Statement = { ...source.dialect.print(select({ columns: [{ expr: { kind: 'column', table: 'tool_users', name: '_synced_at' }, as: 'bucket' }, { expr: { kind: 'column', table: 'tool_users', name: 'user_id' }, as: 'who' }], from: { kind: 'table', name: 'tool_users' } })), columns: ['timestamp', 'text'] }
    await source.rollups?.build({ name: 'by_user', definition: 'users', tables: ['tool_users'], dataVersion, statement, columnNames: ['bucket', 'who'], keeps: null }, new AbortController().signal)
    const kept = async (): Promise<unknown> => (await source.rollups?.list())?.map(({ name, rows }) => [name, rows])
    await forget({ user: 'ann' }, true)
    expect(await kept()).toEqual([['by_user', 2]])
    await forget({ user: 'ann' })
    expect(await kept()).toEqual([])
  })
})
