import { generateKeyPairSync } from 'node:crypto'
import { inspect } from 'node:util'
import { decodeJwt, jwtVerify } from 'jose'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Collected } from '../../test/vendors/collect.ts'
import { instant, startSalesforce } from '../../test/vendors/salesforce.ts'
import type { FakeRecord, FakeSalesforce } from '../../test/vendors/salesforce.ts'
import { FullReadNeeded } from '../sync-contract.ts'
import type { Stream } from '../sync-contract.ts'
import salesforce from './sync.ts'

const DAY_MS = 86_400_000
const MINUTE_MS = 60_000
const START = Date.parse('2026-11-01T00:00:00Z')
const warnings: string[] = []
const silent = { debug: () => undefined, info: () => undefined, warn: (_: object, message: string) => void warnings.push(message) }
const signal = new AbortController().signal

let clock = START
let vendor: FakeSalesforce
const deps = { log: silent, now: () => clock, wait: async (ms: number) => void (clock += Math.ceil(ms)) }

const NAMED = [{ name: 'Name', type: 'string' }]

beforeEach(async () => {
  clock = START
  warnings.length = 0
  vendor = await startSalesforce({
    Account: NAMED,
    Contact: [...NAMED, { name: 'Email', type: 'email' }, { name: 'AccountId', type: 'reference' }],
    Opportunity: [
      ...NAMED, { name: 'Amount', type: 'currency' }, { name: 'Probability', type: 'percent' }, { name: 'CloseDate', type: 'date' }, { name: 'IsWon', type: 'boolean' }, { name: 'CurrencyIsoCode', type: 'picklist' },
      { name: 'Seats__c', type: 'double' }, { name: 'Margin__c', type: 'currency', formula: 'Amount * 0.3' }, { name: 'Address', type: 'address' },
    ],
    OpportunityHistory: [{ name: 'OpportunityId', type: 'reference' }, { name: 'StageName', type: 'picklist' }, { name: 'Amount', type: 'currency' }],
    OpportunityStage: [{ name: 'ApiName', type: 'string' }, { name: 'MasterLabel', type: 'string' }, { name: 'IsClosed', type: 'boolean' }, { name: 'IsWon', type: 'boolean' }],
    OpportunityFieldHistory: [{ name: 'OpportunityId', type: 'reference' }, { name: 'Field', type: 'picklist' }, { name: 'NewValue', type: 'anyType' }],
  })
})

afterEach(() => vendor.close())

const source = (more: object = {}) => salesforce.open('sf', salesforce.options.parse({ instanceUrl: vendor.url, ...('clientId' in more ? {} : { accessToken: 'session-1' }), ...more }), deps)

async function stream(name: string, more: object = {}): Promise<Stream> {
  const found = (await source(more).streams(signal)).find((one) => one.name === name)
  if (!found) throw new Error(`There is no stream ${name}.`)
  return found
}

const idOf = (number: number): string => `001${String(number).padStart(15, '0')}`

function add(object: string, number: number, fields: object = {}, modifiedMs = START - DAY_MS): FakeRecord {
  const record: FakeRecord = { Id: idOf(number), IsDeleted: false, CreatedDate: instant(START - 2 * DAY_MS), SystemModstamp: instant(modifiedMs), ...fields }
  vendor.objects.get(object)?.records.set(record.Id, record)
  return record
}

const numbers = (landed: Collected, table: string) => landed.rows(table).map(({ id }) => Number(String(id).slice(3))).toSorted((a, b) => a - b)
const upTo = (most: number) => Array.from({ length: most }, (_, index) => index + 1)
const queries = () => vendor.heard.filter(({ path }) => path.includes('/query')).map(({ query }) => query.get('q') ?? '')

