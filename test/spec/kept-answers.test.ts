import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { createApp } from '../../src/http/app.ts'
import type { KpiqlApp } from '../../src/http/app.ts'
import type { HttpSettings } from '../../src/http/served.ts'
import { openGateway } from '../../src/cli/open-gateway.ts'
import type { Gateway } from '../../src/cli/open-gateway.ts'
import { readSetup } from '../../src/cli/read-setup.ts'
import { silentLog } from '../../src/base/log.ts'
import { noTelemetry } from '../../src/base/telemetry.ts'
import { formatError } from '../../schema/format-error.ts'
import { testWorld } from './cli-world.ts'

const FIXTURE = join(import.meta.dirname, '../fixtures/small-saas')
const TABLES = ['customers', 'subscriptions', 'payments', 'costs']
const PERIOD = '{ between: { start: "2025-01-01", end: "2025-05-01" } }'
const REVENUE = `{ slice(period: ${PERIOD}) { metric(name: REVENUE) { exact } } }`

const settings: HttpSettings = {
  access: { anonymous: 'loopback', adminKey: null },
  telemetry: noTelemetry,
  metrics: null,
  deadlineMs: 10_000,
  bodyLimitBytes: 100_000,
  keptAnswersBytes: 1_000_000,
  corsOrigins: [],
  introspection: true,
  landing: false,
  landingDocument: null,
  explorerFolder: null,
  limits: { maxDepth: 25, maxFields: 2_000, maxAliases: 500, maxTokens: 10_000 },
  requestTimeoutMs: 10_000,
  headersTimeoutMs: 10_000,
  formatError,
}

const world = testWorld()
const folder = join(world.cwd, 'saas')
let gateway: Gateway
let app: KpiqlApp

beforeAll(async () => {
  mkdirSync(folder)
  for (const table of TABLES) writeFileSync(join(folder, `${table}.csv`), readFileSync(join(FIXTURE, `${table}.csv`)))
  gateway = await openGateway(await readSetup({ data: folder }, world), world, silentLog)
  app = await createApp(gateway, settings, silentLog)
  // An answer made while a source is looked at for the first time may be put together without it, and is not kept then.
  await gateway.analytics.sources()
})
afterEach(() => {
  for (const table of TABLES) writeFileSync(join(folder, `${table}.csv`), readFileSync(join(FIXTURE, `${table}.csv`)))
})
afterAll(async () => {
  await app.stop(0)
  await gateway.close()
  world.remove()
})

async function ask(query: string, headers: Record<string, string> = {}) {
  const answer = await app.fastify.inject({ method: 'POST', url: '/graphql', headers: { 'content-type': 'application/json', ...headers }, payload: JSON.stringify({ query }) })
  const body = answer.json<{ data: { slice: { metric: { exact: string } } }; extensions: { kpiql: { requestId: string; cacheHits: number; cacheMisses: number; planningMs: number } } }>()
  return { ...body, type: answer.headers['content-type'], cost: body.extensions.kpiql }
}

/** A whole answer found costs no planning at all; one put together again from what is cached costs some. */
function wasKept({ cost }: { cost: { planningMs: number; cacheMisses: number } }): boolean {
  return cost.planningMs === 0 && cost.cacheMisses === 0
}

describe('an answer asked again word for word', () => {
  it('is the same, with a request id of its own, and says that nothing was read', async () => {
    const first = await ask(REVENUE)
    const second = await ask(REVENUE)
    expect(first.data.slice.metric.exact).toBe('1125.47')
    expect(second.data).toEqual(first.data)
    expect(second.type).toBe(first.type)
    expect(wasKept(second)).toBe(true)
    expect(second.cost.cacheHits).toBeGreaterThan(0)
    expect(second.cost.requestId).not.toBe(first.cost.requestId)
  })

  it('is not served once the data has moved', async () => {
    await ask(REVENUE)
    const payments = join(folder, 'payments.csv')
    writeFileSync(payments, `${readFileSync(payments, 'utf8').trimEnd()}\np99,c1,2025-04-20,10.00,Success\n`)
    // Looks at the files now; whoever asks after it sees the new version, also without looking.
    await ask(`{ slice(period: ${PERIOD}, freshness: REVALIDATE) { metric(name: REVENUE) { exact } } }`)
    expect((await ask(REVENUE)).data.slice.metric.exact).toBe('1135.47')
  })

  it('is made anew when it asks for no cache, tells of sources, or failed', async () => {
    const fresh = `{ slice(period: ${PERIOD}, freshness: NO_CACHE) { metric(name: REVENUE) { exact } } }`
    const catalog = `{ catalog { sources { name ok } } slice(period: ${PERIOD}) { metric(name: MRR) { exact } } }`
    const failing = `{ slice(period: { between: { start: "2025-05-01", end: "2025-01-01" } }) { metric(name: REVENUE) { exact } } other: slice(period: ${PERIOD}) { metric(name: ARR) { exact } } }`
    for (const query of [fresh, catalog, failing]) {
      await ask(query)
      expect(wasKept(await ask(query))).toBe(false)
    }
  })

  it('goes the whole way for clients that want another media type', async () => {
    await ask(REVENUE)
    expect(wasKept(await ask(REVENUE, { accept: 'application/graphql-response+json' }))).toBe(false)
  })
})
