import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import stripe from '../../connectors/stripe/sync.ts'
import type { SyncRecord, SyncTable } from '../../connectors/sync-contract.ts'
import type { Predicate } from '../../src/model/predicate.ts'
import { NOW, putAccount } from '../fixtures/stripe/account.ts'
import { Collected } from '../vendors/collect.ts'
import { API_KEY, startStripe } from '../vendors/stripe.ts'
import { openPack } from './synced-pack-world.ts'
import type { PackAsk, PackWorld } from './synced-pack-world.ts'

// Stripe's numbers are those of test/fixtures/stripe/README.md, worked out there by hand; the company's own are worked out here.

const MONTHS = { start: '2025-01-01', end: NOW, grain: 'month' } as const
const DOLLARS: Predicate = { kind: 'atom', dimension: 'stripe_currency', test: { op: 'in', values: ['USD'], caseInsensitive: false } }
const near = (values: readonly (number | null)[]): readonly unknown[] => values.map((value) => (value === null ? null : (expect.closeTo(value, 8) as unknown)))
const tables: SyncTable[] = []
const records: Record<string, readonly SyncRecord[]> = {}
const opened: PackWorld[] = []

/** The company's own subscriptions: 300 a month in the region north since January, 200 in south since March, in no currency that the table tells. */
const OWN_TABLE: SyncTable = {
  name: 'contracts',
  description: 'What customers signed.',
  key: ['contract_id'],
  columns: [
    { name: 'contract_id', kind: 'text' },
    { name: 'customer_id', kind: 'text' },
    { name: 'region', kind: 'text' },
    { name: 'begins', kind: 'date' },
    { name: 'ends', kind: 'date' },
    { name: 'price', kind: 'decimal' },
  ],
}
const OWN_ROWS: readonly SyncRecord[] = [
  { contract_id: 'a', customer_id: 'x', region: 'north', begins: '2025-01-01', ends: null, price: '300' },
  { contract_id: 'b', customer_id: 'y', region: 'south', begins: '2025-03-01', ends: null, price: '200' },
]

/** @param source the connection that holds the company's contracts; `tool` is there, any other is not. */
const ownModel = (source: string): string => `
semantic_models:
  - name: contracts
    source: ${source}
    agg_time_dimension: begins
    entities:
      - { name: contract, type: primary, expr: contract_id }
    dimensions:
      - { name: begins, type: time }
      - { name: ends, type: time }
      - { name: region, type: categorical }
    validity: { start: begins, end: ends }
metrics:
  - { name: mrr, label: Contracted revenue, semantic_model: contracts, agg: sum, expr: price, as_of: period_end, unit: currency, currency: EUR, goal: 1000 }
  - { name: contracted_arr, implements: arr, semantic_model: contracts, agg: sum, expr: price * 12, as_of: period_end, unit: currency, currency: EUR }
`

async function openOwn(source: string): Promise<PackWorld> {
  const world = await openPack('stripe', [...tables, OWN_TABLE], { ...records, contracts: OWN_ROWS }, `${NOW}T00:00:00Z`, ownModel(source))
  opened.push(world)
  return world
}

let alone: PackWorld
let both: PackWorld
let elsewhere: PackWorld
beforeAll(async () => {
  const fake = await startStripe(Date.parse(NOW) / 1_000)
  putAccount(fake)
  const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined }
  const source = stripe.open('stripe', stripe.options.parse({ apiKey: API_KEY, baseUrl: fake.url }), { log: silent, now: () => Date.parse(NOW), wait: () => Promise.resolve() })
  for (const stream of await source.streams(new AbortController().signal)) {
    const collected = new Collected()
    await collected.read(stream, { nowUtcMs: Date.parse(NOW) })
    for (const table of stream.tables) {
      tables.push(table)
      records[table.name] = collected.rows(table.name)
    }
  }
  await source.close()
  await fake.close()
  alone = await openPack('stripe', tables, records, `${NOW}T00:00:00Z`)
  opened.push(alone)
  both = await openOwn('tool')
  elsewhere = await openOwn('warehouse')
})
afterAll(() => Promise.all(opened.map((world) => world.close())))

