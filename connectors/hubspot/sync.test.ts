import { inspect } from 'node:util'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Collected } from '../../test/vendors/collect.ts'
import { startHubspot } from '../../test/vendors/hubspot.ts'
import type { FakeHubspot, FakeRecord } from '../../test/vendors/hubspot.ts'
import { FullReadNeeded } from '../sync-contract.ts'
import type { Stream } from '../sync-contract.ts'
import hubspot from './sync.ts'

const DAY_MS = 86_400_000
const MINUTE_MS = 60_000
const START = Date.parse('2026-11-01T00:00:00Z')
const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined }

let clock = START
let vendor: FakeHubspot
const signal = new AbortController().signal
const deps = { log: silent, now: () => clock, wait: async (ms: number) => void (clock += Math.ceil(ms)) }

beforeEach(async () => {
  clock = START
  vendor = await startHubspot(() => clock)
  vendor.properties.contacts.push({ name: 'email', label: 'Email', type: 'string' }, { name: 'favourite_number', label: 'Favourite', type: 'number' }, { name: 'Is-VIP', label: 'VIP', type: 'bool' })
  vendor.properties.deals.push({ name: 'amount', label: 'Amount', type: 'number', showCurrencySymbol: true }, { name: 'renewal_day', label: 'Renewal', type: 'date' })
})

afterEach(() => vendor.close())

const source = (more: object = {}) => hubspot.open('crm', hubspot.options.parse({ accessToken: 'pat-eu1-secret', baseUrl: vendor.url, ...more }), deps)

async function stream(name: string, more: object = {}): Promise<Stream> {
  const found = (await source(more).streams(signal)).find((one) => one.name === name)
  if (!found) throw new Error(`There is no stream ${name}.`)
  return found
}

function add(object: 'contacts' | 'companies' | 'deals' | 'tickets', id: number, properties: Record<string, string | null> = {}, more: Partial<FakeRecord> = {}): FakeRecord {
  const record = { id: String(id), properties, createdMs: START - DAY_MS, modifiedMs: START - DAY_MS, ...more }
  vendor.records[object].set(record.id, record)
  return record
}

const ids = (landed: Collected, table: string) => landed.rows(table).map(({ id }) => Number(id)).toSorted((a, b) => a - b)

