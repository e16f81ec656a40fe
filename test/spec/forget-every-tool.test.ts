import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import * as amplitude from '../../connectors/amplitude/tables.ts'
import { columnsOf } from '../../connectors/hubspot/properties.ts'
import { KINDS } from '../../connectors/hubspot/object-reading.ts'
import * as hubspot from '../../connectors/hubspot/tables.ts'
import { contactTables } from '../../connectors/intercom/contacts.ts'
import { partTables } from '../../connectors/intercom/conversation-parts.ts'
import { conversationTables } from '../../connectors/intercom/conversations.ts'
import { companiesTable, LISTS } from '../../connectors/intercom/directory.ts'
import { ticketTables } from '../../connectors/intercom/tickets.ts'
import type { OpenLanding } from '../../connectors/landing-contract.ts'
import * as mixpanel from '../../connectors/mixpanel/tables.ts'
import { fieldsOf, tableOf } from '../../connectors/salesforce/fields.ts'
import { OBJECTS } from '../../connectors/salesforce/objects.ts'
import * as segment from '../../connectors/segment/tables.ts'
import { balanceTransactions, payouts } from '../../connectors/stripe/balance.ts'
import { customers } from '../../connectors/stripe/customers.ts'
import { invoices } from '../../connectors/stripe/invoices.ts'
import { charges, creditNotes, disputes, refunds } from '../../connectors/stripe/payments.ts'
import { subscriptions } from '../../connectors/stripe/subscriptions.ts'
import type { SyncColumn, SyncTable } from '../../connectors/sync-contract.ts'
import { fixedClock } from '../../src/base/clock.ts'
import { silentLog } from '../../src/base/log.ts'
import { forgetPerson } from '../../src/jobs/forget/forget-person.ts'
import { openForgottenList } from '../../src/jobs/forget/forgotten-list.ts'
import type { ForgottenList } from '../../src/jobs/forget/forgotten-list.ts'
import type { ForgetReport } from '../../src/jobs/forget/types.ts'
import { createSyncs } from '../../src/jobs/sync/create-syncs.ts'
import type { SyncedSource } from '../../src/jobs/sync/types.ts'
import { select } from '../../src/sql/tree.ts'
import { lazyStore } from '../../src/store/lazy-store.ts'
import type { LazyStore } from '../../src/store/lazy-store.ts'
import { intoPlace, LANDING_ENGINE, openInto } from '../servers/into-place.ts'
import type { IntoPlace } from '../servers/into-place.ts'
import { KEPT, NOW, pagesOf, streamOf, syncOnce, toolOf } from './sync-world.ts'

const field = (name: string, type = 'string') => ({ name, label: name, type, calculated: false })
/** As Salesforce describes objects, with every field that may lead to a person. */
const SALESFORCE_FIELDS = [
  field('Id', 'id'), field('Name'), field('Email', 'email'), field('Description', 'textarea'), field('OwnerId', 'reference'), field('AccountId', 'reference'), field('ContactId', 'reference'), field('ReportsToId', 'reference'),
  field('WhoId', 'reference'), field('WhatId', 'reference'), field('ConvertedContactId', 'reference'), field('OldValue', 'anyType'), field('NewValue', 'anyType'), field('PersonEmail', 'email'), field('PersonContactId', 'reference'), field('IsPersonAccount', 'boolean'),
]
const salesforce = Object.values(OBJECTS).flat().map((object) => {
  const own = { Lead: ['ConvertedContactId', 'Email'], Contact: ['Email', 'ReportsToId', 'AccountId'], User: ['Email'], Account: ['PersonEmail', 'PersonContactId', 'IsPersonAccount'], Task: ['WhoId', 'WhatId'], OpportunityFieldHistory: ['OldValue', 'NewValue'] }[object.name] ?? ['AccountId', 'ContactId']
  const fields = SALESFORCE_FIELDS.filter(({ name }) => ['Id', 'Name', 'Description', 'OwnerId', ...own].includes(name))
  return tableOf(object, fieldsOf(object, { name: object.name, replicateable: true, fields }, false))
})

