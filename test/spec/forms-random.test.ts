import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { TableStatistics } from '../../connectors/contract.ts'
import { createAnalytics } from '../../src/answer/analytics.ts'
import { ScanHistory } from '../../src/answer/scan-history.ts'
import { fixedClock } from '../../src/base/clock.ts'
import { resolvePeriod } from '../../src/base/period.ts'
import { loadModel } from '../../src/model/load-model.ts'
import type { Predicate } from '../../src/model/predicate.ts'
import type { Scan, ScanForm } from '../../src/plan/scan.ts'
import { openTestSource } from '../engines/open-test-source.ts'
import { runsOf } from '../engines/runs-of.ts'
import { randomFrom } from '../oracle/shop.ts'
import type { Row } from '../oracle/row-test.ts'

// Sales of fruit in 2025. Sizes of tables are made up, so that forms are chosen that pay for many rows.

const MODEL = `
semantic_models:
  - name: sales
    table: sales
    agg_time_dimension: sold_at
    entities: [{ name: sale, type: primary, expr: sale_id }, { name: buyer, type: foreign, expr: buyer_id }]
    dimensions:
      - { name: sold_at, type: time, granularity: minute, timezone: UTC }
      - { name: fruit, type: categorical }
      - { name: score, type: categorical, value_type: integer }
metrics:
  - { name: sales, semantic_model: sales, agg: count }
  - { name: takings, semantic_model: sales, agg: sum, expr: price }
  - { name: least, semantic_model: sales, agg: min, expr: price }
  - { name: most, semantic_model: sales, agg: max, expr: seconds }
  - { name: mean_seconds, semantic_model: sales, agg: average, expr: seconds }
  - { name: buyers, semantic_model: sales, agg: count_distinct, expr: buyer_id }
  - { name: median_seconds, semantic_model: sales, agg: median, expr: seconds }
  - { name: seconds_p90, semantic_model: sales, agg: percentile, percentile: 0.9, expr: seconds }
`
const METRICS = ['sales', 'takings', 'least', 'most', 'mean_seconds', 'buyers', 'median_seconds', 'seconds_p90'] as const
const FRUITS = ['apple', 'pear', 'plum', 'fig', '', 'Apple'] as const
const NOW = Date.UTC(2026, 0, 1)
const ASKS = runsOf({ duckdb: 200, served: 40, clickhouse: 15 })

function salesOf(seed: number): readonly Row[] {
  const random = randomFrom(seed)
  const upTo = (count: number): number => Math.floor(random() * count)
  const orNull = <T>(value: T): T | null => (random() < 0.1 ? null : value)
  return Array.from({ length: 120 }, (_, id) => ({
    sale_id: id,
    sold_at: new Date(Date.UTC(2025, 0, 1) + upTo(365 * 86_400) * 1000).toISOString().slice(0, 19).replace('T', ' '),
    fruit: orNull(FRUITS[upTo(FRUITS.length)] ?? ''),
    score: orNull(upTo(20) - 4),
    price: orNull((upTo(900) / 100).toFixed(2)),
    seconds: orNull(upTo(50)),
    buyer_id: orNull(upTo(25)),
  }))
}