describe('the records of Salesforce', () => {
  it('are read from the newest modification to the oldest, and then only what was modified', async () => {
    for (const number of upTo(25)) add('Account', number, { Name: `a${number}` }, START - DAY_MS + number * 1_000)
    const accounts = await stream('accounts', { pageSize: 10 })
    const landed = new Collected()
    const began = clock
    await landed.read(accounts, { nowUtcMs: began })
    expect(landed.rows('accounts').map(({ name }) => name)).toEqual(upTo(25).toReversed().map((number) => `a${number}`))
    expect(landed.pages.at(-1)).toMatchObject({ done: 1, completeUntilUtcMs: began - 10 * MINUTE_MS })

    clock = START + DAY_MS
    add('Account', 3, { Name: 'new' }, START + 5_000)
    add('Account', 26, { Name: 'a26' }, START + 6_000)
    const before = queries().length
    await landed.read(accounts, { nowUtcMs: clock })
    expect(numbers(landed, 'accounts')).toEqual(upTo(26))
    expect(landed.rows('accounts').find(({ id }) => id === idOf(3))?.name).toBe('new')
    expect(queries().length - before).toBe(1)
  })

  it('are all found where thousands were modified at one instant, and answers are smaller than asked for', async () => {
    for (const number of upTo(2_345)) add('Account', number, {}, START + 5_000)
    vendor.mostRecords = 150
    clock = START + MINUTE_MS
    const accounts = await stream('accounts', { pageSize: 500 })
    const first = new Collected()
    await first.read(accounts, { nowUtcMs: clock })
    expect(first.rows('accounts')).toHaveLength(2_345)
    const later = new Collected()
    later.cursor = { layout: 'salesforce-2', objects: { Account: { phase: 'changes', untilUtcMs: START, deletedUntilUtcMs: START, window: null } } }
    await later.read(accounts, { nowUtcMs: clock })
    expect(later.rows('accounts')).toHaveLength(2_345)
  })

  it('are the same whether a reading was cut off after any page or not', async () => {
    for (const number of upTo(200)) add('Account', number, { Name: 'old' }, START - number * 1_000)
    const accounts = await stream('accounts', { pageSize: 17 })
    const landed = new Collected()
    for (let kills = 0; kills < 30; kills++) {
      clock += 30_000
      add('Account', 1 + ((kills * 37) % 210), { Name: `changed ${kills}` }, clock)
      await landed.read(accounts, { nowUtcMs: clock }, 1)
    }
    clock += MINUTE_MS
    await landed.read(accounts, { nowUtcMs: clock })
    const whole = new Collected()
    await whole.read(accounts, { nowUtcMs: clock })
    const byId = (one: Collected) => one.rows('accounts').toSorted((a, b) => String(a.id).localeCompare(String(b.id)))
    expect(byId(landed)).toEqual(byId(whole))
  })

  it('show what was committed late behind the last reading', async () => {
    add('Account', 1)
    const accounts = await stream('accounts')
    const landed = new Collected()
    await landed.read(accounts, { nowUtcMs: clock })
    add('Account', 2, {}, START - 5 * MINUTE_MS)
    clock += MINUTE_MS
    await landed.read(accounts, { nowUtcMs: clock })
    expect(numbers(landed, 'accounts')).toEqual([1, 2])
  })

  it('are read whole, whatever day is the first that is wanted, but for tasks, which happened once', async () => {
    vendor.objects.set('Task', { fields: vendor.objects.get('Account')?.fields ?? [], records: new Map(), deleted: [] })
    for (const object of ['Opportunity', 'Task']) {
      add(object, 1, {}, START - 30 * DAY_MS)
      add(object, 2)
    }
    const landed = new Collected()
    const wanted = { nowUtcMs: clock, sinceUtcMs: START - 2 * DAY_MS }
    const [opportunities, tasks] = [await stream('opportunities'), await stream('tasks')]
    expect([opportunities.ignoresSince, tasks.ignoresSince]).toEqual([true, false])
    await landed.read(opportunities, wanted)
    const events = new Collected()
    await events.read(tasks, wanted)
    expect([numbers(landed, 'opportunities'), numbers(events, 'tasks')]).toEqual([[1, 2], [2]])
  })

  it('go when they are put into the recycle bin or purged, come back when they are taken out, and take with them what is theirs', async () => {
    for (const number of [1, 2, 3]) {
      add('Opportunity', number)
      add('OpportunityHistory', 100 + number, { OpportunityId: idOf(number), StageName: 'New' })
      add('OpportunityFieldHistory', 200 + number, { OpportunityId: idOf(number), Field: 'Amount', NewValue: 12.5 })
    }
    const opportunities = await stream('opportunities')
    const landed = new Collected()
    await landed.read(opportunities, { nowUtcMs: clock })
    expect(numbers(landed, 'opportunity_history')).toEqual([101, 102, 103])
    expect(landed.rows('opportunity_field_history')[0]?.new_value).toBe(12.5)

    clock += DAY_MS
    add('Opportunity', 1, { IsDeleted: true }, START + MINUTE_MS)
    const object = vendor.objects.get('Opportunity')
    object?.records.delete(idOf(2))
    object?.deleted.push({ id: idOf(1), deletedDate: instant(START + MINUTE_MS) }, { id: idOf(2), deletedDate: instant(START + 2 * MINUTE_MS) })
    await landed.read(opportunities, { nowUtcMs: clock })
    expect(numbers(landed, 'opportunities')).toEqual([3])
    expect(numbers(landed, 'opportunity_history')).toEqual([103])
    expect(numbers(landed, 'opportunity_field_history')).toEqual([203])

    clock += DAY_MS
    add('Opportunity', 1, {}, clock - MINUTE_MS)
    object?.deleted.push({ id: idOf(1), deletedDate: instant(clock - 5 * MINUTE_MS) })
    await landed.read(opportunities, { nowUtcMs: clock })
    expect(numbers(landed, 'opportunities')).toEqual([1, 3])
  })

  it('tell each state an opportunity was in, and from when to when', async () => {
    add('OpportunityStage', 900, { ApiName: 'New', MasterLabel: 'Neu', IsClosed: false, IsWon: false })
    add('OpportunityStage', 901, { ApiName: 'Won', MasterLabel: 'Gewonnen', IsClosed: true, IsWon: true })
    for (const number of upTo(600)) {
      add('Opportunity', number, { CurrencyIsoCode: 'USD' }, START - DAY_MS + number * 1_000)
      add('OpportunityHistory', 10_000 + number, { OpportunityId: idOf(number), StageName: 'New', Amount: 5, CreatedDate: instant(START - 2 * DAY_MS) })
    }
    add('OpportunityHistory', 20_000, { OpportunityId: idOf(7), StageName: 'Gewonnen', Amount: 6, CreatedDate: instant(START - DAY_MS) })
    vendor.mostRecords = 100
    const opportunities = await stream('opportunities')
    const landed = new Collected()
    await landed.read(opportunities, { nowUtcMs: clock })
    expect(numbers(landed, 'opportunity_history')).toEqual([...upTo(600).map((number) => 10_000 + number), 20_000])
    expect(landed.rows('opportunity_history').filter((row) => row.opportunity_id === idOf(7))).toMatchObject([
      { stage_name: 'New', amount: '5', currency: 'USD', created_date: START - 2 * DAY_MS, left_at: START - DAY_MS, is_closed: false, is_won: false },
      { stage_name: 'Gewonnen', amount: '6', created_date: START - DAY_MS, left_at: null, is_closed: true, is_won: true },
    ])
    expect(Math.max(...vendor.lengths)).toBeLessThan(16_384)
    clock += DAY_MS
    add('Opportunity', 8, {}, START + MINUTE_MS)
    add('OpportunityHistory', 20_001, { OpportunityId: idOf(8), StageName: 'Lost', CreatedDate: instant(START + MINUTE_MS) }, START + MINUTE_MS)
    await landed.read(opportunities, { nowUtcMs: clock })
    expect(landed.rows('opportunity_history').filter((row) => row.opportunity_id === idOf(8))).toMatchObject([{ left_at: START + MINUTE_MS }, { stage_name: 'Lost', left_at: null, is_closed: null }])
  })

  it('are asked for deletions from where the log had come, and read anew where it no longer reaches', async () => {
    add('Account', 1)
    const accounts = await stream('accounts')
    const landed = new Collected()
    await landed.read(accounts, { nowUtcMs: clock })
    clock += DAY_MS
    vendor.log.latestMs = clock - 60 * MINUTE_MS
    await landed.read(accounts, { nowUtcMs: clock })
    // A deletion that was under way: logged under an instant before the end of the last reading.
    vendor.objects.get('Account')?.records.delete(idOf(1))
    vendor.objects.get('Account')?.deleted.push({ id: idOf(1), deletedDate: instant(clock - 30 * MINUTE_MS) })
    vendor.log.latestMs = Infinity
    clock += 60 * MINUTE_MS
    await landed.read(accounts, { nowUtcMs: clock })
    expect(numbers(landed, 'accounts')).toEqual([])

    vendor.log.earliestMs = clock + MINUTE_MS
    clock += 60 * MINUTE_MS
    await landed.read(accounts, { nowUtcMs: clock })
    expect(warnings.at(-1)).toContain('until a full reading')
    clock += 16 * DAY_MS
    await expect(landed.read(accounts, { nowUtcMs: clock })).rejects.toBeInstanceOf(FullReadNeeded)
  })

  it('are in columns of the types of their fields, custom ones too, without formulas unless they are wanted', async () => {
    add('Opportunity', 1, { Name: 'A', Amount: 1234.5, Probability: 0.1, CloseDate: '2026-12-01', IsWon: false, CurrencyIsoCode: 'JPY', Seats__c: 2.5, Margin__c: 3 })
    add('Opportunity', 2, { Amount: 1e-7 })
    const opportunities = await stream('opportunities', { currency: 'EUR' })
    const columns = new Map(opportunities.tables[0]?.columns.map(({ name, kind }) => [name, kind]))
    expect(Object.fromEntries(['id', 'amount', 'probability', 'close_date', 'is_won', 'seats_c', 'system_modstamp', 'stage_name', 'margin_c', 'address'].map((name) => [name, columns.get(name)]))).toEqual({
      id: 'text', amount: 'decimal', probability: 'decimal', close_date: 'date', is_won: 'boolean', seats_c: 'float', system_modstamp: 'timestamp', stage_name: 'text', margin_c: undefined, address: undefined,
    })
    const landed = new Collected()
    await landed.read(opportunities, { nowUtcMs: clock })
    expect(landed.rows('opportunities')).toMatchObject([
      { id: idOf(2), amount: '0.000000', currency: 'EUR' },
      { id: idOf(1), amount: '1234.5', probability: '0.1', close_date: '2026-12-01', is_won: false, currency: 'JPY', seats_c: 2.5, system_modstamp: START - DAY_MS, created_date: START - 2 * DAY_MS },
    ])
    const formulas = await stream('opportunities', { formulaFields: true })
    expect(formulas.tables[0]?.columns.some(({ name }) => name === 'margin_c')).toBe(true)
    const contacts = await stream('contacts')
    expect(contacts.tables[0]?.columns.filter(({ personal }) => personal).map(({ name }) => name)).toEqual(['name', 'email'])
    expect(contacts.tables[0]?.person).toEqual({ user: ['id'], email: ['email'] })
  })

  it('are people’s where people are kept as accounts: marked, and found by id, contact and address', async () => {
    const companies = (await stream('accounts')).tables[0]
    expect(companies?.person).toBeUndefined()
    expect(companies?.columns.filter(({ personal }) => personal)).toEqual([])
    vendor.objects.get('Account')?.fields.push(
      { name: 'IsPersonAccount', type: 'boolean' }, { name: 'PersonContactId', type: 'reference' }, { name: 'PersonEmail', type: 'email' }, { name: 'FirstName', type: 'string' }, { name: 'LastName', type: 'string' },
      { name: 'BillingStreet', type: 'textarea' }, { name: 'BillingPostalCode', type: 'string' }, { name: 'BillingCountry', type: 'string' }, { name: 'Industry', type: 'picklist' },
    )
    const accounts = (await stream('accounts')).tables[0]
    expect(accounts?.columns.filter(({ personal }) => personal).map(({ name }) => name).toSorted()).toEqual(['billing_postal_code', 'billing_street', 'first_name', 'last_name', 'name', 'person_email'])
    expect(accounts?.person).toEqual({ user: ['id', 'person_contact_id'], email: ['person_email'] })
  })

  it('are whole where their fields fit no single address, also when one changes in between', async () => {
    const wide = upTo(800).map((number) => ({ name: `Very_long_name_of_a_custom_field_${number}__c`, type: 'string' }))
    vendor.objects.get('Account')?.fields.push(...wide)
    for (const number of upTo(30)) add('Account', number, Object.fromEntries(wide.map(({ name }) => [name, `${name} of ${number}`])), START - DAY_MS + (number % 5) * 1_000)
    let asked = 0
    vendor.before = () => {
      if (++asked === 2) add('Account', 28, { ...vendor.objects.get('Account')?.records.get(idOf(28)), Name: 'changed', SystemModstamp: instant(START + MINUTE_MS) })
    }
    const accounts = await stream('accounts', { pageSize: 12 })
    const landed = new Collected()
    vendor.mostRecords = 7
    await landed.read(accounts, { nowUtcMs: clock })
    expect(Math.max(...vendor.lengths)).toBeLessThan(16_384)
    expect(landed.rows('accounts')).toHaveLength(29)
    for (const row of landed.rows('accounts')) expect(row.very_long_name_of_a_custom_field_800_c).toBe(`Very_long_name_of_a_custom_field_800__c of ${Number(String(row.id).slice(3))}`)
    clock += DAY_MS
    await landed.read(accounts, { nowUtcMs: clock })
    expect(landed.rows('accounts')).toHaveLength(30)
    expect(landed.rows('accounts').find(({ id }) => id === idOf(28))).toMatchObject({ name: 'changed', very_long_name_of_a_custom_field_1_c: 'Very_long_name_of_a_custom_field_1__c of 28' })
  })

  it('are not lost where an answer comes twice, nor read for ever where it always does', async () => {
    for (const number of upTo(30)) add('Account', number, {}, START - number * 1_000)
    const accounts = await stream('accounts', { pageSize: 10 })
    let asked = 0
    vendor.before = () => void (++asked === 2 && (vendor.repeats = 1))
    const landed = new Collected()
    await landed.read(accounts, { nowUtcMs: clock })
    expect(numbers(landed, 'accounts')).toEqual(upTo(30))
    asked = 0
    vendor.before = () => void (++asked === 2 && (vendor.repeats = Infinity))
    const again = new Collected()
    await expect(again.read(accounts, { nowUtcMs: clock })).rejects.toMatchObject({ code: 'SOURCE_UNAVAILABLE', message: expect.stringContaining('again and again') as string })
  })
})

