import { describe, expect, it } from 'vitest'
import type { Bucket } from '../../src/base/bucket.ts'
import { cellsOf, is, smallWorld, told } from '../oracle/small-world.ts'

// Movements in four currencies against plain loops over days: whole cents times rates of four decimals, in millionths.

const NOW = '2025-06-18T09:00:00Z'
const NOW_MS = Date.parse(NOW)
const DAY_MS = 86_400_000
const FIRST = Date.UTC(2025, 0, 1)
const DAYS = 190
const COMPONENTS = ['start', 'new', 'expansion', 'contraction', 'churned', 'reactivation', 'entering_segment', 'leaving_segment', 'fx', 'net', 'end', 'mrr'] as const
type Component = (typeof COMPONENTS)[number]

const MODEL = `
exchange_rates: { semantic_model: fx, currency: from_money, date: day, rate: rate, to: USD }
semantic_models:
  - name: subscriptions
    table: subscriptions
    entities: [{ name: subscription, type: primary, expr: id }, { name: customer, type: foreign, expr: customer }]
    dimensions:
      - { name: began, type: time, granularity: day }
      - { name: ended, type: time, granularity: day }
      - { name: money, type: categorical }
    validity: { start: began, end: ended }
  - name: customers
    table: customers
    entities: [{ name: customer, type: primary, expr: customer }]
    dimensions: [{ name: country, type: categorical }]
  - name: fx
    table: fx
    agg_time_dimension: day
    dimensions:
      - { name: day, type: time, granularity: day }
      - { name: from_money, type: categorical }
metrics:
  - { name: mrr, semantic_model: subscriptions, agg: sum, expr: price, as_of: period_end, unit: currency, currency: { dimension: money } }
${COMPONENTS.filter((name) => name !== 'mrr').map((component) => `  - { name: ${component}, type: movement, semantic_model: subscriptions, entity: customer, expr: price, component: ${component}, unit: currency, currency: { dimension: money } }`).join('\n')}
`

type Random = (below: number) => number

function randomOf(seed: number): Random {
  let state = seed * 104_729
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}

const pick = <T>(random: Random, list: readonly T[]): T => list[random(list.length)] as T
const dateText = (ms: number): string => new Date(ms).toISOString().slice(0, 10)

interface Row {
  readonly customer: string
  readonly cents: number
  readonly money: string
  readonly from: number
  readonly until: number | null
}
/** Ten-thousandths on a day. */
type RateOn = (money: string, dayMs: number) => bigint

type Balances = ReadonlyMap<string, bigint>

/** What a customer holds in each currency at the close of a day. */
function balances(rows: readonly Row[], dayMs: number): Balances {
  const found = new Map<string, bigint>()
  for (const { from, until, money, cents } of rows) if (from <= dayMs && (until === null || until > dayMs)) found.set(money, (found.get(money) ?? 0n) + BigInt(cents))
  return found
}

const whole = (held: Balances): bigint => [...held.values()].reduce((sum, one) => sum + one, 0n)
const worth = (held: Balances, rateOn: RateOn, dayMs: number): bigint => [...held].reduce((sum, [money, cents]) => sum + cents * rateOn(money, dayMs), 0n)

function flowsOf(rows: readonly Row[], rateOn: RateOn, firstDay: number, lastDay: number): Record<Component, bigint> {
  const totals: Record<Component, bigint> = { start: 0n, new: 0n, expansion: 0n, contraction: 0n, churned: 0n, reactivation: 0n, entering_segment: 0n, leaving_segment: 0n, fx: 0n, net: 0n, end: 0n, mrr: 0n }
  for (const customer of new Set(rows.map((row) => row.customer))) {
    const own = rows.filter((row) => row.customer === customer)
    totals.start += worth(balances(own, firstDay - DAY_MS), rateOn, firstDay - DAY_MS)
    totals.end += worth(balances(own, lastDay), rateOn, lastDay)
    for (let day = firstDay; day <= lastDay; day += DAY_MS) {
      const [before, after] = [balances(own, day - DAY_MS), balances(own, day)]
      totals.fx += worth(before, rateOn, day) - worth(before, rateOn, day - DAY_MS)
      const heldBefore = own.some(({ from }) => from < day)
      for (const money of new Set([...before.keys(), ...after.keys()])) {
        const change = ((after.get(money) ?? 0n) - (before.get(money) ?? 0n)) * rateOn(money, day)
        if (whole(before) === 0n && whole(after) > 0n) totals[heldBefore ? 'reactivation' : 'new'] += change
        else if (whole(before) > 0n && whole(after) === 0n) totals.churned -= change
        else if (change > 0n) totals.expansion += change
        else totals.contraction -= change
      }
    }
  }
  totals.net = totals.end - totals.start
  totals.mrr = totals.end
  return totals
}

