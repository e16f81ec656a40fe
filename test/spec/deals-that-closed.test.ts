import { describe, expect, it } from 'vitest'
import { closedAtOf } from '../../connectors/hubspot/closed-at.ts'
import hubspot from '../../connectors/hubspot/sync.ts'
import { closedOnOf } from '../../connectors/salesforce/closed-on.ts'
import salesforce from '../../connectors/salesforce/sync.ts'
import { outcomeSince } from '../../connectors/sync-kit/outcome-since.ts'
import { startHubspot } from '../vendors/hubspot.ts'
import { instant, startSalesforce } from '../vendors/salesforce.ts'
import { openCrm } from './crm-world.ts'

const NOW = Date.parse('2026-04-01T00:00:00Z')
const DAY = 86_400
const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined }

describe('deals of HubSpot whose close date does not tell when they closed', () => {
  it('are open as long as their stages were, and are won and lost once', async () => {
    let clock = NOW
    const vendor = await startHubspot(() => clock)
    const probability = { new: '0.2', won: '1', lost: '0' } as const
    type Stage = keyof typeof probability
    const deal = (id: string, made: string, closes: string, amount: string, stays: readonly (readonly [Stage, string])[]): void => {
      const stage = stays.at(-1)?.[0] ?? 'new'
      vendor.records.deals.set(id, {
        id, createdMs: Date.parse(made), modifiedMs: NOW - 1,
        properties: { amount, createdate: `${made}T00:00:00Z`, closedate: closes === '' ? '' : `${closes}T00:00:00Z`, dealstage: stage, pipeline: 'default', hs_is_closed: String(stage !== 'new'), hs_is_closed_won: String(stage === 'won'), deal_currency_code: 'EUR' },
        history: stays.toReversed().map(([value, day]) => ({ value, timestamp: `${day}T00:00:00Z`, sourceType: 'API' })),
      })
    }
    deal('1', '2026-01-05', '', '1000', [['new', '2026-01-05'], ['won', '2026-01-20']])
    deal('2', '2026-01-05', '', '500', [['new', '2026-01-05'], ['lost', '2026-02-03']])
    deal('3', '2026-01-06', '', '70', [['new', '2026-01-06']])
    // Imported, closed long before.
    deal('4', '2026-02-01', '2025-11-01', '10', [['won', '2026-02-01']])
    // Won before the day on which it was expected.
    deal('5', '2026-02-01', '2026-06-30', '10000', [['new', '2026-02-01'], ['won', '2026-02-20']])
    // Open again.
    deal('6', '2026-01-10', '2026-01-15', '40', [['new', '2026-01-10'], ['won', '2026-01-15'], ['new', '2026-02-10']])
    // Signed on 27 February, and entered four days later.
    deal('7', '2026-02-01', '2026-02-27', '300', [['new', '2026-02-01'], ['won', '2026-03-03']])
    const stage = (id: Stage) => ({ id, label: id, displayOrder: 0, archived: false, metadata: { isClosed: String(id !== 'new'), probability: probability[id] } })
    vendor.pipelines.deals = [{ id: 'default', label: 'Sales', displayOrder: 0, archived: false, stages: [stage('new'), stage('won'), stage('lost')] }]
    const source = hubspot.open('crm', hubspot.options.parse({ accessToken: 'pat-eu1-secret', baseUrl: vendor.url }), { log: silent, now: () => clock, wait: async (ms) => void (clock += ms) })
    const world = await openCrm('hubspot', source, { nowMs: () => clock })
    try {
      const months = (metric: string) => world.series(metric, '2026-01-01', '2026-04-01')
      // January 2 and 3; February 3, 6 and 7; March 3 and 6. All of them are new, which is worth a fifth.
      expect(await months('open_deals')).toEqual(['2', '3', '2'])
      expect(await months('open_deal_amount')).toEqual(['570', '410', '110'])
      expect(await months('weighted_deal_amount')).toEqual(['114', '82', '22'])
      // 1 in January, 5 and 7 in February, 4 in November; 6 is not won any more.
      expect(await world.series('won_deals', '2025-11-01', '2026-04-01')).toEqual(['1', '0', '1', '2', '0'])
      expect(await months('lost_deals')).toEqual(['0', '1', '0'])
      expect(await months('deal_bookings')).toEqual(['1000', '10300', null])
      expect(await months('deal_win_rate')).toEqual([100, expect.closeTo(200 / 3, 9), null])
      // 15, 19 and 26 days; how long 4 took nobody knows.
      expect(await world.series('deal_cycle_average', '2025-11-01', '2026-04-01', null)).toEqual([20 * DAY])
      expect(await world.series('deal_cycle_median', '2025-11-01', '2026-04-01', null)).toEqual([String(19 * DAY)])
    } finally {
      await world.close()
      await vendor.close()
    }
  })
})

