import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { DrillAnswer, DrillAsk } from '../../src/answer/types.ts'
import { MOVEMENT_COMPONENTS } from '../../src/model/types.ts'
import type { MovementComponent } from '../../src/model/types.ts'
import { ALL } from '../../src/model/predicate.ts'
import { inCountry, movementWorld, onPlan } from './movement-world.ts'
import type { Asked, MovementWorld } from './movement-world.ts'

// Numbers are those of test/fixtures/movements/README.md.

let world: MovementWorld

beforeAll(async () => {
  world = await movementWorld()
})
afterAll(() => world.close())

interface Drill extends Asked {
  readonly component?: MovementComponent
  readonly first?: number
  readonly after?: string | null
}

function drill(metric: string, { component, first = 100, after = null, ...asked }: Drill = {}): Promise<DrillAnswer> {
  const ask: DrillAsk['ask'] = { metric, predicate: asked.predicate ?? ALL, period: world.period(asked), grain: null, by: [] }
  return world.session().drill({ ask, component: component ?? null, first, after })
}

const told = ({ rows }: DrillAnswer): readonly string[] => rows.map(({ id, cell }) => `${id} ${cell.exact}`)
const january = { start: '2024-01-01', end: '2024-02-01' }
const february = { start: '2024-02-01', end: '2024-03-01' }
const march = { start: '2024-03-01', end: '2024-04-01' }

describe('drilling into a value', () => {
  it('lists who is behind a component of a movement, the largest first', async () => {
    const answer = await drill('new_mrr', january)
    expect(answer.entity).toBe('customer')
    expect(told(answer)).toEqual(['E 30', 'A 10', 'B 10', 'C 10'])
    expect(answer.rows[0]?.cell).toMatchObject({ value: 30, currency: 'USD', quality: 'ACTUAL', partial: false })
    expect(told(await drill('churned_mrr', february))).toEqual(['C 10'])
    expect(told(await drill('contraction_mrr', march))).toEqual(['E 20', 'B 10'])
    expect(told(await drill('leaving_mrr', { ...march, predicate: onPlan('pro') }))).toEqual(['E 30'])
    expect(told(await drill('new_customers', january))).toEqual(['A 1', 'B 1', 'C 1', 'E 1'])
  })

  it('tells another component of the same stock', async () => {
    expect(told(await drill('new_mrr', { ...january, component: 'expansion' }))).toEqual(['B 25'])
    expect(told(await drill('new_mrr', { ...march, component: 'start' }))).toEqual(['D 40.4', 'B 35', 'A 30', 'E 30'])
    expect(told(await drill('churned_mrr', { ...february, component: 'net' }))).toEqual(['D 40.4', 'A 20', 'C -10'])
    expect(told(await drill('churned_mrr', { ...february, component: 'fx' }))).toEqual([])
  })

  it('lists who is behind a stock, a count, and a distinct count of themselves', async () => {
    expect(told(await drill('mrr', march))).toEqual(['D 40.4', 'A 30', 'B 25', 'E 10'])
    expect(told(await drill('subscriptions_begun', february))).toEqual(['D 2', 'A 1'])
    expect(told(await drill('customers_paying', march))).toEqual(['A 1', 'B 1', 'D 1', 'E 1'])
  })

  it('adds what each is to a formula of sums, also where one of them knows nothing of it', async () => {
    expect(told(await drill('new_less_churned', february))).toEqual(['D 40.4', 'C -10'])
    expect(told(await drill('arr', march))).toEqual(['D 484.8', 'A 360', 'B 300', 'E 120'])
  })

  it('adds up to the value, whatever the component, slice and month', async () => {
    for (const predicate of [ALL, onPlan('pro'), onPlan('basic'), inCountry('US')]) {
      for (const period of [january, february, march, { start: '2024-01-01', end: '2025-04-01' }]) {
        for (const component of MOVEMENT_COMPONENTS) {
          const { rows, totalCount } = await drill('new_mrr', { ...period, predicate, component })
          const sum = rows.reduce((total, { cell }) => total + Math.round(Number(cell.exact) * 100), 0)
          const metric = `${component.replace('_segment', '')}_mrr`
          const [value] = await world.series(metric, { ...period, predicate, grain: null })
          expect({ component, sum, totalCount }).toEqual({ component, sum: Math.round(Number(value) * 100), totalCount: rows.length })
        }
      }
    }
  })

  it('pages by cursor, and refuses one of another list', async () => {
    const first = await drill('new_mrr', { ...january, first: 3 })
    expect([told(first), first.hasNextPage, first.totalCount]).toEqual([['E 30', 'A 10', 'B 10'], true, 4])
    const next = await drill('new_mrr', { ...january, first: 3, after: first.endCursor })
    expect([told(next), next.hasNextPage]).toEqual([['C 10'], false])
    await expect(drill('new_mrr', { ...february, first: 3, after: first.endCursor })).rejects.toMatchObject({ code: 'INVALID_CURSOR' })
  })

  it('says why there is no list', async () => {
    expect((await drill('new_mrr', { start: '2026-01-01', end: '2026-02-01' })).unavailable).toMatchObject({ reason: 'AFTER_WATERMARK' })
    expect((await drill('rentals_new', { ...march, predicate: onPlan('pro') })).unavailable).toMatchObject({ reason: 'DIMENSION_NOT_AVAILABLE' })
    await expect(drill('nrr', march)).rejects.toMatchObject({ code: 'NOT_SUPPORTED', message: 'Metric "nrr" cannot be drilled into: its formula does more than add, subtract and multiply by numbers.' })
    await expect(drill('plans_held', march)).rejects.toMatchObject({ code: 'NOT_SUPPORTED' })
    await expect(drill('mrr_average', march)).rejects.toMatchObject({ code: 'NOT_SUPPORTED' })
    await expect(drill('mrr', { ...march, component: 'new' })).rejects.toMatchObject({ code: 'NOT_SUPPORTED' })
  })
})