function texted(millionths: bigint): string {
  const digits = (millionths < 0n ? -millionths : millionths).toString().padStart(7, '0')
  return `${millionths < 0n ? '-' : ''}${digits.slice(0, -6)}.${digits.slice(-6)}`.replace(/\.?0+$/, '')
}

const TODAY = Math.floor(NOW_MS / DAY_MS) * DAY_MS

describe('movements of several currencies, at random', () => {
  it.each([1, 2, 3, 4])('are what plain loops over days make of them (%i)', async (seed) => {
    const random = randomOf(seed)
    const customers = ['a', 'b', 'c', 'd', 'e'].map((customer) => ({ customer, country: pick(random, ['DE', 'US']) }))
    const rows = Array.from({ length: 22 }, (): Row => {
      // Few different days, so that changes meet on one.
      const from = FIRST + random(DAYS / 5) * 5 * DAY_MS
      return { customer: pick(random, customers).customer, cents: 1 + random(9_999), money: pick(random, ['EUR', 'USD', 'GBP', 'JPY']), from, until: random(3) === 0 ? null : from + (1 + random(12)) * 5 * DAY_MS }
    })
    const rates = new Map<string, { money: string; day: number; rate: number }>()
    for (const money of ['EUR', 'GBP', 'JPY']) {
      for (let n = 0; n < 14; n++) {
        const day = n === 0 ? FIRST - 30 * DAY_MS : FIRST + random(DAYS) * DAY_MS
        rates.set(`${money}${day}`, { money, day, rate: 1 + random(19_999) })
      }
    }
    const sorted = [...rates.values()].toSorted((a, b) => b.day - a.day)
    const rateOn: RateOn = (money, dayMs) => (money === 'USD' ? 10_000n : BigInt(sorted.find((one) => one.money === money && one.day <= dayMs)?.rate ?? 0))
    const world = await smallWorld(
      MODEL,
      {
        subscriptions: {
          columns: { id: 'BIGINT', customer: 'VARCHAR', began: 'DATE', ended: 'DATE', price: 'DECIMAL(12,2)', money: 'VARCHAR' },
          rows: rows.map(({ customer, cents, money, from, until }, id) => ({ id, customer, began: dateText(from), ended: until === null ? null : dateText(until), price: (cents / 100).toFixed(2), money })),
        },
        customers: { columns: { customer: 'VARCHAR', country: 'VARCHAR' }, rows: customers },
        fx: { columns: { from_money: 'VARCHAR', day: 'DATE', rate: 'DOUBLE' }, rows: sorted.map(({ money, day, rate }) => ({ from_money: money, day: dateText(day), rate: rate / 10_000 })) },
      },
      NOW,
    )
    try {
      for (let batch = 0; batch < 5; batch++) {
        const start = FIRST + random(DAYS - 40) * DAY_MS
        const end = start + (1 + random(120)) * DAY_MS
        const grain = pick(random, ['day', 'week', 'month', 'quarter'] as const)
        const country = pick(random, [null, 'DE', 'US'])
        const own = country === null ? rows : rows.filter(({ customer }) => customers.find((one) => one.customer === customer)?.country === country)
        const session = world.session()
        const asked = { start: dateText(start), end: dateText(end), grain, ...(country === null ? {} : { where: is('country', country) }) }
        const answers = await Promise.all(COMPONENTS.map((metric) => world.ask(metric, asked, session)))
        const expected = (answers[0]?.buckets ?? []).map((bucket: Bucket) => {
          if (bucket.startUtcMs >= NOW_MS) return 'AFTER_WATERMARK'
          if (bucket.endLocalMs <= Math.min(...rows.map(({ from }) => from))) return 'BEFORE_FIRST_DATA'
          return flowsOf(own, rateOn, bucket.startLocalMs, Math.min(bucket.endLocalMs - DAY_MS, TODAY))
        })
        COMPONENTS.forEach((metric, index) => {
          const got = cellsOf(answers[index] ?? { groups: [], buckets: [], unavailable: null, provenance: { asOfUtcMs: 0, stale: false, dataVersions: {} } }).map((cell) => (metric === 'mrr' && cell.reason === 'NO_ROWS' ? '0' : told(cell)))
          expect(got, JSON.stringify({ ...asked, metric })).toEqual(expected.map((one) => (typeof one === 'string' ? one : texted(one[metric]))))
        })
      }
    } finally {
      await world.close()
    }
  })
})