describe('a company with nothing but Stripe', () => {
  const series = async (metric: string, asked: PackAsk = MONTHS): Promise<readonly (number | null)[]> => alone.series(metric, { ...asked, where: DOLLARS })

  it('has the standard metrics as worked out by hand', async () => {
    expect(await series('mrr')).toEqual([520, 652, 872, 902, 850, 810])
    expect(await series('arr')).toEqual([6_240, 7_824, 10_464, 10_824, 10_200, 9_720])
    expect(await series('net_new_mrr')).toEqual([320, 132, 220, 30, -52, -40])
    expect(await series('new_customers')).toEqual([4, 1, 2, 1, 0, 0])
    expect(await series('arpu')).toEqual(near([520 / 6, 652 / 7, 872 / 9, 902 / 9, 850 / 9, 90]))
    expect(await series('churn_rate')).toEqual(near([0, 0, 0, 100 / 9, 0, 100 / 9]))
    expect(await series('retention_rate')).toEqual(near([100, 100, 100, 800 / 9, 100, 800 / 9]))
    expect(await series('revenue_churn_rate')).toEqual(near([0, 0, 0, 10_000 / 872, 5_200 / 902, 14_000 / 850]))
    expect(await series('nrr')).toEqual(near([null, 100, 110, 110, 110, 60]))
    expect(await series('grr')).toEqual(near([null, 100, 100, 100, 100, 50]))
  })

  it('has a rate over several months as the sums of both sides, not as a mean of months', async () => {
    // Left: 1 in April and 1 in June; at the starts of the months: 2 + 6 + 7 + 9 + 9 + 9.
    expect(await series('churn_rate', { ...MONTHS, grain: null })).toEqual(near([200 / 42]))
  })

  it('tells the currency of the rows, and adds up no two', async () => {
    const [group] = (await alone.ask('mrr', { ...MONTHS, where: DOLLARS })).groups
    expect(group?.cells.map(({ currency }) => currency)).toEqual(Array.from({ length: 6 }, () => 'USD'))
    const [all] = (await alone.ask('mrr', MONTHS)).groups
    expect(all?.cells.map(({ value, reason }) => [value, reason])).toEqual(Array.from({ length: 6 }, () => [null, 'MIXED_CURRENCIES']))
  })

  it('calls them as the standard packs do, with their boards and benchmarks', () => {
    expect(alone.model.metrics.get('mrr')).toMatchObject({ label: 'Monthly recurring revenue', unit: 'currency', currency: null, category: 'FINANCIAL', frameworks: { AARRR: ['REVENUE'] }, implementedBy: ['stripe_mrr'] })
    expect(alone.model.metrics.get('churn_rate')).toMatchObject({ label: 'Customer churn rate', ratePeriod: 'month', stages: ['MID'], direction: 'lower_is_better', benchmark: { excellent: 3, good: 5, acceptable: 7 } })
    expect(alone.model.metrics.get('stripe_mrr')).toMatchObject({ label: 'MRR (Stripe)', implementedBy: [null] })
  })

  it('gives the same for a standard metric as for the tool’s own, whatever is asked', async () => {
    const asks: readonly PackAsk[] = [MONTHS, { ...MONTHS, grain: null }, { ...MONTHS, grain: 'quarter' }, { ...MONTHS, by: 'stripe_currency' }, { ...MONTHS, grain: null, by: 'billing_country', where: DOLLARS }, { ...MONTHS, by: 'stripe_plan', where: DOLLARS }]
    const implemented = [...alone.model.metrics.values()].flatMap(({ name, implementedBy: [by] }) => (by == null ? [] : [[name, by] as const]))
    expect(implemented.length).toBeGreaterThan(20)
    for (const [name, by] of implemented) {
      for (const asked of asks) {
        const [standard, own] = [await alone.ask(name, asked), await alone.ask(by, asked)]
        expect(standard.groups, `${name} ${JSON.stringify(asked)}`).toEqual(own.groups)
        expect(standard.unavailable?.reason).toEqual(own.unavailable?.reason)
      }
      expect(alone.dimensionsOf(name)).toEqual(alone.dimensionsOf(by))
    }
  })

  it('explains whose definition serves', async () => {
    const { implementation, formula, lineage } = await alone.explain('mrr', MONTHS)
    expect(implementation).toBe('the only one, that of stripe_mrr')
    expect(formula).toContain('year ÷ 12')
    expect(lineage).toEqual([{ metric: 'stripe_mrr', semanticModel: 'stripe_amounts', source: 'tool', expression: 'sum(mrr)' }])
  })
})

