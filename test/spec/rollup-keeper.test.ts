import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { QuerySource } from '../../connectors/contract.ts'
import { openLanding } from '../../connectors/duckdb/open-landing.ts'
import { rowsOf } from '../../connectors/landing-conformance.ts'
import type { LandingTable, OpenLanding } from '../../connectors/landing-contract.ts'
import type { RollupBuild } from '../../connectors/rollup-contract.ts'
import { createAnalytics } from '../../src/answer/analytics.ts'
import { RollupRegistry } from '../../src/answer/known-rollups.ts'
import type { Analytics } from '../../src/answer/types.ts'
import { fixedClock } from '../../src/base/clock.ts'
import { KpiqlError } from '../../src/base/errors.ts'
import { silentLog } from '../../src/base/log.ts'
import { noTelemetry } from '../../src/base/telemetry.ts'
import type { Telemetry } from '../../src/base/telemetry.ts'
import { keepRollups } from '../../src/jobs/rollups/rollup-keeper.ts'
import type { RollupKeeper } from '../../src/jobs/rollups/types.ts'
import type { Predicate } from '../../src/model/predicate.ts'
import { asked } from '../oracle/compare-answers.ts'
import { modelOf } from './schema-world.ts'

// A shop that sells on ten days of May: on day d come d orders of 10 each, every other one from DE.
const NOW = Date.UTC(2026, 5, 1)
const TABLE: LandingTable = { name: 'shop_orders', key: ['id'], columns: [{ name: 'id', kind: 'integer', scale: 0 }, { name: 'day', kind: 'date', scale: 0 }, { name: 'country', kind: 'text', scale: 0 }, { name: 'amount', kind: 'decimal', scale: 2 }] }

const modelWith = (rollups: string) =>
  modelOf(`
semantic_models:
  - { name: orders, source: synced, table: shop_orders, agg_time_dimension: ordered_on, entities: [{ name: order, type: primary, expr: id }], dimensions: [{ name: ordered_on, type: time, expr: day, granularity: day }, { name: country, type: categorical }] }
metrics:
  - { name: orders, type: simple, semantic_model: orders, agg: count }
  - { name: revenue, type: simple, semantic_model: orders, agg: sum, expr: amount, unit: currency, currency: EUR }
  - { name: usual, type: simple, semantic_model: orders, agg: median, expr: amount }
${rollups}
`)
const DAILY = 'rollups: [{ name: daily, semantic_model: orders, metrics: [orders, revenue, usual], dimensions: [country] }]'

let folder: string
let place: OpenLanding
let ids = 0
const closing: (() => Promise<unknown>)[] = []

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'kpiql-rollups-'))
  ids = 0
  open()
  for (let day = 1; day <= 10; day++) await sell(day, day)
})
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
  await place.source.close()
  rmSync(folder, { recursive: true, force: true })
})

function open(): void {
  place = openLanding('synced', { memoryLimit: '256MB', threads: 1 }, { log: silentLog, stateFolder: folder })
}

async function sell(day: number, count: number, amount = '10.00'): Promise<void> {
  const date = `2026-05-${String(day).padStart(2, '0')}`
  const rows = Array.from({ length: count }, (_, index) => [BigInt(++ids), date, index % 2 === 0 ? 'DE' : 'FR', amount])
  await place.landing.commit({
    source: 'shop',
    stream: 'all',
    tables: [TABLE],
    writes: [{ kind: 'upsert', table: TABLE.name, rows: rowsOf(TABLE, rows) }],
    quarantined: [],
    state: { cursor: ids, generation: 1, isWhole: true, completeUntilUtcMs: NOW, committedUtcMs: NOW },
    sweeps: false,
  })
}

interface Kept {
  readonly keeper: RollupKeeper
  readonly analytics: Analytics
  /** Of May in DE, by day: the exact revenue, and the rollups read. */
  revenue(): Promise<{ readonly total: string | null; readonly rollups: readonly string[] }>
}

