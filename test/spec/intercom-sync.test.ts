import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import connector from '../../connectors/intercom/sync.ts'
import type { SyncEngine } from '../../src/jobs/sync/types.ts'
import { emptyWorkspace, startIntercom } from '../vendors/intercom.ts'
import type { IcItem, IcWorkspace } from '../vendors/intercom.ts'
import type { VendorServer } from '../vendors/vendor-server.ts'
import { MapLanding, syncOnce, syncsOf } from './sync-world.ts'

const DAY_MS = 86_400_000
const NOW = Date.parse('2026-03-10T06:00:00Z')

let world: IcWorkspace
let vendor: VendorServer
let clock: number

beforeEach(async () => {
  clock = NOW
  world = emptyWorkspace(() => clock)
  world.conversations = Array.from({ length: 70 }, (_, index) => conversation(index, NOW / 1000 - 60 - index * 4_001))
  world.contacts = Array.from({ length: 25 }, (_, index) => ({ type: 'contact', id: `k${index}`, external_id: `u${index}`, role: 'user', email: `k${index}@acme.example`, created_at: NOW / 1000 - 90_000, updated_at: NOW / 1000 - 60 - index * 9_000 }))
  world.tickets = [{ type: 'ticket', id: 't1', ticket_id: '1', category: 'Customer', ticket_state: { category: 'submitted' }, created_at: NOW / 1000 - 9_000, updated_at: NOW / 1000 - 9_000, open: true }]
  world.companies = Array.from({ length: 230 }, (_, index) => ({ type: 'company', id: `co${index}`, company_id: `a${index}`, name: `Company ${index}`, monthly_spend: index / 3, created_at: 1_700_000_000 }))
  world.admins = [{ type: 'admin', id: '1', name: 'Ann', email: 'ann@acme.example', team_ids: [] }, { type: 'admin', id: '2', name: 'Bob', email: 'bob@acme.example', team_ids: [] }]
  world.teams = [{ type: 'team', id: '7', name: 'Tech', admin_ids: [1, 2] }]
  world.tags = [{ type: 'tag', id: '5', name: 'bug' }]
  vendor = await startIntercom(world)
})
afterEach(() => vendor.close())

function conversation(index: number, updated_at: number): IcItem {
  const parts = Array.from({ length: 1 + (index % 3) }, (_, nth) => ({ type: 'conversation_part', id: `${index}-${nth}`, part_type: 'comment', body: 'Hi', created_at: updated_at - nth, author: { type: 'admin', id: '1' } }))
  return {
    type: 'conversation', id: `v${index}`, created_at: updated_at - 500, updated_at, state: index % 2 === 0 ? 'closed' : 'open', open: index % 2 !== 0, admin_assignee_id: 1,
    statistics: { time_to_admin_reply: 30.5, count_conversation_parts: parts.length, last_close_at: updated_at }, tags: { type: 'tag.list', tags: index % 5 === 0 ? [{ id: '5', name: 'bug', applied_at: updated_at }] : [] },
    contacts: { type: 'contact.list', contacts: [{ id: `k${index % 25}` }] }, conversation_parts: parts,
  }
}

function syncsInto(landing: MapLanding): SyncEngine {
  const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined }
  const wait = (ms: number): Promise<void> => {
    clock += ms
    return Promise.resolve()
  }
  const source = connector.open('tool', connector.options.parse({ accessToken: world.token, baseUrl: vendor.url }), { log: silent, now: () => clock, wait })
  // A commit a page, so that each is a place to be cut off at.
  return syncsOf(source, landing, { clock: { nowMs: () => clock }, limits: { records: 1, characters: 1, ms: 10_000 } })
}

const TABLES = ['conversations', 'conversation_tags', 'conversation_parts', 'conversation_part_reads', 'contacts', 'tickets', 'companies', 'admins', 'teams', 'tags'] as const

/** Everything that landed, by table; in the order of keys. */
function everythingIn(landing: MapLanding): Record<string, readonly string[]> {
  return Object.fromEntries(TABLES.map((table) => [table, landing.rows(`tool_${table}`).map((row) => JSON.stringify(row, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value))).toSorted()]))
}

const ids = (landing: MapLanding, table: string): readonly string[] => landing.rows(`tool_${table}`).map(({ id }) => String(id)).toSorted()

describe('a sync of Intercom', () => {
  it('lands all streams, and nothing in quarantine', async () => {
    const landing = new MapLanding()
    const status = await syncOnce(syncsInto(landing))
    expect(status.streams.map(({ name, state, error }) => [name, state, error])).toEqual(['conversations', 'tickets', 'contacts', 'companies', 'admins', 'teams', 'tags', 'conversation_parts'].map((name) => [name, 'whole', null]))
    expect(landing.aside).toEqual([])
    const counts = Object.fromEntries(TABLES.map((table) => [table, landing.rows(`tool_${table}`).length]))
    expect(counts).toEqual({ conversations: 70, conversation_tags: 14, conversation_parts: world.conversations.reduce((sum, { conversation_parts: parts }) => sum + (parts as unknown[]).length, 0), conversation_part_reads: 70, contacts: 25, tickets: 1, companies: 230, admins: 2, teams: 1, tags: 1 })
    expect(landing.rows('tool_companies').find(({ id }) => id === 'co1')).toMatchObject({ monthly_spend: '0.333333' })
  })

  it('follows what changed and what went', async () => {
    const landing = new MapLanding()
    await syncOnce(syncsInto(landing))
    clock = NOW + 8 * DAY_MS
    world.contacts.splice(3, 1)
    world.admins.pop()
    world.companies.splice(0, 30)
    world.conversations[6] = { ...conversation(6, clock / 1000 - 100), state: 'open', open: true }
    const status = await syncOnce(syncsInto(landing))
    expect(status.streams.every(({ state }) => state === 'whole')).toBe(true)
    expect(ids(landing, 'contacts')).toEqual(world.contacts.map(({ id }) => id).toSorted())
    expect(ids(landing, 'admins')).toEqual(['1'])
    expect(landing.rows('tool_companies')).toHaveLength(200)
    expect(landing.rows('tool_conversations').find(({ id }) => id === 'v6')).toMatchObject({ state: 'open', closed_at: null })
    expect(landing.rows('tool_conversations')).toHaveLength(70)
  })

  it('cut off anywhere ends with the rows of a whole one', async () => {
    const whole = new MapLanding()
    await syncOnce(syncsInto(whole))
    for (let run = 1; run <= 12; run++) {
      const landing = new MapLanding()
      let commits = 0
      landing.beforeCommit = () => {
        if (++commits % (run * 7) === 0 && commits < 200) throw new Error('killed')
      }
      // A killed scroll lives for a minute.
      for (let syncs = 0; syncs < 40; syncs++) {
        clock += 61_000
        const { streams } = await syncOnce(syncsInto(landing))
        if (streams.every(({ state }) => state === 'whole')) break
      }
      expect(everythingIn(landing)).toEqual(everythingIn(whole))
    }
  })
})
