import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import salesforce from '../../connectors/salesforce/sync.ts'
import { instant, startSalesforce } from '../vendors/salesforce.ts'
import type { FakeSalesforce } from '../vendors/salesforce.ts'
import { openCrm } from './crm-world.ts'
import type { CrmWorld } from './crm-world.ts'

// Ten opportunities in EUR. Prospecting has 10 %, Proposal 50 %, Closed Won 100 %, Closed Lost 0 %.
//
//   opp  made        closes      stage        amount   days
//    1   2026-01-04  2026-01-24  Closed Won   1000.00   20
//    2   2026-01-10  2026-02-09  Closed Won   2500.50   30
//    3   2026-01-20  2026-02-10  Closed Lost   700.00
//    4   2026-02-01  2026-02-11  Closed Won    300.25   10
//    5   2026-02-03  2026-03-05  Closed Lost  4000.00
//    6   2026-02-15  2026-04-20  Proposal     1200.00
//    7   2026-03-01  2026-03-31  Closed Won    600.00   30
//    8   2026-03-10  2026-05-15  Prospecting   800.00
//    9   2026-03-12  2026-04-30  Prospecting     none
//   10   2026-03-20  2026-04-10  Proposal      900.10
const OPPORTUNITIES = [
  [1, '2026-01-04', '2026-01-24', 'Closed Won', 1000], [2, '2026-01-10', '2026-02-09', 'Closed Won', 2500.5], [3, '2026-01-20', '2026-02-10', 'Closed Lost', 700], [4, '2026-02-01', '2026-02-11', 'Closed Won', 300.25],
  [5, '2026-02-03', '2026-03-05', 'Closed Lost', 4000], [6, '2026-02-15', '2026-04-20', 'Proposal', 1200], [7, '2026-03-01', '2026-03-31', 'Closed Won', 600], [8, '2026-03-10', '2026-05-15', 'Prospecting', 800],
  [9, '2026-03-12', '2026-04-30', 'Prospecting', null], [10, '2026-03-20', '2026-04-10', 'Proposal', 900.1],
] as const
const PROBABILITY = { Prospecting: 10, Proposal: 50, 'Closed Won': 100, 'Closed Lost': 0 } as const

// Five leads: made, converted.
const LEADS = [[1, '2026-01-03', '2026-01-20'], [2, '2026-01-15', null], [3, '2026-02-01', '2026-02-01'], [4, '2026-02-10', '2026-03-30'], [5, '2026-03-05', null]] as const

const NOW = Date.parse('2026-04-01T00:00:00Z')
const DAY = 86_400
let vendor: FakeSalesforce
let world: CrmWorld

const idOf = (kind: string, number: number): string => `${kind}${String(number).padStart(15, '0')}`
const fields = (types: Readonly<Record<string, string>>) => Object.entries(types).map(([name, type]) => ({ name, type }))

let clock = NOW

