import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import hubspot from '../../connectors/hubspot/sync.ts'
import { startHubspot } from '../vendors/hubspot.ts'
import type { FakeHubspot } from '../vendors/hubspot.ts'
import { openCrm } from './crm-world.ts'
import type { CrmWorld } from './crm-world.ts'

// Ten deals, all in EUR (the account's currency) but the last. Probabilities are those of the stages: new 20 %, offer 60 %.
//
//   deal  made        closes      stage  amount    cycle
//    1    2026-01-05  2026-01-25  won    1000.00   20 days
//    2    2026-01-10  2026-02-09  won    2500.50   30 days
//    3    2026-01-20  2026-02-10  lost    700.00
//    4    2026-02-01  2026-02-11  won     300.25   10 days
//    5    2026-02-03  2026-03-05  lost   4000.00
//    6    2026-02-15  2026-04-20  offer  1200.00
//    7    2026-03-01  2026-03-31  won     600.00   30 days
//    8    2026-03-10  2026-05-15  new     800.00
//    9    2026-03-12  2026-04-30  new       none
//   10    2026-03-20  2026-04-10  offer 90000 JPY
const DEALS = [
  ['1', '2026-01-05', '2026-01-25', 'won', '1000.00'], ['2', '2026-01-10', '2026-02-09', 'won', '2500.50'], ['3', '2026-01-20', '2026-02-10', 'lost', '700.00'], ['4', '2026-02-01', '2026-02-11', 'won', '300.25'],
  ['5', '2026-02-03', '2026-03-05', 'lost', '4000.00'], ['6', '2026-02-15', '2026-04-20', 'offer', '1200.00'], ['7', '2026-03-01', '2026-03-31', 'won', '600.00'], ['8', '2026-03-10', '2026-05-15', 'new', '800.00'],
  ['9', '2026-03-12', '2026-04-30', 'new', null], ['10', '2026-03-20', '2026-04-10', 'offer', '90000'],
] as const
const PROBABILITY = { new: '0.2', offer: '0.6', won: '1', lost: '0' } as const

// Six contacts and when they became what. Contact 4 left out SQL; contact 6 was a customer before anything else.
const CONTACTS = [
  { id: '1', lead: '2026-01-02', mql: '2026-01-10', sql: '2026-01-20', customer: '2026-02-09' },
  { id: '2', lead: '2026-01-05', mql: '2026-02-01', sql: '2026-02-20', customer: null },
  { id: '3', lead: '2026-01-08', mql: '2026-01-09', sql: null, customer: null },
  { id: '4', lead: '2026-02-03', mql: '2026-02-04', sql: null, customer: '2026-03-01' },
  { id: '5', lead: '2026-02-10', mql: null, sql: null, customer: null },
  { id: '6', lead: null, mql: null, sql: null, customer: '2026-01-15' },
] as const

const NOW = Date.parse('2026-04-01T00:00:00Z')
const DAY = 86_400
let vendor: FakeHubspot
let world: CrmWorld

let clock = NOW

