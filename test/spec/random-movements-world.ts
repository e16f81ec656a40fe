// Random subscriptions of a few customers, asked for every component of their movement, against a count by hand in plain loops.

import { expect } from 'vitest'
import type { AnalyticsSession, MetricAnswer } from '../../src/answer/types.ts'
import type { Grain } from '../../src/base/grain.ts'
import { resolvePeriod } from '../../src/base/period.ts'
import { loadModel } from '../../src/model/load-model.ts'
import type { Predicate } from '../../src/model/predicate.ts'
import type { Model } from '../../src/model/types.ts'
import type { AskKey } from '../../src/plan/ask.ts'
import { openTestSource } from '../engines/open-test-source.ts'
import type { TestSource } from '../engines/open-test-source.ts'
import { clockMs, instantOf, localMsOf, walkBuckets, walkedPeriod } from '../oracle/calendar.ts'
import { FLOWS, followedOf, movementsOf } from '../oracle/movement.ts'
import type { HeldRow, Stock, Totals } from '../oracle/movement.ts'
import { belongs } from '../oracle/row-test.ts'
import type { Cell, Row } from '../oracle/row-test.ts'

const DAY_MS = 86_400_000
const CALENDAR = { weekStart: 1, fiscalYearStart: 1 }
const COMPONENTS = ['start', ...FLOWS, 'end'] as const
const FOLLOWED = ['followed_start', 'followed_end', 'followed_kept'] as const
const WINDOWS = { month: { count: 1, unit: 'month' }, year: { count: 12, unit: 'month' }, days: { count: 30, unit: 'day' } } as const
export const STOCKS = ['subscriptions', 'leases', 'passes', 'contracts'] as const
/** What the clocks of contracts show. */
const BERLIN = 'Europe/Berlin'
export const ZONES = ['UTC', 'America/New_York', 'Pacific/Auckland', 'Asia/Kolkata'] as const

const metricsOf = (stock: string): string =>
  [...COMPONENTS, 'net', 'fx']
    .flatMap((component) => (component === 'fx' ? ['amount'] : ['amount', 'entities']).map((of) => `  - { name: ${stock}_${component}_${of}, type: movement, semantic_model: ${stock}, entity: customer, expr: price, filter: "status <> 'void'", component: ${component}, of: ${of}, unit: ${of === 'amount' ? 'currency' : 'count'} }`))
    .concat(
      Object.entries(WINDOWS).flatMap(([name, { count, unit }]) =>
        FOLLOWED.flatMap((component) =>
          ['amount', 'entities'].map((of) => `  - { name: ${stock}_${component}_${name}_${of}, type: movement, semantic_model: ${stock}, entity: customer, expr: price, filter: "status <> 'void'", component: ${component}, of: ${of}, window: ${count} ${unit}s, unit: ${of === 'amount' ? 'currency' : 'count'} }`),
        ),
      ),
    )
    .concat([`  - { name: ${stock}_stock, semantic_model: ${stock}, agg: sum, expr: price, filter: "status <> 'void'", as_of: period_end, unit: currency }`])
    .join('\n')

const stockYaml = (name: string, granularity: string, validity: string, clock = ''): string => `
  - name: ${name}
    table: ${name}
    entities: [{ name: ${name}_row, type: primary, expr: row_id }, { name: customer, type: foreign, expr: customer_id }]
    dimensions:
      - { name: begins_${name}, type: time, expr: begins, granularity: ${granularity}${clock} }
      - { name: ends_${name}, type: time, expr: ends, granularity: ${granularity}${clock} }
      - { name: ${name}_plan, type: categorical, expr: plan }
      - { name: ${name}_status, type: categorical, expr: status }
    validity: ${validity}`

const MODEL = `
semantic_models:
  - name: customers
    table: customers
    entities: [{ name: customer, type: primary, expr: customer_id }]
    dimensions: [{ name: country, type: categorical }]
${stockYaml('subscriptions', 'day', '{ start: begins_subscriptions, end: ends_subscriptions }')}
${stockYaml('leases', 'minute', '{ start: begins_leases, end: ends_leases }')}
${stockYaml('passes', 'day', '{ start: begins_passes, end: ends_passes, end_inclusive: true }')}
${stockYaml('contracts', 'minute', '{ start: begins_contracts, end: ends_contracts }', `, timezone: ${BERLIN}`)}
metrics:
${STOCKS.map(metricsOf).join('\n').replaceAll(/(semantic_model: (\w+),.*?filter: ")status/g, '$1$2_status')}
`

