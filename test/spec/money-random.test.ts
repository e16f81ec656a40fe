import { describe, expect, it } from 'vitest'
import type { Bucket } from '../../src/base/bucket.ts'
import type { Predicate } from '../../src/model/predicate.ts'
import { is, smallWorld, told } from '../oracle/small-world.ts'

// Converted money against plain loops: whole cents times rates of four decimals, in millionths.

const NOW = '2025-06-18T09:00:00Z'
const NOW_MS = Date.parse(NOW)
const DAY_MS = 86_400_000
const CURRENCIES = ['EUR', 'USD', 'GBP', 'JPY', null] as const
const COUNTRIES = ['DE', 'US', 'JP', null] as const

const MODEL = `
semantic_models:
  - name: payments
    table: payments
    agg_time_dimension: paid
    dimensions:
      - { name: paid, type: time, granularity: day }
      - { name: country, type: categorical }
      - { name: money, type: categorical }
  - name: subscriptions
    table: subscriptions
    dimensions:
      - { name: began, type: time, granularity: day }
      - { name: ended, type: time, granularity: day }
      - { name: country, type: categorical, public_name: land }
      - { name: money, type: categorical, public_name: priced_in }
    validity: { start: began, end: ended }
  - name: fx
    table: fx
    agg_time_dimension: day
    dimensions:
      - { name: day, type: time, granularity: day }
      - { name: from_money, type: categorical }
metrics:
  - { name: sum, semantic_model: payments, agg: sum, expr: amount, unit: currency, currency: { dimension: money } }
  - { name: average, semantic_model: payments, agg: average, expr: amount, unit: currency, currency: { dimension: money } }
  - { name: min, semantic_model: payments, agg: min, expr: amount, unit: currency, currency: { dimension: money } }
  - { name: max, semantic_model: payments, agg: max, expr: amount, unit: currency, currency: { dimension: money } }
  - { name: stock, semantic_model: subscriptions, agg: sum, expr: amount, as_of: period_end, unit: currency, currency: { dimension: priced_in } }
`
const RATES = 'exchange_rates: { semantic_model: fx, currency: from_money, date: day, rate: rate, to: USD }\n'

type Random = (below: number) => number

function randomOf(seed: number): Random {
  let state = seed
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}

const dateText = (ms: number): string => new Date(ms).toISOString().slice(0, 10)
const FIRST = Date.UTC(2025, 0, 1)
const DAYS = 200

interface Row {
  readonly cents: number
  readonly money: string | null
  readonly country: string | null
  /** The day it was paid, or began. */
  readonly day: number
  readonly ended: number | null
}
interface Rate {
  readonly money: string
  readonly day: number
  /** Ten-thousandths. */
  readonly rate: number
}

const pick = <T>(random: Random, list: readonly T[]): T => list[random(list.length)] as T

function rowsOf(random: Random, count: number, unknown: boolean): readonly Row[] {
  return Array.from({ length: count }, () => {
    const day = FIRST + random(DAYS) * DAY_MS
    const currency = pick(random, unknown ? CURRENCIES : CURRENCIES.slice(0, 4))
    return { cents: random(100_000) - 10_000, money: currency, country: pick(random, COUNTRIES), day, ended: random(2) === 0 ? null : day + (1 + random(90)) * DAY_MS }
  })
}

/** Numerator in millionths and how many, or a reason. */
type Answer = { readonly millionths: bigint; readonly count: number } | string

/** Why nothing can be known of a bucket, whatever the slice; null where something can. */
function uncovered(all: readonly Row[], bucket: Bucket): string | null {
  if (bucket.startLocalMs >= NOW_MS) return 'AFTER_WATERMARK'
  return bucket.endLocalMs <= Math.min(...all.map(({ day }) => day)) ? 'BEFORE_FIRST_DATA' : null
}

function slowly(metric: string, rows: readonly Row[], rates: readonly Rate[] | null, bucket: Bucket): Answer {
  const end = Math.min(bucket.endLocalMs, Math.ceil(NOW_MS / DAY_MS) * DAY_MS)
  return convert(metric, rows.filter(({ day, ended }) => (metric === 'stock' ? day < end && (ended === null || ended >= end) : day >= bucket.startLocalMs && day < end)), rates, end)
}

function convert(metric: string, rows: readonly Row[], rates: readonly Rate[] | null, end: number): Answer {
  if (rows.length === 0) return 'NO_ROWS'
  const currencies = new Set(rows.map(({ money }) => money))
  if (currencies.size > 1 && (rates === null || currencies.has(null))) return 'MIXED_CURRENCIES'
  const converted: bigint[] = []
  for (const { cents, money, day } of rows) {
    let rate: number | undefined = 10_000
    if (rates !== null && money !== null && money !== 'USD') {
      const on = metric === 'stock' ? end - DAY_MS : day
      rate = rates.filter((one) => one.money === money && one.day <= on).toSorted((a, b) => b.day - a.day)[0]?.rate
      if (rate === undefined) return 'EXCHANGE_RATE_MISSING'
    }
    converted.push(BigInt(cents) * BigInt(rate))
  }
  if (metric === 'min' || metric === 'max') {
    const best = converted.reduce((a, b) => ((metric === 'min' ? b < a : b > a) ? b : a))
    return { millionths: best, count: 1 }
  }
  return { millionths: converted.reduce((a, b) => a + b), count: metric === 'average' ? converted.length : 1 }
}

