import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { LandingTable, OpenLanding } from '../../connectors/landing-contract.ts'
import { rowsOf } from '../../connectors/landing-conformance.ts'
import { openLanding } from '../../connectors/duckdb/open-landing.ts'
import type { QuerySource } from '../../connectors/contract.ts'
import { createAnalytics } from '../../src/answer/analytics.ts'
import type { AnalyticsSession, MetricAnswer } from '../../src/answer/types.ts'
import { fixedClock } from '../../src/base/clock.ts'
import { silentLog } from '../../src/base/log.ts'
import { noTelemetry } from '../../src/base/telemetry.ts'
import { guardOptions } from '../../src/sources/guard-options.ts'
import { guardSource } from '../../src/sources/guard-source.ts'
import { asked } from '../oracle/compare-answers.ts'
import { modelOf } from './schema-world.ts'

const NOW = Date.UTC(2026, 5, 1)
const model = modelOf(`
semantic_models:
  - { name: orders, source: synced, table: shop_orders, agg_time_dimension: ordered_on, entities: [{ name: order, type: primary, expr: id }], dimensions: [{ name: ordered_on, type: time, expr: day, granularity: day }] }
  - { name: returns, source: synced, table: shop_returns, agg_time_dimension: returned_on, dimensions: [{ name: returned_on, type: time, expr: day, granularity: day }] }
metrics:
  - { name: orders, type: simple, semantic_model: orders, agg: count }
  - { name: returns, type: simple, semantic_model: returns, agg: count }
`)
const tableOf = (name: string): LandingTable => ({ name, key: ['id'], columns: [{ name: 'id', kind: 'integer', scale: 0 }, { name: 'day', kind: 'date', scale: 0 }] })
const TABLES = [tableOf('shop_orders'), tableOf('shop_returns')]

let place: OpenLanding
let count: number
beforeEach(async () => {
  place = openLanding('synced', { memoryLimit: '256MB', threads: 1 }, { log: silentLog, stateFolder: '' })
  count = 0
  await grow()
})
afterEach(() => place.source.close())

/** One more row in both tables, by one commit. */
async function grow(): Promise<void> {
  count++
  await place.landing.commit({
    source: 'shop',
    stream: 'all',
    tables: TABLES,
    writes: TABLES.map((table) => ({ kind: 'upsert', table: table.name, rows: rowsOf(table, [[BigInt(count), '2026-05-05']]) })),
    quarantined: [],
    state: { cursor: count, generation: 1, isWhole: true, completeUntilUtcMs: NOW, committedUtcMs: NOW },
    sweeps: false,
  })
}

/** A session over the landing, into which something is committed just before so many of its statements. */
function session(commits: number): AnalyticsSession {
  const { source } = place
  let left = commits
  const moving: QuerySource = Object.create(source, {
    query: {
      value: async (...args: Parameters<QuerySource['query']>) => {
        if (left-- > 0) await grow()
        return source.query(...args)
      },
    },
    dataVersion: { value: source.dataVersion.bind(source) },
    statistics: { value: source.statistics.bind(source) },
    discover: { value: source.discover.bind(source) },
    watermark: { value: source.watermark.bind(source) },
  }) as QuerySource
  const guarded = guardSource(moving, guardOptions.parse({}), { telemetry: noTelemetry, log: silentLog })
  return createAnalytics({ model, sources: new Map([['synced', { source: guarded, connector: 'duckdb', nowUtcMs: NOW }]]), cacheBytes: 1_000_000, clock: fixedClock(NOW), maxGroups: 1000, maxRowsScanned: null }).session({ freshness: 'CACHED_OK', signal: new AbortController().signal })
}

const counted = (metric: string) => asked({ metric, predicate: { kind: 'all' }, zone: 'UTC', start: '2026-05-01', end: '2026-06-01', grain: null, by: [] }, model.calendar, NOW)
const valueOf = ({ groups }: MetricAnswer): unknown => groups[0]?.cells[0]?.value

describe('data that moves while it is read', () => {
  it('is read anew: all questions of a tick are answered from one version, the new one', async () => {
    for (const commits of [0, 1, 2, 3]) {
      const asking = session(commits)
      const answers = await Promise.all([asking.metric(counted('orders')), asking.metric(counted('returns'))])
      const [orders, returns] = answers.map(valueOf)
      expect([orders, returns]).toEqual([count, count])
      expect(new Set(answers.map(({ provenance }) => provenance.dataVersions['synced'])).size).toBe(1)
      // What may be of two versions is not kept whole.
      expect(asking.hasFailed).toBe(commits > 0)
    }
  })

  it('is read anew by what asks with statements of its own, too', async () => {
    const asking = session(1)
    const { totalCount } = await asking.members({ entity: 'order', predicate: { kind: 'all' }, period: counted('orders').period, first: 10, after: null } as never)
    expect(totalCount).toBe(count)
  })

  it('that moves before every statement is told as that, in the end', async () => {
    await expect(session(Number.POSITIVE_INFINITY).metric(counted('orders'))).rejects.toMatchObject({ code: 'SOURCE_BUSY', data: { changed: true } })
  })
})