const bound = fc.record({ value: fc.integer({ min: -6, max: 18 }), inclusive: fc.boolean() })
const fruitIs = fc.constantFrom(...FRUITS).map((fruit): Predicate => ({ kind: 'atom', dimension: 'fruit', test: { op: 'in', values: [fruit], caseInsensitive: false } }))
const fruitIn = fc.subarray([...FRUITS], { minLength: 1 }).map((values): Predicate => ({ kind: 'atom', dimension: 'fruit', test: { op: 'in', values, caseInsensitive: false } }))
const scoreRange = fc.tuple(fc.option(bound), fc.option(bound)).map(([from, to]): Predicate => ({ kind: 'atom', dimension: 'score', test: { op: 'range', from, to } }))
const scoreIn = fc.array(fc.integer({ min: -5, max: 17 }), { minLength: 1, maxLength: 4 }).map((values): Predicate => ({ kind: 'atom', dimension: 'score', test: { op: 'in', values, caseInsensitive: false } }))
const noScore: fc.Arbitrary<Predicate> = fc.constant({ kind: 'atom', dimension: 'score', test: { op: 'isNull' } })
const both = fc.tuple(fruitIs, scoreRange).map(([one, other]): Predicate => ({ kind: 'and', of: [one, other] }))
const not = (of: fc.Arbitrary<Predicate>): fc.Arbitrary<Predicate> => of.map((predicate) => ({ kind: 'not', of: predicate }))
const everyone: fc.Arbitrary<Predicate> = fc.constant({ kind: 'all' })
// Slices of one kind are what forms are made for; mixed ones are what they must not be misled by.
const slices = fc.oneof(
  fc.array(fruitIs, { minLength: 1, maxLength: 6 }),
  fc.array(scoreRange, { minLength: 1, maxLength: 8 }),
  fc.array(fc.oneof(scoreRange, scoreIn, noScore, not(scoreRange)), { minLength: 4, maxLength: 8 }),
  fc.array(both, { minLength: 2, maxLength: 6 }),
  fc.array(fc.oneof(fruitIs, fruitIn, scoreRange, both, not(fruitIs), everyone), { minLength: 2, maxLength: 8 }),
)
const cases = fc.record({
  world: fc.nat(5),
  /** What the statistics say; null for the truth. */
  distinct: fc.constantFrom(null, 3, 100_000),
  slices,
  metrics: fc.subarray([...METRICS], { minLength: 1 }),
  days: fc.boolean(),
  byFruit: fc.boolean(),
})

/** Two-valued: a test that is unknown does not hold. */
function holds(predicate: Predicate, row: Row): boolean {
  switch (predicate.kind) {
    case 'all':
      return true
    case 'and':
      return predicate.of.every((part) => holds(part, row))
    case 'not':
      return !holds(predicate.of, row)
    case 'atom': {
      const value = row[predicate.dimension] ?? null
      const { test } = predicate
      if (test.op === 'isNull') return value === null
      if (value === null) return false
      if (test.op === 'in') return test.values.some((one) => one === value)
      if (test.op !== 'range') throw new TypeError(test.op)
      const { from, to } = test
      const after = from === null || (from.inclusive ? Number(value) >= Number(from.value) : Number(value) > Number(from.value))
      return after && (to === null || (to.inclusive ? Number(value) <= Number(to.value) : Number(value) < Number(to.value)))
    }
    default:
      throw new TypeError(predicate.kind)
  }
}

function byHand(metric: (typeof METRICS)[number], rows: readonly Row[]): number | null {
  const numbers = (column: string): readonly number[] => rows.flatMap((row) => (row[column] === null ? [] : [Number(row[column])])).toSorted((a, b) => a - b)
  const between = (sorted: readonly number[], part: number): number | null => {
    const place = part * (sorted.length - 1)
    const low = sorted[Math.floor(place)]
    const high = sorted[Math.ceil(place)]
    return low === undefined || high === undefined ? null : low + (high - low) * (place - Math.floor(place))
  }
  const seconds = numbers('seconds')
  const prices = numbers('price')
  const sum = (values: readonly number[]): number | null => (values.length === 0 ? null : values.reduce((total, value) => total + value, 0))
  switch (metric) {
    case 'sales':
      return rows.length
    case 'takings':
      return sum(prices)
    case 'least':
      return prices[0] ?? null
    case 'most':
      return seconds.at(-1) ?? null
    case 'mean_seconds':
      return seconds.length === 0 ? null : (sum(seconds) ?? 0) / seconds.length
    case 'buyers':
      return new Set(numbers('buyer_id')).size
    case 'median_seconds':
      return between(seconds, 0.5)
    case 'seconds_p90':
      return between(seconds, 0.9)
  }
}

const rounded = (value: number | null): number | null => (value === null ? null : Math.round(value * 1e9) / 1e9)

class Watching extends ScanHistory {
  readonly forms = new Set<ScanForm>()

  override note(scan: Scan, ...rest: [columns: Parameters<ScanHistory['note']>[1], rowCount: number, ms: number]): void {
    this.forms.add(scan.form)
    super.note(scan, ...rest)
  }
}

