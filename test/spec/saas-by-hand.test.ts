import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Analytics, MetricAnswer } from '../../src/answer/types.ts'
import { resolvePeriod } from '../../src/base/period.ts'
import type { Model } from '../../src/model/types.ts'
import type { GroupKey } from '../../src/plan/ask.ts'
import { NOW, openSmallSaas, shown } from './small-saas-world.ts'
import type { SmallSaas } from './small-saas-world.ts'

// Numbers are those of test/fixtures/small-saas/README.md, worked out there step by step.

let world: SmallSaas
let model: Model
let analytics: Analytics

beforeAll(async () => {
  world = await openSmallSaas()
  ;({ model, analytics } = world)
})

afterAll(() => world.close())

interface Slice {
  readonly cohort?: string
  readonly by?: string
  readonly whole?: true
}

function ask(metric: string, { cohort, by, whole }: Slice = {}, start = '2025-01-01', end = NOW): Promise<MetricAnswer> {
  return world.ask(metric, { start, end, grain: whole ? null : 'month', ...(cohort === undefined ? {} : { cohort }), ...(by === undefined ? {} : { by }) })
}

async function series(metric: string, slice: Slice = {}): Promise<readonly (string | number | null)[]> {
  const [group] = (await ask(metric, slice)).groups
  return (group?.cells ?? []).map(shown)
}

async function byCountry(metric: string, whole?: true): Promise<Readonly<Record<string, readonly (string | number | null)[]>>> {
  const { groups } = await ask(metric, { by: 'country', ...(whole ? { whole } : {}) })
  return Object.fromEntries(groups.map(({ values, cells }) => [String(values[0]), cells.map(shown)]))
}

