import { readFileSync } from 'node:fs'
import { loadModel } from '../../src/model/load-model.ts'
import type { Calendar } from '../../src/base/grain.ts'
import type { Model } from '../../src/model/types.ts'
import { clockMs, localMsOf } from './calendar.ts'
import type { Columns, TableSpec } from '../engines/open-test-source.ts'
import type { Cell, Row } from './row-test.ts'

/** The shop of `test/fixtures/shop/model.yml`, bound to the source `shop`. */
export function shopModel(calendar?: Calendar): Model {
  const text = readFileSync(new URL('../fixtures/shop/model.yml', import.meta.url), 'utf8')
  const loaded = loadModel([{ name: 'shop.yml', text }], { source: 'shop', calendar })
  if (!loaded.ok) throw new Error(loaded.problems.map(({ message }) => message).join('\n'))
  return loaded.model
}

export const SHOP_COLUMNS = {
  regions: { region_id: 'VARCHAR', continent: 'VARCHAR' },
  customers: { customer_id: 'VARCHAR', region_id: 'VARCHAR', signup_date: 'DATE', segment: 'VARCHAR', country: 'VARCHAR', score: 'BIGINT', vip: 'BOOLEAN' },
  orders: {
    order_id: 'BIGINT',
    customer_id: 'VARCHAR',
    ordered_at: 'TIMESTAMP',
    placed_at: 'TIMESTAMPTZ',
    shop_clock: 'TIMESTAMP',
    order_date: 'DATE',
    status: 'VARCHAR',
    channel: 'VARCHAR',
    quantity: 'BIGINT',
    amount: 'DECIMAL(12,2)',
    weight: 'DOUBLE',
    rush: 'BOOLEAN',
  },
  subscriptions: { subscription_id: 'BIGINT', customer_id: 'VARCHAR', plan: 'VARCHAR', price: 'DECIMAL(12,2)', start_date: 'DATE', end_date: 'DATE' },
  leases: { lease_id: 'BIGINT', customer_id: 'VARCHAR', leased_at: 'TIMESTAMP', returned_at: 'TIMESTAMP', first_day: 'DATE', last_day: 'DATE', load: 'DOUBLE' },
  balances: { account_id: 'VARCHAR', branch: 'VARCHAR', balance_date: 'DATE', balance: 'DECIMAL(12,2)' },
} as const satisfies Record<string, Columns>