describe('the records of HubSpot', () => {
  it('are read from the newest to the oldest, and then only what was modified', async () => {
    for (let id = 1; id <= 450; id++) add('contacts', id, { email: `p${id}@example.com` })
    const landed = new Collected()
    const contacts = await stream('contacts')
    const began = clock
    const pages = await landed.read(contacts, { nowUtcMs: began })
    expect(landed.rows('contacts')).toHaveLength(450)
    expect(Number(landed.rows('contacts').at(-1)?.id)).toBeLessThan(51)
    expect(pages.map(({ done }) => done)).toEqual([200 / 450, 400 / 450, 1, 1])
    expect(pages.at(-1)?.completeUntilUtcMs).toBe(began - 300_000)

    clock = START + DAY_MS
    Object.assign(vendor.records.contacts.get('7') ?? {}, { properties: { email: 'new@example.com' }, modifiedMs: START + 1_000 })
    add('contacts', 500, {}, { modifiedMs: START + 2_000 })
    const before = vendor.heard.length
    await landed.read(contacts, { nowUtcMs: clock })
    expect(landed.rows('contacts')).toHaveLength(451)
    expect(landed.rows('contacts').find(({ id }) => id === '7')?.email).toBe('new@example.com')
    expect(vendor.heard.slice(before).filter(({ path }) => path.endsWith('/batch/read') && path.includes('objects'))).toHaveLength(1)
  })

  it('are all found where 10,001 were modified at one instant', async () => {
    for (let id = 1; id <= 10_001; id++) add('contacts', id, {}, { modifiedMs: START + 5 })
    const first = new Collected()
    const contacts = await stream('contacts', { objects: ['contacts'] })
    await first.read(contacts, { nowUtcMs: START })
    expect(first.rows('contacts')).toHaveLength(10_001)

    const later = new Collected()
    later.cursor = { layout: 'hubspot-objects-3', phase: 'changes', untilUtcMs: START, window: null, stages: {} }
    clock = START + DAY_MS
    await later.read(contacts, { nowUtcMs: clock })
    expect(later.rows('contacts')).toHaveLength(10_001)
    expect(vendor.most.search).toBeLessThanOrEqual(4)
    expect(vendor.most.burst).toBeLessThanOrEqual(190)
    expect(vendor.heard.some(({ body }) => JSON.stringify(body.toString()).includes('"after"'))).toBe(false)
  })

  it('are the same whether a reading was cut off after any page or not', async () => {
    for (let id = 1; id <= 900; id++) add('contacts', id, { email: `p${id}@example.com` })
    const contacts = await stream('contacts')
    const landed = new Collected()
    for (let kills = 0; kills < 20; kills++) {
      clock += MINUTE_MS
      Object.assign(vendor.records.contacts.get(String(900 - kills * 40)) ?? {}, { properties: { email: 'changed' }, modifiedMs: clock })
      await landed.read(contacts, { nowUtcMs: clock }, 1)
    }
    clock += MINUTE_MS
    await landed.read(contacts, { nowUtcMs: clock })
    const whole = new Collected()
    await whole.read(contacts, { nowUtcMs: clock })
    const byId = (one: Collected) => one.rows('contacts').toSorted((a, b) => Number(a.id) - Number(b.id))
    expect(byId(landed)).toEqual(byId(whole))
  })

  it('show what the search index learned late', async () => {
    add('contacts', 1)
    const landed = new Collected()
    const contacts = await stream('contacts')
    await landed.read(contacts, { nowUtcMs: clock })
    // Made a minute before the next sync, and known to searches only after it.
    clock = START + 10 * MINUTE_MS
    const late = add('contacts', 2, {}, { modifiedMs: clock - MINUTE_MS, index: 'unknown' })
    await landed.read(contacts, { nowUtcMs: clock })
    expect(ids(landed, 'contacts')).toEqual([1])
    delete late.index
    clock += 10 * MINUTE_MS
    await landed.read(contacts, { nowUtcMs: clock })
    expect(ids(landed, 'contacts')).toEqual([1, 2])
  })

  it('are read whole, whatever day is the first that is wanted, since they go on being what they are', async () => {
    add('deals', 1, {}, { modifiedMs: START - 30 * DAY_MS })
    add('deals', 2)
    const deals = await stream('deals')
    expect(deals.ignoresSince).toBe(true)
    const landed = new Collected()
    await landed.read(deals, { nowUtcMs: clock, sinceUtcMs: START - 2 * DAY_MS })
    expect(ids(landed, 'deals')).toEqual([1, 2])
    add('deals', 3, {}, { modifiedMs: START + 5 })
    clock += DAY_MS
    await landed.read(deals, { nowUtcMs: clock, sinceUtcMs: START + 2 * DAY_MS })
    expect(ids(landed, 'deals')).toEqual([1, 2, 3])
  })

  it('go when they are archived, also while the index still shows them', async () => {
    for (const id of [1, 2, 3]) add('deals', id)
    add('companies', 9)
    vendor.links.set('deals/companies', [{ from: '2', to: '9', typeId: 5, label: 'Primary' }, { from: '3', to: '9', typeId: 5, label: 'Primary' }])
    const landed = new Collected()
    const deals = await stream('deals')
    await landed.read(deals, { nowUtcMs: clock })
    expect(landed.rows('deal_companies')).toHaveLength(2)
    clock += DAY_MS
    add('deals', 2, {}, { archived: true })
    add('deals', 3, {}, { archived: true, modifiedMs: START + 5, index: { modifiedMs: START + 5 } })
    await landed.read(deals, { nowUtcMs: clock })
    expect(ids(landed, 'deals')).toEqual([1])
    expect(landed.rows('deal_companies')).toEqual([])
  })

  it('go when they lose a merge, and what they belonged to goes with them', async () => {
    for (const id of [1, 2, 3]) add('contacts', id)
    add('companies', 9)
    vendor.links.set('contacts/companies', [{ from: '1', to: '9', typeId: 1, label: 'Primary' }])
    const landed = new Collected()
    const contacts = await stream('contacts')
    await landed.read(contacts, { nowUtcMs: clock })
    clock += DAY_MS
    // A merge makes a record with a new id out of two.
    for (const id of [1, 2]) add('contacts', id, {}, { mergedInto: '4', index: { modifiedMs: START + 5 } })
    add('contacts', 4, { hs_merged_object_ids: '1;2' }, { modifiedMs: START + 10 })
    await landed.read(contacts, { nowUtcMs: clock })
    expect(ids(landed, 'contacts')).toEqual([3, 4])
    expect(landed.rows('contact_companies')).toEqual([])
  })

  it('go when the winner of a merge kept its id', async () => {
    for (const id of [1, 2]) add('contacts', id)
    const landed = new Collected()
    const contacts = await stream('contacts')
    await landed.read(contacts, { nowUtcMs: clock })
    clock += DAY_MS
    add('contacts', 1, {}, { mergedInto: '2' })
    add('contacts', 2, { hs_calculated_merged_vids: '1:1793491210000;2:1793491210000' }, { modifiedMs: START + 10_000 })
    await landed.read(contacts, { nowUtcMs: clock })
    expect(ids(landed, 'contacts')).toEqual([2])
  })

  it('are in columns of the types of their properties, custom ones too', async () => {
    const contacts = await stream('contacts')
    const columns = new Map(contacts.tables[0]?.columns.map((column) => [column.name, column]))
    expect(columns.get('favourite_number')?.kind).toBe('float')
    expect(columns.get('is_vip')?.kind).toBe('boolean')
    expect(columns.get('email')).toMatchObject({ kind: 'text', personal: true })
    expect(columns.get('hs_lifecyclestage_customer_date')?.kind).toBe('timestamp')
    add('contacts', 1, { favourite_number: '7.5', 'Is-VIP': 'true', email: '', hs_lifecyclestage_lead_date: '1727740800000' })
    add('deals', 2, { amount: '1234.5000006', renewal_day: '1727740800000', hs_is_closed: 'false', closedate: '2026-10-01T12:30:00Z' })
    add('deals', 3, { amount: '99.99', deal_currency_code: 'JPY', renewal_day: '2026-02-03' })
    const landed = new Collected()
    await landed.read(contacts, { nowUtcMs: clock })
    expect(landed.rows('contacts')).toMatchObject([{ favourite_number: '7.5', is_vip: true, email: null, hs_lifecyclestage_lead_date: Date.parse('2024-10-01') }])
    const deals = new Collected()
    await deals.read(await stream('deals'), { nowUtcMs: clock })
    expect(deals.rows('deals')).toMatchObject([
      { id: '3', amount: '99.99', currency: 'JPY', renewal_day: '2026-02-03' },
      { id: '2', amount: '1234.500001', currency: 'EUR', renewal_day: '2024-10-01', hs_is_closed: false, closedate: Date.parse('2026-10-01T12:30:00Z') },
    ])
  })

  it('are personal where they tell who and where somebody is', async () => {
    const people = ['mobilephone', 'hs_calculated_mobile_number', 'hs_searchable_calculated_international_mobile_number', 'hs_calculated_phone_number', 'ip_latlon', 'hs_latitude', 'hs_longitude', 'ip_zipcode', 'hs_email_domain']
    vendor.properties.contacts.push(...people.map((name) => ({ name, label: name, type: 'string' })))
    const marked = async (name: string): Promise<unknown> => (await stream(name)).tables[0]?.columns.filter(({ personal }) => personal === true).map((column) => column.name)
    expect(await marked('contacts')).toEqual(expect.arrayContaining(['email', 'firstname', 'lastname', ...people.slice(0, -1)]))
    expect(await marked('contacts')).not.toContain('hs_email_domain')
    expect(await marked('tickets')).toEqual(['subject', 'content'])
  })

  it('tell the stages they went through, and what they are associated with', async () => {
    add('companies', 9)
    add('contacts', 8)
    const stage = (id: string, isClosed: string, probability: string) => ({ id, label: id, displayOrder: 0, archived: false, metadata: { isClosed, probability } })
    vendor.pipelines.deals = [
      { id: 'old', label: 'Old', displayOrder: 0, archived: false, stages: [stage('new', 'false', '0.1')] },
      { id: 'default', label: 'Sales', displayOrder: 1, archived: false, stages: [stage('closedwon', 'true', '1.0')] },
    ]
    add('deals', 1, { dealstage: 'closedwon', pipeline: 'default', amount: '10' }, {
      history: [
        { value: 'closedwon', timestamp: '2026-03-05T00:00:00Z', sourceType: 'CRM_UI' },
        { value: 'qualified', timestamp: '2026-03-02T00:00:00Z', sourceType: 'API' },
        { value: 'qualified', timestamp: '2026-03-01T00:00:00Z', sourceType: 'CRM_UI' },
        { value: 'new', timestamp: '2026-02-01T00:00:00Z', sourceType: 'IMPORT' },
      ],
    })
    vendor.links.set('deals/companies', [{ from: '1', to: '9', typeId: 5, label: 'Primary' }])
    vendor.links.set('deals/contacts', Array.from({ length: 250 }, (_, index) => ({ from: '1', to: String(1_000 + index), typeId: 3, label: null })))
    const landed = new Collected()
    await landed.read(await stream('deals'), { nowUtcMs: clock })
    expect(landed.rows('deals')[0]?.primary_company_id).toBe('9')
    expect(landed.rows('deal_contacts')).toHaveLength(250)
    expect(landed.rows('deal_stage_history')).toEqual([
      { deal_id: '1', position: 1, pipeline_id: 'old', stage: 'new', entered_at: Date.parse('2026-02-01'), left_at: Date.parse('2026-03-01'), is_closed: false, probability: '0.1', source_type: 'IMPORT', amount: '10', currency: 'EUR' },
      { deal_id: '1', position: 2, pipeline_id: 'default', stage: 'qualified', entered_at: Date.parse('2026-03-01'), left_at: Date.parse('2026-03-05'), is_closed: null, probability: null, source_type: 'CRM_UI', amount: '10', currency: 'EUR' },
      { deal_id: '1', position: 3, pipeline_id: 'default', stage: 'closedwon', entered_at: Date.parse('2026-03-05'), left_at: null, is_closed: true, probability: '1.0', source_type: 'CRM_UI', amount: '10', currency: 'EUR' },
    ])
  })
})

