import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createAnalytics } from '../../src/answer/analytics.ts'
import { RollupRegistry } from '../../src/answer/known-rollups.ts'
import { fixedClock } from '../../src/base/clock.ts'
import { silentLog } from '../../src/base/log.ts'
import { madeRollup } from '../../src/jobs/rollups/made-rollup.ts'
import { keepRollups } from '../../src/jobs/rollups/rollup-keeper.ts'
import type { RollupStatus } from '../../src/jobs/rollups/types.ts'
import type { Predicate } from '../../src/model/predicate.ts'
import { asked } from '../../test/oracle/compare-answers.ts'
import { makePlace, type ClickhousePlace } from '../../test/servers/clickhouse-place.ts'
import { modelOf } from '../../test/spec/schema-world.ts'

// 1,000 sales of 10 each, a hundred a day from the first of May on, every other one in DE; of every tenth nobody knows where.
const NOW = Date.UTC(2026, 5, 1)
const ROWS = "SELECT number, toDate32('2026-05-01') + intDiv(number, 100), if(number % 10 = 9, NULL, if(number % 2 = 0, 'DE', 'FR')), number % 50, 10, now() FROM numbers"
const COLUMNS = '(id Int64, day Nullable(Date32), country Nullable(String), customer_id Int64, amount Decimal(12, 2), at DateTime)'
const MODEL = `
semantic_models:
  - name: sales
    source: books
    table: sales
    agg_time_dimension: sold_on
    entities: [{ name: sale, type: primary, expr: id }, { name: customer, type: foreign, expr: customer_id }]
    dimensions: [{ name: sold_on, type: time, expr: day, granularity: day }, { name: country, type: categorical }]
  - name: customers
    source: books
    table: customers
    agg_time_dimension: signup_date
    entities: [{ name: customer, type: primary, expr: customer_id }]
    dimensions: [{ name: signup_date, type: time, granularity: day }, { name: plan, type: categorical }]
metrics:
  - { name: sales, type: simple, semantic_model: sales, agg: count }
  - { name: revenue, type: simple, semantic_model: sales, agg: sum, expr: amount, unit: currency, currency: EUR }
  - { name: buyers, type: simple, semantic_model: sales, agg: count_distinct, expr: customer_id }
`
const DAILY = '  - { name: daily, semantic_model: sales, metrics: [sales, revenue, buyers], dimensions: [country] }\n'

let place: ClickhousePlace
const closing: (() => Promise<unknown>)[] = []
beforeEach(async () => {
  place = await makePlace([`CREATE TABLE sales ${COLUMNS} ENGINE = MergeTree PARTITION BY intDiv(id, 400) ORDER BY id`, `INSERT INTO sales ${ROWS}(1000)`, "CREATE TABLE customers (customer_id Int64, signup_date Date32, plan String) ENGINE = MergeTree ORDER BY customer_id"])
})
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close()
  await place.remove()
})

interface World {
  make(): Promise<void>
  look(): Promise<readonly RollupStatus[]>
  /** Of May in DE. */
  ask(metric: string): Promise<{ readonly value: number | null; readonly rollups: readonly string[] }>
}

function open(rollups = DAILY): World {
  const model = modelOf(`${MODEL}rollups:\n${rollups}`)
  const source = place.open({ ttlSeconds: 0, connectTimeoutMs: 120_000, statementTimeoutMs: 120_000 })
  const sources = new Map([['books', { source, connector: 'clickhouse', nowUtcMs: NOW }]])
  const registry = new RollupRegistry()
  const analytics = createAnalytics({ model, sources, rollups: registry, cacheBytes: 0, clock: fixedClock(NOW), maxGroups: 1000 })
  const keeper = keepRollups({ model, sources, registry, planning: analytics.planning, maxBytes: 1, log: silentLog })
  closing.push(() => source.close(), () => keeper.close())
  const inGermany: Predicate = { kind: 'atom', dimension: 'country', test: { op: 'in', values: ['DE'], caseInsensitive: false } }
  return {
    async make() {
      for (const rollup of model.rollups) await source.rollups?.maker?.make(madeRollup(await analytics.planning(), source, rollup), null, new AbortController().signal)
    },
    look: () => keeper.pass(),
    async ask(metric) {
      const session = analytics.session({ freshness: 'NO_CACHE', signal: new AbortController().signal })
      const answer = await session.metric(asked({ metric, predicate: inGermany, zone: 'UTC', start: '2026-05-01', end: '2026-06-01', grain: null, by: [] }, model.calendar, NOW))
      return { value: answer.groups[0]?.cells[0]?.value ?? null, rollups: session.stats.rollups }
    },
  }
}

/** Past our connector, and with no setting of ours. */
const insert = (rows: number): Promise<string> => place.own(`INSERT INTO sales ${ROWS}(${rows})`)

