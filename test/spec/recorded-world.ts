import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { silentLog } from '../../src/base/log.ts'
import { noTelemetry } from '../../src/base/telemetry.ts'
import { openGateway } from '../../src/cli/open-gateway.ts'
import type { Gateway } from '../../src/cli/open-gateway.ts'
import { readSetup } from '../../src/cli/read-setup.ts'
import { createApp } from '../../src/http/app.ts'
import type { KpiqlApp } from '../../src/http/app.ts'
import type { HttpSettings } from '../../src/http/served.ts'
import { servedSettings } from '../fixtures/served-world.ts'
import { testWorld } from './cli-world.ts'
import type { TestWorld } from './cli-world.ts'

const MODEL = `
semantic_models:
  - name: customers
    source: main
    table: customers
    agg_time_dimension: joined_on
    entities:
      - { name: customer, type: primary, expr: customer_id }
    dimensions:
      - { name: joined_on, type: time, granularity: day }
      - { name: tier, type: categorical }
  - name: spent
    source: kpiql
    table: recorded_costs
    agg_time_dimension: spent_on
    entities:
      - { name: spending, type: primary, expr: id }
    dimensions:
      - { name: spent_on, type: time, granularity: day, expr: date }
      - { name: cost_type, type: categorical, expr: type }
      - { name: cost_channel, type: categorical, expr: channel }
      - { name: cost_currency, type: categorical, expr: currency }
  - name: earned
    source: kpiql
    table: recorded_revenue
    agg_time_dimension: earned_on
    entities:
      - { name: earning, type: primary, expr: id }
      - { name: customer, type: foreign, expr: customer_id }
    dimensions:
      - { name: earned_on, type: time, granularity: day, expr: date }
      - { name: revenue_type, type: categorical, expr: type }
metrics:
  - { name: spend, type: simple, semantic_model: spent, agg: sum, expr: amount, unit: currency, currency: EUR }
  - { name: earnings, type: simple, semantic_model: earned, agg: sum, expr: amount, unit: currency, currency: EUR }
  - { name: joined, type: simple, semantic_model: customers, agg: count }
cohorts:
  - { name: gold, entity: customer, where: "tier = 'gold'" }
`

const CUSTOMERS = `customer_id,joined_on,tier
c1,2026-01-05,gold
c2,2026-01-20,gold
c3,2026-02-10,basic
`

/** A gateway over HTTP whose model reads three customers from a file, and costs and revenue from the store. */
export interface RecordedWorld {
  readonly world: TestWorld
  gateway: Gateway
  app: KpiqlApp
  ask(query: string, variables?: Record<string, unknown>): Promise<Answer>
  stop(): Promise<void>
  /** Another gateway over the same files, as another process would have. */
  another(): Promise<RecordedWorld>
}

export interface Answer {
  readonly data: unknown
  readonly errors?: readonly { readonly message: string; readonly path?: readonly string[]; readonly extensions: { readonly code: string; readonly hint?: string; readonly fields?: unknown } }[]
  readonly extensions: { readonly kpiql: { readonly planningMs: number; readonly cacheMisses: number; readonly dataVersions?: Record<string, string> } }
}

/** Whole answers found by servers with the settings below. */
export const wholeAnswers = { found: 0 }

export const settings: HttpSettings = {
  ...servedSettings,
  telemetry: { ...noTelemetry, cacheLooked: (level, found) => void (wholeAnswers.found += level === 'answers' ? found : 0) },
  bodyLimitBytes: 2_000_000,
}

/** What stands at a path of field names in an answer; undefined where nothing does. */
export function at({ data }: Answer, ...path: readonly (string | number)[]): unknown {
  return path.reduce<unknown>((holder, step) => (typeof holder === 'object' && holder !== null ? Reflect.get(holder, step) : undefined), data)
}

export async function recordedWorld(): Promise<RecordedWorld> {
  const world = testWorld()
  mkdirSync(join(world.cwd, 'data'))
  writeFileSync(join(world.cwd, 'data', 'customers.csv'), CUSTOMERS)
  writeFileSync(join(world.cwd, 'model.yml'), MODEL)
  writeFileSync(join(world.cwd, 'kpiql.config.yml'), 'model: model.yml\nsources: { main: { connector: duckdb, folder: ./data, now: 2026-04-01 } }\n')
  return open(world, '.kpiql')
}

async function open(world: TestWorld, stateFolder: string): Promise<RecordedWorld> {
  const setup = await readSetup({}, world)
  const gateway = await openGateway({ ...setup, stateFolder: join(world.cwd, stateFolder) }, world, silentLog)
  const app = await createApp(gateway, settings, silentLog)
  const opened: RecordedWorld = {
    world,
    gateway,
    app,
    async ask(query, variables) {
      const answer = await app.fastify.inject({ method: 'POST', url: '/graphql', headers: { 'content-type': 'application/json' }, payload: JSON.stringify({ query, variables }) })
      return answer.json<Answer>()
    },
    async stop() {
      await app.stop(0)
      await opened.gateway.close()
    },
    another: () => open(world, 'beside'),
  }
  return opened
}
