import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { QuerySource } from '../../connectors/contract.ts'
import duckdb from '../../connectors/duckdb/index.ts'
import { DEMO_DEFAULTS, generateDemo } from '../../demo/generate.ts'
import { createAnalytics } from '../../src/answer/analytics.ts'
import type { Analytics, AnalyticsSession, Cell } from '../../src/answer/types.ts'
import { fixedClock } from '../../src/base/clock.ts'
import { resolvePeriod } from '../../src/base/period.ts'
import { DEFAULT_READ_OPTIONS } from '../../src/base/read-options.ts'
import type { ReadOptions } from '../../src/base/read-options.ts'
import { DEMO_PACKS } from '../../src/cli/data-folder.ts'
import { loadModel } from '../../src/model/load-model.ts'
import { readModelFiles } from '../../src/model/read-model-files.ts'
import type { Framework, Model } from '../../src/model/types.ts'

const NOW = '2026-07-01'
const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined }

let room: string
let source: QuerySource
let model: Model
let analytics: Analytics
let instance: DuckDBInstance
let sql: DuckDBConnection

beforeAll(async () => {
  room = await mkdtemp(join(tmpdir(), 'kpiql-demo-metrics-'))
  const folder = join(room, 'company')
  await generateDemo({ ...DEMO_DEFAULTS, customers: 1500, events: 80_000, out: folder })
  const loaded = loadModel(await readModelFiles(DEMO_PACKS.map((pack) => fileURLToPath(new URL(`../../models/${pack}.yml`, import.meta.url)))), { source: 'demo' })
  if (!loaded.ok) throw new Error(loaded.problems.map(({ message }) => message).join('\n'))
  model = loaded.model
  const tables = new Map<string, ReadOptions>()
  for (const { source: name, relation, read } of model.semanticModels.values()) {
    if (name === 'demo' && 'table' in relation && (read !== null || !tables.has(relation.table))) tables.set(relation.table, read ?? DEFAULT_READ_OPTIONS)
  }
  const options = duckdb.options.parse({ folder, tables: [...tables].map(([name, read]) => ({ name, read })), now: NOW })
  source = duckdb.open('demo', options, { log: silent, stateFolder: join(room, 'state') })
  analytics = createAnalytics({ model, sources: new Map([['demo', { source, connector: 'duckdb', nowUtcMs: Date.parse(NOW) }]]), cacheBytes: 1_000_000, clock: fixedClock(Date.parse(NOW)), maxGroups: 10_000 })
  instance = await DuckDBInstance.create(':memory:', { threads: '2' })
  sql = await instance.connect()
  await sql.run(`SET TimeZone = 'UTC'`)
  for (const table of tables.keys()) await sql.run(`CREATE VIEW ${table} AS FROM '${folder}/${table}.parquet'`)
})

afterAll(async () => {
  await source.close()
  sql.closeSync()
  instance.closeSync()
  await rm(room, { recursive: true })
})

const session = (): AnalyticsSession => analytics.session({ freshness: 'NO_CACHE', signal: new AbortController().signal })

/** The cells of a metric from a day on to the present, by month. */
async function cellsOf(metric: string, start: string, { cohort, of = session() }: { readonly cohort?: string; readonly of?: AnalyticsSession } = {}): Promise<readonly Cell[]> {
  const period = resolvePeriod({ between: { start, end: NOW } }, { zone: 'UTC', nowUtcMs: Date.parse(NOW), calendar: model.calendar })
  const { groups } = await of.metric({ metric, predicate: cohort === undefined ? { kind: 'all' } : { kind: 'cohort', cohort }, period, grain: 'month', by: [] })
  return groups[0]?.cells ?? []
}

/** One number by plain SQL over the files. */
async function plain(text: string): Promise<number> {
  return Number((await sql.runAndReadAll(text)).getRows()[0]?.[0])
}

describe('metrics of the demo company', () => {
  it('all have a value for its last full month, from data and without assumptions', async () => {
    const shown = [...model.metrics.values()].filter(({ benchmark }) => benchmark !== null)
    expect(shown.length).toBeGreaterThanOrEqual(49)
    const one = session()
    const answers = await Promise.all(shown.map(async ({ name }) => [name, await cellsOf(name, '2026-06-01', { of: one })] as const))
    for (const [name, [cell]] of answers) expect(cell, name).toMatchObject({ value: expect.any(Number) as number, quality: 'ACTUAL', reason: null, assumptions: [] })
  })

  it.each(['AARRR', 'HEART'] as const)('fill the board %s for twelve months and three cohorts in at most two statements a semantic model', async (board: Framework) => {
    const metrics = [...model.metrics.values()].filter(({ frameworks }) => frameworks[board] !== undefined)
    const one = session()
    await Promise.all(metrics.flatMap(({ name }) => [undefined, 'enterprise', 'smb', 'acquired_organically'].map((cohort) => cellsOf(name, '2025-07-01', { of: one, ...(cohort === undefined ? {} : { cohort }) }))))
    // AARRR: subscriptions as a stock and followed by customer; payments, costs, visits, first visits with those who paid, surveys, onboarding.
    // HEART: subscriptions, actives of events, different users of the audience, first visits, surveys added up, onboarding.
    expect(one.stats.scans).toBeLessThanOrEqual(8)
  })
})

