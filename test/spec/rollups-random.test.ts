import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createAnalytics } from '../../src/answer/analytics.ts'
import type { MetricAnswer } from '../../src/answer/types.ts'
import { fixedClock } from '../../src/base/clock.ts'
import { localMsAt } from '../../src/base/time-zone.ts'
import type { Rollup } from '../../src/model/types.ts'
import { builtRollups } from '../engines/built-rollups.ts'
import { openTestSource } from '../engines/open-test-source.ts'
import { asked, differences } from '../oracle/compare-answers.ts'
import { Oracle } from '../oracle/oracle.ts'
import type { OracleAsk } from '../oracle/oracle.ts'
import { ZONES, asksAt } from '../oracle/random-asks.ts'
import { randomFrom, shopModel, shopTables } from '../oracle/shop.ts'

const SEED = Number(process.env['ASK_SEED'] ?? 20_261_121)
const BATCHES = Number(process.env['ASK_BATCHES'] ?? 30)

const METRICS = {
  ordered: ['gross', 'revenue', 'weight_total', 'items', 'orders', 'orders_with_status', 'average_order', 'average_weight', 'smallest_amount', 'largest_amount', 'largest_weight', 'rush_orders'],
  dated: ['revenue_by_date', 'orders_by_date', 'buyers_by_date'],
  stock: ['mrr', 'subscriptions', 'average_price', 'active_customers'],
} as const
const SLICED = { ordered: ['status', 'segment', 'continent', 'channel', 'rush', 'quantity', 'signup_date'], stock: ['plan', 'segment', 'country', 'vip'] } as const

const mostOf = (names: readonly string[]): fc.Arbitrary<readonly string[]> => fc.oneof(fc.constant([...names]), fc.subarray([...names]))

/** Some of many kinds: days of a zone, hours, by dates, with keys and without, of stocks. */
const rollups: fc.Arbitrary<readonly Rollup[]> = fc.record({ zone: fc.constantFrom(...ZONES), some: mostOf(SLICED.ordered), others: mostOf(SLICED.stock), kept: fc.uniqueArray(fc.nat(10), { minLength: 4, maxLength: 7 }) }).map(({ zone, some, others, kept }) => {
  const one = (name: string, rest: Partial<Rollup> & Pick<Rollup, 'metrics'>): Rollup => ({ name, semanticModel: 'orders', dimensions: some, entities: [], grain: 'day', zone, ...rest })
  const all = [
    one('days', { metrics: METRICS.ordered }),
    one('hours', { metrics: METRICS.ordered, grain: 'hour', zone: 'UTC' }),
    one('buyers_a_day', { metrics: ['buyers', 'gross', 'orders'], entities: ['customer'] }),
    one('dates', { metrics: METRICS.dated, entities: ['customer'] }),
    one('placed', { metrics: ['orders_placed', 'buyers_placed'] }),
    one('at_shop', { metrics: ['orders_at_shop'], grain: 'hour', zone: 'UTC' }),
    one('stock', { semanticModel: 'subscriptions', metrics: METRICS.stock, dimensions: others }),
    one('customers_over_time', { semanticModel: 'customers', metrics: ['customers_ever'], dimensions: ['segment'] }),
    one('leases_over_time', { semanticModel: 'leases', metrics: ['leases_out', 'lessees'], dimensions: ['segment'] }),
    one('balances', { semanticModel: 'balances', metrics: ['balance_at_end', 'balance_at_start', 'balance_by_account'], dimensions: ['branch', 'account_code'] }),
    one('members_over_time', { semanticModel: 'memberships', metrics: ['members', 'members_at_start'], dimensions: ['country'] }),
  ]
  return all.filter((_, index) => kept.includes(index))
})

interface Batch {
  readonly seed: number
  readonly year: number
  readonly nowDay: number
  readonly rollups: readonly Rollup[]
  /** Which of the questions end at the present moment. */
  readonly lateEnds: readonly boolean[]
  readonly asks: readonly OracleAsk[]
}