describe('opportunities of Salesforce whose close date does not tell when they closed', () => {
  it('are open as long as their stages were, and are won and lost once', async () => {
    let clock = NOW
    const idOf = (kind: string, number: number): string => `${kind}${String(number).padStart(15, '0')}`
    const fields = (types: Readonly<Record<string, string>>) => Object.entries(types).map(([name, type]) => ({ name, type }))
    const vendor = await startSalesforce({
      Opportunity: fields({ Name: 'string', StageName: 'picklist', Amount: 'currency', Probability: 'percent', CloseDate: 'date', IsClosed: 'boolean', IsWon: 'boolean' }),
      OpportunityHistory: fields({ OpportunityId: 'reference', StageName: 'picklist', Amount: 'currency', Probability: 'percent' }),
      OpportunityStage: fields({ ApiName: 'string', MasterLabel: 'string', IsClosed: 'boolean', IsWon: 'boolean' }),
    })
    const add = (object: string, id: string, at: string, more: object): void =>
      void vendor.objects.get(object)?.records.set(id, { Id: id, IsDeleted: false, CreatedDate: instant(Date.parse(at)), SystemModstamp: instant(Date.parse(at)), ...more })
    const opportunity = (number: number, closes: string, amount: number, states: readonly (readonly [string, string])[]): void => {
      const stage = states.at(-1)?.[0] ?? ''
      const isWon = stage === 'Closed Won'
      add('Opportunity', idOf('006', number), states[0]?.[1] ?? '', { StageName: stage, Amount: amount, CloseDate: closes, IsClosed: stage !== 'Prospecting', IsWon: isWon })
      for (const [index, [name, at]] of states.entries()) add('OpportunityHistory', idOf('008', number * 10 + index), at, { OpportunityId: idOf('006', number), StageName: name, Amount: amount, Probability: name === 'Prospecting' ? 10 : name === 'Closed Won' ? 100 : 0 })
    }
    opportunity(1, '2026-06-30', 10_000, [['Prospecting', '2026-02-01T09:00:00Z'], ['Closed Won', '2026-02-20T09:00:00Z']])
    opportunity(2, '2026-05-31', 500, [['Prospecting', '2026-02-01T09:00:00Z'], ['Closed Lost', '2026-02-25T09:00:00Z']])
    opportunity(3, '2026-05-01', 70, [['Prospecting', '2026-02-02T09:00:00Z']])
    // In a stage that is none of the list any more.
    opportunity(4, '2026-08-01', 90, [['Prospecting', '2026-02-05T09:00:00Z'], ['Dropped', '2026-03-10T09:00:00Z']])
    // Won in Tokyo, where March had begun.
    opportunity(5, '2026-03-01', 20, [['Prospecting', '2026-02-10T09:00:00Z'], ['Closed Won', '2026-02-28T15:30:00Z']])
    // Imported, closed long before.
    opportunity(6, '2025-12-01', 5, [['Closed Won', '2026-02-15T09:00:00Z']])
    for (const [index, name] of ['Prospecting', 'Closed Won', 'Closed Lost'].entries()) add('OpportunityStage', idOf('01J', index), '2020-01-01', { ApiName: name, MasterLabel: name, IsClosed: index > 0, IsWon: index === 1 })
    const options = salesforce.options.parse({ instanceUrl: vendor.url, accessToken: 'session-1', currency: 'EUR' })
    const world = await openCrm('salesforce', salesforce.open('crm', options, { log: silent, now: () => clock, wait: async (ms) => void (clock += ms) }), { nowMs: () => clock })
    try {
      const months = (metric: string) => world.series(metric, '2026-02-01', '2026-04-01')
      // February 3 and 4, March 3. Prospecting has 10 %.
      expect(await months('open_opportunities')).toEqual(['2', '1'])
      expect(await months('open_opportunity_amount')).toEqual(['160', '70'])
      expect(await months('weighted_opportunity_amount')).toEqual(['16', '7'])
      // February 1 and 2, March 4 and 5, and 6 in December.
      expect(await world.series('closed_opportunities', '2025-12-01', '2026-04-01')).toEqual(['1', '0', '2', '2'])
      expect(await world.series('won_opportunities', '2025-12-01', '2026-04-01')).toEqual(['1', '0', '1', '1'])
      expect(await months('opportunity_bookings')).toEqual(['10000', '20'])
      expect(await months('opportunity_win_rate')).toEqual([50, 50])
      // 19 days each; how long 6 took nobody knows.
      expect(await world.series('opportunity_cycle_average', '2025-12-01', '2026-04-01', null)).toEqual([19 * DAY])
    } finally {
      await world.close()
      await vendor.close()
    }
  })
})

describe('the moment of closing', () => {
  it('is the entry into the outcome that a sale has now', () => {
    const states = (...outcomes: readonly (string | null)[]) => outcomes.map((outcome, index) => ({ sinceUtcMs: index + 1, outcome }))
    expect(outcomeSince([])).toBeNull()
    expect(outcomeSince(states(null, 'won', null))).toBeNull()
    expect(outcomeSince(states(null, null, 'won'))).toBe(3)
    // From one closing stage to another, lost and then won, and won for the second time.
    expect(outcomeSince(states(null, 'won', 'won'))).toBe(2)
    expect(outcomeSince(states(null, 'lost', 'won'))).toBe(3)
    expect(outcomeSince(states('won', null, 'won'))).toBe(3)
    expect(outcomeSince(states('won', 'won'))).toBe(1)
  })

  it('is not after the last modification where no history is told', () => {
    const deal = { id: '1', properties: { hs_is_closed: 'true' }, createdAt: '2026-01-01T00:00:00Z', updatedAt: '2026-02-03T00:00:00Z' }
    expect(closedAtOf(deal, null, [])).toBe(Date.parse('2026-02-03'))
    expect(closedAtOf(deal, Date.parse('2026-02-01'), [])).toBe(Date.parse('2026-02-01'))
    expect(closedAtOf(deal, Date.parse('2026-02-28'), [])).toBe(Date.parse('2026-02-03'))
    expect(closedAtOf({ ...deal, properties: { hs_is_closed: 'false' } }, Date.parse('2026-02-01'), [])).toBeNull()

    const opportunity = { is_closed: true, system_modstamp: Date.parse('2026-02-03') }
    expect(closedOnOf({ ...opportunity, close_date: '2026-02-01' }, [])).toBe('2026-02-01')
    expect(closedOnOf({ ...opportunity, close_date: '2026-02-28' }, [])).toBe('2026-02-03')
    expect(closedOnOf({ ...opportunity, is_closed: false, close_date: '2026-02-01' }, [])).toBeNull()
  })
})