describe('the stages of pipelines', () => {
  const stageOf = (id: string, probability: string) => ({ id, label: id, displayOrder: 0, archived: false, metadata: { isClosed: 'false', probability } })
  const pipe = (...stages: readonly ReturnType<typeof stageOf>[]): void => void (vendor.pipelines.deals = [{ id: 'default', label: 'Sales', displayOrder: 0, archived: false, stages: [...stages] }])

  it('ask for a full reading where one is worth something else, not where one is new or gone', async () => {
    add('deals', 1, { dealstage: 'new', pipeline: 'default' })
    const landed = new Collected()
    const sync = async (): Promise<void> => {
      clock += DAY_MS
      await landed.read(await stream('deals'), { nowUtcMs: clock })
    }
    pipe(stageOf('new', '0.2'))
    await sync()
    pipe(stageOf('new', '0.2'), stageOf('offer', '0.6'))
    await sync()
    pipe(stageOf('offer', '0.6'))
    await sync()
    pipe(stageOf('offer', '0.7'))
    await expect(sync()).rejects.toBeInstanceOf(FullReadNeeded)
    // As where the token may not read pipelines, and then may.
    pipe()
    await sync()
    pipe(stageOf('offer', '0.7'))
    await expect(sync()).rejects.toBeInstanceOf(FullReadNeeded)
  })
})