describe('a company with Stripe and a definition of its own', () => {
  it('gets its own where that can be had, and the explanation says so', async () => {
    expect(await both.series('mrr', MONTHS)).toEqual([300, 300, 500, 500, 500, 500])
    expect(await both.groups('mrr', { start: '2025-06-01', end: NOW, by: 'region' })).toEqual({ north: 300, south: 200 })
    expect((await both.explain('mrr', MONTHS)).implementation).toBe('1 of 2, the first whose source is connected and whose dimensions reach')
    expect(both.model.metrics.get('mrr')).toMatchObject({ label: 'Contracted revenue', goal: 1_000, currency: { code: 'EUR' }, implementedBy: [null, 'stripe_mrr'] })
  })

  it('gets Stripe’s where only that has the dimension, in the currency of its rows', async () => {
    const asked = { ...MONTHS, by: 'stripe_plan', where: DOLLARS, start: '2025-06-01', grain: null } as const
    expect(await both.groups('mrr', asked)).toEqual({ pro: 580, annual_2025: 120, seat: 60, basic: 50 })
    expect((await both.ask('mrr', asked)).groups.map(({ cells }) => cells[0]?.currency)).toEqual(['USD', 'USD', 'USD', 'USD'])
    expect((await both.explain('mrr', asked)).implementation).toBe('2 of 2, that of stripe_mrr, the first whose source is connected and whose dimensions reach')
  })

  it('gets Stripe’s where its own source is not configured', async () => {
    expect(await elsewhere.series('mrr', { ...MONTHS, where: DOLLARS })).toEqual([520, 652, 872, 902, 850, 810])
    expect((await elsewhere.explain('mrr', MONTHS)).implementation).toContain('2 of 2, that of stripe_mrr')
  })

  it('tells who is behind a value by the entities of whoever served it', async () => {
    const { entity, rows } = await elsewhere.drill('mrr', { start: '2025-06-01', end: NOW, where: DOLLARS })
    expect(entity).toBe('stripe_subscription')
    // One subscription each of Ada, Ben, Cleo, Dan, Eve, Finn, Hana, Mia and Noor at the end of June.
    expect(rows.map(({ cell }) => Number(cell.exact))).toEqual([120, 100, 100, 100, 100, 100, 80, 60, 50])
    const contracts = await both.drill('mrr', { start: '2025-06-01', end: NOW })
    expect([contracts.entity, contracts.rows.map(({ id, cell }) => [id, cell.exact])]).toEqual(['contract', [['a', '300'], ['b', '200']]])
  })

  it('keeps the tool’s metrics to itself: those made of others take the tool’s', async () => {
    expect(await both.series('stripe_arr', { ...MONTHS, where: DOLLARS })).toEqual([6_240, 7_824, 10_464, 10_824, 10_200, 9_720])
    expect((await both.explain('stripe_arr', MONTHS)).lineage.map(({ metric }) => metric)).toEqual(['stripe_arr', 'stripe_mrr'])
  })
})

describe('a name that two implement', () => {
  it('is served by the first in the order of the files, and by the other where only that has the dimension', async () => {
    expect(both.model.metrics.get('arr')).toMatchObject({ label: 'Annual recurring revenue', implementedBy: ['stripe_arr', 'contracted_arr'] })
    expect(await both.series('arr', { ...MONTHS, where: DOLLARS })).toEqual([6_240, 7_824, 10_464, 10_824, 10_200, 9_720])
    expect((await both.explain('arr', MONTHS)).implementation).toContain('1 of 2, that of stripe_arr')
    const june = { start: '2025-06-01', end: NOW, by: 'region' }
    expect(await both.groups('arr', june)).toEqual({ north: 3_600, south: 2_400 })
    expect((await both.ask('arr', june)).groups.map(({ cells }) => cells[0]?.currency)).toEqual(['EUR', 'EUR'])
    expect((await both.explain('arr', june)).implementation).toContain('2 of 2, that of contracted_arr')
  })

  it('can be sliced by what any of the two reaches', () => {
    expect(both.dimensionsOf('arr')).toEqual(expect.arrayContaining(['region', 'stripe_plan', 'billing_country']))
  })
})
