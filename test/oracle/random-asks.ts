import * as fc from 'fast-check'
import type { Predicate, Scalar, Test } from '../../src/model/predicate.ts'
import type { GroupKey } from '../../src/plan/ask.ts'
import type { OracleAsk } from './oracle.ts'

/** Asks of every kind over the shop, for fast-check. Shrinking leaves fewer asks with simpler slices. */

type Atoms = Readonly<Record<string, fc.Arbitrary<Test>>>

const oneOf = (...values: readonly Scalar[]): fc.Arbitrary<Test> =>
  fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom(...values).map((value): Test => ({ op: 'in', values: [value], caseInsensitive: false })) },
    { weight: 3, arbitrary: fc.subarray([...values]).map((found): Test => ({ op: 'in', values: found, caseInsensitive: false })) },
    { weight: 1, arbitrary: fc.constant<Test>({ op: 'isNull' }) },
  )

const texts = (...values: readonly string[]): fc.Arbitrary<Test> =>
  fc.oneof(
    { weight: 4, arbitrary: oneOf(...values) },
    {
      weight: 1,
      arbitrary: fc
        .tuple(fc.constantFrom('contains' as const, 'startsWith' as const, 'endsWith' as const), fc.constantFrom(...values, '%', '_', "'", '\\', 'E', 'ü'), fc.boolean())
        .map(([op, text, caseInsensitive]): Test => ({ op, text, caseInsensitive })),
    },
    { weight: 1, arbitrary: fc.constantFrom(...values).map((value): Test => ({ op: 'in', values: [value.toUpperCase()], caseInsensitive: true })) },
    // Ranges over texts as the engine orders them, by code point.
    { weight: 1, arbitrary: rangeOf(...values) },
  )

function rangeOf(...values: readonly Scalar[]): fc.Arbitrary<Test> {
  const bound = fc.option(fc.record({ value: fc.constantFrom(...values), inclusive: fc.boolean() }), { nil: null })
  return fc.record({ op: fc.constant('range' as const), from: bound, to: bound })
}

const numbers = (...values: readonly Scalar[]): fc.Arbitrary<Test> => fc.oneof({ weight: 3, arbitrary: rangeOf(...values) }, { weight: 1, arbitrary: oneOf(...values) })

const customerAtoms: Atoms = {
  customer_code: oneOf('c0', 'c1', 'c2', 'c3', 'nobody'),
  segment: texts('SMB', 'Enterprise', "O'Brien; --", 'Zürich', '', 'null'),
  country: texts('DE', 'US', 'IN', 'de'),
  score: numbers(0, 2, 2.5, 5, 9),
  vip: oneOf(true, false),
  continent: texts('Europe', 'Asia'),
}

const atomsAt = (year: number) => {
  const date = (day: string): string => `${year}-${day}`
  const dates = numbers(date('01-01'), date('03-31'), date('06-15'), date('12-31'), `${year + 1}-02-01`)
  const moments = numbers(`${year}-03-01T00:00:00Z`, `${year}-06-30T22:00:00Z`, `${year + 1}-01-01T05:00:00Z`)
  return {
    customers: { ...customerAtoms, signup_date: dates },
    orders: {
      ...customerAtoms,
      signup_date: dates,
      status: texts('paid', 'failed', 'Paid', 'refund'),
      channel: texts('web', 'shop', 'phone 100%', 'a_b', 'a\\b'),
      quantity: numbers(0, 1, 2.5, 3, 5),
      amount: numbers(-10, 0, 12.5, 99.99, 200),
      weight: numbers(0, 10.25, 50, 99.75),
      rush: oneOf(true, false),
      order_date: dates,
      ordered_at: moments,
      placed_at: moments,
      shop_clock: moments,
    },
    subscriptions: { ...customerAtoms, signup_date: dates, plan: texts('basic', 'pro', 'max'), price: numbers(0, 20, 50.5, 199.99), start_date: dates, end_date: dates },
    leases: { ...customerAtoms, load: numbers(0, 10.25, 20) },
    memberships: { ...customerAtoms, member_since: dates },
    balances: { branch: texts('north', 'south'), account_code: oneOf('a0', 'a1', 'a9') },
  } as const satisfies Record<string, Atoms>
}

