import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { serve } from '../../src/cli/serve.ts'
import { silentLog } from '../../src/base/log.ts'
import { reportUsage } from '../../src/jobs/own-telemetry/report-usage.ts'
import type { UsageCount } from '../../src/jobs/own-telemetry/types.ts'
import { startVendor } from '../vendors/vendor-server.ts'
import type { Heard, Reply, VendorServer } from '../vendors/vendor-server.ts'
import { testWorld } from './cli-world.ts'
import type { TestWorld } from './cli-world.ts'

const MODEL = `
semantic_models:
  - name: orders
    source: shop
    table: orders
    agg_time_dimension: ordered_on
    entities: [{ name: order, type: primary, expr: id }]
    dimensions: [{ name: ordered_on, type: time, granularity: day }, { name: buyer, type: categorical }]
metrics:
  - { name: turnover, type: simple, semantic_model: orders, agg: sum, expr: amount, unit: count }
  - { name: order_count, type: simple, semantic_model: orders, agg: count }
cohorts:
  - { name: of_ann, entity: order, where: buyer = 'ann@example.com' }
`
const PERIOD = 'period: { between: { start: "2026-05-01", end: "2026-06-01" } }'

let world: TestWorld
let tool: VendorServer
let heard: Heard[]
let reply: Reply

beforeEach(async () => {
  heard = []
  reply = { json: { success: true } }
  // https://segment.com/docs/connections/sources/catalog/libraries/server/http-api/#batch and https://docs.mixpanel.com/reference/track-event
  tool = await startVendor((request) => {
    heard.push(request)
    return reply
  })
  world = testWorld()
  mkdirSync(join(world.cwd, 'data'))
  writeFileSync(join(world.cwd, 'data', 'orders.csv'), 'id,ordered_on,buyer,amount\n1,2026-05-03,ann@example.com,10\n2,2026-05-04,bob@example.com,20\n')
  writeFileSync(join(world.cwd, 'kpiql.yml'), MODEL)
})
afterEach(async () => {
  await tool.close()
  world.remove()
})

/** Serves, asks all questions one after the other, and stops. @returns The answers. */
async function served(telemetry: string, ...queries: readonly string[]): Promise<readonly Record<string, never>[]> {
  writeFileSync(join(world.cwd, 'kpiql.config.yml'), `sources: { shop: { connector: duckdb, folder: ./data } }\nmodel: ./kpiql.yml\nlog: { level: warn }\n${telemetry}`)
  const { promise: listening, resolve } = Promise.withResolvers<string>()
  const ended = serve({ port: '0' }, world, resolve)
  const address = await Promise.race([listening, ended.then(() => '')])
  const answers: Record<string, never>[] = []
  for (const query of queries) {
    const response = await fetch(`${address}/graphql`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ query }) })
    answers.push((await response.json()) as Record<string, never>)
  }
  world.signals.emit('SIGTERM')
  expect(await ended).toBe(0)
  return answers
}

const SERIES = `{ slice(${PERIOD}) { turnover: metric(name: TURNOVER) { value series(grain: DAY) { value } } } }`
const OF_ANN = `{ slice(${PERIOD}, where: { buyer: { eq: "ann@example.com" }, cohort: { in: [OF_ANN] } }) { mine: metric(name: ORDER_COUNT) { value } } }`

