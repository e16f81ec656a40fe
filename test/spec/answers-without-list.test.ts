import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import amplitude from '../../connectors/amplitude/sync.ts'
import intercom from '../../connectors/intercom/sync.ts'
import mixpanel from '../../connectors/mixpanel/sync.ts'
import segment from '../../connectors/segment/sync.ts'
import stripe from '../../connectors/stripe/sync.ts'
import type { SyncDeps, SyncSource } from '../../connectors/sync-contract.ts'
import { silentLog } from '../../src/base/log.ts'
import type { StreamStatus } from '../../src/jobs/types.ts'
import { KEPT, MapLanding, NOBODY } from './sync-world.ts'
import { createSyncs } from '../../src/jobs/sync/create-syncs.ts'

/** Answers of tools by path, of few records; what stands in `instead` is answered in place of all. */
const GOOD: Readonly<Record<string, unknown>> = {
  '/admins': { type: 'admin.list', admins: [{ id: '1', name: 'Mo' }, { id: '2', name: 'Sue' }] },
  '/teams': { type: 'team.list', teams: [{ id: '7', name: 'Tech' }] },
  '/tags': { type: 'list', data: [{ id: '9', name: 'VIP' }] },
  '/companies/scroll': { type: 'list', data: [{ id: 'c1', name: 'Acme' }], scroll_param: 's' },
  '/companies/scroll?scroll_param=s': { type: 'list', data: [], scroll_param: 's' },
  '/v1/customers': { object: 'list', has_more: false, data: [{ id: 'cus_1', object: 'customer', created: 1_700_000_000 }, { id: 'cus_2', object: 'customer', created: 1_700_000_001 }] },
  '/spaces/s1/collections/users/profiles': { data: [{ segment_id: 'p1' }], cursor: { has_more: false } },
  '/spaces/s1/collections/users/profiles/segment_id:p1/traits': { traits: { plan: 'pro' }, cursor: { has_more: false } },
  '/spaces/s1/collections/users/profiles/segment_id:p1/external_ids': { data: [{ id: 'ann', type: 'user_id' }], cursor: { has_more: false } },
  '/spaces/s1/collections/users/profiles/segment_id:p1/metadata': { metadata: { created_at: '2025-01-01T00:00:00Z' }, cursor: { has_more: false } },
  '/api/3/cohorts': { cohorts: [] },
  '/cohorts/list': [],
}

let instead: unknown
/** Found by their `updated_at`, in seconds. */
let conversations: readonly Readonly<Record<string, unknown>>[] = []

function searched(body: string): unknown {
  const [after, before] = (JSON.parse(body) as { readonly query: { readonly value: readonly { readonly value: number }[] } }).query.value
  const found = conversations.filter(({ updated_at: at }) => Number(at) > (after?.value ?? 0) && Number(at) < (before?.value ?? 0))
  return { type: 'conversation.list', conversations: found, total_count: found.length, pages: { type: 'pages' } }
}

const server = createServer((request, response) => {
  let body = ''
  request.on('data', (data: Buffer) => (body += data.toString()))
  request.on('end', () => {
    const { pathname, search } = new URL(request.url ?? '/', 'http://tool.example')
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify(instead ?? (pathname === '/conversations/search' ? searched(body) : undefined) ?? GOOD[`${pathname}${search}`] ?? GOOD[pathname] ?? {}))
  })
})
let url = ''
beforeAll(async () => {
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(() => void server.close())

let now: number
beforeEach(() => {
  now = Date.UTC(2025, 2, 20, 12)
  instead = undefined
})
const deps: SyncDeps = { log: silentLog, now: () => now, wait: (ms) => Promise.resolve(void (now += ms)) }

const TOOLS: Readonly<Record<string, { readonly open: () => SyncSource; readonly streams: readonly string[] }>> = {
  intercom: { open: () => intercom.open('tool', intercom.options.parse({ accessToken: 't', baseUrl: url, companiesEveryHours: 1 }), deps), streams: ['companies', 'admins', 'teams', 'tags'] },
  stripe: { open: () => stripe.open('tool', stripe.options.parse({ apiKey: 'rk_test_1', baseUrl: url }), deps), streams: ['customers'] },
  segment: { open: () => segment.open('tool', segment.options.parse({ spaceId: 's1', profileToken: 't', profilesUrl: url, profilesEveryHours: 1 }), deps), streams: ['profiles'] },
  amplitude: { open: () => amplitude.open('tool', amplitude.options.parse({ apiKey: 'k', secretKey: 's', baseUrl: url, cohorts: 'all', cohortsEveryHours: 1 }), deps), streams: ['cohorts'] },
  mixpanel: { open: () => mixpanel.open('tool', mixpanel.options.parse({ projectId: 1, username: 'u', secret: 's', queryUrl: url, cohorts: 'all', cohortsEveryHours: 1 }), deps), streams: ['cohorts'] },
}

describe('an answer of 200 without its list', () => {
  for (const [tool, { open, streams }] of Object.entries(TOOLS)) {
    it(`fails the stream, and what was read before stays: ${tool}`, async () => {
      const landing = new MapLanding()
      const source = open()
      const syncs = createSyncs({ sources: [{ name: 'tool', connector: tool, source, settings: { ...KEPT, streams } }], landing, clock: { nowMs: () => now }, log: silentLog, forgotten: NOBODY })
      const run = async (full: boolean): Promise<readonly StreamStatus[]> => {
        now += 7_200_000
        await syncs.start({ source: 'tool', full, streams: null })
        return (await syncs.settled('tool')).streams
      }
      const first = await run(false)
      expect(first.map(({ name, error }) => [name, error])).toEqual(streams.map((name) => [name, null]))
      for (const answer of [{}, { object: 'error' }, 'maintenance']) {
        instead = answer
        for (const full of [false, true]) {
          const now = await run(full)
          expect(now.map(({ rows, removed }) => [rows, removed])).toEqual(first.map(({ rows }) => [rows, 0]))
          expect(now.map(({ name, error }) => [name, error?.code])).toEqual(streams.map((name) => [name, 'SOURCE_FAILED']))
        }
      }
      await syncs.close()
      await source.close()
    })
  }

  it('is no empty window of a search: what changed meanwhile is found once the tool answers again', async () => {
    const conversation = (id: string, utcMs: number): Readonly<Record<string, unknown>> => ({ type: 'conversation', id, created_at: utcMs / 1000, updated_at: utcMs / 1000, state: 'open' })
    const landing = new MapLanding()
    const source = intercom.open('tool', intercom.options.parse({ accessToken: 't', baseUrl: url, conversationParts: false }), deps)
    const syncs = createSyncs({ sources: [{ name: 'tool', connector: 'intercom', source, settings: { ...KEPT, streams: ['conversations'] } }], landing, clock: { nowMs: () => now }, log: silentLog, forgotten: NOBODY })
    const run = async (): Promise<readonly unknown[]> => {
      now += 7_200_000
      await syncs.start({ source: 'tool', full: false, streams: null })
      const [stream] = (await syncs.settled('tool')).streams
      return [stream?.error?.code, landing.rows('tool_conversations').map(({ id }) => id)]
    }
    conversations = [conversation('v1', now - 3_600_000)]
    expect(await run()).toEqual([undefined, ['v1']])
    conversations = [...conversations, conversation('v2', now + 1_800_000)]
    instead = {}
    expect(await run()).toEqual(['SOURCE_FAILED', ['v1']])
    instead = undefined
    expect(await run()).toEqual([undefined, ['v1', 'v2']])
    await syncs.close()
    await source.close()
  })
})