describe('pipelines and owners', () => {
  it('are read whole every time, and what is gone goes', async () => {
    const stage = (id: string, metadata: object) => ({ id, label: id, displayOrder: 0, archived: false, metadata })
    vendor.pipelines.deals = [{ id: 'default', label: 'Sales', displayOrder: 0, archived: false, stages: [stage('won', { isClosed: 'true', probability: '1.0' }), stage('new', { isClosed: 'false', probability: '0.2' })] }]
    const landed = new Collected()
    const pipelines = await stream('pipelines')
    await landed.read(pipelines, { nowUtcMs: clock })
    expect(landed.rows('pipeline_stages')).toMatchObject([{ object_type: 'deals', stage_id: 'won', probability: '1.0', is_closed: true }, { stage_id: 'new', is_closed: false }])
    vendor.pipelines.deals = []
    await landed.read(pipelines, { nowUtcMs: clock })
    expect(landed.rows('pipeline_stages')).toEqual([])
  })

  it('lose nothing where a token of a page comes twice, and do not go on for ever where it always does', async () => {
    vendor.owners = Array.from({ length: 1_200 }, (_, index) => ({ id: String(index + 1), email: `o${index}@example.com`, firstName: 'A', lastName: 'B', archived: index % 10 === 0 }))
    const owners = await stream('owners')
    vendor.repeats = 1
    const landed = new Collected()
    await landed.read(owners, { nowUtcMs: clock })
    expect(landed.rows('owners')).toHaveLength(1_200)
    expect(landed.rows('owners').filter(({ archived }) => archived === true)).toHaveLength(120)
    vendor.repeats = Infinity
    await expect(landed.read(owners, { nowUtcMs: clock })).rejects.toMatchObject({ code: 'SOURCE_UNAVAILABLE', message: expect.stringContaining('again and again') as string })
  })
})

