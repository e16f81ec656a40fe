import { execute, parse, validate } from 'graphql'
import type { ExecutionResult, GraphQLSchema } from 'graphql'
import type { TypedDocumentNode } from '@graphql-typed-document-node/core'
import { buildSchema } from '../../schema/build-schema.ts'
import type { KpiqlContext } from '../../schema/context.ts'
import type { Analytics, AnalyticsSession, BreakdownAsk, Cell, Freshness, MembersAsk, MetricAnswer, RequestStats, SourceStatus, TableAsk } from '../../src/answer/types.ts'
import type { Bucket } from '../../src/base/bucket.ts'
import { bucketsOf } from '../../src/base/bucket.ts'
import { KpiqlError } from '../../src/base/errors.ts'
import { ISO_CALENDAR } from '../../src/base/grain.ts'
import type { Period } from '../../src/base/period.ts'
import { loadModel } from '../../src/model/load-model.ts'
import type { Predicate, Test } from '../../src/model/predicate.ts'
import type { Model } from '../../src/model/types.ts'
import type { MetricAsk } from '../../src/plan/ask.ts'

const SHOP = `
semantic_models:
  - name: orders
    source: shop
    table: orders
    agg_time_dimension: ordered_at
    entities:
      - { name: order, type: primary, expr: order_id }
      - { name: customer, type: foreign, expr: customer_id }
    dimensions:
      - { name: country, type: categorical }
      - { name: amount, type: categorical, value_type: decimal }
      - { name: quantity, type: categorical, value_type: integer }
      - { name: weight, type: categorical, value_type: float }
      - { name: is_gift, type: categorical, value_type: boolean }
      - { name: ordered_at, type: time, granularity: minute }
      - { name: due_on, type: time, granularity: day }
  - name: customers
    source: shop
    table: customers
    agg_time_dimension: joined_on
    entities:
      - { name: customer, type: primary, expr: customer_id }
    dimensions:
      - { name: joined_on, type: time, granularity: day }
      - { name: tier, type: categorical }
metrics:
  - { name: sales, label: Sales, description: What was paid., type: simple, semantic_model: orders, agg: sum, expr: amount, unit: currency, currency: EUR, category: FINANCIAL, frameworks: { AARRR: [REVENUE] }, stage: [EARLY], direction: higher_is_better, interpretation: More is better., deprecated_names: [turnover], benchmark: { text: A hundred a day., good: 100 } }
  - { name: orders, type: simple, semantic_model: orders, agg: count, category: ENGAGEMENT }
  - { name: margin, type: simple, semantic_model: orders, agg: average, expr: amount, unit: percent }
  - { name: broken, type: simple, semantic_model: orders, agg: sum, expr: quantity }
cohorts:
  - { name: gold, entity: customer, where: "tier = 'Gold'" }
  - { name: german, entity: customer, where: "tier = 'German'" }
`

/** A model from YAML. @throws Error with its problems. */
export function modelOf(text: string): Model {
  const loaded = loadModel([{ name: 'test.yml', text }])
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems, null, 2))
  return loaded.model
}

export const shopModel = modelOf(SHOP)

/** Orders by hand: twelve rows; the present is noon of 11 March 2026 in UTC. */
export const NOW = Date.UTC(2026, 2, 11, 12)
const ORDERS: readonly Order[] = [
  { at: '2025-03-05T10:00:00Z', country: 'DE', amount: 80, gold: true },
  { at: '2026-01-15T10:00:00Z', country: 'DE', amount: 10, gold: true },
  { at: '2026-02-02T10:00:00Z', country: 'DE', amount: 20.1, gold: true },
  { at: '2026-02-05T10:00:00Z', country: 'FR', amount: 30, gold: false },
  { at: '2026-02-10T10:00:00Z', country: null, amount: 5, gold: false },
  { at: '2026-02-20T10:00:00Z', country: 'DE', amount: 1000, gold: true },
  { at: '2026-02-28T23:30:00Z', country: 'US', amount: 7, gold: false },
  { at: '2026-03-01T10:00:00Z', country: 'DE', amount: 40.3, gold: true },
  { at: '2026-03-03T10:00:00Z', country: 'FR', amount: 15, gold: false },
  { at: '2026-03-04T10:00:00Z', country: 'US', amount: 8, gold: true },
  { at: '2026-03-05T10:00:00Z', country: null, amount: 2, gold: false },
  { at: '2026-03-10T10:00:00Z', country: 'US', amount: 4, gold: false },
]

interface Order {
  readonly at: string
  readonly country: string | null
  readonly amount: number
  readonly gold: boolean
}

export interface World {
  readonly schema: GraphQLSchema
  readonly model: Model
  /** Metric asks by the tick in which they met. */
  readonly ticks: MetricAsk[][]
  readonly tables: TableAsk[]
  readonly breakdowns: BreakdownAsk[]
  readonly members: MembersAsk[]
  readonly sessions: Freshness[]
  ask<Data = Record<string, unknown>, Variables extends Record<string, unknown> = Record<string, unknown>>(query: string | TypedDocumentNode<Data, Variables>, variables?: Variables): Promise<ExecutionResult<Data>>
}