describe('what the gateway tells of its own use', () => {
  it('is nothing, to nobody, unless it is asked to', async () => {
    const fetched = vi.spyOn(globalThis, 'fetch')
    await served('', SERIES)
    expect(fetched.mock.calls.map(([address]) => new URL(String(address instanceof Request ? address.url : address)).hostname)).toEqual(['127.0.0.1'])
    expect(heard).toEqual([])
    fetched.mockRestore()
  })

  it('is which metrics are asked, by grain, cohorts and role, also where an answer was kept, and no value, filter or person', async () => {
    await served(`telemetry: { connector: segment, writeKey: key-of-ours, host: '${tool.url}' }`, SERIES, OF_ANN, OF_ANN)
    expect(heard.map(({ method, path, headers }) => [method, path, headers['authorization']])).toEqual([['POST', '/v1/batch', `Basic ${Buffer.from('key-of-ours:').toString('base64')}`]])
    const body = String(heard[0]?.body)
    const { batch } = JSON.parse(body) as { readonly batch: readonly { readonly type: string; readonly event: string; readonly properties: object; readonly context: object }[] }
    expect(batch.map(({ properties }) => properties)).toEqual(
      expect.arrayContaining([
        { metric: 'turnover', grain: null, cohorts: 0, role: expect.any(String), times: 1 },
        { metric: 'turnover', grain: 'day', cohorts: 0, role: expect.any(String), times: 1 },
        { metric: 'order_count', grain: null, cohorts: 1, role: expect.any(String), times: 2 },
      ]),
    )
    expect(batch).toHaveLength(3)
    expect(batch.every(({ type, event }) => type === 'track' && event === 'KPIQL Metric Asked')).toBe(true)
    expect(batch[0]?.context).toEqual({ library: { name: '@segment/analytics-node', version: expect.any(String) } })
    for (const secret of ['ann@example.com', 'of_ann', 'OF_ANN', 'buyer', '2026-05', 'mine']) expect(body).not.toContain(secret)
  })

  it('goes to Mixpanel as well, and fails no request where it is refused, or where nobody listens', async () => {
    reply = { json: { status: 0, error: 'token, missing or empty' } }
    const [refused] = await served(`telemetry: { connector: mixpanel, token: project-token, host: '${tool.url}' }`, SERIES)
    expect(refused).toMatchObject({ data: { slice: { turnover: { value: 30 } } } })
    expect(heard.map(({ path, query }) => [path, query.get('verbose')])).toEqual([['/track', '1']])
    const events = JSON.parse(String(heard[0]?.body)) as readonly { readonly event: string; readonly properties: object }[]
    expect(events.map(({ properties }) => properties)).toEqual(expect.arrayContaining([expect.objectContaining({ token: 'project-token', distinct_id: 'kpiql-gateway', metric: 'turnover', grain: 'day' })]))
    expect(world.written.err).toContain('could not be told')
    expect(world.written.err).not.toContain('project-token')
    const [unheard] = await served("telemetry: { connector: segment, writeKey: key-of-ours, host: 'http://127.0.0.1:1' }", SERIES)
    expect(unheard).toMatchObject({ data: { slice: { turnover: { value: 30 } } } })
  }, 30_000)

  it('is counted together, bounded, and lost where it does not arrive', async () => {
    const sent: UsageCount[][] = []
    let fails = true
    const report = reportUsage({
      target: {
        tool: 'Test',
        send: async (counts) => {
          if (fails) throw new Error('Not now.')
          sent.push([...counts])
        },
      },
      now: () => 0,
      log: silentLog,
      everyMs: 5,
    })
    report.asked([{ metric: 'lost', grain: null, cohorts: 0 }], null)
    await new Promise((resolve) => setTimeout(resolve, 50))
    fails = false
    for (let count = 0; count < 3000; count++) report.asked([{ metric: `m${count % 1500}`, grain: null, cohorts: 0 }], 'viewer')
    await report.close()
    expect(sent.flat()).toHaveLength(1000)
    expect(sent.flat()[0]).toEqual({ metric: 'm0', grain: null, cohorts: 0, role: 'viewer', times: 2 })
  })

  it('is refused in the configuration without its key', async () => {
    writeFileSync(join(world.cwd, 'kpiql.config.yml'), 'sources: { shop: { connector: duckdb, folder: ./data } }\nmodel: ./kpiql.yml\ntelemetry: { connector: segment }\n')
    expect(await world.run('check')).toBe(1)
    expect(world.written.out).toContain('writeKey')
  })
})