describe('a small subscription business, by hand', () => {
  it('collects successful payments', async () => {
    expect(await series('revenue')).toEqual(['140', '239.99', '349.99', '395.49'])
    expect(await series('revenue', { whole: true })).toEqual(['1125.47'])
    expect(await byCountry('revenue')).toEqual({ US: ['100', '100', '250', '250'], DE: ['40', '99.99', '99.99', '145.49'], null: [null, '40', null, null] })
    expect(await byCountry('revenue', true)).toEqual({ US: ['700'], DE: ['385.47'], null: ['40'] })
    expect(await series('revenue', { cohort: 'enterprise' })).toEqual(['100', '100', '250', '250'])
    expect(await series('revenue', { cohort: 'smb' })).toEqual(['40', '40', null, '45.5'])
    expect(await series('revenue', { cohort: 'acquired_by_referral' })).toEqual(['100', '199.99', '349.99', '349.99'])
  })

  it('counts recurring revenue just before each month ends', async () => {
    expect(await series('mrr')).toEqual(['140', '239.99', '389.99', '395.49'])
    expect(await byCountry('mrr')).toEqual({ US: ['100', '100', '250', '250'], DE: ['40', '99.99', '99.99', '145.49'], null: [null, '40', '40', null] })
    expect(await series('mrr', { cohort: 'enterprise' })).toEqual(['100', '100', '250', '250'])
    expect(await series('mrr', { cohort: 'smb' })).toEqual(['40', '40', '40', '45.5'])
    expect(await series('mrr', { cohort: 'acquired_by_referral' })).toEqual(['100', '199.99', '349.99', '349.99'])
    expect(await series('mrr', { cohort: 'mid_market' })).toEqual([null, null, null, null])
  })

  it('takes twelve times as the year', async () => {
    expect(await series('arr')).toEqual(['1680', '2879.88', '4679.88', '4745.88'])
    expect(await byCountry('arr')).toEqual({ US: ['1200', '1200', '3000', '3000'], DE: ['480', '1199.88', '1199.88', '1745.88'], null: [null, '480', '480', null] })
    expect(await series('arr', { cohort: 'smb' })).toEqual(['480', '480', '480', '546'])
  })

  it('counts customers, not subscriptions, and nobody as 0', async () => {
    expect(await series('active_customers')).toEqual(['2', '3', '3', '3'])
    expect(await byCountry('active_customers')).toEqual({ US: ['1', '1', '1', '1'], DE: ['1', '1', '1', '2'], null: ['0', '1', '1', '0'] })
    expect(await series('active_customers', { cohort: 'enterprise' })).toEqual(['1', '1', '1', '1'])
    expect(await series('active_customers', { cohort: 'smb' })).toEqual(['1', '1', '1', '1'])
    expect(await series('active_customers', { cohort: 'acquired_by_referral' })).toEqual(['1', '2', '2', '2'])
    expect(await series('active_customers', { cohort: 'mid_market' })).toEqual(['0', '0', '0', '0'])
  })

  it('divides recurring revenue by the customers of the same moment', async () => {
    const close = (values: readonly (number | null)[]) => values.map((value) => (value === null ? null : expect.closeTo(value, 9)))
    expect(await series('arpu')).toEqual(close([70, 239.99 / 3, 389.99 / 3, 131.83]))
    expect(await byCountry('arpu')).toEqual({ US: close([100, 100, 250, 250]), DE: close([40, 99.99, 99.99, 72.745]), null: [null, 40, 40, null] })
    expect(await series('arpu', { cohort: 'acquired_by_referral' })).toEqual(close([100, 99.995, 174.995, 174.995]))
    expect(await series('arpu', { cohort: 'smb' })).toEqual(close([40, 40, 40, 45.5]))
  })

  it('keeps what is left of revenue after the cost of serving it', async () => {
    expect(await series('cogs')).toEqual(['50', '60.5', '100', '100'])
    expect(await series('gross_profit')).toEqual(['90', '179.49', '249.99', '295.49'])
    expect(await series('gross_margin')).toEqual([64.285714286, 74.790616276, 71.427755079, 74.714910617].map((value) => expect.closeTo(value, 8)))
  })

  it('has no gross margin by country, since costs have none, and says which path is missing', async () => {
    const grouped = await ask('gross_margin', { by: 'country' })
    expect(grouped.unavailable).toMatchObject({ reason: 'DIMENSION_NOT_AVAILABLE', remedy: expect.stringContaining('"country"') })
    const sliced = await ask('gross_margin', { cohort: 'enterprise' })
    expect(sliced.groups[0]?.cells.map(({ value, reason, quality }) => ({ value, reason, quality }))).toEqual(
      Array.from({ length: 4 }, () => ({ value: null, reason: 'DIMENSION_NOT_AVAILABLE', quality: 'INSUFFICIENT_DATA' })),
    )
  })

  it('never prorates the costs of a month', async () => {
    const answer = await ask('cogs', { whole: true }, '2025-02-01', '2025-03-15')
    expect(answer.groups[0]?.cells).toMatchObject([{ value: null, reason: 'PERIOD_CUTS_FACTS' }])
  })

  it('counts failures among attempts, marketing for each customer who first pays, and the year so far', async () => {
    expect(await series('failed_payment_rate')).toEqual([0, 25, expect.closeTo(100 / 3, 9), 0])
    expect(await series('cac')).toEqual([50, 30, null, null])
    expect(await series('revenue_year_to_date')).toEqual(['140', '379.99', '729.98', '1125.47'])
  })

  it('reads two statements a semantic model at most', async () => {
    const session = analytics.session({ freshness: 'NO_CACHE', signal: new AbortController().signal })
    const period = resolvePeriod({ between: { start: '2025-01-01', end: '2025-05-01' } }, { zone: 'UTC', nowUtcMs: Date.parse(NOW), calendar: model.calendar })
    await Promise.all(
      ['revenue', 'mrr', 'arr', 'arpu', 'churn_rate', 'nrr', 'new_mrr', 'quick_ratio', 'gross_margin', 'cltv'].map((metric) => session.metric({ metric, predicate: { kind: 'all' }, period, grain: 'month', by: [] })),
    )
    // Payments, costs, subscriptions as a stock, and subscriptions followed by customer.
    expect(session.stats.scans).toBe(4)
  })
})

describe('an offset shorter than the bucket', () => {
  it('moves each bucket as a whole: a quarter is compared with the three months a month earlier', async () => {
    const period = resolvePeriod({ between: { start: '2025-01-01', end: '2025-07-01' } }, { zone: 'UTC', nowUtcMs: Date.parse(NOW), calendar: model.calendar })
    const session = analytics.session({ freshness: 'CACHED_OK', signal: new AbortController().signal })
    const { groups } = await session.metric({ metric: 'revenue_growth', predicate: { kind: 'all' }, period, grain: 'quarter', by: [] })
    const [first, second] = groups[0]?.cells ?? []
    // January to March 729.98 against December to February 140 + 239.99; April (so far) 395.49 against March to May 349.99 + 395.49.
    expect(first?.value).toBeCloseTo(((729.98 - 379.99) / 379.99) * 100, 9)
    expect(second?.value).toBeCloseTo(((395.49 - 745.48) / 745.48) * 100, 9)
    expect([first?.partial, second?.partial]).toEqual([false, true])
  })
})

