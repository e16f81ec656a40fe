import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Statement } from '../../connectors/contract.ts'
import { openLanding } from '../../connectors/duckdb/open-landing.ts'
import { rowsOf } from '../../connectors/landing-conformance.ts'
import type { LandingTable, OpenLanding } from '../../connectors/landing-contract.ts'
import { createAnalytics } from '../../src/answer/analytics.ts'
import type { Analytics } from '../../src/answer/types.ts'
import { resolvePeriod } from '../../src/base/period.ts'
import type { PeriodAsk } from '../../src/base/period.ts'
import type { Grain } from '../../src/base/grain.ts'
import { silentLog } from '../../src/base/log.ts'
import { modelOf } from './schema-world.ts'

// A shop that sells one order of 10 on every day from 1 March 2026 on; every third comes from FR, the others from DE.
const TABLE: LandingTable = { name: 'shop_orders', key: ['id'], columns: [{ name: 'id', kind: 'integer', scale: 0 }, { name: 'day', kind: 'date', scale: 0 }, { name: 'country', kind: 'text', scale: 0 }, { name: 'amount', kind: 'decimal', scale: 2 }] }
const MODEL = modelOf(`
semantic_models:
  - { name: orders, source: synced, table: shop_orders, agg_time_dimension: ordered_on, entities: [{ name: order, type: primary, expr: id }], dimensions: [{ name: ordered_on, type: time, expr: day, granularity: day }, { name: country, type: categorical }] }
metrics:
  - { name: revenue, type: simple, semantic_model: orders, agg: sum, expr: amount, unit: currency, currency: EUR }
  - { name: countries, type: simple, semantic_model: orders, agg: count_distinct, expr: country }
  - { name: typical, type: simple, semantic_model: orders, agg: median, expr: amount }
`)
const DAY_MS = 86_400_000
const FIRST = Date.UTC(2026, 2, 1)

let folder: string
let place: OpenLanding
let analytics: Analytics
let nowUtcMs: number
let statements: Statement[]

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'kpiql-refresh-'))
  place = openLanding('synced', { memoryLimit: '256MB', threads: 1 }, { log: silentLog, stateFolder: folder })
  nowUtcMs = Date.UTC(2026, 4, 10, 12)
  await sellUpTo(0, 70)
  statements = []
  const query = place.source.query.bind(place.source)
  place.source.query = (statement, options) => {
    statements.push(statement)
    return query(statement, options)
  }
  analytics = createAnalytics({ model: MODEL, sources: new Map([['synced', { source: place.source, connector: 'duckdb', nowUtcMs: null }]]), cacheBytes: 10_000_000, clock: { nowMs: () => nowUtcMs }, maxGroups: 1000 })
})
afterEach(async () => {
  await place.source.close()
  rmSync(folder, { recursive: true, force: true })
})

/** One order each on days `from` (inclusive) to `to` (exclusive), counted from the first of March. */
async function sellUpTo(from: number, to: number): Promise<void> {
  const rows = Array.from({ length: to - from }, (_, index) => [BigInt(from + index), new Date(FIRST + (from + index) * DAY_MS).toISOString().slice(0, 10), (from + index) % 3 === 0 ? 'FR' : 'DE', '10.00'])
  await place.landing.commit({
    source: 'shop',
    stream: 'all',
    tables: [TABLE],
    writes: [{ kind: 'upsert', table: TABLE.name, rows: rowsOf(TABLE, rows) }],
    quarantined: [],
    state: { cursor: to, generation: 1, isWhole: true, completeUntilUtcMs: nowUtcMs, committedUtcMs: nowUtcMs },
    sweeps: false,
  })
}

/** Values of a question, and the earliest day that any of its statements names; null where there was none. */
async function ask(metric: string, period: PeriodAsk, grain: Grain | null, by: readonly string[] = []): Promise<{ readonly values: readonly (number | null)[]; readonly readFrom: string | null }> {
  statements = []
  const session = analytics.session({ freshness: 'REVALIDATE', signal: new AbortController().signal })
  const resolved = resolvePeriod(period, { nowUtcMs, zone: 'UTC', calendar: MODEL.calendar })
  const answer = await session.metric({ metric, predicate: { kind: 'all' }, period: resolved, grain, by: by.map((dimension) => ({ kind: 'dimension', dimension })) })
  const days = statements.flatMap(({ params }) => params.flatMap(({ type, value }) => (type === 'date' ? [String(value)] : [])))
  return { values: answer.groups.flatMap(({ cells }) => cells.map(({ value }) => value)), readFrom: days.toSorted()[0] ?? null }
}

const THREE_MONTHS: PeriodAsk = { last: { count: 3, unit: 'month', includeCurrent: true } }

describe('questions up to the present', () => {
  it('asked again a minute later read today alone', async () => {
    expect(await ask('revenue', THREE_MONTHS, 'month')).toEqual({ values: [310, 300, 90], readFrom: '2026-03-01' })
    nowUtcMs += 60_000
    await sellUpTo(70, 71)
    expect(await ask('revenue', THREE_MONTHS, 'month')).toEqual({ values: [310, 300, 100], readFrom: '2026-05-10' })
  })

  it('read after a day of new rows what was not over before, and no month', async () => {
    await ask('revenue', THREE_MONTHS, 'month')
    await ask('revenue', { preset: 'this_year' }, null, ['country'])
    nowUtcMs += DAY_MS
    await sellUpTo(70, 72)
    expect(await ask('revenue', THREE_MONTHS, 'month')).toEqual({ values: [310, 300, 110], readFrom: '2026-05-10' })
    // Of 72 days 24 are multiples of three.
    expect(await ask('revenue', { preset: 'this_year' }, null, ['country'])).toEqual({ values: [480, 240], readFrom: '2026-05-10' })
  })

  it('of the last so many days keep the days that are over, too', async () => {
    expect((await ask('revenue', { last: { count: 60, unit: 'day', includeCurrent: true } }, null)).values).toEqual([590])
    nowUtcMs += DAY_MS
    await sellUpTo(70, 72)
    expect(await ask('revenue', { last: { count: 60, unit: 'day', includeCurrent: true } }, null)).toEqual({ values: [600], readFrom: '2026-05-10' })
  })

  it('find nothing known of a day in which rows changed', async () => {
    await ask('revenue', THREE_MONTHS, 'month')
    // The order of 4 May is told once more.
    await sellUpTo(64, 65)
    expect(await ask('revenue', THREE_MONTHS, 'month')).toEqual({ values: [310, 300, 90], readFrom: '2026-05-04' })
  })

  it('of what needs all rows at once read their month', async () => {
    await ask('typical', THREE_MONTHS, 'month')
    nowUtcMs += DAY_MS
    await sellUpTo(70, 72)
    expect(await ask('typical', THREE_MONTHS, 'month')).toEqual({ values: [10, 10, 10], readFrom: '2026-05-01' })
  })
})