/** All tables that the tools with people in them declare. */
const TOOLS: Readonly<Record<string, readonly SyncTable[]>> = {
  stripe: [subscriptions, customers, invoices, charges, refunds, disputes, creditNotes, balanceTransactions, payouts].flatMap(({ tables }) => tables),
  intercom: [...contactTables, ...conversationTables, ...partTables, ...ticketTables, companiesTable, ...LISTS.map(({ table }) => table)],
  hubspot: [...Object.values(KINDS).flatMap((kind) => hubspot.tablesOf(kind, columnsOf(kind.object, [], undefined))), hubspot.OWNER_TABLE],
  salesforce,
  mixpanel: [mixpanel.eventsTable([]), mixpanel.usersTable([]), mixpanel.COHORTS_TABLE, mixpanel.COHORT_MEMBERS_TABLE],
  amplitude: [amplitude.eventsTable([], []), amplitude.USERS_TABLE, amplitude.USER_IDS_TABLE, amplitude.COHORTS_TABLE, amplitude.COHORT_MEMBERS_TABLE],
  segment: [...segment.messageTables([], []), ...segment.profileTables([])],
}

const ANN = { id: '471147114711', email: ' Ann.Lee@Example.com' }
const BOB = { id: '552255225522', email: 'bob@example.com' }
type Somebody = typeof ANN
/** Beside hers an address that ends like hers. */
const MENTION = 'Ann LEE told ann.lee@EXAMPLE.com, and joann.lee@example.com, and mail=ann.lee@example.com.'

function valueOf({ name, kind }: SyncColumn, row: string, text: string): unknown {
  switch (kind) {
    case 'text':
      return `${text} ${name} ${row}`
    case 'json':
      return { [name]: [text], to: ANN.email.trim() }
    case 'date':
      return '2026-05-01'
    case 'timestamp':
      return NOW
    case 'boolean':
      return true
    default:
      return 7
  }
}

interface Made {
  readonly records: readonly Readonly<Record<string, unknown>>[]
  /** Of Ann, of whom nothing is to be left. */
  readonly hers: number
}

/** Small statements take a server of ClickHouse long. */
const SOME = new Set(['customers', 'charges', 'balance_transactions'])

/** By which a row is of people, and not of colleagues. */
const toldOf = ({ person }: SyncTable): Readonly<Record<string, unknown>> => (person?.where === undefined ? {} : { [person.where.column]: person.where.values[0] })

/** A row of hers and one of Bob's by each column that leads to people, one where each reference is hers, and one of nobody's; every text tells of her. */
function recordsOf(table: SyncTable): Made {
  const { person = {}, refers = [] } = table
  const leading = [...(person.user ?? []), ...(person.of ?? []), ...(person.device ?? []), ...(person.email ?? [])]
  let count = 0
  const record = (more: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> => {
    const row = `r${count++}`
    const values = table.columns.map((column) => {
      if (leading.includes(column.name) || refers.some((one) => one.column === column.name)) return [column.name, table.key.includes(column.name) ? (column.kind === 'integer' ? count : row) : null]
      return [column.name, table.key.includes(column.name) ? (column.kind === 'integer' ? count : column.kind === 'text' ? row : valueOf(column, row, MENTION)) : valueOf(column, row, MENTION)]
    })
    return { ...Object.fromEntries(values), ...toldOf(table), ...more }
  }
  const of = (somebody: Somebody): readonly Readonly<Record<string, unknown>>[] => leading.map((column) => record({ [column]: person.email?.includes(column) ? somebody.email : somebody.id }))
  const hers = of(ANN)
  return { records: [...hers, ...of(BOB), ...refers.flatMap(({ column }) => [record({ [column]: ANN.id }), record({ [column]: BOB.id })]), record({})], hers: hers.length }
}

let folder: string
let place: IntoPlace
let opened: OpenLanding
let store: LazyStore
let list: ForgottenList

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'kpiql-forget-'))
  place = intoPlace()
  opened = await openInto(place)
  store = lazyStore(join(folder, 'store.db'), fixedClock(NOW))
  list = await openForgottenList({ store, landing: opened.landing, keyFile: join(folder, 'key'), hashKey: null, hashes: null, clock: fixedClock(NOW), onAdded: () => {} })
})
afterEach(async () => {
  await opened.source.close()
  await store.close()
  await place.remove()
  rmSync(folder, { recursive: true, force: true })
})