describe('a HubSpot that fails', () => {
  const search = { when: ({ path }: { path: string }) => path.endsWith('/search') }

  it.each([
    ['asks for fewer requests', { status: 429, headers: { 'retry-after': '10' }, json: { policyName: 'TEN_SECONDLY_ROLLING' } }],
    ['fails with 500', { status: 500, body: 'oops' }],
    ['cuts its answers off', 'truncated'],
    ['hangs up', 'hang up'],
  ] as const)('is asked again when it %s', async (_, what) => {
    for (let id = 1; id <= 300; id++) add('contacts', id)
    const contacts = await stream('contacts')
    vendor.fail({ times: 4, what })
    const landed = new Collected()
    await landed.read(contacts, { nowUtcMs: clock })
    expect(landed.rows('contacts')).toHaveLength(300)
  })

  it('is left alone once it stays busy, and says so', async () => {
    add('contacts', 1)
    const contacts = await stream('contacts')
    vendor.fail({ ...search, times: 100, what: { status: 429, json: { policyName: 'TEN_SECONDLY_ROLLING' } } })
    const before = clock
    await expect(new Collected().read(contacts, { nowUtcMs: clock })).rejects.toMatchObject({ code: 'SOURCE_BUSY' })
    expect(clock - before).toBeGreaterThanOrEqual(50_000)
  })

  it('is not believed where a part of a batch failed', async () => {
    add('contacts', 1)
    const contacts = await stream('contacts')
    const landed = new Collected()
    await landed.read(contacts, { nowUtcMs: clock })
    clock += DAY_MS
    Object.assign(vendor.records.contacts.get('1') ?? {}, { modifiedMs: START + 1_000 })
    vendor.fail({ when: ({ path }) => path.endsWith('contacts/batch/read'), times: 1, what: { status: 207, json: { status: 'COMPLETE', results: [], numErrors: 1, errors: [{ category: 'INTERNAL_ERROR', message: 'try later' }] } } })
    await expect(landed.read(contacts, { nowUtcMs: clock })).rejects.toMatchObject({ code: 'SOURCE_UNAVAILABLE' })
    expect(ids(landed, 'contacts')).toEqual([1])
  })

  it('ends a reading when its token has expired, and names no secret', async () => {
    add('contacts', 1)
    const contacts = await stream('contacts')
    vendor.token = 'another'
    const failed = await new Collected().read(contacts, { nowUtcMs: clock }).catch((error: unknown) => error)
    expect(failed).toMatchObject({ code: 'SOURCE_FAILED', message: expect.stringContaining('401') as string })
    expect(inspect(failed, { depth: 10, showHidden: true })).not.toContain('pat-eu1-secret')
  })

  it('leaves out what the token may not read, unless it was named', async () => {
    vendor.forbidden.add('tickets')
    expect((await source().streams(signal)).map(({ name }) => name)).toEqual(['owners', 'pipelines', 'contacts', 'companies', 'deals'])
    await expect(source({ objects: ['tickets'] }).streams(signal)).rejects.toMatchObject({ code: 'SOURCE_FAILED', hint: expect.stringContaining('scopes') as string })
  })

  it('is tried with a sentence for each outcome', async () => {
    expect(await source().test()).toEqual({ ok: true, message: 'HubSpot answers: the token may read contacts.' })
    expect((await source({ accessToken: 'wrong' }).test()).message).toMatch(/refused the credentials \(401\)/)
    vendor.forbidden.add('deals')
    expect((await source({ objects: ['deals'] }).test()).message).toMatch(/403.*scopes/s)
    expect((await source({ baseUrl: 'http://127.0.0.1:1' }).test()).message).toMatch(/cannot be reached/)
  })

  it('stops when it is told to', async () => {
    for (let id = 1; id <= 500; id++) add('contacts', id)
    const contacts = await stream('contacts')
    const stop = new AbortController()
    const reading = (async () => {
      for await (const page of contacts.read({ cursor: null, sinceUtcMs: null, nowUtcMs: clock, signal: stop.signal })) if (page.writes.length > 0) stop.abort()
    })()
    await expect(reading).rejects.toMatchObject({ code: 'CANCELLED' })
  })
})

