import { appendFileSync, cpSync, existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { testWorld } from './cli-world.ts'
import type { TestWorld } from './cli-world.ts'

const ROOT = join(import.meta.dirname, '../..')
const FILE = join(ROOT, '../shared/data/cdnow/CDNOW_sample.txt')

/** A month of purchases, added up by a plain loop over the lines of the file. */
interface Month {
  cents: bigint
  purchases: number
  readonly customers: Set<string>
}

/** Months as `YYYY-MM`, in order. */
function countByHand(): ReadonlyMap<string, Month> {
  const months = new Map<string, Month>()
  for (const line of readFileSync(FILE, 'utf8').split('\n')) {
    const [, customer, day, , dollars] = line.trim().split(/\s+/)
    if (customer === undefined || day === undefined || dollars === undefined) continue
    const key = `${day.slice(0, 4)}-${day.slice(4, 6)}`
    const month = months.get(key) ?? { cents: 0n, purchases: 0, customers: new Set<string>() }
    months.set(key, month)
    month.cents += BigInt(dollars.replace('.', ''))
    month.purchases += 1
    month.customers.add(customer)
  }
  return new Map([...months].sort(([one], [other]) => (one < other ? -1 : 1)))
}

/** The guide's queries and the answers that it prints below them. */
const guide = readFileSync(join(ROOT, 'docs/guides/your-own-data.md'), 'utf8')
const blocks = (language: string): string[] => [...guide.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)\\n\`\`\``, 'gms'))].map(([, text = '']) => text)

const dollars = (cents: bigint): number => Number(cents) / 100