describe('standard metrics agree with plain SQL over the demo company', () => {
  it('on customers, whether counted as a stock or followed day by day', async () => {
    for (const cohort of [undefined, 'enterprise', 'startup']) {
      const [stock, followed] = await Promise.all(['active_customers', 'customers_at_end'].map((metric) => cellsOf(metric, '2025-07-01', cohort === undefined ? {} : { cohort })))
      expect(followed?.map(({ exact }) => exact)).toEqual(stock?.map(({ exact }) => exact))
      const [mrr, end] = await Promise.all(['mrr', 'mrr_at_end'].map((metric) => cellsOf(metric, '2025-07-01', cohort === undefined ? {} : { cohort })))
      expect(end?.map(({ exact }) => exact)).toEqual(mrr?.map(({ exact }) => exact))
    }
    const [june] = await cellsOf('active_customers', '2026-06-01')
    expect(june?.value).toBe(await plain(`SELECT count(DISTINCT customer_id) FROM subscriptions WHERE start_date < DATE '2026-07-01' AND (end_date IS NULL OR end_date >= DATE '2026-07-01')`))
  })

  it('on trials, visitors and users who convert', async () => {
    const [trials] = await cellsOf('trial_conversion_rate', '2026-06-01')
    expect(trials?.value).toBeCloseTo(await plain(`SELECT 100 * avg((converted_at IS NOT NULL)::INTEGER) FROM trials WHERE started_at >= DATE '2026-06-01'`), 9)
    const [visitors] = await cellsOf('conversion_rate', '2026-02-01')
    expect(visitors?.value).toBeCloseTo(
      await plain(`
        WITH first AS (SELECT visitor_id, min(ts) AS ts, max(customer_id) AS customer_id FROM visits GROUP BY 1), paid AS (SELECT customer_id, min(start_date) AS day FROM subscriptions GROUP BY 1)
        SELECT 100 * count(*) FILTER (day >= ts::DATE AND day < ts::DATE + 90) / count(*) FROM first LEFT JOIN paid USING (customer_id) WHERE ts >= DATE '2026-02-01' AND ts < DATE '2026-03-01'`),
      9,
    )
    const perUser = `SELECT min(ts) FILTER (event IN ('signed_up', 'member_joined')) AS joined, min(ts) FILTER (event = 'feature_used') AS used FROM events GROUP BY user_id`
    const [activated] = await cellsOf('activation_rate', '2026-05-01')
    expect(activated?.value).toBeCloseTo(await plain(`SELECT 100 * count(*) FILTER (used < joined + INTERVAL 7 DAY) / count(*) FROM (${perUser}) WHERE joined >= DATE '2026-05-01' AND joined < DATE '2026-06-01'`), 9)
    const [value] = await cellsOf('time_to_value', '2026-05-01')
    expect(value?.value).toBeCloseTo(await plain(`SELECT median(epoch(used) - epoch(joined)) FROM (${perUser}) WHERE joined >= DATE '2026-05-01' AND joined < DATE '2026-06-01'`), 6)
  })

  it('on the growth that customers and their referrals earned', async () => {
    const at = (day: string) => `SELECT customer_id, sum(monthly_price) AS mrr FROM subscriptions WHERE start_date < DATE '${day}' AND (end_date IS NULL OR end_date >= DATE '${day}') GROUP BY 1`
    const [earned] = await cellsOf('egr', '2026-06-01')
    expect(earned?.value).toBeCloseTo(
      await plain(`
        SELECT 100 * (coalesce(sum(now.mrr) FILTER (past.mrr IS NOT NULL), 0) + coalesce(sum(now.mrr) FILTER (past.mrr IS NULL AND acquisition_channel = 'Referral'), 0)) / sum(past.mrr) - 100
        FROM customers LEFT JOIN (${at('2026-07-01')}) AS now USING (customer_id) LEFT JOIN (${at('2025-07-01')}) AS past USING (customer_id)`),
      6,
    )
  })
})