describe('the address of HubSpot', () => {
  it('has the version that was configured', async () => {
    add('contacts', 1)
    await new Collected().read(await stream('contacts', { objects: ['contacts', 'companies'], apiVersion: 'v3' }), { nowUtcMs: clock })
    expect(new Set(vendor.heard.map(({ path }) => path))).toEqual(
      new Set(['/crm/v3/properties/contacts', '/crm/v3/properties/companies', '/crm/v3/objects/contacts/search', '/crm/v3/objects/contacts/batch/read', '/crm/v4/associations/contacts/companies/batch/read']),
    )
    const before = vendor.heard.length
    await new Collected().read(await stream('contacts', { objects: ['contacts', 'companies'], apiVersion: '2026-09' }), { nowUtcMs: clock })
    expect(vendor.heard[before]?.path).toBe('/crm/properties/2026-09/contacts')
    expect(vendor.heard.at(-2)?.path).toMatch(/^\/crm\/(objects|associations)\/2026-09\//)
  })

  it('is read from the beginning where a cursor has another layout', async () => {
    const contacts = await stream('contacts')
    const landed = new Collected()
    landed.cursor = { layout: 'older' }
    await expect(landed.read(contacts, { nowUtcMs: clock })).rejects.toBeInstanceOf(FullReadNeeded)
  })
})