beforeAll(async () => {
  vendor = await startHubspot(() => clock)
  for (const [id, made, closes, stage, amount] of DEALS) {
    const isClosed = stage === 'won' || stage === 'lost'
    vendor.records.deals.set(id, {
      id, createdMs: Date.parse(made), modifiedMs: Date.parse(made),
      properties: {
        amount, createdate: `${made}T00:00:00Z`, closedate: `${closes}T00:00:00Z`, dealstage: stage, pipeline: 'default', hs_is_closed: String(isClosed), hs_is_closed_won: String(stage === 'won'),
        hs_deal_stage_probability: PROBABILITY[stage], deal_currency_code: id === '10' ? 'JPY' : '', hubspot_owner_id: Number(id) % 2 === 0 ? '71' : '70',
      },
      // Every deal is new until it closes, or for five days before an offer is sent.
      history: stage === 'new' ? [{ value: 'new', timestamp: `${made}T00:00:00Z`, sourceType: 'CRM_UI' }] : [
        { value: stage, timestamp: isClosed ? `${closes}T00:00:00Z` : new Date(Date.parse(made) + 5 * DAY * 1_000).toISOString(), sourceType: 'CRM_UI' },
        { value: 'new', timestamp: `${made}T00:00:00Z`, sourceType: 'CRM_UI' },
      ],
    })
  }
  const instant = (day: string | null): string | null => (day === null ? null : `${day}T12:00:00Z`)
  for (const { id, lead, mql, sql, customer } of CONTACTS) {
    vendor.records.contacts.set(id, {
      id, createdMs: Date.parse('2026-01-01'), modifiedMs: Date.parse('2026-01-01'),
      properties: {
        email: `c${id}@example.com`, createdate: '2026-01-01T00:00:00Z', hs_lifecyclestage_lead_date: instant(lead), hs_lifecyclestage_marketingqualifiedlead_date: instant(mql),
        hs_lifecyclestage_salesqualifiedlead_date: instant(sql), hs_lifecyclestage_customer_date: instant(customer),
      },
    })
  }
  vendor.records.companies.set('50', { id: '50', createdMs: 0, modifiedMs: 0, properties: { name: 'Acme', industry: 'BANKING', createdate: '2026-01-01T00:00:00Z' } })
  vendor.links.set('deals/companies', ['1', '2', '7'].map((from) => ({ from, to: '50', typeId: 5, label: 'Primary' })))
  const ticket = (id: string, opened: string, closed: string | null): void => void vendor.records.tickets.set(id, { id, createdMs: Date.parse(opened), modifiedMs: 0, properties: { createdate: opened, closed_date: closed, hs_pipeline: '0', hs_pipeline_stage: '1' } })
  ticket('80', '2026-01-10T00:00:00Z', '2026-01-10T06:00:00Z')
  ticket('81', '2026-01-20T00:00:00Z', '2026-02-01T00:00:00Z')
  ticket('82', '2026-02-05T00:00:00Z', null)
  const stage = (id: string, label: string) => ({ id, label, displayOrder: 0, archived: false, metadata: { isClosed: String(id === 'won' || id === 'lost'), probability: PROBABILITY[id as keyof typeof PROBABILITY] } })
  vendor.pipelines.deals = [{ id: 'default', label: 'Sales', displayOrder: 0, archived: false, stages: [stage('new', 'New'), stage('offer', 'Offer sent'), stage('won', 'Won'), stage('lost', 'Lost')] }]
  vendor.owners = [{ id: '70', email: 'ann@example.com', firstName: 'Ann', lastName: 'Lee', archived: false }, { id: '71', email: 'bob@example.com', firstName: 'Bob', lastName: 'Ray', archived: true }]
  vendor.properties.deals.push({ name: 'amount', label: 'Amount', type: 'number', showCurrencySymbol: true })
  const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined }
  const source = hubspot.open('crm', hubspot.options.parse({ accessToken: 'pat-eu1-secret', baseUrl: vendor.url }), { log: silent, now: () => clock, wait: async (ms) => void (clock += ms) })
  world = await openCrm('hubspot', source, { nowMs: () => clock })
  clock = NOW
})

afterAll(async () => {
  await world.close()
  await vendor.close()
})

/** Medians of whole seconds are exact. */
const days = (count: number) => String(count * DAY)
const months = (metric: string) => world.series(metric, '2026-01-01', '2026-04-01')