describe('forms of statements', () => {
  it(`of every kind find what plain loops over the rows find, whatever the statistics say (${ASKS} asks)`, { timeout: 300_000 }, async () => {
    const { model } = loadModel([{ name: 'fruit.yml', text: MODEL }], { source: 'shop' })
    if (model === null) throw new Error('The model has faults.')
    const columns = { sale_id: 'BIGINT', sold_at: 'TIMESTAMP', fruit: 'VARCHAR', score: 'BIGINT', price: 'DECIMAL(12,2)', seconds: 'BIGINT', buyer_id: 'BIGINT' } as const
    const worlds = await Promise.all(
      Array.from({ length: 6 }, async (_, seed) => {
        const rows = salesOf(seed + 1)
        return { rows, source: await openTestSource(`shop${seed}`, { sales: { columns, rows } }) }
      }),
    )
    const forms = new Set<ScanForm>()
    try {
      await fc.assert(
        fc.asyncProperty(cases, async ({ world, distinct, slices: asked, metrics, days, byFruit }) => {
          const { rows, source } = worlds[world] ?? { rows: [], source: null }
          if (source === null) throw new Error('There is no such world.')
          const lying = (statistics: TableStatistics): TableStatistics => ({
            rows: 10_000_000,
            columns: Object.fromEntries(Object.entries(statistics.columns).map(([name, column]) => [name, distinct === null ? column : { ...column, distinct, ...(name === 'score' ? { min: '0', max: '5' } : {}) }])),
          })
          const statistics = source.statistics.bind(source)
          const lied = new Proxy(source, {
            get: (target, name) => {
              if (name === 'statistics') return async (table: string) => lying(await statistics(table))
              const found: unknown = Reflect.get(target, name, target)
              return typeof found === 'function' ? (found.bind(target) as unknown) : found
            },
          })
          const history = new Watching()
          const analytics = createAnalytics({ model, sources: new Map([['shop', { source: lied, connector: 'duckdb', nowUtcMs: null }]]), cacheBytes: 0, clock: fixedClock(NOW), maxGroups: 100_000, history })
          const session = analytics.session({ freshness: 'NO_CACHE', signal: new AbortController().signal })
          const [start, end, grain] = days ? ['2025-03-01', '2025-04-10', 'day' as const] : ['2025-01-01', '2026-01-01', 'month' as const]
          const period = resolvePeriod({ between: { start, end } }, { zone: 'UTC', nowUtcMs: NOW, calendar: model.calendar })
          const questions = asked.flatMap((predicate) => metrics.map((metric) => ({ metric, predicate })))
          const answers = await Promise.all(
            questions.map(({ metric, predicate }) => session.metric({ metric, predicate, period, grain, by: byFruit ? [{ kind: 'dimension', dimension: 'fruit' }] : [] })),
          )
          for (const [index, { metric, predicate }] of questions.entries()) {
            const answer = answers[index]
            for (const { values, cells } of answer?.groups ?? []) {
              const expected = (answer?.buckets ?? []).map(({ startUtcMs, endUtcMs }) => {
                const own = rows.filter((row) => {
                  const at = Date.parse(`${String(row['sold_at']).replace(' ', 'T')}Z`)
                  return at >= startUtcMs && at < endUtcMs && holds(predicate, row) && (!byFruit || row['fruit'] === values[0])
                })
                return rounded(byHand(metric, own))
              })
              expect({ metric, predicate, values, found: cells.map(({ value }) => rounded(value)) }).toEqual({ metric, predicate, values, found: expected })
            }
            if (byFruit) {
              const [from, to] = [Date.parse(start), Date.parse(end)]
              const there = rows.filter((row) => {
                const at = Date.parse(`${String(row['sold_at']).replace(' ', 'T')}Z`)
                return at >= from && at < to && holds(predicate, row) && (metric !== 'buyers' || row['buyer_id'] !== null)
              })
              expect(new Set(answer?.groups.map(({ values }) => values[0]))).toEqual(new Set(there.map((row) => row['fruit'])))
            }
          }
          for (const form of history.forms) forms.add(form)
        }),
        { numRuns: ASKS, seed: 20_261_122, endOnFailure: process.env['ASK_SHRINK'] === undefined },
      )
    } finally {
      await Promise.all(worlds.map(({ source }) => source.close()))
    }
    expect([...forms].toSorted()).toEqual(['distinct', 'grouped', 'layered', 'masked', 'stepped', 'turned'])
  })
})