/** A gateway of plain loops over a dozen rows, which remembers what was asked of it and when. */
export function world(model: Model = shopModel): World {
  const schema = buildSchema(model)
  const ticks: MetricAsk[][] = []
  const tables: TableAsk[] = []
  const breakdowns: BreakdownAsk[] = []
  const members: MembersAsk[] = []
  const sessions: Freshness[] = []

  const session = (freshness: Freshness): AnalyticsSession => {
    sessions.push(freshness)
    let waiting: { ask: MetricAsk; answer: (answer: MetricAnswer) => void; refuse: (error: unknown) => void }[] = []
    const flush = (): void => {
      const batch = waiting
      waiting = []
      ticks.push(batch.map(({ ask }) => ask))
      for (const { ask, answer, refuse } of batch) {
        try {
          answer(answerOf(ask))
        } catch (error) {
          refuse(error)
        }
      }
    }
    return {
      nowUtcMs: NOW,
      stats: {} as RequestStats,
      hasFailed: false,
      metric(ask) {
        // As DataLoader does: after all promises that are due, so that leaves at different depths meet.
        if (waiting.length === 0) void Promise.resolve().then(() => process.nextTick(flush))
        return new Promise((answer, refuse) => waiting.push({ ask, answer, refuse }))
      },
      async breakdown(asked) {
        breakdowns.push(asked)
        const groups = [...new Set(rowsOf(asked.ask.predicate, asked.ask.period).map(({ country }) => country))]
        const rows = groups
          .map((country) => ({ values: [country], cell: cellOf(asked.ask.metric, rowsOf(asked.ask.predicate, asked.ask.period).filter((row) => row.country === country)), share: null }))
          .sort((a, b) => (b.cell.value ?? 0) - (a.cell.value ?? 0))
        const rest = rows.slice(asked.top)
        return {
          rows: rows.slice(0, asked.top),
          other: rest.length === 0 ? null : { cell: cellOf(asked.ask.metric, rowsOf(asked.ask.predicate, asked.ask.period).filter((row) => rest.some(({ values }) => values[0] === row.country))), share: null },
          truncated: rest.length > 0,
          totalCount: rows.length,
          unavailable: null,
          provenance,
        }
      },
      async table(ask) {
        tables.push(ask)
        return {
          columns: [{ name: 'sales', label: 'Sales', type: 'number', role: 'metric', unit: 'currency', currency: 'EUR' }],
          rows: [{ sales: 12.5 }, { sales: null }],
          reasons: [{ row: 1, column: 'sales', reason: 'NO_ROWS', remedy: null }],
          notes: [],
          columnReasons: [],
          totals: null,
          totalsReasons: [],
          totalsNotes: [],
          totalCount: 7,
          hasNextPage: true,
          endCursor: 'c2',
          truncated: true,
          cursorOutdated: false,
          provenance,
        }
      },
      async size({ predicate, period }) {
        return { count: rowsOf(predicate, period).length, reason: null, remedy: null }
      },
      async members(ask) {
        members.push(ask)
        return { ids: ['7', '9'], attributes: [], totalCount: 3, hasNextPage: true, endCursor: 'm2', cursorOutdated: false }
      },
      async dimensionValues({ dimension, search, first }) {
        const values = ['DE', 'FR', 'US'].filter((value) => value.includes(search ?? ''))
        return { values: values.slice(0, first).map((value) => ({ value, rows: dimension.length })), totalCount: values.length, truncated: values.length > first }
      },
      retention: () => Promise.reject(new Error('Not of this world.')),
      funnel: () => Promise.reject(new Error('Not of this world.')),
      drill: () => Promise.reject(new Error('Not of this world.')),
      async explain({ metric }) {
        return {
          formula: `sum of ${metric}`,
          implementation: 'The only one.',
          lineage: [{ metric, semanticModel: 'orders', source: 'shop', expression: 'amount' }],
          sources: [{ name: 'shop', connector: 'memory', dataVersion: 'v1', asOfUtcMs: NOW }],
          scans: [{ source: 'shop', semanticModel: 'orders', form: 'rows', why: 'There are twelve.', sql: 'SELECT 1', params: [] }],
          rollup: null,
        }
      },
    }
  }

  const analytics: Analytics = {
    session: ({ freshness }) => session(freshness),
    sources: async () => sources,
    dataVersions: async () => ({ shop: 'v1' }),
    dimensionsOf: (metric) => (metric === 'orders' ? ['country', 'tier'] : ['country']),
    nowUtcMs: () => NOW,
    finestGrain: () => 'minute',
    planning: () => Promise.reject(new Error('not asked here')),
    clear: () => {},
    whenCleared: () => {},
  }

  return {
    schema,
    model,
    ticks,
    tables,
    breakdowns,
    members,
    sessions,
    async ask<Data, Variables extends Record<string, unknown>>(query: string | TypedDocumentNode<Data, Variables>, variables?: Variables) {
      const document = typeof query === 'string' ? parse(query) : query
      const faults = validate(schema, document)
      if (faults.length > 0) return { errors: faults }
      const open = new Map<Freshness, AnalyticsSession>()
      const contextValue: KpiqlContext = {
        model,
        analytics,
        calendar: ISO_CALENDAR,
        savedCohorts: new Map(),
        requestId: 'r1',
        session(freshness) {
          const found = open.get(freshness) ?? session(freshness)
          open.set(freshness, found)
          return found
        },
      }
      return (await execute({ schema, document, contextValue, ...(variables ? { variableValues: variables } : {}) })) as ExecutionResult<Data>
    },
  }
}