/** The question in the zone of the rollups, up to the present, which is in the middle of a day and of an hour; as it is where it begins later, or counts hours. */
function upToNow(ask: OracleAsk, zone: string, nowUtcMs: number): OracleAsk {
  const end = new Date(localMsAt(zone, nowUtcMs)).toISOString().slice(0, 19)
  const asItIs = ask.start >= end || ask.grain === 'hour' || ask.grain === 'minute' || ['gross_change', 'orders_growth'].includes(ask.metric)
  return asItIs ? ask : { ...ask, zone, end }
}

const batches: fc.Arbitrary<Batch> = fc.constantFrom(2011, 2024).chain((year) =>
  fc.record({
    seed: fc.nat(1_000_000),
    year: fc.constant(year),
    nowDay: fc.oneof({ weight: 1, arbitrary: fc.constant(900) }, { weight: 1, arbitrary: fc.integer({ min: 200, max: 730 }) }),
    rollups,
    lateEnds: fc.array(fc.boolean(), { minLength: 16, maxLength: 16 }),
    asks: fc.array(asksAt(year, ['orders', 'orders', 'orders', 'subscriptions', 'leases', 'memberships', 'customers', 'balances']), { minLength: 6, maxLength: 16 }),
  }),
)

describe('random asks with rollups', () => {
  it(`agree with plain loops over the rows, whichever rollups there are (${BATCHES} batches, seed ${SEED})`, { timeout: 600_000 }, async () => {
    const used = new Map<string, number>()
    let [questionsAsked, tailsRead] = [0, 0]
    await fc.assert(
      fc.asyncProperty(batches, async ({ seed, year, nowDay, rollups: declared, lateEnds, asks: random }) => {
        const model = shopModel({ weekStart: 1, fiscalYearStart: 1 })
        const nowUtcMs = Date.UTC(year, 0, 1 + nowDay, 10, 20)
        const zone = declared.find(({ grain }) => grain === 'day')?.zone ?? 'UTC'
        const asks = random.map((ask, index) => (lateEnds[index] === true ? upToNow(ask, zone, nowUtcMs) : ask))
        const tables = shopTables(seed, year, { customers: 14, orders: 160, subscriptions: 50 })
        const source = await openTestSource('shop', tables)
        try {
          const known = await builtRollups(source, 'shop', model, declared, nowUtcMs)
          const query = source.query.bind(source)
          source.query = (statement, options) => {
            tailsRead += Number(statement.text.includes('AS "tail"'))
            return query(statement, options)
          }
          const sources = new Map([['shop', { source, connector: 'duckdb', nowUtcMs: null }]])
          const analytics = createAnalytics({ model, sources, cacheBytes: 0, clock: fixedClock(nowUtcMs), maxGroups: 100_000, rollups: { of: () => known } })
          const session = analytics.session({ freshness: 'NO_CACHE', signal: new AbortController().signal })
          const draw = randomFrom(seed)
          const shuffled = asks.map((ask) => ({ ask, place: draw() })).toSorted((a, b) => a.place - b.place).map(({ ask }) => ask)
          const answers = await Promise.all(shuffled.map((ask) => session.metric(asked(ask, model.calendar, nowUtcMs))))
          const oracle = new Oracle({ model, tables: new Map(Object.entries(tables).map(([name, { rows }]) => [name, rows])), nowUtcMs })
          shuffled.forEach((ask, index) => expect({ ask, differences: differences(answers[index] as MetricAnswer, oracle.answer(ask)) }).toEqual({ ask, differences: [] }))
          questionsAsked += asks.length
          for (const name of session.stats.rollups) used.set(name, (used.get(name) ?? 0) + 1)
        } finally {
          await source.close()
        }
      }),
      { numRuns: BATCHES, seed: SEED, endOnFailure: process.env['ASK_SHRINK'] === undefined },
    )
    // A rollup that nothing reads proves nothing; of ten kinds some have no luck in so few batches.
    expect(questionsAsked).toBeGreaterThan(BATCHES * 3)
    expect(used.size).toBeGreaterThanOrEqual(6)
    // Of questions that end within a day.
    expect(tailsRead).toBeGreaterThan(BATCHES / 10)
  })

  it('that end within a day are read from a rollup up to its midnight, and from the table from there on (240 questions)', { timeout: 600_000 }, async () => {
    const [year, zone] = [2024, 'America/New_York']
    const model = shopModel({ weekStart: 1, fiscalYearStart: 1 })
    const [seed, days] = [SEED % 1000, 60]
    const nowUtcMs = Date.UTC(year, 9, 20, 17, 31)
    const tables = shopTables(seed, year, { customers: 14, orders: 300, subscriptions: 50 })
    const source = await openTestSource('shop', tables)
    try {
      const every: readonly Rollup[] = [
        { name: 'days', semanticModel: 'orders', metrics: [...METRICS.ordered, 'buyers'], dimensions: ['status', 'segment', 'channel', 'rush'], entities: ['customer'], grain: 'day', zone },
        { name: 'hours', semanticModel: 'orders', metrics: [...METRICS.ordered, 'buyers'], dimensions: ['status', 'segment', 'channel', 'rush'], entities: ['customer'], grain: 'hour', zone: 'UTC' },
        { name: 'leases_over_time', semanticModel: 'leases', metrics: ['leases_out', 'lessees'], dimensions: ['segment'], entities: [], grain: 'day', zone },
      ]
      const known = await builtRollups(source, 'shop', model, every, nowUtcMs)
      const query = source.query.bind(source)
      let [statements, tails] = [0, 0]
      source.query = (statement, options) => {
        statements += 1
        tails += Number(statement.text.includes('AS "tail"'))
        return query(statement, options)
      }
      const oracle = new Oracle({ model, tables: new Map(Object.entries(tables).map(([name, { rows }]) => [name, rows])), nowUtcMs })
      const draw = randomFrom(seed)
      const pick = <T>(values: readonly T[]): T => values[Math.floor(draw() * values.length)] as T
      const slices = [{ kind: 'all' }, { kind: 'atom', dimension: 'status', test: { op: 'in', values: ['paid'], caseInsensitive: false } }, { kind: 'atom', dimension: 'segment', test: { op: 'isNull' } }] as const
      for (let drawn = 0; drawn < 240; drawn++) {
        // One rollup after the other, so that each has its questions.
        const one = known[drawn % known.length]
        const isLeases = one?.rollup.shape.semanticModel === 'leases'
        const startMs = Date.UTC(year, Math.floor(draw() * 8), 1)
        const endMs = draw() < 0.3 ? localMsAt(zone, nowUtcMs) : startMs + Math.floor((2 + draw() * days) * 86_400_000)
        const ask: OracleAsk = {
          metric: isLeases ? 'leases_out' : pick([...METRICS.ordered, 'buyers']),
          predicate: isLeases ? pick([slices[0], slices[2]]) : pick(slices),
          zone,
          start: new Date(startMs).toISOString().slice(0, 10),
          end: new Date(endMs).toISOString().slice(0, 19),
          grain: pick(['day', 'week', 'month', null]),
          by: pick([[], [], [{ kind: 'dimension', dimension: isLeases ? 'segment' : 'channel' }]]),
        }
        const analytics = createAnalytics({ model, sources: new Map([['shop', { source, connector: 'duckdb', nowUtcMs: null }]]), cacheBytes: 0, clock: fixedClock(nowUtcMs), maxGroups: 100_000, rollups: { of: () => known.filter((rollup) => rollup === one) } })
        const session = analytics.session({ freshness: 'NO_CACHE', signal: new AbortController().signal })
        const answer = await session.metric(asked(ask, model.calendar, nowUtcMs))
        expect({ ask, differences: differences(answer, oracle.answer(ask)) }).toEqual({ ask, differences: [] })
      }
      expect({ asked: statements > 200, mostly: tails > statements * 0.9 }).toEqual({ asked: true, mostly: true })
    } finally {
      await source.close()
    }
  })
})