export function movementModel(): Model {
  const loaded = loadModel([{ name: 'm.yml', text: MODEL }], { source: 'shop' })
  if (!loaded.ok) throw new Error(loaded.problems.map(({ message }) => message).join('\n'))
  return loaded.model
}

const isMoment = (stock: string): boolean => stock === 'leases' || stock === 'contracts'

type Random = () => number
const pick = <T>(random: Random, items: readonly T[]): T => items[Math.floor(random() * items.length)] as T
const dayText = (day: number): string => new Date(day * DAY_MS).toISOString().slice(0, 10)
const momentText = (ms: number): string => new Date(ms).toISOString().slice(0, 19).replace('T', ' ')

const FIRST_DAY = Date.UTC(2023, 0, 10) / DAY_MS
const DAYS = 460
export const NOW = Date.UTC(2024, 3, 2, 15, 30)

export function randomTables(random: Random, negatives: boolean): Record<string, readonly Row[]> {
  const customers = ['a', 'b', 'c', 'd', 'e', 'f', 'g'].map((customer_id) => ({ customer_id, country: pick(random, ['DE', 'US', null]) }))
  const rows = (stock: (typeof STOCKS)[number]): readonly Row[] =>
    Array.from({ length: 26 }, (_, index) => {
      // Few different days, so that changes meet on one.
      const at = (): number => FIRST_DAY + Math.floor((random() * DAYS) / 6) * 6 + pick(random, [0, 0, 0, 1])
      const from = at()
      const until = pick(random, [from + Math.floor(random() * 14), at(), at(), from])
      const hour = (): number => Math.floor(random() * 48) * 1_800_000
      const begins = isMoment(stock) ? momentText(from * DAY_MS + hour()) : dayText(from)
      const ends = isMoment(stock) ? momentText(until * DAY_MS + hour()) : dayText(until)
      return {
        row_id: index,
        customer_id: random() < 0.06 ? null : pick(random, ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'stranger', '']),
        plan: pick(random, ['basic', 'basic', 'pro', 'max', null]),
        status: random() < 0.08 ? 'void' : 'ok',
        price: random() < 0.05 ? null : pick(random, negatives ? ['10.00', '25.50', '-10.00', '-3.10', '0.00'] : ['10.00', '10.00', '25.50', '99.99', '0.10', '0.00']),
        begins: random() < 0.04 ? null : begins,
        ends: random() < 0.3 ? null : ends,
      }
    })
  return { customers, ...Object.fromEntries(STOCKS.map((stock) => [stock, rows(stock)])) }
}

export interface Case {
  readonly stock: (typeof STOCKS)[number]
  readonly zone: string
  readonly start: string
  readonly end: string
  readonly grain: Grain | null
  readonly predicate: Predicate
  readonly by: readonly AskKey[]
  readonly window: keyof typeof WINDOWS
}

export function randomCase(random: Random): Case {
  const stock = pick(random, STOCKS)
  const is = (dimension: string, ...values: string[]): Predicate => ({ kind: 'atom', dimension, test: { op: 'in', values, caseInsensitive: false } })
  const plan = `${stock}_plan`
  const all: Predicate = { kind: 'all' }
  const predicate = pick<Predicate>(random, [all, all, is(plan, 'pro'), is(plan, 'basic', 'max'), { kind: 'not', of: is(plan, 'pro') }, is('country', 'DE'), { kind: 'and', of: [is('country', 'US'), is(plan, 'basic')] }, { kind: 'atom', dimension: plan, test: { op: 'isNull' } }])
  const from = Math.floor(random() * 420) + FIRST_DAY - 20
  const grain = pick<Grain | null>(random, ['day', 'week', 'month', 'quarter', 'year', null])
  const length = grain === 'day' ? 20 + Math.floor(random() * 40) : 10 + Math.floor(random() * 300)
  const cut = random() < 0.15 ? 'T10:30' : ''
  const [zone, keys] = [pick(random, ZONES), pick<readonly string[]>(random, [[], [], [plan], ['country'], [plan, 'country']])]
  return { stock, zone, start: `${dayText(from)}${cut}`, end: `${dayText(from + length)}${cut}`, grain, predicate, by: keys.map((dimension) => ({ kind: 'dimension', dimension })), window: pick(random, ['month', 'year', 'days'] as const) }
}