describe('rollups that ClickHouse keeps up by itself', () => {
  it('are read once they are made, and hold what is inserted later without anybody doing anything', async () => {
    const world = open()
    expect((await world.look()).map(({ state, message }) => [state, message])).toEqual([['waiting', 'Make it with: kpiql rollups apply']])
    expect(await world.ask('revenue')).toEqual({ value: 5000, rollups: [] })
    await world.make()
    // Ten days, two countries and no country, of the customers of each: 0, 2, … 48; 1, 3, … without 9, 19, …; and those: 25 + 20 + 5.
    expect(await world.look()).toMatchObject([{ name: 'daily', state: 'ready', rows: 10 * 50 }])
    expect(await world.ask('revenue')).toEqual({ value: 5000, rollups: ['daily'] })
    expect(await world.ask('buyers')).toEqual({ value: 25, rollups: ['daily'] })
    await insert(200)
    await place.own("INSERT INTO sales VALUES (1, NULL, 'DE', 1, 7, now()), (2, '2026-05-30', 'DE', 1001, 1, now())")
    expect(await world.ask('revenue')).toEqual({ value: 5000 + 1000 + 1, rollups: ['daily'] })
    expect(await world.ask('sales')).toEqual({ value: 500 + 100 + 1, rollups: ['daily'] })
    expect(await world.ask('buyers')).toEqual({ value: 26, rollups: ['daily'] })
    // Merges change nothing, of the table or of the rollup.
    await place.own('OPTIMIZE TABLE sales FINAL')
    expect(await world.ask('revenue')).toEqual({ value: 6001, rollups: ['daily'] })
  })

  it('are filled partition by partition, and tell after each what share of them is in', async () => {
    const source = place.open({ ttlSeconds: 0, connectTimeoutMs: 120_000, statementTimeoutMs: 120_000 })
    closing.push(() => source.close())
    const model = modelOf(`${MODEL}rollups:\n${DAILY}`)
    const analytics = createAnalytics({ model, sources: new Map([['books', { source, connector: 'clickhouse', nowUtcMs: NOW }]]), cacheBytes: 0, clock: fixedClock(NOW), maxGroups: 1000 })
    const told: number[] = []
    for (const rollup of model.rollups) await source.rollups?.maker?.make(madeRollup(await analytics.planning(), source, rollup), null, new AbortController().signal, (share) => told.push(share))
    // A thousand rows, four hundred a partition.
    expect(told).toEqual([1 / 3, 2 / 3, 1])
  })

  it.each([
    ['changed', 'ALTER TABLE sales UPDATE amount = 20 WHERE id = 4 SETTINGS mutations_sync = 2', 5010],
    ['deleted', 'ALTER TABLE sales DELETE WHERE id = 4 SETTINGS mutations_sync = 2', 4990],
    ['deleted lightly', 'DELETE FROM sales WHERE id = 4', 4990],
    ['dropped with their partition', "ALTER TABLE sales DROP PARTITION '2'", 4000],
  ])('are left alone once rows were %s, until they are made again', async (_, change, value) => {
    const world = open()
    await world.make()
    await world.look()
    await place.own(change)
    expect(await world.ask('revenue')).toEqual({ value, rollups: [] })
    const [told] = await world.look()
    expect([told?.state, told?.message]).toEqual(['waiting', expect.stringContaining('make it again with: kpiql rollups apply')])
    await world.make()
    await world.look()
    expect(await world.ask('revenue')).toEqual({ value, rollups: ['daily'] })
    await insert(2)
    expect(await world.ask('revenue')).toEqual({ value: value + 10, rollups: ['daily'] })
  })

  describe('where rows were put in the place of as many others', () => {
    // The same rows at twice the amount, under the same keys.
    const others = async (): Promise<void> => {
      await place.own(`CREATE TABLE others ${COLUMNS} ENGINE = MergeTree PARTITION BY intDiv(id, 400) ORDER BY id`)
      await place.own('INSERT INTO others SELECT id, day, country, customer_id, 2 * amount, at FROM sales')
    }

    it.each([
      ['replaced', ["ALTER TABLE sales REPLACE PARTITION '2' FROM others"]],
      ['dropped and attached', ["ALTER TABLE sales DROP PARTITION '2'", "ALTER TABLE sales ATTACH PARTITION '2' FROM others"]],
      ['moved away, and others moved in', ['CREATE TABLE elsewhere AS sales', "ALTER TABLE sales MOVE PARTITION '2' TO TABLE elsewhere", "ALTER TABLE others MOVE PARTITION '2' TO TABLE sales"]],
      ['replaced after merges', ['OPTIMIZE TABLE sales FINAL', "ALTER TABLE sales REPLACE PARTITION '2' FROM others"]],
    ])('are left alone: %s', async (_, changes) => {
      const world = open()
      await world.make()
      await others()
      await world.look()
      expect(await world.ask('revenue')).toEqual({ value: 5000, rollups: ['daily'] })
      for (const change of changes) await place.own(change)
      // Partition 2 are the last two of the ten days, a hundred of them in DE.
      expect(await world.ask('revenue')).toEqual({ value: 6000, rollups: [] })
      expect((await world.look())[0]?.state).toBe('waiting')
      await world.make()
      await world.look()
      expect(await world.ask('revenue')).toEqual({ value: 6000, rollups: ['daily'] })
    })

    it('are left alone also where it is a partition that came after they were made, once it was seen', async () => {
      await place.own("ALTER TABLE sales DROP PARTITION '2'")
      const world = open()
      await world.make()
      await world.look()
      await place.own(`INSERT INTO sales SELECT * FROM (${ROWS}(1000)) WHERE number >= 800`)
      await place.own('OPTIMIZE TABLE sales FINAL')
      expect(await world.ask('revenue')).toEqual({ value: 5000, rollups: ['daily'] })
      await insert(2)
      expect(await world.ask('revenue')).toEqual({ value: 5010, rollups: ['daily'] })
      await others()
      await place.own("ALTER TABLE sales REPLACE PARTITION '2' FROM others")
      expect(await world.ask('revenue')).toEqual({ value: 6010, rollups: [] })
      await insert(2)
      expect(await world.ask('revenue')).toEqual({ value: 6020, rollups: [] })
    })
  })

  it('are left alone where another table has the name of theirs', async () => {
    const world = open()
    await world.make()
    await world.look()
    await place.own(`CREATE TABLE others ${COLUMNS} ENGINE = MergeTree ORDER BY id`)
    await place.own(`INSERT INTO others SELECT id, day, 'DE', customer_id, 1, at FROM sales`)
    await place.own('EXCHANGE TABLES sales AND others')
    expect(await world.ask('revenue')).toEqual({ value: 1000, rollups: [] })
  })

  it('are whole, or not made, while others insert', async () => {
    const world = open()
    const writer = { isOn: true, inserted: 0 }
    const others = (async () => {
      for (; writer.isOn && writer.inserted < 200; writer.inserted++) await insert(20)
    })()
    const failures: unknown[] = []
    for (let made = false; !made && failures.length < 5; ) {
      made = await world.make().then(() => true, (error: unknown) => (failures.push(error), false))
    }
    writer.isOn = false
    await others
    for (const failure of failures) expect(failure).toMatchObject({ code: 'SOURCE_BUSY' })
    await world.look()
    const value = 5000 + writer.inserted * 100
    expect(await world.ask('revenue')).toEqual({ value, rollups: failures.length < 5 ? ['daily'] : [] })
  })

  it('are none of those of other makers, and a half is none', async () => {
    const world = open()
    await place.own("CREATE TABLE kpiql_rollup_daily_0 (bucket Date32) ENGINE = MergeTree ORDER BY bucket COMMENT 'mine'")
    expect((await world.look()).map(({ state }) => state)).toEqual(['waiting'])
    const source = place.open()
    closing.push(() => source.close())
    expect((await source.discover()).map(({ name }) => name)).toEqual(['customers', 'sales'])
  })

  it('go with their view when they are dropped', async () => {
    const world = open()
    await world.make()
    const source = place.open()
    closing.push(() => source.close())
    expect([await source.rollups?.maker?.remove('daily', null), await source.rollups?.maker?.remove('daily', null)]).toEqual([true, false])
    await insert(10)
    expect((await place.own("SELECT name FROM system.tables WHERE database = currentDatabase() ORDER BY name FORMAT TSV")).trim().split('\n')).toEqual(['customers', 'sales'])
    await world.look()
    expect(await world.ask('revenue')).toEqual({ value: 5050, rollups: [] })
  })

  it.each([
    ['of a table whose merges drop rows', 'ReplacingMergeTree ORDER BY id', DAILY, 'is a ReplacingMergeTree: its merges drop rows'],
    ['of a table whose merges add rows up', 'SummingMergeTree ORDER BY id', DAILY, 'is a SummingMergeTree: its merges add rows up'],
    ['of rows that go by a TTL', 'MergeTree ORDER BY id TTL at + INTERVAL 1 YEAR', DAILY, 'go by a TTL'],
    ['with joined dimensions', 'MergeTree ORDER BY id', '  - { name: daily, semantic_model: sales, metrics: [revenue], dimensions: [plan] }\n', 'it joins "customers"'],
  ])('are refused %s', async (_, engine, rollups, why) => {
    await place.own('DROP TABLE sales SYNC')
    await place.own(`CREATE TABLE sales ${COLUMNS} ENGINE = ${engine}`)
    await expect(open(rollups).make()).rejects.toMatchObject({ code: 'ROLLUP_UNFIT', message: expect.stringContaining(why) })
  })
})
