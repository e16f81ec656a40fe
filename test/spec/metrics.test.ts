import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createLog } from '../../src/base/log.ts'
import { openGateway } from '../../src/cli/open-gateway.ts'
import { readSetup } from '../../src/cli/read-setup.ts'
import { createApp } from '../../src/http/app.ts'
import type { KpiqlApp } from '../../src/http/app.ts'
import { createMetrics } from '../../src/http/metrics.ts'
import type { Metrics } from '../../src/http/metrics.ts'
import { recordedWorld, settings } from './recorded-world.ts'
import type { RecordedWorld } from './recorded-world.ts'

const silent = createLog({ level: 'silent', format: 'json', write() {} })
let world: RecordedWorld
let metrics: Metrics
let app: KpiqlApp
let close: () => Promise<void>
beforeEach(async () => {
  world = await recordedWorld()
  metrics = createMetrics()
  const gateway = await openGateway({ ...(await readSetup({}, world.world)), stateFolder: `${world.world.cwd}/measured` }, world.world, silent, null, metrics.telemetry)
  app = await createApp(gateway, { ...settings, telemetry: metrics.telemetry, metrics: { ...metrics, open: false } }, silent)
  close = () => gateway.close()
})
afterEach(async () => {
  await app.stop(0)
  await close()
  await world.stop()
  world.world.remove()
})

const ask = (query: string) => app.fastify.inject({ method: 'POST', url: '/graphql', headers: { 'content-type': 'application/json' }, payload: JSON.stringify({ query }) })
const joined = (end: string) => `{ slice(period: { between: { start: "2026-01-01", end: "${end}" } }) { metric(name: JOINED) { value } } }`

