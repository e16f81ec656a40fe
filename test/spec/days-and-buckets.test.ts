import { describe, expect, it } from 'vitest'
import { cellsOf, smallWorld, told } from '../oracle/small-world.ts'

const MODEL = `
semantic_models:
  - { name: customers, table: customers, entities: [{ name: customer, type: primary, expr: customer_id }] }
  - name: visits
    table: visits
    agg_time_dimension: seen
    entities: [{ name: visit, type: primary, expr: visit_id }, { name: customer, type: foreign, expr: customer_id }]
    dimensions: [{ name: seen, type: time, granularity: minute, timezone: UTC }]
  - name: bills
    table: bills
    agg_time_dimension: billed
    entities: [{ name: bill, type: primary, expr: bill_id }, { name: customer, type: foreign, expr: customer_id }]
    dimensions: [{ name: billed, type: time, granularity: day }]
metrics:
  - { name: visits, semantic_model: visits, agg: count }
  - { name: bills, semantic_model: bills, agg: count }
cohorts:
  - { name: seen_then_billed, entity: customer, sequence: { steps: [visits, bills] } }
`
const TABLES = {
  customers: { columns: { customer_id: 'VARCHAR' }, rows: [{ customer_id: 'a' }] },
  visits: { columns: { visit_id: 'BIGINT', customer_id: 'VARCHAR', seen: 'TIMESTAMP' }, rows: [{ visit_id: 1, customer_id: 'a', seen: '2025-01-01 05:00:00' }] },
  bills: { columns: { bill_id: 'BIGINT', customer_id: 'VARCHAR', billed: 'DATE' }, rows: [{ bill_id: 1, customer_id: 'a', billed: '2025-01-01' }, { bill_id: 2, customer_id: 'a', billed: '2025-03-20' }] },
} as const
const world = (now: string): ReturnType<typeof smallWorld> => smallWorld(MODEL, TABLES, now)

describe('a sequence of instants and days', () => {
  it('takes a day as first or last among the steps of that day', async () => {
    const { ask, close } = await world('2025-06-01T00:00:00Z')
    expect(cellsOf(await ask('bills', { start: '2025-01-01', end: '2025-02-01', where: { kind: 'cohort', cohort: 'seen_then_billed' } })).map(told)).toEqual(['1'])
    await close()
  })
})

describe('a bucket', () => {
  it('that the period cuts is partial', async () => {
    const { ask, close } = await world('2025-06-01T00:00:00Z')
    const cells = cellsOf(await ask('bills', { start: '2025-01-15', end: '2025-04-10', grain: 'month' }))
    expect(cells.map(({ partial }) => partial)).toEqual([true, false, false, true])
    await close()
  })

  it('still open holds what its days hold, nothing of days still to come', async () => {
    const { ask, close } = await world('2025-03-10T00:00:00Z')
    const [whole] = cellsOf(await ask('bills', { start: '2025-01-01', end: '2025-04-01' }))
    const days = cellsOf(await ask('bills', { start: '2025-01-01', end: '2025-04-01', grain: 'day' }))
    expect(Number(whole?.exact)).toBe(days.reduce((sum, { exact }) => sum + Number(exact ?? 0), 0))
    await close()
  })
})