export type Subject = keyof ReturnType<typeof atomsAt>

const SUBJECTS: readonly Subject[] = ['orders', 'orders', 'orders', 'orders', 'subscriptions', 'subscriptions', 'customers', 'leases', 'memberships', 'balances']

const METRICS: Readonly<Record<Subject, readonly string[]>> = {
  orders: [
    'revenue', 'gross', 'weight_total', 'items', 'orders', 'orders_with_status', 'buyers', 'average_order', 'average_weight', 'smallest_amount',
    'largest_amount', 'largest_weight', 'median_amount', 'median_quantity', 'weight_p90', 'weight_deviation', 'rush_orders', 'revenue_by_date',
    'orders_by_date', 'buyers_by_date', 'orders_placed', 'buyers_placed', 'orders_at_shop', 'median_at_shop', 'revenue_per_buyer', 'paid_share',
    'gross_change', 'orders_growth', 'gross_in_year', 'orders_28_days', 'buyers_ever',
  ],
  customers: ['signups', 'customers_ever'],
  subscriptions: ['mrr', 'mrr_at_start', 'mrr_average', 'subscriptions', 'active_customers', 'average_price', 'largest_price', 'median_price', 'arpu', 'new_subscriptions'],
  leases: ['leases_out', 'load_out', 'lessees'],
  memberships: ['members', 'members_at_start'],
  balances: ['balance_at_end', 'balance_at_start', 'balance_by_account'],
}

/** Metrics that follow a DATE, or hold between two; they have no hours. */
const BY_DATE = new Set(['mrr', 'mrr_at_start', 'mrr_average', 'subscriptions', 'active_customers', 'average_price', 'largest_price', 'median_price', 'arpu', 'customers_ever', 'members', 'members_at_start', 'revenue_by_date', 'orders_by_date', 'buyers_by_date', 'signups', 'new_subscriptions', 'balance_at_end', 'balance_at_start', 'balance_by_account'])
/** Their offsets and windows begin at calendar bounds, so that no bucket is looked up across two others. */
const BY_OFFSET = new Set(['gross_change', 'orders_growth'])

export const ZONES = ['UTC', 'Europe/Berlin', 'America/New_York', 'Asia/Kolkata', 'Australia/Lord_Howe', 'Pacific/Apia'] as const

function predicates(atoms: Atoms): fc.Arbitrary<Predicate> {
  const atom = fc.constantFrom(...Object.keys(atoms)).chain((dimension) => (atoms[dimension] as fc.Arbitrary<Test>).map((test): Predicate => ({ kind: 'atom', dimension, test })))
  return fc.letrec<{ predicate: Predicate }>((tie) => ({
    predicate: fc.oneof(
      { depthSize: 'small', maxDepth: 3 },
      { weight: 5, arbitrary: atom },
      { weight: 2, arbitrary: fc.constant<Predicate>({ kind: 'all' }) },
      { weight: 1, arbitrary: tie('predicate').map((of): Predicate => ({ kind: 'not', of })) },
      { weight: 2, arbitrary: fc.array(tie('predicate'), { minLength: 1, maxLength: 3 }).map((of): Predicate => ({ kind: 'and', of })) },
      { weight: 1, arbitrary: fc.array(tie('predicate'), { minLength: 1, maxLength: 3 }).map((of): Predicate => ({ kind: 'or', of })) },
    ),
  })).predicate
}

interface Span {
  readonly start: string
  readonly end: string
  readonly grains: readonly OracleAsk['grain'][]
}

