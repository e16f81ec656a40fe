import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { cellsOf, smallWorld, told } from '../oracle/small-world.ts'
import type { SmallWorld } from '../oracle/small-world.ts'

// Statements name some of their results; a company may have tables of those names.

const MODEL = `
semantic_models:
  - name: contracts
    table: held
    entities: [{ name: customer, type: foreign, expr: customer_id }]
    dimensions:
      - { name: plan, type: categorical }
      - { name: starts, type: time, granularity: day }
      - { name: ends, type: time, granularity: day }
    validity: { start: starts, end: ends }
  - name: visits
    table: activities
    agg_time_dimension: day
    entities: [{ name: customer, type: foreign, expr: customer_id }]
    dimensions:
      - { name: day, type: time, granularity: day }
      - { name: page, type: categorical }
metrics:
  - { name: new_mrr, type: movement, semantic_model: contracts, entity: customer, expr: price, component: new, unit: currency }
  - { name: visits, semantic_model: visits, agg: count }
  - { name: wau, type: active, entity: customer, activity: visits, window: 7 days }
`

let world: SmallWorld
beforeAll(async () => {
  world = await smallWorld(
    MODEL,
    {
      held: {
        columns: { customer_id: 'VARCHAR', plan: 'VARCHAR', starts: 'DATE', ends: 'DATE', price: 'DECIMAL(12,2)' },
        rows: [
          { customer_id: 'a', plan: 'Pro', starts: '2025-01-10', ends: null, price: '10.00' },
          { customer_id: 'b', plan: 'Pro', starts: '2025-01-20', ends: null, price: '5.50' },
        ],
      },
      activities: {
        columns: { customer_id: 'VARCHAR', day: 'DATE', page: 'VARCHAR' },
        rows: [
          { customer_id: 'c', day: '2025-01-01', page: 'home' },
          { customer_id: 'a', day: '2025-01-31', page: 'home' },
          { customer_id: 'b', day: '2025-01-30', page: 'blog' },
        ],
      },
    },
    '2025-03-01T00:00:00Z',
  )
})
afterAll(() => world.close())

describe('tables named like the results of a statement', () => {
  const january = { start: '2025-01-01', end: '2025-02-01' }

  it('are read by movements', async () => {
    expect(cellsOf(await world.ask('new_mrr', january)).map(told)).toEqual(['15.5'])
  })

  it('are read by actives, also of several groups', async () => {
    const session = world.session()
    const [whole, grouped] = await Promise.all([world.ask('wau', january, session), world.ask('wau', { ...january, by: 'page' }, session)])
    expect(cellsOf(whole).map(told)).toEqual(['2'])
    expect(grouped.groups.map(({ values, cells }) => [values[0], cells[0]?.value])).toEqual([['blog', 1], ['home', 1]])
    expect(session.stats.scans).toBe(1)
  })
})