describe('HubSpot’s deals, by hand', () => {
  it('are made, open, won and lost', async () => {
    // Made in January 1, 2, 3; in February 4, 5, 6; in March 7 to 10.
    expect(await months('new_deals')).toEqual(['3', '3', '4'])
    // Open at the end of January 2, 3; of February 5, 6; of March 6, 8, 9, 10. 7 closed at the first moment of 31 March.
    expect(await months('open_deals')).toEqual(['2', '2', '4'])
    expect(await months('closed_deals')).toEqual(['1', '3', '2'])
    expect(await months('won_deals')).toEqual(['1', '2', '1'])
    expect(await months('lost_deals')).toEqual(['0', '1', '1'])
  })

  it('are worth what their currency says, and currencies are not added up', async () => {
    expect(await world.by('open_deal_amount', 'deal_currency', '2026-03-01', '2026-04-01')).toEqual({ EUR: '2000', JPY: '90000' })
    expect(await months('open_deal_amount')).toEqual(['3200.5', '5200', null])
    expect(await months('deal_bookings')).toEqual(['1000', '2800.75', '600'])
    expect(await months('average_deal_size')).toEqual([1000, 1400.375, 600])
  })

  it('are weighted by the probability of the stage they were in then', async () => {
    // January: 2 and 3 were new: (2500.50 + 700) × 0.2. February: 5 was new: 4000 × 0.2; 6 in offer since the 20th: 1200 × 0.6. March: 6 so
    // still, 8 new: 800 × 0.2, 9 without an amount, 10 in offer since the 25th: 90,000 yen × 0.6.
    expect(await world.by('weighted_deal_amount', 'deal_stage_currency', '2026-01-01', '2026-02-01')).toEqual({ EUR: '640.1' })
    expect(await world.by('weighted_deal_amount', 'deal_stage_currency', '2026-02-01', '2026-03-01')).toEqual({ EUR: '1520' })
    expect(await world.by('weighted_deal_amount', 'deal_stage_currency', '2026-03-01', '2026-04-01')).toEqual({ EUR: '880', JPY: '54000' })
    // On 7 January deal 1 was new: 1000 × 0.2.
    expect(await world.series('weighted_deal_amount', '2026-01-07', '2026-01-08', 'day')).toEqual(['200'])
    expect(await world.by('deals_in_stage', 'hubspot_stage_label', '2026-02-01', '2026-03-01')).toEqual({ Won: '3', Lost: '1', 'Offer sent': '1', New: '1' })
    expect(await world.by('deals_in_stage', 'hubspot_owner_name', '2026-02-01', '2026-03-01')).toEqual({ 'Ann Lee': '3', 'Bob Ray': '3' })
  })

  it('are won at a rate, by number and by amount', async () => {
    expect(await months('deal_win_rate')).toEqual([100, expect.closeTo(200 / 3, 9), 50])
    expect(await world.series('deal_win_rate', '2026-01-01', '2026-04-01', null)).toEqual([expect.closeTo(400 / 6, 9)])
    // February: 2800.75 of 3500.75; March: 600 of 4600.
    expect(await months('deal_win_rate_by_amount')).toEqual([100, expect.closeTo(280_075 / 3_500.75, 6), expect.closeTo(60_000 / 4_600, 6)])
  })

  it('take so many days', async () => {
    // February: 30 and 10 days. All: 10, 20, 30, 30.
    expect(await months('deal_cycle_median')).toEqual([20, 20, 30].map(days))
    expect(await world.series('deal_cycle_median', '2026-01-01', '2026-04-01', null)).toEqual([days(25)])
    expect(await world.series('deal_cycle_average', '2026-01-01', '2026-04-01', null)).toEqual([22.5 * DAY])
  })

  it('are told by stage, pipeline, owner and company', async () => {
    expect(await world.by('open_deals', 'hubspot_stage_label', '2026-03-01', '2026-04-01')).toEqual({ New: '2', 'Offer sent': '2' })
    expect(await world.by('open_deals', 'hubspot_pipeline_label', '2026-03-01', '2026-04-01')).toEqual({ Sales: '4' })
    expect(await world.by('won_deals', 'hubspot_owner_name', '2026-01-01', '2026-04-01')).toEqual({ 'Ann Lee': '2', 'Bob Ray': '2' })
    expect(await world.by('deal_bookings', 'hubspot_company_industry', '2026-01-01', '2026-04-01')).toEqual({ BANKING: '4100.5', null: '300.25' })
  })

  it('pass their stages', async () => {
    // All ten were new; two reached an offer, four were won, two lost. New for 5, 5, 10, 20, 21, 30, 30 and 30 days.
    expect(await world.by('deals_entering_stage', 'deal_stage_passed', '2026-01-01', '2026-04-01')).toEqual({ new: '10', offer: '2', won: '4', lost: '2' })
    expect(await world.by('time_in_deal_stage', 'deal_stage_passed', '2026-01-01', '2026-04-01')).toEqual({ new: days(20.5) })
  })
})

