import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { TableChange } from '../../connectors/rollup-contract.ts'
import { createAnalytics } from '../../src/answer/analytics.ts'
import { noTelemetry } from '../../src/base/telemetry.ts'
import type { Telemetry } from '../../src/base/telemetry.ts'
import { openTestSource } from '../engines/open-test-source.ts'
import { asked, differences } from '../oracle/compare-answers.ts'
import { Oracle } from '../oracle/oracle.ts'
import type { OracleAsk } from '../oracle/oracle.ts'
import { asksAt } from '../oracle/random-asks.ts'
import type { Cell, Row } from '../oracle/row-test.ts'
import { SHOP_COLUMNS, randomFrom, shopModel, shopTables } from '../oracle/shop.ts'

const SEED = Number(process.env['ASK_SEED'] ?? 20_261_122)
const BATCHES = Number(process.env['ASK_BATCHES'] ?? 50)
const TIMES = ['ordered_at', 'placed_at', 'shop_clock', 'order_date'] as const

interface Batch {
  readonly seed: number
  readonly year: number
  readonly nowDay: number
  readonly asks: readonly OracleAsk[]
  /** Orders that are placed a second time, by their position. */
  readonly again: readonly number[]
}

const GRAINS = ['day', 'week', 'month', 'quarter', 'year', null] as const

/** The same question over other periods and at other grains, as somebody does who looks closer. */
const family = (ask: OracleAsk, year: number): fc.Arbitrary<readonly OracleAsk[]> =>
  fc.array(fc.tuple(fc.nat(14), fc.integer({ min: 1, max: 9 }), fc.constantFrom(...GRAINS)), { minLength: 1, maxLength: 4 }).map((variants) => [
    ask,
    ...variants.map(([from, length, grain]): OracleAsk => {
      const month = (index: number): string => `${year + Math.floor(index / 12)}-${String((index % 12) + 1).padStart(2, '0')}-01`
      return { ...ask, start: month(from), end: month(from + length), grain }
    }),
  ])

const batches: fc.Arbitrary<Batch> = fc.constantFrom(2011, 2024).chain((year) =>
  fc.record({
    seed: fc.nat(1_000_000),
    year: fc.constant(year),
    nowDay: fc.oneof({ weight: 1, arbitrary: fc.constant(900) }, { weight: 2, arbitrary: fc.integer({ min: 200, max: 730 }) }),
    asks: fc.array(asksAt(year, ['orders', 'orders', 'subscriptions', 'balances']).chain((ask) => family(ask, year)), { minLength: 2, maxLength: 3 }).map((families) => families.flat()),
    again: fc.array(fc.nat(159), { minLength: 1, maxLength: 3 }),
  }),
)

/** Where these orders lie in time, as a source would tell. */
function changeOf(rows: readonly Row[]): TableChange {
  const spans = TIMES.map((column): [string, { from: string; to: string } | null] => {
    const found = rows.flatMap((row) => (row[column] === null ? [] : [String(row[column])])).toSorted()
    const [from, to] = [found[0], found.at(-1)]
    return [column, from === undefined || to === undefined ? null : { from, to }]
  })
  return { table: 'orders', spans: new Map(spans) }
}

const literalOf = (value: Cell, column: keyof typeof SHOP_COLUMNS.orders): string =>
  value === null ? 'NULL' : typeof value === 'string' ? `'${value.replaceAll("'", "''")}${SHOP_COLUMNS.orders[column] === 'TIMESTAMPTZ' ? '+00' : ''}'` : String(value)

describe('random asks one after the other', () => {
  it(`agree with plain loops over the rows, whatever was asked before and whichever rows have come since (${BATCHES} batches, seed ${SEED})`, { timeout: 600_000 }, async () => {
    let [hits, misses, hitsAfter] = [0, 0, 0]
    await fc.assert(
      fc.asyncProperty(batches, async ({ seed, year, nowDay, asks, again }) => {
        const model = shopModel({ weekStart: 1, fiscalYearStart: 1 })
        // Two days pass between the first questions and the last.
        let nowUtcMs = Date.UTC(year, 0, 1 + nowDay, 10, 20)
        const tables = shopTables(seed, year, { customers: 14, orders: 160, subscriptions: 50 })
        const source = await openTestSource('shop', tables)
        const placed: readonly Row[] = tables.orders.rows
        const repeated = [...new Set(again)].flatMap((position, index): readonly Row[] => {
          const row = placed[position]
          return row === undefined ? [] : [{ ...row, order_id: 1000 + index }]
        })
        const changes: TableChange[] = [changeOf(repeated)]
        let isLater = false
        const telemetry: Telemetry = {
          ...noTelemetry,
          cacheLooked(level, found, missed) {
            if (level !== 'buckets') return
            hits += found
            misses += missed
            if (isLater) hitsAfter += found
          },
        }
        try {
          const connected = Object.assign(source, { changes: (_: readonly string[], since: string, until: string) => Promise.resolve(since === '1' && until === '2' ? changes : null) })
          const analytics = createAnalytics({ model, sources: new Map([['shop', { source: connected, connector: 'duckdb', nowUtcMs: null }]]), cacheBytes: 50_000_000, clock: { nowMs: () => nowUtcMs }, maxGroups: 100_000, telemetry })
          const rowsOf = new Map(Object.entries(tables).map(([name, { rows }]): [string, readonly Row[]] => [name, rows]))
          const askAll = async (ordered: readonly OracleAsk[]): Promise<void> => {
            const oracle = new Oracle({ model, tables: rowsOf, nowUtcMs })
            for (const ask of ordered) {
              const session = analytics.session({ freshness: 'CACHED_OK', signal: new AbortController().signal })
              expect({ ask, differences: differences(await session.metric(asked(ask, model.calendar, nowUtcMs)), oracle.answer(ask)) }).toEqual({ ask, differences: [] })
            }
          }
          const random = randomFrom(seed)
          await askAll(asks)
          const columns = Object.keys(SHOP_COLUMNS.orders) as (keyof typeof SHOP_COLUMNS.orders)[]
          for (const row of repeated) await source.run(`INSERT INTO orders VALUES (${columns.map((column) => literalOf(row[column] ?? null, column)).join(', ')})`)
          rowsOf.set('orders', [...placed, ...repeated])
          source.version = '2'
          nowUtcMs += 2 * 86_400_000
          isLater = true
          await askAll(asks.map((ask) => ({ ask, place: random() })).toSorted((a, b) => a.place - b.place).map(({ ask }) => ask))
        } finally {
          await source.close()
        }
      }),
      { numRuns: BATCHES, seed: SEED, endOnFailure: process.env['ASK_SHRINK'] === undefined },
    )
    // Buckets that are never found again prove nothing.
    expect(hits).toBeGreaterThan(BATCHES * 5)
    expect(hitsAfter).toBeGreaterThan(BATCHES * 2)
    expect(misses).toBeGreaterThan(0)
  })
})