describe('the CDNOW purchases, by the model of the guide', () => {
  const isThere = existsSync(FILE)
  let world: TestWorld

  beforeAll(() => {
    world = testWorld()
    if (!isThere) return
    for (const name of ['kpiql.yml', 'kpiql.config.yml']) cpSync(join(ROOT, 'examples/cdnow', name), join(world.cwd, name))
    cpSync(FILE, join(world.cwd, 'CDNOW_sample.txt'))
  })
  beforeEach(({ skip }) => skip(!isThere, 'CDNOW_sample.txt is not in ../shared/data/cdnow, beside the repository'))
  afterAll(() => world.remove())

  async function ask<Data>(query: string): Promise<Data> {
    const code = await world.run('query', query, '--format', 'json')
    const { data, errors } = JSON.parse(world.written.out) as { data: Data; errors?: unknown }
    expect([code, errors]).toEqual([0, undefined])
    return data
  }

  it('pass the tests that the model carries', async () => {
    expect([await world.run('check', '--data'), world.written.out]).toEqual([0, ''])
    expect(world.written.err).toContain('9 tests run.')
  })

  it('are 6,919 of 2,357 customers for 244,091.94, every line of the file, and none in quarantine', async () => {
    const { slice, catalog } = await ask<{ slice: { metrics: { exact: string }[]; size: number }; catalog: { now: string; sources: { ok: boolean; quarantine: { total: number } }[] } }>(
      `{ slice(period: { between: { start: "1997-01-01", end: "1998-07-01" } }) { size(entity: CUSTOMER) metrics(names: [REVENUE, PURCHASES, CUSTOMERS, CDS_SOLD]) { exact } }
         catalog { now sources { ok quarantine { total } } } }`,
    )
    expect(slice.metrics.map(({ exact }) => exact)).toEqual(['244091.94', '6919', '2357', '16479'])
    expect(slice.size).toBe(2357)
    expect(catalog).toEqual({ now: '1998-07-01T00:00:00Z', sources: [{ ok: true, quarantine: { total: 0 } }] })

    const months = [...countByHand().values()]
    expect(months.reduce((sum, { purchases }) => sum + purchases, 0)).toBe(6919)
    expect(dollars(months.reduce((sum, { cents }) => sum + cents, 0n))).toBe(244091.94)
  })

  it('give month by month what a loop over the lines gives', async () => {
    const { table } = await ask<{ table: { rows: Record<string, unknown>[]; totals: Record<string, unknown> } }>(
      `{ table(metrics: [REVENUE, PURCHASES, CUSTOMERS], by: [{ dimension: PERIOD, grain: MONTH }], period: { between: { start: "1997-01-01", end: "1998-07-01" } }, orderBy: [{ column: "period_month" }], totals: true) { rows totals } }`,
    )
    const byHand = countByHand()
    expect(table.rows.map(({ period_month: month, revenue, purchases, customers }) => [String(month).slice(0, 7), Number(revenue), purchases, customers])).toEqual(
      [...byHand].map(([month, { cents, purchases, customers }]) => [month, dollars(cents), purchases, customers.size]),
    )
    expect(byHand.size).toBe(18)
    // A customer of two months is one customer.
    expect(table.totals['customers']).toBe(2357)
  })

  it('give averages, growth and trailing sums that follow from those months', async () => {
    const { slice } = await ask<{ slice: Record<'order' | 'customer' | 'growth' | 'trailing', { series: { start: string; value: number | null; reason: string | null }[] }> }>(
      `{ slice(period: { between: { start: "1997-01-01", end: "1998-07-01" } }) {
           order: metric(name: AVERAGE_ORDER_VALUE) { ...Monthly } customer: metric(name: REVENUE_PER_CUSTOMER) { ...Monthly }
           growth: metric(name: REVENUE_GROWTH) { ...Monthly } trailing: metric(name: REVENUE_TRAILING_3_MONTHS) { ...Monthly } } }
       fragment Monthly on MetricValue { series(grain: MONTH) { start value reason } }`,
    )
    const months = [...countByHand().values()]
    for (const [index, { cents, purchases, customers }] of months.entries()) {
      expect(slice.order.series[index]?.value).toBeCloseTo(dollars(cents) / purchases, 9)
      expect(slice.customer.series[index]?.value).toBeCloseTo(dollars(cents) / customers.size, 9)
      const before = months[index - 1]
      if (before) expect(slice.growth.series[index]?.value).toBeCloseTo((Number(cents - before.cents) / Number(before.cents)) * 100, 9)
      if (index >= 2) expect(slice.trailing.series[index]?.value).toBe(dollars(months.slice(index - 2, index + 1).reduce((sum, month) => sum + month.cents, 0n)))
    }
    // There is no month before the first to grow from.
    expect(slice.growth.series[0]?.value).toBeNull()
    expect(slice.growth.series[0]?.reason).not.toBeNull()
  })

  it('know whom the shop won when, and who came back, without a file of customers', async () => {
    const { slice } = await ask<{ slice: { won: { series: { value: number }[] }; again: { size: number }; once: { size: number } } }>(
      `{ slice(period: { between: { start: "1997-01-01", end: "1998-07-01" } }) {
           won: metric(name: NEW_CUSTOMERS) { series(grain: QUARTER) { value } }
           again: slice(cohorts: [REPEAT_BUYERS]) { size(entity: CUSTOMER) } once: slice(cohorts: [ONE_TIME_BUYERS]) { size(entity: CUSTOMER) } } }`,
    )
    // 781 + 857 + 719 in the first quarter; 1,152 + 1,205 = 2,357.
    expect(slice.won.series.map(({ value }) => value)).toEqual([2357, 0, 0, 0, 0, 0])
    expect([slice.again.size, slice.once.size]).toEqual([1152, 1205])
  })

  it('start, for a new user, with a proposal that names the columns to declare', async () => {
    const out = join(world.cwd, 'proposed')
    expect(await world.run('init', '--data', '.', '--out', out)).toBe(0)
    const proposal = readFileSync(join(out, 'kpiql.yml'), 'utf8')
    expect(proposal).toContain('table: CDNOW_sample')
    expect(proposal).toContain("format: '%Y%m%d'")
    expect(await world.run('check', '--config', join(out, 'kpiql.config.yml'), '--data')).toBe(0)
  })

  it('answer the question of the guide as it says, and list the row that it spoils', async () => {
    const [[question = '', spoiled = ''], [answer = '', listed = '']] = [blocks('graphql'), blocks('json')]
    expect({ data: await ask(question) }).toEqual(JSON.parse(answer))
    appendFileSync(join(world.cwd, 'CDNOW_sample.txt'), ' 00004 0001 19980631  1   12.99\n')
    expect({ data: await ask(spoiled) }).toEqual(JSON.parse(listed))
    expect({ data: await ask(question) }).toEqual(JSON.parse(answer))
  })
})