/** The value of one line of `/metrics`; null where there is none. */
async function figure(name: string, labels: Readonly<Record<string, string>> = {}): Promise<number | null> {
  const { body } = await app.fastify.inject('/metrics')
  for (const line of body.split('\n')) {
    const [, found, inside, value] = /^(\w+)(?:\{(.*)\})? (\S+)$/.exec(line) ?? []
    if (found !== name) continue
    const given = Object.fromEntries([...(inside ?? '').matchAll(/(\w+)="([^"]*)"/g)].map(([, label, text]) => [label, text]))
    if (Object.entries(labels).every(([label, text]) => given[label] === text)) return Number(value)
  }
  return null
}

describe('/metrics', () => {
  it('is text for Prometheus, of the process too', async () => {
    const answer = await app.fastify.inject('/metrics')
    expect([answer.statusCode, answer.headers['content-type'], answer.headers['cache-control']]).toEqual([200, expect.stringMatching(/^text\/plain; version=0\.0\.4/), 'no-store'])
    for (const name of ['process_resident_memory_bytes', 'process_cpu_seconds_total', 'nodejs_eventloop_lag_seconds']) expect([name, (await figure(name)) !== null]).toEqual([name, true])
  })

  it('counts requests by route and status, and how long they took', async () => {
    await ask(joined('2026-02-01'))
    await ask('{')
    await app.fastify.inject('/nowhere/bob@example.com')
    expect(await figure('kpiql_http_requests_total', { route: '/graphql', status: '200' })).toBe(1)
    expect(await figure('kpiql_http_requests_total', { route: '/graphql', status: '400' })).toBe(1)
    expect(await figure('kpiql_http_requests_total', { route: 'unknown', status: '404' })).toBe(1)
    expect(await figure('kpiql_http_request_duration_seconds_count', { route: '/graphql' })).toBe(2)
  })

  it('counts scans and the rows they read by source, and what the caches found', async () => {
    await ask(joined('2026-02-01'))
    expect(await figure('kpiql_scan_duration_seconds_count', { source: 'main' })).toBe(1)
    expect(await figure('kpiql_rows_read_total', { source: 'main' })).toBe(3)
    expect([await figure('kpiql_cache_hits_total', { level: 'memory' }), await figure('kpiql_cache_misses_total', { level: 'memory' })]).toEqual([null, 1])
    expect(await figure('kpiql_cache_entries', { level: 'memory' })).toBe(1)
    expect(await figure('kpiql_cache_bytes', { level: 'memory' })).toBeGreaterThan(0)

    // Other words for the same question, then the same words: whole answers are kept from their second time on.
    await ask(`query Again ${joined('2026-02-01')}`)
    expect(await figure('kpiql_cache_hits_total', { level: 'memory' })).toBe(1)
    for (let time = 0; time < 2; time++) {
      expect(await figure('kpiql_cache_hits_total', { level: 'answers' })).toBe(null)
      await ask(joined('2026-02-01'))
    }
    expect(await figure('kpiql_cache_hits_total', { level: 'answers' })).toBe(1)
    expect(await figure('kpiql_scan_duration_seconds_count', { source: 'main' })).toBe(1)
  })

  it('counts errors in answers by code', async () => {
    await ask('{ nope }')
    await ask('{ slice(period: { between: { start: "2026-02-01", end: "2026-01-01" } }) { key } }')
    expect(await figure('kpiql_graphql_errors_total', { code: 'GRAPHQL_VALIDATION_FAILED' })).toBe(1)
    expect(await figure('kpiql_graphql_errors_total', { code: 'INVALID_PERIOD' })).toBe(1)
  })

  it('tells what a source is told to be, and what waits for it', async () => {
    expect(await figure('kpiql_source_up', { source: 'main' })).toBe(1)
    metrics.telemetry.sourceState('main', 'open')
    metrics.telemetry.queueLength('main', 4)
    metrics.telemetry.scanDone('main', 12, null, 'SOURCE_UNAVAILABLE')
    expect([await figure('kpiql_source_up', { source: 'main' }), await figure('kpiql_source_queue_length', { source: 'main' }), await figure('kpiql_source_errors_total', { source: 'main', code: 'SOURCE_UNAVAILABLE' })]).toEqual([0, 4, 1])
    metrics.telemetry.sourceState('main', 'half_open')
    expect(await figure('kpiql_source_up', { source: 'main' })).toBe(0)
    metrics.telemetry.sourceState('main', 'closed')
    expect(await figure('kpiql_source_up', { source: 'main' })).toBe(1)
  })

  it('tells which rollups are read, and how far a build is', async () => {
    metrics.telemetry.rollupStands('main', 'daily', false, 0.25)
    expect([await figure('kpiql_rollup_ready', { rollup: 'daily' }), await figure('kpiql_rollup_build_progress', { rollup: 'daily' })]).toEqual([0, 0.25])
    metrics.telemetry.rollupStands('main', 'daily', true, null)
    expect([await figure('kpiql_rollup_ready', { rollup: 'daily' }), await figure('kpiql_rollup_build_progress', { rollup: 'daily' })]).toEqual([1, 1])
  })

  it('holds nothing that a caller wrote, and no more lines however much is asked', async () => {
    await ask(joined('2026-02-01'))
    await ask('{ nope }')
    metrics.telemetry.graphqlError('SOME_OTHER')
    for (const url of ['/a', '/metrics']) await app.fastify.inject(url)
    await app.fastify.inject({ method: 'PATCH', url: '/graphql' })
    const before = (await app.fastify.inject('/metrics')).body
    const lines = (body: string): number => body.split('\n').filter((line) => line.startsWith('kpiql_')).length
    for (let index = 0; index < 50; index++) {
      await ask(`query Secret${index} { secretField${index}: __typename nope${index} }`)
      await app.fastify.inject(`/secret/${index}`)
      await app.fastify.inject({ method: 'PATCH', url: `/graphql?secret=${index}` })
      metrics.telemetry.graphqlError(`SECRET_${index}`)
    }
    const after = (await app.fastify.inject('/metrics')).body
    expect(lines(after)).toBe(lines(before))
    expect(after.toLowerCase()).not.toContain('secret')
  })
})
