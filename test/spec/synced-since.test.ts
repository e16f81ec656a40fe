import { describe, expect, it } from 'vitest'
import hubspot from '../../connectors/hubspot/sync.ts'
import intercom from '../../connectors/intercom/sync.ts'
import { wantedFrom } from '../../src/cli/gateway-tools.ts'
import { startHubspot } from '../vendors/hubspot.ts'
import { emptyWorkspace, startIntercom } from '../vendors/intercom.ts'
import { openCrm } from './crm-world.ts'
import type { CrmWorld } from './crm-world.ts'

const NOW = Date.parse('2026-04-01T00:00:00Z')
const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined }

// One deal that nobody touched since 2024, and one of 2025; two won in June 2024, one of which was edited in 2025.
async function deals(since: string | null, look: (world: CrmWorld) => Promise<void>): Promise<void> {
  let clock = NOW
  const vendor = await startHubspot(() => clock)
  const deal = (id: string, made: string, won: string | null, amount: string, modified: string): void => {
    const entry = (value: string, day: string) => ({ value, timestamp: `${day}T00:00:00Z`, sourceType: 'CRM_UI' })
    vendor.records.deals.set(id, {
      id, createdMs: Date.parse(made), modifiedMs: Date.parse(modified),
      properties: { amount, createdate: `${made}T00:00:00Z`, closedate: `${won ?? '2026-06-01'}T00:00:00Z`, dealstage: won === null ? 'new' : 'won', pipeline: 'default', hs_is_closed: String(won !== null), hs_is_closed_won: String(won !== null), deal_currency_code: 'EUR' },
      history: [...(won === null ? [] : [entry('won', won)]), entry('new', made)],
    })
  }
  deal('1', '2024-05-01', '2024-06-01', '1000', '2024-06-01')
  deal('2', '2024-05-02', '2024-06-02', '500', '2025-02-01')
  deal('3', '2024-11-01', null, '9000', '2024-12-01')
  deal('4', '2025-03-01', null, '70', '2025-03-01')
  const stage = (id: string) => ({ id, label: id, displayOrder: 0, archived: false, metadata: { isClosed: String(id === 'won'), probability: id === 'won' ? '1' : '0.2' } })
  vendor.pipelines.deals = [{ id: 'default', label: 'Sales', displayOrder: 0, archived: false, stages: [stage('new'), stage('won')] }]
  const source = hubspot.open('crm', hubspot.options.parse({ accessToken: 'pat-eu1-secret', baseUrl: vendor.url }), { log: silent, now: () => clock, wait: async (ms) => void (clock += ms) })
  const world = await openCrm('hubspot', source, { nowMs: () => clock }, since)
  try {
    await look(world)
  } finally {
    await world.close()
    await vendor.close()
  }
}

const BEFORE = { value: null, reason: 'BEFORE_FIRST_DATA', remedy: expect.stringContaining('since') as string }

describe('a CRM that is synced from some day on', () => {
  it('has what is open, also what nobody touched since, and tells nothing of before', async () => {
    await deals('2025-01-01', async (world) => {
      expect(await world.series('open_deal_amount', '2026-03-01', '2026-04-01')).toEqual(['9070'])
      expect(await world.series('open_deal_amount', '2024-11-01', '2025-04-01')).toEqual([null, null, '9000', '9000', '9070'])
      expect(await world.cells('open_deal_amount', '2024-12-01', '2025-01-01')).toMatchObject([BEFORE])
      expect(await world.cells('won_deals', '2024-06-01', '2024-07-01')).toMatchObject([BEFORE])
      expect(await world.cells('deal_bookings', '2024-06-01', '2024-07-01')).toMatchObject([BEFORE])
    })
  })

  it('tells the same of later periods as one that is read whole', async () => {
    await deals(null, async (world) => {
      expect(await world.series('open_deal_amount', '2026-03-01', '2026-04-01')).toEqual(['9070'])
      expect(await world.series('won_deals', '2024-06-01', '2024-07-01')).toEqual(['2'])
      expect(await world.cells('won_deals', '2024-06-01', '2024-07-01')).toMatchObject([{ exact: '2', partial: false }])
    })
  })

  it('says that a period lacks its beginning where the day lies within it', async () => {
    await deals('2025-02-10', async (world) => {
      expect(await world.cells('new_deals', '2025-01-01', '2025-04-01')).toMatchObject([BEFORE, { exact: '0', partial: true }, { exact: '1', partial: false }])
      // At its end nothing is lacking of what is open.
      expect(await world.cells('open_deal_amount', '2025-01-01', '2025-04-01')).toMatchObject([BEFORE, { exact: '9000', partial: false }, { exact: '9070', partial: false }])
    })
  })
})

describe('a help desk that is synced from some day on', () => {
  it('has what is not closed, also what nobody touched since', async () => {
    let clock = NOW
    const seconds = (day: string): number => Date.parse(day) / 1_000
    const workspace = emptyWorkspace(() => clock)
    const conversation = (id: string, made: string, touched: string, state: string) => ({ type: 'conversation', id, created_at: seconds(made), updated_at: seconds(touched), state, statistics: {}, contacts: { contacts: [] }, source: { delivered_as: 'customer_initiated' } })
    workspace.conversations = [conversation('1', '2024-11-01', '2024-11-02', 'open'), conversation('2', '2024-12-01', '2024-12-05', 'snoozed'), conversation('3', '2026-03-01', '2026-03-02', 'open')]
    const server = await startIntercom(workspace)
    const source = intercom.open('crm', intercom.options.parse({ accessToken: workspace.token, baseUrl: server.url, conversationParts: false }), { log: silent, now: () => clock, wait: async (ms) => void (clock += ms) })
    const world = await openCrm('intercom', source, { nowMs: () => clock }, '2025-01-01')
    try {
      expect(await world.series('support_backlog', '2026-02-01', '2026-04-01')).toEqual(['2', '3'])
      expect(await world.cells('support_backlog', '2024-12-01', '2025-01-01')).toMatchObject([BEFORE])
    } finally {
      await world.close()
      await server.close()
    }
  })
})

describe('the day from which on a tool is wanted', () => {
  it('is that of the source whose tables they are', () => {
    const entry = (since: string | undefined) => ({ connector: 'rest', options: {}, sync: { ...(since === undefined ? {} : { since }), personal: 'keep' as const, schedule: null } })
    const synced = new Map([['crm', entry('2025-01-01')], ['crm_eu', entry('2026-01-01')], ['shop', entry(undefined)]])
    const of = wantedFrom(synced as unknown as Parameters<typeof wantedFrom>[0])
    expect(['crm_deals', 'crm_eu_deals', 'shop_orders', 'other'].map(of)).toEqual([Date.parse('2025-01-01'), Date.parse('2026-01-01'), null, null])
  })
})