describe('what the data cannot tell', () => {
  const session = () => analytics.session({ freshness: 'NO_CACHE', signal: new AbortController().signal })
  const four = () => resolvePeriod({ between: { start: '2025-01-01', end: '2025-05-01' } }, { zone: 'UTC', nowUtcMs: Date.parse(NOW), calendar: model.calendar })
  const asking = (metric: string, by: readonly GroupKey[]) => ({ metric, predicate: { kind: 'all' } as const, period: four(), grain: null, by })

  it('is refused by the weekday where it is recorded by the month, and by the hour where it is recorded by the day', async () => {
    await expect(session().metric(asking('cogs', [{ kind: 'date_part', dimension: null, part: 'day_of_week' }]))).rejects.toMatchObject({ code: 'GRAIN_TOO_FINE' })
    await expect(session().metric(asking('revenue', [{ kind: 'date_part', dimension: null, part: 'hour_of_day' }]))).rejects.toMatchObject({ code: 'GRAIN_TOO_FINE' })
    await expect(session().metric({ ...asking('mrr', []), grain: 'hour' })).rejects.toMatchObject({ code: 'GRAIN_TOO_FINE' })
  })

  it('is refused by a part of the date of a stock, which has none, and fails nobody else', async () => {
    const one = session()
    const [stock, flow] = await Promise.allSettled([one.metric(asking('mrr', [{ kind: 'date_part', dimension: null, part: 'month_of_year' }])), one.metric(asking('revenue', []))])
    expect(stock).toMatchObject({ status: 'rejected', reason: { code: 'GROUPING_INVALID' } })
    expect(flow).toMatchObject({ status: 'fulfilled', value: { groups: [{ cells: [{ exact: '1125.47' }] }] } })
  })
})

describe('a table', () => {
  const period = (start: string, end: string) => resolvePeriod({ between: { start, end } }, { zone: 'UTC', nowUtcMs: Date.parse(NOW), calendar: model.calendar })
  const session = () => analytics.session({ freshness: 'CACHED_OK', signal: new AbortController().signal })
  const byMonth = { predicate: { kind: 'all' } as const, having: [], orderBy: [], first: 100, after: null, totals: false }

  it('puts a longer period beside the asked one without making rows of its surplus', async () => {
    const table = await session().table({
      ...byMonth,
      metrics: ['revenue'],
      by: [{ kind: 'time', dimension: null, grain: 'month' }],
      period: period('2025-03-01', '2025-05-01'),
      compare: period('2025-01-01', '2025-04-01'),
    })
    expect(table.rows).toEqual([
      { period_month: '2025-03-01', revenue: 349.99, revenue_compare: 140 },
      { period_month: '2025-04-01', revenue: 395.49, revenue_compare: 239.99 },
    ])
  })

  it('takes a cursor only back into its own question', async () => {
    const ask = { ...byMonth, metrics: ['revenue'], period: period('2025-01-01', '2025-05-01'), compare: null, first: 1 }
    const { endCursor } = await session().table({ ...ask, by: [{ kind: 'dimension', dimension: 'country' }] })
    const next = await session().table({ ...ask, by: [{ kind: 'dimension', dimension: 'country' }], after: endCursor })
    expect(next.rows).toEqual([{ country: 'US', revenue: 700 }])
    await expect(session().table({ ...ask, by: [{ kind: 'dimension', dimension: 'segment' }], after: endCursor })).rejects.toMatchObject({ code: 'INVALID_CURSOR' })
  })
})

describe('the size of a cohort', () => {
  it('of a period that begins at this very moment is that of this moment', async () => {
    const today = resolvePeriod({ preset: 'today' }, { zone: 'UTC', nowUtcMs: Date.parse(NOW), calendar: model.calendar })
    const session = analytics.session({ freshness: 'CACHED_OK', signal: new AbortController().signal })
    expect(await session.size({ entity: 'customer', predicate: { kind: 'all' }, period: today })).toMatchObject({ count: 6 })
    expect(await session.members({ entity: 'customer', predicate: { kind: 'all' }, period: today, first: 10, after: null })).toMatchObject({ ids: ['c1', 'c2', 'c3', 'c4', 'c5', 'c6'], totalCount: 6 })
  })
})