function texted(answer: Answer): string | number {
  if (typeof answer === 'string') return answer
  const { millionths, count } = answer
  if (count > 1) return Number(millionths) / 1e6 / count
  const sign = millionths < 0n ? '-' : ''
  const digits = (millionths < 0n ? -millionths : millionths).toString().padStart(7, '0')
  return `${sign}${digits.slice(0, -6)}.${digits.slice(-6)}`.replace(/\.?0+$/, '')
}

const GRAINS = ['day', 'week', 'month', 'quarter', null] as const
const METRICS = ['sum', 'average', 'min', 'max', 'stock'] as const

describe('money of several currencies, at random', () => {
  it.each([
    { seed: 1, withRates: true, unknown: false },
    { seed: 2, withRates: true, unknown: true },
    { seed: 3, withRates: false, unknown: true },
    { seed: 4, withRates: true, unknown: false },
  ])('is what plain loops make of it ($seed)', async ({ seed, withRates, unknown }) => {
    const random = randomOf(seed)
    const payments = rowsOf(random, 70, unknown)
    const subscriptions = rowsOf(random, 30, unknown)
    const known = new Map<string, Rate>()
    for (let n = 0; n < 60; n++) {
      const rate: Rate = { money: pick(random, ['EUR', 'GBP', 'JPY']), day: FIRST + (random(DAYS) - 20) * DAY_MS, rate: 1 + random(20_000) }
      known.set(`${rate.money}${rate.day}`, rate)
    }
    const rates = [...known.values()]
    const cents = (value: number): string => `${value < 0 ? '-' : ''}${Math.floor(Math.abs(value) / 100)}.${String(Math.abs(value) % 100).padStart(2, '0')}`
    const world = await smallWorld(
      MODEL + (withRates ? RATES : ''),
      {
        payments: { columns: { paid: 'DATE', amount: 'DECIMAL(12,2)', money: 'VARCHAR', country: 'VARCHAR' }, rows: payments.map((row) => ({ paid: dateText(row.day), amount: cents(row.cents), money: row.money, country: row.country })) },
        subscriptions: { columns: { began: 'DATE', ended: 'DATE', amount: 'DECIMAL(12,2)', money: 'VARCHAR', country: 'VARCHAR' }, rows: subscriptions.map((row) => ({ began: dateText(row.day), ended: row.ended === null ? null : dateText(row.ended), amount: cents(row.cents), money: row.money, country: row.country })) },
        fx: { columns: { from_money: 'VARCHAR', day: 'DATE', rate: 'DOUBLE' }, rows: rates.map((rate) => ({ from_money: rate.money, day: dateText(rate.day), rate: rate.rate / 10_000 })) },
      },
      NOW,
    )
    try {
      for (let batch = 0; batch < 8; batch++) {
        const session = world.session()
        const asks = Array.from({ length: 8 }, () => {
          const metric = pick(random, METRICS)
          const all = metric === 'stock' ? subscriptions : payments
          const [land, money] = metric === 'stock' ? ['land', 'priced_in'] : ['country', 'money']
          const start = FIRST + (random(DAYS) - 10) * DAY_MS
          const end = start + (1 + random(120)) * DAY_MS
          const slice = pick(random, ['all', 'country', 'money', 'two'] as const)
          const wanted = pick(random, ['DE', 'US', 'JP'])
          const kept = (row: Row): boolean => slice === 'all' || (slice === 'country' ? row.country === wanted : slice === 'money' ? row.money === 'EUR' : row.money === 'USD' || row.money === 'GBP')
          const where: Predicate = slice === 'all' ? { kind: 'all' } : slice === 'country' ? is(land, wanted) : slice === 'money' ? is(money, 'EUR') : is(money, 'USD', 'GBP')
          const by = pick(random, [undefined, land, money])
          const grain = pick(random, GRAINS)
          const answer = world.ask(metric, { start: dateText(start), end: dateText(end), ...(grain === null ? {} : { grain }), where, ...(by === undefined ? {} : { by }) }, session)
          return { metric, all, kept, by, keyOf: (row: Row) => (by === land ? row.country : row.money), answer, asked: JSON.stringify({ metric, start: dateText(start), end: dateText(end), slice, wanted, by, grain }) }
        })
        for (const { metric, all, kept, by, keyOf, answer, asked } of asks) {
          const { buckets, groups } = await answer
          for (const { values, cells } of groups) {
            const mine = (row: Row): boolean => kept(row) && (by === undefined || keyOf(row) === values[0])
            const expected = buckets.map((bucket) => uncovered(all, bucket) ?? String(texted(slowly(metric, all.filter(mine), withRates ? rates : null, bucket))))
            const got = cells.map((cell) => String(told(cell)))
            expect.soft(got.map(round), asked).toEqual(expected.map(round))
          }
          const present = new Set(groups.map(({ values }) => values[0]))
          if (by !== undefined) expect(all.filter((row) => kept(row) && buckets.some((bucket) => uncovered(all, bucket) === null && typeof slowly(metric, [row], null, bucket) !== 'string') && !present.has(keyOf(row))), asked).toEqual([])
        }
      }
    } finally {
      await world.close()
    }
  })
})

/** Quotients to twelve digits; everything else to the last. */
function round(text: string): string {
  return /^-?\d+\.\d{7,}$/.test(text) ? String(Number(Number(text).toPrecision(12))) : text
}
