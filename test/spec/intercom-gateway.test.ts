import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { runProgram } from '../../src/cli/program.ts'
import { startGoogleAnalytics } from '../vendors/google-analytics.ts'
import type { GaSession, GaVendor } from '../vendors/google-analytics.ts'
import { emptyWorkspace, startIntercom } from '../vendors/intercom.ts'
import type { VendorServer } from '../vendors/vendor-server.ts'
import { testWorld } from './cli-world.ts'
import type { TestWorld } from './cli-world.ts'

const DAY_MS = 86_400_000
/** The first day of the last month but one, so that all of it has passed. */
const now = new Date()
const MONTH = Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - 2, 1)
const NEXT_MONTH = Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - 1, 1)
const dayOf = (ms: number): string => new Date(ms).toISOString().slice(0, 10)

let support: VendorServer
let site: GaVendor
let world: TestWorld

beforeEach(async () => {
  const workspace = emptyWorkspace(Date.now)
  const at = MONTH / 1000 + 3600
  workspace.conversations = [0, 1, 2].map((index) => ({
    type: 'conversation', id: `v${index}`, created_at: at + index * 86_400, updated_at: at + index * 86_400 + 600, state: index === 2 ? 'open' : 'closed', open: index === 2, team_assignee_id: '7',
    statistics: { time_to_admin_reply: 60 * (index + 1), time_to_first_close: index === 2 ? null : 300, last_close_at: at + index * 86_400 + 600, count_reopens: 0 },
    conversation_rating: index === 0 ? { rating: 5, created_at: at } : { rating: null }, contacts: { contacts: [{ id: 'k1', external_id: 'u1' }] },
  }))
  workspace.teams = [{ type: 'team', id: '7', name: 'Tech', admin_ids: [] }]
  support = await startIntercom(workspace)
  const visit = (index: number, user: string): GaSession => ({ day: dayOf(MONTH + index * DAY_MS), user, channel: index === 0 ? 'Direct' : 'Email', source: 's', medium: 'm', page: '/', engaged: index > 0, keyEvents: 0, revenue: 0.25 })
  site = await startGoogleAnalytics({ property: '1', zone: 'UTC', currency: 'EUR', today: dayOf(Date.now()), sessions: [visit(0, 'a'), visit(1, 'a'), visit(2, 'a'), visit(2, 'b')], metadata: {}, repeatedPages: 0, requestsPerToken: null })
  world = testWorld()
  writeFileSync(join(world.cwd, 'key.json'), site.keyFile)
  writeFileSync(join(world.cwd, 'kpiql.config.yml'), `
sources:
  support: { connector: intercom, accessToken: ${workspace.token}, baseUrl: '${support.url}' }
  site: { connector: google-analytics, property: '1', keyFile: ./key.json, baseUrl: '${site.url}' }
model:
  - { use: intercom, source: support }
  - { use: google-analytics, source: site }
log: { level: warn }
`)
})
afterEach(async () => {
  await support.close()
  await site.close()
  world.remove()
})

async function command(...args: readonly string[]): Promise<{ readonly code: number; readonly out: string; readonly err: string }> {
  const [out, err] = [world.written.out.length, world.written.err.length]
  const code = await runProgram(args, world)
  return { code, out: world.written.out.slice(out), err: world.written.err.slice(err) }
}

it('Intercom and Google Analytics answer their packs at once, after one sync', async () => {
  expect(await command('sync')).toMatchObject({ code: 0 })
  const query = `{ slice(period: { between: { start: "${dayOf(MONTH)}", end: "${dayOf(NEXT_MONTH)}" } }) {
    volume: metric(name: SUPPORT_CONVERSATIONS) { value breakdown(by: [{ dimension: SUPPORT_TEAM_NAME }]) { rows { dimensions { value } value } } }
    backlog: metric(name: SUPPORT_BACKLOG) { value }
    response: metric(name: FIRST_RESPONSE_TIME_MEDIAN) { value }
    close: metric(name: TIME_TO_CLOSE_AVERAGE) { value }
    csat: metric(name: CONVERSATION_CSAT) { value }
    sessions: metric(name: SITE_SESSIONS) { value breakdown(by: [{ dimension: SITE_CHANNEL }]) { rows { dimensions { value } value } } }
    bounce: metric(name: SITE_BOUNCE_RATE) { value }
    users: metric(name: SITE_USERS) { value reason }
    revenue: metric(name: SITE_REVENUE) { exact currency }
  } quarter: slice(period: { between: { start: "${dayOf(MONTH)}", end: "${dayOf(NEXT_MONTH + DAY_MS)}" } }) { users: metric(name: SITE_USERS) { value reason } } }`
  const { out } = await command('query', query, '--format', 'json')
  expect(JSON.parse(out)).toMatchObject({
    data: {
      slice: {
        volume: { value: 3, breakdown: { rows: [{ dimensions: [{ value: 'Tech' }], value: 3 }] } },
        backlog: { value: 1 },
        response: { value: 120 },
        close: { value: 300 },
        csat: { value: 100 },
        sessions: { value: 4, breakdown: { rows: [{ dimensions: [{ value: 'Email' }], value: 3 }, { dimensions: [{ value: 'Direct' }], value: 1 }] } },
        bounce: { value: 25 },
        users: { value: 2, reason: null },
        revenue: { exact: '1', currency: 'EUR' },
      },
      quarter: { users: { value: null, reason: 'NOT_ADDITIVE' } },
    },
  })
  expect(await command('check', '--data')).toMatchObject({ code: 0, err: expect.stringContaining('No problems') as string })
}, 60_000)