beforeAll(async () => {
  vendor = await startSalesforce({
    Opportunity: fields({ Name: 'string', AccountId: 'reference', OwnerId: 'reference', StageName: 'picklist', Amount: 'currency', Probability: 'percent', CloseDate: 'date', IsClosed: 'boolean', IsWon: 'boolean' }),
    OpportunityHistory: fields({ OpportunityId: 'reference', StageName: 'picklist', Amount: 'currency', Probability: 'percent' }),
    OpportunityStage: fields({ ApiName: 'string', MasterLabel: 'string', IsClosed: 'boolean', IsWon: 'boolean' }),
    Account: fields({ Name: 'string', Industry: 'picklist' }),
    User: fields({ Name: 'string', IsActive: 'boolean' }),
    Lead: fields({ Email: 'email', IsConverted: 'boolean', ConvertedDate: 'date', LeadSource: 'picklist', OwnerId: 'reference' }),
    Task: fields({ OwnerId: 'reference', TaskSubtype: 'picklist', IsClosed: 'boolean' }),
  })
  const add = (object: string, id: string, made: string, more: object): void => {
    const at = instant(Date.parse(made))
    vendor.objects.get(object)?.records.set(id, { Id: id, IsDeleted: false, CreatedDate: at, SystemModstamp: at, ...more })
  }
  for (const [number, made, closes, stage, amount] of OPPORTUNITIES) {
    const isClosed = stage.startsWith('Closed')
    const id = idOf('006', number)
    add('Opportunity', id, `${made}T09:30:00Z`, { AccountId: number === 1 || number === 7 ? idOf('001', 1) : null, OwnerId: idOf('005', 1), StageName: stage, Amount: amount, Probability: PROBABILITY[stage], CloseDate: closes, IsClosed: isClosed, IsWon: stage === 'Closed Won' })
    // Each begins in Prospecting at half its amount; what closed did so on its close date, and a proposal came five days later.
    add('OpportunityHistory', idOf('008', number * 10), `${made}T09:30:00Z`, { OpportunityId: id, StageName: 'Prospecting', Amount: amount === null ? null : amount / 2, Probability: 10 })
    if (stage !== 'Prospecting') add('OpportunityHistory', idOf('008', number * 10 + 1), isClosed ? `${closes}T09:30:00Z` : new Date(Date.parse(made) + 5 * DAY * 1_000).toISOString(), { OpportunityId: id, StageName: stage, Amount: amount, Probability: PROBABILITY[stage] })
  }
  for (const [index, [name, probability]] of Object.entries(PROBABILITY).entries()) add('OpportunityStage', idOf('01J', index), '2020-01-01', { ApiName: name, MasterLabel: name, IsClosed: probability % 50 === 0 && probability !== 50, IsWon: probability === 100 })
  for (const [number, made, converted] of LEADS) add('Lead', idOf('00Q', number), `${made}T08:00:00Z`, { Email: `l${number}@example.com`, IsConverted: converted !== null, ConvertedDate: converted, LeadSource: number % 2 === 1 ? 'Web' : 'Partner', OwnerId: idOf('005', 1) })
  add('Account', idOf('001', 1), '2025-01-01', { Name: 'Acme', Industry: 'Banking' })
  add('User', idOf('005', 1), '2025-01-01', { Name: 'Ann Lee', IsActive: true })
  add('Task', idOf('00T', 1), '2026-03-02', { OwnerId: idOf('005', 1), TaskSubtype: 'Call', IsClosed: true })
  const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined }
  const options = salesforce.options.parse({ instanceUrl: vendor.url, accessToken: 'session-1', currency: 'EUR' })
  world = await openCrm('salesforce', salesforce.open('crm', options, { log: silent, now: () => clock, wait: async (ms) => void (clock += ms) }), { nowMs: () => clock })
  clock = NOW
})

afterAll(async () => {
  await world.close()
  await vendor.close()
})

const months = (metric: string) => world.series(metric, '2026-01-01', '2026-04-01')
const days = (count: number) => String(count * DAY)