function keep(rollups: string, source: QuerySource = place.source, maxBytes = 1e9, telemetry: Telemetry = noTelemetry): Kept {
  const model = modelWith(rollups)
  const sources = new Map([['synced', { source, connector: 'duckdb', nowUtcMs: NOW }]])
  const registry = new RollupRegistry()
  const analytics = createAnalytics({ model, sources, rollups: registry, cacheBytes: 0, clock: fixedClock(NOW), maxGroups: 1000 })
  const keeper = keepRollups({ model, sources, registry, planning: analytics.planning, maxBytes, log: silentLog, telemetry })
  closing.push(() => keeper.close())
  const inGermany: Predicate = { kind: 'atom', dimension: 'country', test: { op: 'in', values: ['DE'], caseInsensitive: false } }
  return {
    keeper,
    analytics,
    async revenue() {
      const session = analytics.session({ freshness: 'NO_CACHE', signal: new AbortController().signal })
      const answer = await session.metric(asked({ metric: 'revenue', predicate: inGermany, zone: 'UTC', start: '2026-05-01', end: '2026-06-01', grain: null, by: [] }, model.calendar, NOW))
      return { total: answer.groups[0]?.cells[0]?.exact ?? null, rollups: session.stats.rollups }
    },
  }
}

/** The source, with some of what it does replaced. */
function but(changed: Partial<QuerySource>): QuerySource {
  const { source } = place
  const own = { query: source.query.bind(source), dataVersion: source.dataVersion.bind(source), statistics: source.statistics.bind(source), discover: source.discover.bind(source), watermark: source.watermark.bind(source), rollups: source.rollups }
  return { ...own, name: source.name, dialect: source.dialect, can: source.can, test: () => source.test(), quarantine: () => source.quarantine(), close: () => source.close(), ...changed }
}

// Days 1 to 10: of d orders ⌈d / 2⌉ come from DE, 1+1+2+2+3+3+4+4+5+5 = 30 of 10 each.
const BEFORE = '300'
// Day 4 gets three more, two of them from DE.
const AFTER = '320'

