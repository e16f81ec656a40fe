import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { silentLog } from '../../src/base/log.ts'
import { openGateway } from '../../src/cli/open-gateway.ts'
import { readSetup } from '../../src/cli/read-setup.ts'
import type { Predicate } from '../../src/model/predicate.ts'
import { asked } from '../../test/oracle/compare-answers.ts'
import { makePlace, type ClickhousePlace } from '../../test/servers/clickhouse-place.ts'
import { testWorld } from '../../test/spec/cli-world.ts'
import type { TestWorld } from '../../test/spec/cli-world.ts'

// 3,000 sales of 10 each on thirty days of May, half of them in DE.
const MODEL = `
semantic_models:
  - name: sales
    table: sales
    agg_time_dimension: sold_on
    entities: [{ name: sale, type: primary, expr: id }]
    dimensions: [{ name: sold_on, type: time, expr: day, granularity: day }, { name: country, type: categorical }]
metrics:
  - { name: revenue, type: simple, semantic_model: sales, agg: sum, expr: amount, unit: currency, currency: EUR }
rollups:
  - { name: daily, semantic_model: sales, metrics: [revenue], dimensions: [country] }
`
const IN_GERMANY: Predicate = { kind: 'atom', dimension: 'country', test: { op: 'in', values: ['DE'], caseInsensitive: false } }

let place: ClickhousePlace
let world: TestWorld
beforeAll(async () => {
  place = await makePlace(['CREATE TABLE sales (id Int64, day Date32, country String, amount Decimal(12, 2)) ENGINE = MergeTree ORDER BY id', "INSERT INTO sales SELECT number, toDate32('2026-05-01') + number % 30, if(intDiv(number, 30) % 2 = 0, 'DE', 'FR'), 10 FROM numbers(3000)"])
  world = testWorld({ CLICKHOUSE_PASSWORD: String(place.options['password']), KPIQL_APPLY_PASSWORD: 'wrong' })
  const { url, database, user } = place.options
  writeFileSync(join(world.cwd, 'model.yml'), MODEL)
  writeFileSync(join(world.cwd, 'kpiql.config.yml'), `model: [{ use: ./model.yml, source: shop }]\nsources:\n  shop: { connector: clickhouse, url: "${url}", database: ${database}, user: ${user}, password: "\${CLICKHOUSE_PASSWORD}", now: 2026-06-10 }\n`)
})
afterAll(async () => {
  world.remove()
  await place.remove()
})

const tables = async (): Promise<readonly string[]> => (await place.own('SELECT name FROM system.tables WHERE database = currentDatabase() ORDER BY name FORMAT TSV')).trim().split('\n')

describe('kpiql rollups apply', () => {
  it('prints the statements, and runs none', async () => {
    expect(await world.run('rollups', 'apply', '--print')).toBe(0)
    expect(world.written.out).toMatch(/^CREATE TABLE `kpiql_rollup_daily_[0-9a-f]{8}` \(`bucket` .*, `part_1` SimpleAggregateFunction\(sum, Nullable\(Decimal\(38, 2\)\)\), .*\) ENGINE = AggregatingMergeTree/)
    expect(world.written.out).toContain('CREATE MATERIALIZED VIEW')
    expect(await tables()).toEqual(['sales'])
    expect(await world.run('rollups')).toBe(0)
    expect(world.written.out).toBe('daily (shop): waiting. Make it with: kpiql rollups apply\n')
  })

  it('is done by another user than the one who reads, where that is named', async () => {
    expect(await world.run('rollups', 'apply', '--user', 'maker')).toBe(1)
    expect(world.written.err).toContain('daily: The server of source "shop" refuses the user or the password.')
    expect(await tables()).toEqual(['sales'])
  })

  it('makes what questions are read from, which explain names', async () => {
    expect(await world.run('rollups', 'apply')).toBe(0)
    // A day and country each.
    expect(world.written.out).toMatch(/^daily \(shop\): made, 60 rows, \d+\.\d MB, in \d+\.\d s\n$/)
    expect(await world.run('rollups')).toBe(0)
    expect(world.written.out).toContain('daily (shop): ready, 60 rows')
    expect(await tables()).toEqual([expect.stringMatching(/^kpiql_rollup_daily_[0-9a-f]{8}$/), expect.stringMatching(/_view$/), 'sales'])
    const gateway = await openGateway(await readSetup({}, world), world, silentLog)
    try {
      await gateway.rollups?.recall()
      const session = gateway.analytics.session({ freshness: 'NO_CACHE', signal: new AbortController().signal })
      const ask = asked({ metric: 'revenue', predicate: IN_GERMANY, zone: 'UTC', start: '2026-05-01', end: '2026-06-01', grain: null, by: [] }, gateway.model.calendar, gateway.analytics.nowUtcMs())
      expect((await session.metric(ask)).groups[0]?.cells[0]?.value).toBe(15_000)
      expect([session.stats.rollups, (await session.explain(ask)).rollup]).toEqual([['daily'], 'daily'])
    } finally {
      await gateway.close()
    }
  })

  it('drops what was made', async () => {
    expect(await world.run('rollups', 'apply', '--drop')).toBe(0)
    expect(world.written.out).toBe('daily (shop): dropped\n')
    expect(await tables()).toEqual(['sales'])
    expect(await world.run('rollups', 'apply', '--drop')).toBe(0)
    expect(world.written.out).toBe('daily (shop): there was none\n')
  })

  it('tells of those that are declared no more, and drops them by name, as what a stop left of making one', async () => {
    expect(await world.run('rollups', 'apply')).toBe(0)
    writeFileSync(join(world.cwd, 'model.yml'), MODEL.replace('name: daily', 'name: weekly'))
    expect(await world.run('rollups', 'apply')).toBe(0)
    expect(world.written.out).toContain('daily (shop): not in this model. Where nobody else reads it: kpiql rollups apply --drop daily\n')
    await place.own('CREATE TABLE kpiql_rollup_daily_0123abcd_clone (id Int64) ENGINE = MergeTree ORDER BY id')
    expect(await world.run('rollups', 'apply', '--drop', 'daily')).toBe(0)
    expect((await tables()).filter((name) => !name.includes('weekly'))).toEqual(['sales'])
    expect(await world.run('rollups', 'apply', '--drop', 'daily')).toBe(2)
    expect(world.written.err).toContain('No source keeps a rollup "daily".')
  })
})