describe('a Salesforce that fails', () => {
  const query = { when: ({ path }: { path: string }) => path.includes('/query') }

  it.each([
    ['asks for fewer requests', { status: 429, headers: { 'retry-after': '5' }, body: '' }],
    ['fails with 503', { status: 503, json: [{ errorCode: 'SERVER_UNAVAILABLE', message: 'Exceeded max limit on concurrent call' }] }],
    ['has too many requests at once', { status: 403, json: [{ errorCode: 'REQUEST_LIMIT_EXCEEDED', message: 'ConcurrentPerOrgLongTxn Limit exceeded.' }] }],
    ['cuts its answers off', 'truncated'],
    ['hangs up', 'hang up'],
  ] as const)('is asked again when it %s', async (_, what) => {
    for (const number of upTo(25)) add('Account', number)
    const accounts = await stream('accounts', { pageSize: 10 })
    vendor.fail({ ...query, times: 3, what })
    const landed = new Collected()
    await landed.read(accounts, { nowUtcMs: clock })
    expect(landed.rows('accounts')).toHaveLength(25)
  })

  it('is left alone at once when the requests of the day are used up, and before when so much was kept for others', async () => {
    for (const number of upTo(100)) add('Account', number)
    const accounts = await stream('accounts', { pageSize: 5, mostApiUsage: 1 })
    const before = clock
    vendor.fail({ ...query, times: 1, what: { status: 403, json: [{ errorCode: 'REQUEST_LIMIT_EXCEEDED', message: 'TotalRequests Limit exceeded.' }] } })
    await expect(new Collected().read(accounts, { nowUtcMs: clock })).rejects.toMatchObject({ code: 'SOURCE_BUSY', data: { retryAfterMs: 900_000 } })
    expect(clock - before).toBeLessThan(5_000)

    const careful = await stream('accounts', { pageSize: 5, mostApiUsage: 0.5 })
    vendor.usage = { used: 40, limit: 100 }
    const landed = new Collected()
    await expect(landed.read(careful, { nowUtcMs: clock })).rejects.toMatchObject({ code: 'SOURCE_BUSY', message: expect.stringContaining('left to others') as string })
    expect(vendor.usage.used).toBe(50)
    expect(landed.rows('accounts')).toHaveLength(50)
    vendor.usage = { used: 0, limit: 100 }
    clock += 3_600_000
    await landed.read(careful, { nowUtcMs: clock })
    expect(landed.rows('accounts')).toHaveLength(100)
  })

  it('gets a new session once where one has expired, and no second one', async () => {
    for (const number of upTo(30)) add('Account', number)
    vendor.nextToken = 'session-2'
    const accounts = await stream('accounts', { clientId: 'app', clientSecret: 'hush', pageSize: 10 })
    vendor.before = () => {
      if (vendor.tokens.delete('session-2')) vendor.nextToken = 'session-3'
    }
    clock += 3_600_000
    const landed = new Collected()
    await landed.read(accounts, { nowUtcMs: clock })
    expect(landed.rows('accounts')).toHaveLength(30)
    const logins = vendor.heard.filter(({ path }) => path === '/services/oauth2/token')
    expect(logins.map(({ body }) => body.toString())).toEqual(Array.from({ length: 2 }, () => 'grant_type=client_credentials&client_id=app&client_secret=hush'))

    vendor.before = null
    vendor.tokens.clear()
    clock += 3_600_000
    vendor.nextToken = null
    const failed = await landed.read(accounts, { nowUtcMs: clock }).catch((error: unknown) => error)
    expect(failed).toMatchObject({ code: 'SOURCE_FAILED', message: expect.stringContaining('authentication failure') as string })
    expect(inspect(failed, { depth: 10, showHidden: true })).not.toMatch(/hush|session-/)
  })

  it('says so where a token that nobody renews has expired', async () => {
    add('Account', 1)
    const accounts = await stream('accounts')
    vendor.tokens.clear()
    await expect(new Collected().read(accounts, { nowUtcMs: clock })).rejects.toMatchObject({ code: 'SOURCE_FAILED', message: expect.stringContaining('401') as string })
  })

  it('is logged into with a signed assertion', async () => {
    const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 })
    vendor.nextToken = 'session-2'
    await stream('accounts', { clientId: 'app', username: 'sync@acme.com', privateKey: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(), loginUrl: vendor.url })
    const form = new URLSearchParams(vendor.heard[0]?.body.toString())
    expect(form.get('grant_type')).toBe('urn:ietf:params:oauth:grant-type:jwt-bearer')
    const assertion = form.get('assertion') ?? ''
    await jwtVerify(assertion, publicKey, { currentDate: new Date(START) })
    expect(decodeJwt(assertion)).toEqual({ iss: 'app', sub: 'sync@acme.com', aud: vendor.url, exp: START / 1_000 + 180 })
  })

  it('leaves out what the user may not read, unless it was named', async () => {
    const streams = await source().streams(signal)
    expect(streams.map(({ name }) => name)).toEqual(['opportunities', 'accounts', 'contacts'])
    expect(streams[0]?.tables.map(({ name }) => name)).toEqual(['opportunities', 'opportunity_history', 'opportunity_field_history'])
    expect(warnings).toHaveLength(6)
    await expect(source({ objects: ['leads'] }).streams(signal)).rejects.toMatchObject({ code: 'SOURCE_FAILED', message: expect.stringContaining('NOT_FOUND') as string })
  })

  it('is tried with a sentence for each outcome', async () => {
    expect(await source().test()).toEqual({ ok: true, message: 'Salesforce answers: the user may read Account.' })
    expect((await source({ accessToken: 'wrong' }).test()).message).toMatch(/refused the credentials \(401\)/)
    vendor.fail({ times: 1, what: { status: 403, json: [{ errorCode: 'API_DISABLED_FOR_ORG', message: 'The REST API is not enabled for this Organization.' }] } })
    expect((await source().test()).message).toMatch(/403 API_DISABLED_FOR_ORG.*API Enabled/s)
    expect((await source({ instanceUrl: 'http://127.0.0.1:1' }).test()).message).toMatch(/cannot be reached/)
  })
})

describe('the options of Salesforce', () => {
  it('name one way of logging in', () => {
    const parse = (more: object) => salesforce.options.safeParse({ instanceUrl: 'https://acme.my.salesforce.com', ...more }).success
    expect([{ accessToken: 'a' }, { clientId: 'a', clientSecret: 'b' }].map(parse)).toEqual([true, true])
    expect([{}, { clientId: 'a' }, { accessToken: 'a', clientId: 'a' }, { accessToken: 'a', clientSecret: 'b' }, { clientId: 'a', username: 'b' }, { clientId: 'a', username: 'b', privateKey: 'no key' }].map(parse)).toEqual([false, false, false, false, false, false])
  })
})
