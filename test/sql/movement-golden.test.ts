import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { MetricAsk } from '../../src/plan/ask.ts'
import { ALL } from '../../src/model/predicate.ts'
import { movementWorld, onPlan } from '../spec/movement-world.ts'
import type { MovementWorld } from '../spec/movement-world.ts'
import { ENGINE } from '../engines/open-test-source.ts'
import { expectGolden } from './golden-file.ts'

// The statements behind the numbers of test/spec/movement.test.ts.

let world: MovementWorld

beforeAll(async () => {
  world = await movementWorld()
})
afterAll(() => world.close())

async function holds(name: string, asks: readonly Omit<MetricAsk, 'period'>[], zone = 'UTC'): Promise<void> {
  const before = world.source.statements.length
  const session = world.session()
  await Promise.all(asks.map((ask) => session.metric({ ...ask, period: world.period({ start: '2025-01-01', end: '2025-04-01', zone }) })))
  const statements = world.source.statements.slice(before)
  expect(statements).toHaveLength(1)
  expectGolden(name, world.source.dialect.name, statements)
}

describe(`SQL of movements for ${ENGINE}`, () => {
  it('nets days once and classifies every slice in its own branch', () =>
    holds('movement-of-slices', [
      { metric: 'new_mrr', predicate: ALL, grain: 'month', by: [] },
      { metric: 'churned_mrr', predicate: onPlan('pro'), grain: 'month', by: [] },
    ]))

  it('keeps the balance of the whole customer beside that of each group', () => holds('movement-by-plan', [{ metric: 'new_mrr', predicate: ALL, grain: 'quarter', by: [{ kind: 'dimension', dimension: 'plan' }] }]))

  it('follows members by the windows at which they change', () =>
    holds('followed-of-slices', [
      { metric: 'followed_end', predicate: ALL, grain: 'month', by: [] },
      { metric: 'followed_end', predicate: onPlan('pro'), grain: 'month', by: [] },
    ]))

  it('tells days of a zone from moments', () => holds('movement-of-moments', [{ metric: 'rentals_new', predicate: ALL, grain: null, by: [] }], 'Africa/Lagos'))
})
