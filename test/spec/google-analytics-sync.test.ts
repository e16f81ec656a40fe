import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import connector from '../../connectors/google-analytics/sync.ts'
import { DEFAULT_REPORTS } from '../../connectors/google-analytics/reports.ts'
import type { SyncEngine } from '../../src/jobs/sync/types.ts'
import { startGoogleAnalytics } from '../vendors/google-analytics.ts'
import type { GaProperty, GaVendor } from '../vendors/google-analytics.ts'
import { MapLanding, syncOnce, syncsOf } from './sync-world.ts'

const DAY_MS = 86_400_000
const NOW = Date.parse('2026-03-10T12:00:00Z')

let world: GaProperty
let vendor: GaVendor
let folder: string
let clock: number

beforeEach(async () => {
  clock = NOW
  const sessions = Array.from({ length: 150 }, (_, index) => ({ day: new Date(NOW - Math.floor(index / 2) * DAY_MS).toISOString().slice(0, 10), user: `u${index % 7}`, channel: index % 3 === 0 ? 'Direct' : 'Organic Search', source: 'google', medium: 'organic', page: `/${index % 4}`, engaged: index % 2 === 0, keyEvents: index % 6 === 0 ? 0.5 : 0, revenue: index % 6 === 0 ? 0.1 + 0.2 : 0 }))
  world = { property: '1', zone: 'UTC', currency: 'USD', today: '2026-03-10', sessions, metadata: {}, repeatedPages: 0, requestsPerToken: null }
  vendor = await startGoogleAnalytics(world)
  folder = mkdtempSync(join(tmpdir(), 'kpiql-ga-'))
  writeFileSync(join(folder, 'key.json'), vendor.keyFile)
})
afterEach(async () => {
  await vendor.close()
  rmSync(folder, { recursive: true })
})

function syncsInto(landing: MapLanding): SyncEngine {
  const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined }
  const wait = (ms: number): Promise<void> => {
    clock += ms
    return Promise.resolve()
  }
  const source = connector.open('tool', connector.options.parse({ property: '1', keyFile: join(folder, 'key.json'), baseUrl: vendor.url, periodsPerRequest: 10 }), { log: silent, now: () => clock, wait })
  return syncsOf(source, landing, { clock: { nowMs: () => clock }, limits: { records: 1, characters: 1, ms: 10_000 } })
}

const TABLES = Object.keys(DEFAULT_REPORTS)

function everythingIn(landing: MapLanding): Record<string, readonly string[]> {
  return Object.fromEntries(TABLES.map((table) => [table, landing.rows(`tool_${table}`).map((row) => JSON.stringify(row, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value))).toSorted()]))
}

describe('a sync of Google Analytics', () => {
  it('lands all reports, and nothing in quarantine', async () => {
    const landing = new MapLanding()
    const status = await syncOnce(syncsInto(landing))
    expect(status.streams.map(({ name, state, error, completeUntilUtcMs }) => [name, state, error, completeUntilUtcMs])).toEqual(TABLES.map((name) => [name, 'whole', null, NOW]))
    expect(landing.aside).toEqual([])
    expect(landing.rows('tool_sessions_daily')).toHaveLength(75)
    expect(landing.rows('tool_users_monthly').map(({ month }) => month).toSorted()).toEqual(['2025-12-01', '2026-01-01', '2026-02-01', '2026-03-01'])
    expect(landing.rows('tool_sessions_daily').find(({ date }) => date === '2026-03-10')).toMatchObject({ sessions: 2n, total_revenue: '0.3', key_events: '0.5' })
  })

  it('cut off anywhere ends with the rows of a whole one, also when days were restated meanwhile', async () => {
    const whole = new MapLanding()
    const { sessions } = world
    for (let run = 1; run <= 12; run++) {
      world.sessions = sessions
      const landing = new MapLanding()
      let commits = 0
      landing.beforeCommit = () => {
        if (++commits % (run * 5) === 0 && commits < 120) throw new Error('killed')
      }
      for (let syncs = 0; syncs < 40; syncs++) {
        const { streams } = await syncOnce(syncsInto(landing))
        if (streams.every(({ state }) => state === 'whole')) break
      }
      // An event of yesterday comes late, and the newest session is withdrawn.
      landing.beforeCommit = () => {}
      const late = world.sessions.find(({ day }) => day === '2026-03-09')
      if (late !== undefined) world.sessions = [...world.sessions.slice(1), { ...late, user: `late${run}` }]
      await syncOnce(syncsInto(landing))
      await syncOnce(syncsInto(whole), { full: true })
      expect(everythingIn(landing)).toEqual(everythingIn(whole))
    }
  })
})