describe('rollups that are kept', () => {
  it('are read once they are built, and say which metrics they cannot serve', async () => {
    const { keeper, revenue } = keep(DAILY)
    expect(await revenue()).toEqual({ total: BEFORE, rollups: [] })
    // Ten days and two countries, but for the first day, which has DE alone.
    expect(await keeper.pass()).toEqual([{ name: 'daily', source: 'synced', state: 'ready', message: 'Not served: usual: a median needs all rows at once', progress: null, rows: 19, bytes: expect.any(Number), buildMs: expect.any(Number), builtUtcMs: expect.any(Number) }])
    expect(await revenue()).toEqual({ total: BEFORE, rollups: ['daily'] })
  })

  it('tell what share of a build is done, to whoever looks and to telemetry, and of none that is over', async () => {
    const host = place.source.rollups
    if (host === undefined) throw new Error('It keeps rollups.')
    const seen: unknown[] = []
    const told: unknown[] = []
    const building: NonNullable<QuerySource['rollups']> = {
      mayKeep: () => host.mayKeep(),
      list: () => host.list(),
      drop: (name) => host.drop(name),
      async build(build, signal, progress) {
        seen.push(...keeper.statuses())
        progress?.(0.25)
        seen.push(...keeper.statuses())
        // What the engine tells of it goes on growing.
        let last = 0.25
        return host.build(build, signal, (share) => {
          expect([share > 0, share <= 1]).toEqual([true, true])
          last = Math.max(last, share)
          progress?.(last)
        })
      },
    }
    const { keeper } = keep(DAILY, but({ rollups: building }), 1e9, { ...noTelemetry, rollupStands: (...all) => void told.push(all) })
    const [after] = await keeper.pass()
    expect(seen).toMatchObject([{ name: 'daily', state: 'building', progress: 0 }, { name: 'daily', state: 'building', progress: 0.25 }])
    // Four fifths are done once the table has been read; the rest is putting rows in order.
    expect(told.slice(0, 3)).toEqual([['synced', 'daily', false, 0], ['synced', 'daily', false, 0.25], ['synced', 'daily', false, 0.8]])
    expect(told.at(-1)).toEqual(['synced', 'daily', true, null])
    expect(after).toMatchObject({ state: 'ready', progress: null })
  })

  it('are not read while the data is newer, and again once they have been built anew', async () => {
    const { keeper, revenue } = keep(DAILY)
    await keeper.pass()
    await sell(4, 3)
    expect(await revenue()).toEqual({ total: AFTER, rollups: [] })
    await keeper.pass()
    expect(await revenue()).toEqual({ total: AFTER, rollups: ['daily'] })
  })

  it('are there after a restart, without being built', async () => {
    const [built] = await keep(DAILY).keeper.pass()
    await place.source.close()
    open()
    const { keeper, revenue } = keep(DAILY)
    expect(await keeper.recall()).toEqual([built])
    expect(await revenue()).toEqual({ total: BEFORE, rollups: ['daily'] })
  })

  it('are built anew where the model means something else by their name', async () => {
    await keep(DAILY).keeper.pass()
    const other = keep('rollups: [{ name: daily, semantic_model: orders, metrics: [revenue] }]')
    expect((await other.keeper.recall()).map(({ state }) => state)).toEqual(['waiting'])
    expect(await other.revenue()).toEqual({ total: BEFORE, rollups: [] })
    // A row a day.
    expect((await other.keeper.pass()).map(({ state, rows }) => [state, rows])).toEqual([['ready', 10]])
    // It knows no countries.
    expect(await other.revenue()).toEqual({ total: BEFORE, rollups: [] })
  })

  it('are dropped where the model declares them no more', async () => {
    await keep(DAILY).keeper.pass()
    await keep('rollups: [{ name: other, semantic_model: orders, metrics: [revenue] }]').keeper.pass()
    expect((await place.source.rollups?.list())?.map(({ name }) => name)).toEqual(['other'])
  })

  it('that fail to build fail no question, and are tried again', async () => {
    const host = place.source.rollups
    if (host === undefined) throw new Error('The landing keeps rollups.')
    let fails = true
    const source = but({ rollups: { ...host, build: (build, signal) => (fails ? Promise.reject(new KpiqlError('SOURCE_FAILED', { message: 'The disk is full.' })) : host.build(build, signal)) } })
    const { keeper, revenue } = keep(DAILY, source)
    expect((await keeper.pass()).map(({ state, message }) => [state, message])).toEqual([['failed', 'The disk is full.']])
    expect(await revenue()).toEqual({ total: BEFORE, rollups: [] })
    fails = false
    await keeper.pass()
    expect(await revenue()).toEqual({ total: BEFORE, rollups: ['daily'] })
  })

  it('beyond the budget are not kept, and say so', async () => {
    const { keeper, revenue } = keep(DAILY, place.source, 100)
    expect((await keeper.pass()).map(({ state }) => state)).toEqual(['over_budget'])
    expect(await place.source.rollups?.list()).toEqual([])
    expect(await revenue()).toEqual({ total: BEFORE, rollups: [] })
  })

  it('are built anew only where rows changed, where the source knows where', async () => {
    const host = place.source.rollups
    if (host === undefined) throw new Error('The landing keeps rollups.')
    const builds: RollupBuild[] = []
    const source = but({ changes: (...asked) => place.source.changes?.(...asked) ?? Promise.resolve(null), rollups: { ...host, build: (build, signal) => (builds.push(build), host.build(build, signal)) } })
    const { keeper, revenue } = keep(DAILY, source)
    await keeper.pass()
    await sell(4, 3)
    await keeper.pass()
    expect(builds.map(({ keeps }) => keeps?.outside ?? null)).toEqual([null, [{ from: '2026-05-04', until: '2026-05-05' }]])
    expect(await revenue()).toEqual({ total: AFTER, rollups: ['daily'] })
    // What was kept and what was built anew are together what a whole build is: 10 orders of May 3 and before, 8 of May 4.
    const [kept] = (await host.list()).map(({ rows }) => rows)
    expect(kept).toBe(19)
  })

  it('add up exactly beyond the width in which they are kept, and keep wide what does not fit it', async () => {
    const { keeper, revenue } = keep(DAILY)
    const large = '9000000000000000.00'
    // Eighteen digits a day, nineteen together.
    for (const day of [11, 12]) await sell(day, 1, large)
    await keeper.pass()
    expect(await revenue()).toEqual({ total: '18000000000000300', rollups: ['daily'] })
    // Two of three come from DE: nineteen digits on one day.
    await sell(13, 3, large)
    await keeper.pass()
    expect(await revenue()).toEqual({ total: '36000000000000300', rollups: ['daily'] })
  })
})