describe('Salesforce’s opportunities, by hand', () => {
  it('are made, open, won and lost', async () => {
    expect(await months('opportunities_created')).toEqual(['3', '3', '4'])
    // Open at the end of January 2, 3; of February 5, 6; of March 6, 8, 9, 10: 7 closed on the 31st.
    expect(await months('open_opportunities')).toEqual(['2', '2', '4'])
    // January: half of 2500.50 and 700. February: half of 4000, and 1200. March: 1200, half of 800, and 900.10.
    expect(await months('open_opportunity_amount')).toEqual(['1600.25', '3200', '2500.1'])
    expect(await months('closed_opportunities')).toEqual(['1', '3', '2'])
    expect(await months('won_opportunities')).toEqual(['1', '2', '1'])
    expect(await months('opportunity_bookings')).toEqual(['1000', '2800.75', '600'])
    expect(await months('average_opportunity_size')).toEqual([1000, 1400.375, 600])
    expect(await months('opportunity_amount_created')).toEqual(['4200.5', '5500.25', '2300.1'])
  })

  it('are won at a rate, after so many days', async () => {
    expect(await months('opportunity_win_rate')).toEqual([100, expect.closeTo(200 / 3, 9), 50])
    expect(await world.series('opportunity_win_rate', '2026-01-01', '2026-04-01', null)).toEqual([expect.closeTo(400 / 6, 9)])
    expect(await months('opportunity_cycle_median')).toEqual([20, 20, 30].map(days))
    // 10, 20, 30 and 30 days.
    expect(await world.series('opportunity_cycle_median', '2026-01-01', '2026-04-01', null)).toEqual([days(25)])
    expect(await world.series('opportunity_cycle_average', '2026-01-01', '2026-04-01', null)).toEqual([22.5 * DAY])
  })

  it('are weighted by the amount and the probability they had then', async () => {
    // January: 1600.25 × 10 %. February: 5 in Prospecting, 2000 × 10 %, 6 in Proposal, 1200 × 50 %. March: 6 so still, 8 in
    // Prospecting at half its amount, 400 × 10 %, 9 without an amount, 10 in Proposal, 900.10 × 50 %.
    expect(await months('weighted_opportunity_amount')).toEqual(['160.025', '800', '1090.05'])
    // At the end of 7 January 1 was in Prospecting: 500 × 10 %.
    expect(await world.series('weighted_opportunity_amount', '2026-01-07', '2026-01-08', 'day')).toEqual(['50'])
    expect(await world.by('opportunities_in_stage', 'opportunity_stage_then', '2026-02-01', '2026-03-01')).toEqual({ 'Closed Won': '3', 'Closed Lost': '1', Proposal: '1', Prospecting: '1' })
  })

  it('are told by stage, account and owner', async () => {
    expect(await world.by('open_opportunities', 'opportunity_stage_then', '2026-03-01', '2026-04-01')).toEqual({ Prospecting: '2', Proposal: '2' })
    expect(await world.by('opportunity_bookings', 'account_industry', '2026-01-01', '2026-04-01')).toEqual({ Banking: '1600', null: '2800.75' })
    expect(await world.by('won_opportunities', 'salesforce_owner', '2026-01-01', '2026-04-01')).toEqual({ 'Ann Lee': '4' })
    expect(await world.by('opportunities_reaching_stage', 'opportunity_stage_then', '2026-01-01', '2026-04-01')).toEqual({ Prospecting: '10', Proposal: '2', 'Closed Won': '4', 'Closed Lost': '2' })
  })
})

describe('Salesforce’s leads and tasks, by hand', () => {
  it('are made and converted', async () => {
    expect(await months('leads_created')).toEqual(['2', '2', '1'])
    expect(await months('leads_converted')).toEqual(['1', '1', '1'])
    // Of January 1 of 2; of February 3, on the day it was made, and 4; 5 of March is still on its way.
    expect(await months('lead_conversion_rate')).toEqual([50, 100, 0])
    expect(await world.by('lead_conversion_rate', 'lead_source', '2026-01-01', '2026-02-01')).toEqual({ Web: 100, Partner: 0 })
  })

  it('are logged', async () => {
    // Nothing is known of the time before the first.
    expect(await months('sales_activities')).toEqual([null, null, '1'])
  })
})

describe('a later sync of Salesforce', () => {
  it('is in the numbers', async () => {
    clock = NOW + 3_600_000
    const object = vendor.objects.get('Opportunity')
    const change = (number: number, more: object): void => void Object.assign(object?.records.get(idOf('006', number)) ?? {}, { SystemModstamp: instant(NOW + 60_000), ...more })
    change(6, { IsDeleted: true })
    object?.records.delete(idOf('006', 10))
    object?.deleted.push({ id: idOf('006', 10), deletedDate: instant(NOW + 120_000) })
    change(8, { Amount: 1000 })
    await world.sync()
    // 6 is in the recycle bin, 10 was purged; the history of 8 says what it was worth in March.
    expect(await months('open_opportunities')).toEqual(['2', '1', '2'])
    expect(await months('open_opportunity_amount')).toEqual(['1600.25', '2000', '400'])
    expect(await months('weighted_opportunity_amount')).toEqual(['160.025', '200', '40'])
  })
})

describe('the pack of Salesforce', () => {
  it('tells people of every metric what it is', () => {
    for (const metric of world.model.metrics.values()) expect(metric, metric.name).toMatchObject({ description: expect.any(String) as string, formula: expect.any(String) as string, category: expect.any(String) as string })
  })
})