function stockOf(tables: Record<string, readonly Row[]>, { stock, predicate, by }: Case): Stock {
  const countries = new Map((tables.customers ?? []).map(({ customer_id, country }) => [customer_id, country]))
  const time = isMoment(stock) ? 'moment' : 'day'
  const when = (cell: Cell | undefined): number | null => (typeof cell !== 'string' ? null : time === 'day' ? clockMs(cell) / DAY_MS : stock === 'contracts' ? instantOf(BERLIN, clockMs(cell)) : clockMs(cell))
  const rows = (tables[stock] ?? []).flatMap((row): readonly HeldRow[] => {
    if (row.status === 'void') return []
    const cellOf = (dimension: string): { cell: Cell; kind: string; utcMs: null } => ({ cell: (dimension === 'country' ? countries.get(row.customer_id ?? null) : row.plan) ?? null, kind: 'text', utcMs: null })
    return [
      {
        entity: row.customer_id as string | null,
        cents: row.price === null ? null : BigInt(String(row.price).replace('.', '')),
        start: when(row.begins),
        end: when(row.ends),
        in: belongs(predicate, cellOf),
        group: JSON.stringify(by.map((key) => (key.kind === 'dimension' ? cellOf(key.dimension).cell : null))),
      },
    ]
  })
  return { rows, time, endInclusive: stock === 'passes' }
}

/** By group: cents, or a count, of each bucket; a reason where there is no number. */
function told(answer: MetricAnswer, of: 'amount' | 'entities'): Record<string, readonly string[]> {
  return Object.fromEntries(answer.groups.map(({ values, cells }) => [JSON.stringify(values), cells.map(({ exact, reason }) => (exact === null ? String(reason) : of === 'entities' ? exact : String(Math.round(Number(exact) * 100))))]))
}

function wanted(totals: Map<string, Totals[]>, part: string, by: readonly AskKey[], known: readonly (string | null)[]): Record<string, readonly string[]> {
  const groups = new Map(by.length === 0 ? [['[]', [] as readonly Totals[]], ...totals] : [...totals].filter(([, buckets]) => buckets.some((one) => Object.values(one).some((value) => value !== 0n))))
  return Object.fromEntries([...groups].map(([group, buckets]) => [group, known.map((reason, index) => reason ?? String(buckets[index]?.[part] ?? 0n))]))
}

export function openRandomStocks(tables: Record<string, readonly Row[]>): Promise<TestSource> {
  const columns = { row_id: 'BIGINT', customer_id: 'VARCHAR', plan: 'VARCHAR', status: 'VARCHAR', price: 'DECIMAL(12,2)' } as const
  return openTestSource('shop', {
    customers: { columns: { customer_id: 'VARCHAR', country: 'VARCHAR' }, rows: tables.customers ?? [] },
    subscriptions: { columns: { ...columns, begins: 'DATE', ends: 'DATE' }, rows: tables.subscriptions ?? [] },
    leases: { columns: { ...columns, begins: 'TIMESTAMPTZ', ends: 'TIMESTAMPTZ' }, rows: tables.leases ?? [] },
    passes: { columns: { ...columns, begins: 'DATE', ends: 'DATE' }, rows: tables.passes ?? [] },
    contracts: { columns: { ...columns, begins: 'TIMESTAMP', ends: 'TIMESTAMP' }, rows: tables.contracts ?? [] },
  })
}

interface AnsweredPart<C extends string> {
  readonly component: C
  readonly of: 'amount' | 'entities'
  readonly answer: MetricAnswer
}

export interface AnsweredCase {
  readonly one: Case
  readonly stock: MetricAnswer
  readonly flows: readonly AnsweredPart<(typeof COMPONENTS)[number] | 'net'>[]
  readonly followed: readonly AnsweredPart<(typeof FOLLOWED)[number]>[]
}