/** A small generator of our own, so that one seed is one shop on every machine. */
export function randomFrom(seed: number): () => number {
  let state = (seed ^ 0x9e3779b9) >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS

export interface ShopSize {
  readonly customers: number
  readonly orders: number
  readonly subscriptions: number
}

/**
 * Two years of a shop from 1 January of `year`, with what breaks careless code: nulls everywhere, keys that lead nowhere, texts
 * with quotes, ties, a customer with half of all orders, rows on midnights and month ends of several zones, days of changed clocks,
 * intervals of no length and without an end.
 */
export function shopTables(seed: number, year: number, size: ShopSize): Readonly<Record<keyof typeof SHOP_COLUMNS, TableSpec & { rows: readonly Row[] }>> {
  const random = randomFrom(seed)
  const int = (below: number): number => Math.floor(random() * below)
  const pick = <T>(items: readonly T[]): T => items[int(items.length)] as T
  const maybe = <T extends Cell>(value: T, share = 0.1): T | null => (random() < share ? null : value)
  const start = Date.UTC(year, 0, 1)
  const date = (ms: number): string => new Date(ms).toISOString().slice(0, 10)
  const clock = (ms: number): string => new Date(ms).toISOString().slice(0, 19).replace('T', ' ')
  // Apia had no such day; a date on it lies in no local day.
  const anyDay = (): number => {
    const ms = random() < 0.3 ? pick(monthEdges) : start + int(730) * DAY_MS
    return ms === Date.UTC(2011, 11, 30) ? ms + DAY_MS : ms
  }
  const monthEdges = Array.from({ length: 24 }, (_, month) => [Date.UTC(year, month, 1), Date.UTC(year, month + 1, 1) - DAY_MS]).flat()
  const clockChanges = [`${year}-03-27 01:00`, `${year}-10-30 01:00`, `${year}-03-13 07:00`, `${year}-11-06 06:00`, `${year}-04-02 15:00`, `${year}-10-01 15:30`, `${year + 1}-03-31 01:00`, `${year + 1}-10-27 01:00`].map(clockMs)
  const zoneOffsets = [0, 1, 2, -5, -4, 5.5, 11, 10.5, 13, 14, -11, -10].map((hours) => hours * HOUR_MS)
  const anyMoment = (): number => {
    const kind = random()
    // Midnights of months in some zone, and the second before.
    if (kind < 0.2) return pick(monthEdges) - pick(zoneOffsets) - int(2) * 1000
    if (kind < 0.35) return pick(clockChanges) + (int(17) - 8) * 900_000
    return start + int(730 * 24 * 60) * 60_000
  }
  const segments = ['SMB', 'SMB', 'SMB', 'Enterprise', "O'Brien; --", 'Zürich', '', 'null']
  const customerKeys = Array.from({ length: size.customers }, (_, index) => `c${index}`)
  const someCustomer = (): string | null => {
    const kind = random()
    if (kind < 0.05) return null
    if (kind < 0.1) return 'nobody'
    return kind < 0.5 ? 'c0' : pick(customerKeys)
  }
  const regions = ['r0', 'r1', 'r2'].map((region_id, index): Row => ({ region_id, continent: index === 2 ? null : ['Europe', 'Asia'][index] ?? null }))
  const customers = customerKeys.map(
    (customer_id): Row => ({
      customer_id,
      region_id: maybe(pick(['r0', 'r1', 'r2', 'r9']), 0.2),
      signup_date: maybe(date(anyDay()), 0.05),
      segment: maybe(pick(segments)),
      country: maybe(pick(['DE', 'DE', 'US', 'IN', 'de']), 0.2),
      score: maybe(int(10)),
      vip: maybe(random() < 0.3),
    }),
  )
  const orders = Array.from({ length: size.orders }, (_, index): Row => {
    const moment = anyMoment()
    return {
      order_id: index,
      customer_id: someCustomer(),
      ordered_at: maybe(clock(moment), 0.03),
      placed_at: maybe(clock(anyMoment()), 0.03),
      // A clock never shows a time that was skipped.
      shop_clock: maybe(clock(localMsOf('Europe/Berlin', moment)), 0.03),
      order_date: maybe(date(anyDay()), 0.03),
      status: maybe(pick(['paid', 'paid', 'paid', 'failed', 'Paid', 'refund'])),
      channel: maybe(pick(['web', 'shop', 'phone 100%', 'a_b', 'a\\b'])),
      quantity: maybe(int(6)),
      amount: maybe((int(30_000) / 100 - 20).toFixed(2)),
      weight: maybe(int(400) / 4),
      rush: maybe(random() < 0.4),
    }
  })
  const subscriptions = Array.from({ length: size.subscriptions }, (_, index): Row => {
    const from = anyDay()
    const length = random() < 0.15 ? 0 : random() < 0.3 ? pick(monthEdges) - from : int(300) * DAY_MS
    const until = Math.max(from, from + length)
    return {
      subscription_id: index,
      customer_id: someCustomer(),
      plan: maybe(pick(['basic', 'pro', 'pro', 'max'])),
      price: maybe((int(20_000) / 100).toFixed(2)),
      start_date: maybe(date(from), 0.03),
      end_date: maybe(date(until === Date.UTC(2011, 11, 30) ? until + DAY_MS : until), 0.3),
    }
  })
  const leases = Array.from({ length: size.subscriptions }, (_, index): Row => {
    const from = anyMoment()
    const until = random() < 0.1 ? from : from + int(200 * 24) * HOUR_MS
    const [first, last] = [anyDay(), anyDay()].toSorted((a, b) => a - b) as [number, number]
    return {
      lease_id: index,
      customer_id: someCustomer(),
      leased_at: maybe(clock(from), 0.03),
      returned_at: maybe(clock(until), 0.3),
      first_day: maybe(date(first), 0.03),
      last_day: maybe(date(last), 0.2),
      load: maybe(int(100) / 4),
    }
  })
  const balances = Array.from({ length: size.subscriptions }, (): Row => {
    return { account_id: maybe(`a${int(4)}`), branch: maybe(pick(['north', 'south'])), balance_date: maybe(date(anyDay()), 0.03), balance: maybe((int(100_000) / 100).toFixed(2)) }
  })
  const table = <Name extends keyof typeof SHOP_COLUMNS>(name: Name, rows: readonly Row[]): TableSpec & { rows: readonly Row[] } => ({ columns: SHOP_COLUMNS[name], rows })
  return {
    regions: table('regions', regions),
    customers: table('customers', customers),
    orders: table('orders', orders),
    subscriptions: table('subscriptions', subscriptions),
    leases: table('leases', leases),
    balances: table('balances', balances),
  }
}

/** A shop of hundreds of thousands of rows, in the order of their time as data arrives; made by the engine. Without nulls in keys. */
export function largeShopTables(year: number, orders: number): Readonly<Record<keyof typeof SHOP_COLUMNS, TableSpec>> {
  const day = `DATE '${year}-01-01'`
  const clock = `TIMESTAMP '${year}-01-01'`
  const pick = (values: readonly string[], seed: number): string => `list_extract([${values.map((value) => `'${value}'`).join(', ')}], 1 + (hash(i + ${seed}) % ${values.length})::INTEGER)`
  const customer = `CASE WHEN hash(i + 1) % 3 = 0 THEN 'c0' ELSE 'c' || (hash(i + 2) % 20000) END`
  const minutes = `to_minutes(CAST(i * 1051200 / ${orders} AS BIGINT))`
  const started = `CAST(i * 720 / ${orders} AS INTEGER)`
  return {
    regions: { columns: SHOP_COLUMNS.regions, rows: `VALUES ('r0', 'Europe'), ('r1', 'Asia'), ('r2', NULL)` },
    customers: {
      columns: SHOP_COLUMNS.customers,
      rows: `SELECT 'c' || i, 'r' || (i % 4), ${day} + CAST(i % 700 AS INTEGER), ${pick(['SMB', 'SMB', 'Enterprise', 'Zürich'], 3)}, ${pick(['DE', 'US', 'IN'], 4)}, hash(i) % 10, hash(i + 5) % 3 = 0 FROM range(20000) t(i)`,
    },
    orders: {
      columns: SHOP_COLUMNS.orders,
      rows: `SELECT i, ${customer}, ${clock} + ${minutes}, CAST(${clock} + ${minutes} AS TIMESTAMPTZ), ${clock} + ${minutes}, CAST(${clock} + ${minutes} AS DATE), ${pick(['paid', 'paid', 'failed', 'refund'], 6)}, ${pick(['web', 'shop', 'a_b'], 7)}, hash(i + 8) % 6, (hash(i + 9) % 30000)::DECIMAL(12,2) / 100 - 20, (hash(i + 10) % 400) / 4.0, hash(i + 11) % 2 = 0 FROM range(${orders}) t(i)`,
    },
    subscriptions: {
      columns: SHOP_COLUMNS.subscriptions,
      rows: `SELECT i, ${customer}, ${pick(['basic', 'pro', 'max'], 12)}, (hash(i + 13) % 20000)::DECIMAL(12,2) / 100, ${day} + ${started}, CASE WHEN hash(i + 14) % 4 = 0 THEN NULL ELSE ${day} + ${started} + CAST(hash(i + 15) % 300 AS INTEGER) END FROM range(${orders}) t(i)`,
    },
    leases: { columns: SHOP_COLUMNS.leases, rows: [] },
    balances: { columns: SHOP_COLUMNS.balances, rows: [] },
  }
}