/** Every cell of every landed table, as text. */
async function cells(source: string): Promise<readonly { readonly at: string; readonly cell: string }[]> {
  const found: { at: string; cell: string }[] = []
  for (const { name, columns } of await opened.landing.tables(source)) {
    await opened.source.dataVersion([name], true)
    const { text, params } = opened.source.dialect.print(select({ columns: columns.map((column) => ({ expr: { kind: 'cast', of: { kind: 'column', table: name, name: column.name }, to: 'text' }, as: column.name })), from: { kind: 'table', name } }))
    const read = await opened.source.query({ text, params, columns: columns.map(() => 'text') })
    for (const [index, column] of columns.entries()) for (const cell of read.columns[index] ?? []) if (cell !== null) found.push({ at: `${name}.${column.name}`, cell: String(cell) })
  }
  return found
}

async function tellsOfHer(source: string): Promise<readonly string[]> {
  const own = /(?<![\p{L}\p{N}._+-])ann\.lee@example\.com/iu
  const quarantine = (await opened.landing.quarantine(source)).entries.map(({ table, content }) => ({ at: `quarantine of ${table}`, cell: content }))
  return [...(await cells(source)), ...quarantine].filter(({ cell }) => own.test(cell) || cell.includes(ANN.id)).map(({ at, cell }) => `${at}: ${cell}`)
}