/** Every component of a case, in amounts and entities, beside the stock itself; all at once, so that they are planned together. */
export async function askEverything(session: AnalyticsSession, one: Case): Promise<AnsweredCase> {
  const ask = (metric: string): Promise<MetricAnswer> =>
    session.metric({ metric: `${one.stock}_${metric}`, predicate: one.predicate, by: one.by, grain: one.grain, period: resolvePeriod({ between: { start: one.start, end: one.end } }, { zone: one.zone, nowUtcMs: NOW, calendar: CALENDAR }) })
  const both = <C extends string>(components: readonly C[], name: (component: C) => string): Promise<readonly AnsweredPart<C>[]> =>
    Promise.all(components.flatMap((component) => (['amount', 'entities'] as const).map(async (of) => ({ component, of, answer: await ask(`${name(component)}_${of}`) }))))
  const [stock, flows, followed] = await Promise.all([ask('stock'), both([...COMPONENTS, 'net'], (component) => component), both(FOLLOWED, (component) => `${component}_${one.window}`)])
  return { one, stock, flows, followed }
}

export function expectByHand(tables: Record<string, readonly Row[]>, { one, flows, followed, stock }: AnsweredCase): void {
  const rows = stockOf(tables, one)
  const buckets = walkBuckets(walkedPeriod(one.zone, one.start, one.end), one.grain, CALENDAR)
  const earliest = Math.min(...(tables[one.stock] ?? []).flatMap(({ begins }) => (typeof begins === 'string' ? [clockMs(begins)] : [])))
  const first = one.stock === 'contracts' ? instantOf(BERLIN, earliest) : earliest
  const known = buckets.map((bucket) => (bucket.startUtcMs >= NOW ? 'AFTER_WATERMARK' : (rows.time === 'day' ? bucket.endLocalMs : bucket.endUtcMs) <= first ? 'BEFORE_FIRST_DATA' : null))
  const totals = movementsOf(rows, buckets, one.zone, NOW)
  for (const { component, of, answer } of flows) {
    const part = of === 'entities' ? `entities ${component}` : component
    if (component === 'net') {
      const net = new Map([...totals].map(([group, list]) => [group, list.map((all): Totals => ({ ...all, net: (all.end ?? 0n) - (all.start ?? 0n), 'entities net': (all['entities end'] ?? 0n) - (all['entities start'] ?? 0n) }))]))
      expect({ one, part, found: told(answer, of) }).toEqual({ one, part, found: wanted(net, part, one.by, known) })
      continue
    }
    expect({ one, part, found: told(answer, of) }).toEqual({ one, part, found: wanted(totals, part, one.by, known) })
  }
  const window = WINDOWS[one.window]
  const followedTotals = followedOf(rows, buckets, one.zone, NOW, window)
  const covered = buckets.map((bucket, index) => {
    if (known[index] !== null) return known[index] ?? null
    const end = Math.ceil((bucket.endUtcMs > NOW ? localMsOf(one.zone, NOW) : bucket.endLocalMs) / DAY_MS) * DAY_MS
    const date = new Date(end)
    const start = window.unit === 'day' ? end - window.count * DAY_MS : earlierMonths(date, window.count)
    const startMs = rows.time === 'day' ? start : start - (localMsOf(one.zone, start) - start)
    return startMs <= first ? 'WINDOW_NOT_COVERED' : null
  })
  for (const { component, of, answer } of followed) {
    const part = of === 'entities' ? `entities ${component}` : component
    expect({ one, part, found: told(answer, of) }).toEqual({ one, part, found: wanted(followedTotals, part, one.by, covered) })
  }
  // At the end of every bucket of whole days the movement holds what the stock does.
  if (one.by.length === 0 && !one.end.includes('T')) {
    const end = told(flows.find(({ component, of }) => component === 'end' && of === 'amount')?.answer as MetricAnswer, 'amount')['[]'] ?? []
    const held = told(stock, 'amount')['[]'] ?? []
    expect({ one, end }).toEqual({ one, end: held.map((value) => (value === 'NO_ROWS' ? '0' : value)) })
  }
}

function earlierMonths(date: Date, months: number): number {
  const last = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() - months + 1, 0)).getUTCDate()
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() - months, Math.min(date.getUTCDate(), last))
}