const provenance = { asOfUtcMs: NOW, stale: false, dataVersions: { shop: 'v1' } }

const sources: readonly SourceStatus[] = [
  {
    name: 'shop',
    connector: 'memory',
    ok: true,
    message: 'It answers.',
    nowUtcMs: NOW,
    dataVersion: 'v1',
    quarantine: { total: 1, truncated: false, entries: [{ table: 'orders', file: 'orders.csv', line: 3, column: 'amount', reason: 'not a number', content: '1;x' }] },
  },
]

function answerOf({ metric, predicate, period, grain, by }: MetricAsk): MetricAnswer {
  if (metric === 'broken') throw new KpiqlError('SOURCE_UNAVAILABLE', { message: 'Source "shop" does not answer.', hint: 'Ask again.' })
  const own = by.find((key) => key.kind === 'time' && key.dimension === null)
  const cut = own?.kind === 'time' ? own.grain : grain
  const buckets = cut === null ? [{ ...period, cut: false, key: 0 }] : bucketsOf(period, cut, ISO_CALENDAR, 1000)
  const rows = rowsOf(predicate, period)
  const groups = by.some(({ kind }) => kind === 'dimension') ? [...new Set(rows.map(({ country }) => country))].toSorted().map((country) => ({ values: [country], rows: rows.filter((row) => row.country === country) })) : [{ values: [], rows }]
  const within = (inner: readonly Order[], bucket: Bucket): readonly Order[] => inner.filter(({ at }) => Date.parse(at) >= bucket.startUtcMs && Date.parse(at) < bucket.endUtcMs)
  return { buckets, groups: groups.map(({ values, rows }) => ({ values, cells: buckets.map((bucket) => cellOf(metric, within(rows, bucket), bucket.endUtcMs > NOW)) })), unavailable: null, provenance }
}

function rowsOf(predicate: Predicate, period: Period): readonly Order[] {
  return ORDERS.filter((order) => Date.parse(order.at) >= period.startUtcMs && Date.parse(order.at) < period.endUtcMs && meets(order, predicate))
}

function cellOf(metric: string, rows: readonly Order[], partial = false): Cell {
  return { ...numberOf(metric, rows, partial), currency: metric === 'orders' ? null : 'EUR', assumptions: [] }
}

function numberOf(metric: string, rows: readonly Order[], partial: boolean): Omit<Cell, 'currency' | 'assumptions'> {
  const none = { value: null, exact: null, quality: 'INSUFFICIENT_DATA', reason: 'NO_ROWS', remedy: 'Ask another period.', partial } as const
  if (metric === 'orders') return { value: rows.length, exact: String(rows.length), quality: 'ACTUAL', reason: null, remedy: null, partial }
  if (rows.length === 0) return none
  const cents = rows.reduce((sum, { amount }) => sum + Math.round(amount * 100), 0)
  if (metric === 'margin') return { value: cents / 100 / rows.length, exact: null, quality: 'ACTUAL', reason: null, remedy: null, partial }
  return { value: cents / 100, exact: (cents / 100).toFixed(2), quality: 'ACTUAL', reason: null, remedy: null, partial }
}

function meets(order: Order, predicate: Predicate): boolean {
  switch (predicate.kind) {
    case 'all':
      return true
    case 'none':
      return false
    case 'and':
      return predicate.of.every((part) => meets(order, part))
    case 'or':
      return predicate.of.some((part) => meets(order, part))
    case 'not':
      return !meets(order, predicate.of)
    case 'member':
      throw new Error('No memberships here.')
    case 'cohort':
      return predicate.cohort === 'gold' ? order.gold : order.country === 'DE'
    case 'atom':
      return passes(predicate.dimension === 'country' ? order.country : predicate.dimension === 'amount' ? order.amount : order.at, predicate.test)
  }
}

function passes(value: string | number | null, test: Test): boolean {
  if (test.op === 'isNull') return value === null
  if (value === null) return false
  if (test.op === 'in') return test.values.includes(value)
  if (test.op === 'range') {
    const { from, to } = test
    return (!from || value > from.value || (from.inclusive && value === from.value)) && (!to || value < to.value || (to.inclusive && value === to.value))
  }
  return String(value).includes(test.text)
}