/** Whole months, months apart, odd days, hours around changed clocks, and years before and after the data. */
function spansAt(year: number): fc.Arbitrary<Span> {
  const month = (index: number): string => `${year + Math.floor(index / 12)}-${String((index % 12) + 1).padStart(2, '0')}-01`
  const months = fc.tuple(fc.nat(23), fc.integer({ min: 1, max: 13 })).map(([from, length]): Span => ({ start: month(from), end: month(from + length), grains: [null, 'week', 'month', 'quarter', 'year'] }))
  const days = fc.tuple(fc.nat(700), fc.integer({ min: 1, max: 70 })).map(([from, length]): Span => {
    const at = (day: number): string => new Date(Date.UTC(year, 0, 1 + day)).toISOString().slice(0, 10)
    return { start: at(from), end: at(from + length), grains: [null, 'day', 'week', 'month'] }
  })
  const clocks = fc.tuple(fc.constantFrom('03-12', '03-27', '04-02', '10-01', '10-30', '11-05'), fc.constantFrom('T00:00', 'T04:30', 'T13:15'), fc.constantFrom(1, 2, 3, 12)).map(([day, time, length]): Span => {
    const end = new Date(Date.parse(`${year}-${day}T00:00:00Z`) + length * 86_400_000).toISOString().slice(0, 10)
    return { start: `${year}-${day}${time}`, end: `${end}T18:45`, grains: [null, 'hour', 'day', 'month'] }
  })
  const edges = fc.constantFrom<Span>(
    { start: `${year - 1}-11-01`, end: `${year}-03-01`, grains: [null, 'month', 'week'] },
    { start: `${year + 1}-11-15`, end: `${year + 2}-02-10`, grains: [null, 'month', 'day'] },
    { start: `${year}-01-01`, end: `${year}-01-15`, grains: [null, 'day'] },
    { start: `${year - 1}-12-31T06:00`, end: `${year}-01-02T12:00`, grains: ['hour', 'day', null] },
    // More buckets than a statement spells out one by one.
    { start: `${year}-02-01`, end: `${year + 1}-02-01`, grains: ['day'] },
    { start: `${year - 3}-01-05`, end: `${year + 2}-01-01`, grains: ['week'] },
    { start: `${year + 1}-12-20`, end: `${year + 2}-01-01`, grains: [null, 'day'] },
  )
  return fc.oneof({ weight: 5, arbitrary: months }, { weight: 3, arbitrary: days }, { weight: 2, arbitrary: clocks }, { weight: 2, arbitrary: edges })
}

const GROUPINGS: Readonly<Record<Subject, readonly (readonly GroupKey[])[]>> = {
  orders: [
    [{ kind: 'dimension', dimension: 'status' }],
    [{ kind: 'dimension', dimension: 'segment' }],
    [{ kind: 'dimension', dimension: 'continent' }, { kind: 'dimension', dimension: 'rush' }],
    [{ kind: 'dimension', dimension: 'quantity' }],
    [{ kind: 'time', dimension: 'signup_date', grain: 'quarter' }],
    [{ kind: 'date_part', dimension: 'order_date', part: 'day_of_week' }],
    [{ kind: 'date_part', dimension: null, part: 'month_of_year' }],
  ],
  customers: [[{ kind: 'dimension', dimension: 'country' }], [{ kind: 'dimension', dimension: 'continent' }]],
  subscriptions: [[{ kind: 'dimension', dimension: 'plan' }], [{ kind: 'dimension', dimension: 'segment' }, { kind: 'dimension', dimension: 'plan' }]],
  leases: [[{ kind: 'dimension', dimension: 'country' }]],
  memberships: [[{ kind: 'dimension', dimension: 'vip' }]],
  balances: [[{ kind: 'dimension', dimension: 'branch' }], [{ kind: 'dimension', dimension: 'account_code' }]],
}

export function asksAt(year: number, subjects: readonly Subject[] = SUBJECTS): fc.Arbitrary<OracleAsk> {
  const atoms = atomsAt(year)
  const subject = fc.constantFrom(...subjects)
  return subject.chain((name) =>
    fc
      .record({
        metric: fc.constantFrom(...METRICS[name]),
        predicate: predicates(atoms[name]),
        zone: fc.constantFrom(...ZONES),
        span: spansAt(year),
        grain: fc.nat(4),
        by: fc.oneof({ weight: 3, arbitrary: fc.constant<readonly GroupKey[]>([]) }, { weight: 1, arbitrary: fc.constantFrom(...GROUPINGS[name]) }),
      })
      .map(({ metric, predicate, zone, span, grain, by }): OracleAsk => {
        const allowed = span.grains.filter((one) => {
          if (BY_OFFSET.has(metric)) return one === null || one === (metric === 'gross_change' ? 'month' : 'week')
          if (one === 'hour') return !BY_DATE.has(metric)
          return true
        })
        return { metric, predicate, zone, start: span.start, end: span.end, grain: allowed[grain % allowed.length] ?? null, by }
      }),
  )
}