describe('a person who is forgotten', () => {
  it.each(Object.keys(TOOLS).filter((tool) => LANDING_ENGINE !== 'clickhouse' || tool === 'stripe'))('is in no column of any table of %s, nor in its quarantine, also after it was read again', async (tool) => {
    const tables = (TOOLS[tool] ?? []).filter(({ name }) => LANDING_ENGINE !== 'clickhouse' || SOME.has(name))
    const made = new Map(tables.map((table) => [table.name, recordsOf(table)]))
    // Without a key they land nowhere.
    const unfit = (table: SyncTable) => [ANN, BOB].map(({ id, email }) => ({ ...Object.fromEntries(table.columns.filter(({ name }) => table.person?.user?.includes(name) === true && !table.key.includes(name)).map(({ name }) => [name, id])), ...toldOf(table), note: email }))
    const streams = tables.map((table) => streamOf(table.name, [table], pagesOf([{ writes: [{ kind: 'upsert', table: table.name, records: [...(made.get(table.name)?.records ?? []), ...unfit(table)] }] }])))
    const sources: readonly SyncedSource[] = [{ name: tool, connector: 'synthetic', source: toolOf(streams), settings: KEPT }]
    const syncs = createSyncs({ sources, landing: opened.landing, clock: fixedClock(NOW), log: silentLog, forgotten: list })
    const sync = async (): Promise<void> => {
      const { streams: ended } = await syncOnce(syncs, { source: tool, full: true })
      expect(ended.map(({ error }) => error)).toEqual(ended.map(() => null))
    }
    const rows = async (): Promise<ReadonlyMap<string, number>> => new Map([...(await opened.landing.rowCounts(tool))].map(([name, count]) => [name.slice(tool.length + 1), count]))
    const forget = (dryRun: boolean): Promise<ForgetReport> => forgetPerson({ user: null, email: ANN.email, source: null, dryRun }, [], { sources, opened, syncs, identities: { resolve: () => Promise.resolve() }, rules: [], list, store, hashes: null })
    const forgetId = (): Promise<ForgetReport> => forgetPerson({ user: ANN.id, email: null, source: tool, dryRun: false }, [], { sources, opened, syncs, identities: { resolve: () => Promise.resolve() }, rules: [], list, store, hashes: null })

    await sync()
    const before = await rows()
    expect((await tellsOfHer(tool)).length).toBeGreaterThan(tables.length)
    expect((await forget(true)).dryRun).toBe(true)
    expect([...(await rows())]).toEqual([...before])
    await forget(false)
    await forgetId()
    expect(await tellsOfHer(tool)).toEqual([])
    const left = new Map([...before].map(([table, count]) => [table, count - (made.get(table)?.hers ?? 0)]))
    expect([...(await rows())]).toEqual([...left])
    await sync()
    expect(await tellsOfHer(tool)).toEqual([])
    expect([...(await rows())]).toEqual([...left])
    // Bob is where he was, and whose address ends like hers keeps it.
    const kept = await cells(tool)
    const leading = tables.reduce((sum, { person = {}, refers = [] }) => sum + (person.user ?? []).filter((name) => person.email?.includes(name) !== true).length + (person.of?.length ?? 0) + (person.device?.length ?? 0) + refers.length, 0)
    expect(kept.filter(({ cell }) => cell === BOB.id)).toHaveLength(leading)
    expect(kept.some(({ cell }) => cell.includes('joann.lee@example.com') && cell.includes('(forgotten)'))).toBe(true)
  })

  it('leaves books as they were: what a customer was billed stays one customer’s, under an id that leads to nobody', async () => {
    const tables = TOOLS['stripe'] ?? []
    const [charged, invoiced] = ['charges', 'invoices'].map((name) => tables.find((table) => table.name === name))
    if (!charged || !invoiced) throw new Error('There are no such tables.')
    const of = (id: string, customer: string, description: string) => ({ id, customer_id: customer, amount: '10.00', currency: 'EUR', description, metadata: { name: description } })
    const streams = [
      streamOf('charges', [charged], pagesOf([{ writes: [{ kind: 'upsert', table: 'charges', records: [of('ch_1', 'cus_ann', 'Ann Lee'), of('ch_2', 'cus_ann', 'Ann Lee'), of('ch_3', 'cus_bob', 'Bob')] }] }])),
      streamOf('invoices', [invoiced], pagesOf([{ writes: [{ kind: 'upsert', table: 'invoices', records: [{ id: 'in_1', customer_id: 'cus_ann', metadata: { name: 'Ann Lee' } }] }] }])),
    ]
    const sources: readonly SyncedSource[] = [{ name: 'stripe', connector: 'stripe', source: toolOf(streams), settings: KEPT }]
    const syncs = createSyncs({ sources, landing: opened.landing, clock: fixedClock(NOW), log: silentLog, forgotten: list })
    await syncOnce(syncs, { source: 'stripe' })
    const report = await forgetPerson({ user: 'cus_ann', email: null, source: null, dryRun: false }, [], { sources, opened, syncs, identities: { resolve: () => Promise.resolve() }, rules: [], list, store, hashes: null })
    expect([report.tables, report.overwritten]).toEqual([[], [{ source: 'stripe', table: 'charges', cells: 2 }, { source: 'stripe', table: 'invoices', cells: 1 }]])
    const landed = async (table: string): Promise<readonly (readonly unknown[])[]> => (await opened.landing.lookUp(`stripe_${table}`, ['id', 'customer_id', ...(table === 'charges' ? ['amount', 'description'] : []), 'metadata'], { column: 'id', values: ['ch_1', 'ch_2', 'ch_3', 'in_1'] })).toSorted(([a], [b]) => (String(a) < String(b) ? -1 : 1)).map((row) => row.map((cell) => (/^10(\.0+)?$/.test(String(cell)) ? '10' : cell)))
    const alias = (await landed('invoices'))[0]?.[1]
    expect(alias).toMatch(/^forgotten_[0-9a-f]{24}$/)
    const books = [['ch_1', alias, '10', null, null], ['ch_2', alias, '10', null, null], ['ch_3', 'cus_bob', '10', 'Bob', '{"name":"Bob"}']]
    expect([await landed('charges'), await landed('invoices')]).toEqual([books, [['in_1', alias, null]]])
    await syncOnce(syncs, { source: 'stripe', full: true })
    expect([await landed('charges'), await landed('invoices')]).toEqual([books, [['in_1', alias, null]]])
  })
})

describe('what tools declare of people', () => {
  const all = Object.entries(TOOLS).flatMap(([tool, tables]) => tables.map((table) => [`${tool}.${table.name}`, table] as const))
  it.each(all)('%s names columns that are there, and refers by none of its key', (_, table) => {
    const names = table.columns.map(({ name }) => name)
    const { person = {}, refers = [] } = table
    expect(names).toEqual(expect.arrayContaining([...(person.user ?? []), ...(person.of ?? []), ...(person.device ?? []), ...(person.email ?? []), ...(person.staff ?? []), ...(person.where === undefined ? [] : [person.where.column]), ...refers.flatMap(({ column, tells = [] }) => [column, ...tells])]))
    expect(refers.flatMap(({ column, tells = [] }) => [column, ...tells]).filter((name) => table.key.includes(name))).toEqual([])
    for (const { column } of refers) expect([...(person.user ?? []), ...(person.of ?? [])]).not.toContain(column)
  })
})