describe('HubSpot’s contacts, by hand', () => {
  it('become leads, are qualified and become customers', async () => {
    expect(await months('hubspot_new_contacts')).toEqual(['6', '0', '0'])
    expect(await months('new_leads')).toEqual(['3', '2', '0'])
    expect(await months('mqls')).toEqual(['2', '2', '0'])
    expect(await months('sqls')).toEqual(['1', '1', '0'])
    expect(await months('contacts_won')).toEqual(['1', '1', '1'])
  })

  it('convert from step to step', async () => {
    // Leads of January: 1, 2, 3, all MQL; of February: 4 is, 5 is not. MQLs of January: 1 is SQL, 3 is not; of February: 2 is, 4 is not.
    expect(await months('lead_to_mql_rate')).toEqual([100, 50, null])
    expect(await months('mql_to_sql_rate')).toEqual([50, 50, null])
    expect(await months('sql_to_customer_rate')).toEqual([100, 0, null])
    expect(await months('lead_to_customer_rate')).toEqual([expect.closeTo(100 / 3, 9), 50, null])
    // Contact 4 became a customer without having been an SQL.
    expect(await months('lifecycle_funnel')).toEqual([expect.closeTo(100 / 3, 9), 0, null])
  })
})

describe('HubSpot’s tickets, by hand', () => {
  it('are opened, wait and are closed', async () => {
    expect(await months('hubspot_new_tickets')).toEqual(['2', '1', '0'])
    // The second was closed at the first moment of February.
    expect(await months('hubspot_open_tickets')).toEqual(['1', '1', '1'])
    expect(await months('hubspot_ticket_time_to_close')).toEqual([days(0.25), days(12), null])
  })
})

describe('a later sync of HubSpot', () => {
  it('is in the numbers', async () => {
    clock = NOW + 3_600_000
    const change = (id: string, more: object): void => void Object.assign(vendor.records.deals.get(id) ?? {}, { modifiedMs: NOW + 60_000, ...more })
    change('6', { archived: true })
    change('8', { properties: { ...vendor.records.deals.get('8')?.properties, amount: '1000' } })
    await world.sync()
    // 6 is gone from the open deals of March, and from their stages; 8 is worth 200 more.
    expect(await months('open_deals')).toEqual(['2', '1', '3'])
    expect(await world.by('open_deal_amount', 'deal_currency', '2026-03-01', '2026-04-01')).toEqual({ EUR: '1000', JPY: '90000' })
    expect(await world.by('weighted_deal_amount', 'deal_stage_currency', '2026-03-01', '2026-04-01')).toEqual({ EUR: '200', JPY: '54000' })
  })
})

describe('a stage that is worth something else from now on', () => {
  it('is so in the histories of all deals, also of those that nobody touched', async () => {
    clock = NOW + 7_200_000
    const probability = { new: '0.5', offer: '0.25', won: '1', lost: '0' } as const
    const stage = (id: keyof typeof probability) => ({ id, label: id, displayOrder: 0, archived: false, metadata: { isClosed: String(id === 'won' || id === 'lost'), probability: probability[id] } })
    vendor.pipelines.deals = [{ id: 'default', label: 'Sales', displayOrder: 0, archived: false, stages: [stage('new'), stage('offer'), stage('won'), stage('lost')] }]
    await world.sync()
    // 8 is new: 1000 × 0.5; 10 in offer: 90,000 yen × 0.25. On 7 January deal 1 was new: 1000 × 0.5.
    expect(await world.by('weighted_deal_amount', 'deal_stage_currency', '2026-03-01', '2026-04-01')).toEqual({ EUR: '500', JPY: '22500' })
    expect(await world.series('weighted_deal_amount', '2026-01-07', '2026-01-08', 'day')).toEqual(['500'])
  })
})

describe('the pack of HubSpot', () => {
  it('tells people of every metric what it is', () => {
    for (const metric of world.model.metrics.values()) expect(metric, metric.name).toMatchObject({ description: expect.any(String) as string, formula: expect.any(String) as string, category: expect.any(String) as string })
  })
})
