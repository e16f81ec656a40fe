import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ALL } from '../../src/model/predicate.ts'
import type { Predicate } from '../../src/model/predicate.ts'
import { counts, followedWorld, matrix } from '../spec/retention-and-funnel-world.ts'
import type { FollowedWorld } from '../spec/retention-and-funnel-world.ts'
import { ENGINE } from '../engines/open-test-source.ts'
import { expectGolden } from './golden-file.ts'

const onPlan: Predicate = { kind: 'atom', dimension: 'plan', test: { op: 'in', values: ['pro'], caseInsensitive: false } }

let world: FollowedWorld

beforeAll(async () => {
  world = await followedWorld(
    {
      events: ['a 2025-01-01T10:00 view pro', 'a 2025-01-01T12:00 cart', 'a 2025-01-02T09:00 buy', 'b 2025-01-31T10:00 view free', 'b 2025-02-01T09:00 cart', 'c 2025-02-10T10:00 buy pro', 'c 2025-02-10T11:00 view pro'],
      passes: ['a 2025-01-02 -', 'b 2025-03-01 2025-03-02'],
    },
    Date.UTC(2026, 0, 1),
  )
})
afterAll(() => world.source.close())

/** Asks, compares the statements with their golden, and lets the engine explain them; the caller checks what came back. */
async function told<T>(name: string, ask: () => Promise<T>): Promise<T> {
  const { source } = world
  const before = source.statements.length
  const answer = await ask()
  const statements = source.statements.slice(before)
  expectGolden(name, source.dialect.name, statements)
  for (const statement of statements) await source.explain(statement)
  return answer
}

describe(`SQL for ${ENGINE} that follows entities`, () => {
  it('holds months as bits, moved to the start', async () => {
    const { retention, period } = world
    expect(matrix(await told('retention-by-bits', () => retention({ period: period('2025-01-01', '2025-03-01') })))).toEqual(['2: 2 1 0', '1: 1 0 0'])
  })

  it('finds the first start of each slice beside the first of all', async () => {
    const { activity, period, session } = world
    const ask = { entity: 'user', period: period('2025-01-01', '2025-03-01'), unit: 'month', periods: 1, mode: 'unbounded', brackets: [], clock: 'calendar', start: activity('events'), activity: activity('passes'), cohortsAsOf: 'period_end' } as const
    const answers = await told('retention-of-slices', () => {
      const together = session()
      return Promise.all([ALL, onPlan].map((predicate) => together.retention({ ...ask, predicate })))
    })
    expect(answers.map(matrix)).toEqual([['2: 2 2', '1: 0 0'], ['1: 1 1', '1: 0 0']])
  })

  it('lays activity beside the moment of the start for spans of 24 hours', async () => {
    const { retention, period } = world
    expect(matrix(await told('retention-by-spans', () => retention({ period: period('2025-01-01', '2025-01-02'), unit: 'day', periods: 1, clock: 'hours_24' })))).toEqual(['1: 1 0'])
  })

  it('numbers the events of a user and follows each opening one', async () => {
    const { funnel, period } = world
    expect(counts(await told('funnel-in-order', () => funnel({ period: period('2025-01-01', '2025-03-01'), by: 'plan' })))).toEqual([[2, 1, 1], [1, 1, 0]])
    expect(counts(await told('funnel-strict', () => funnel({ period: period('2025-01-01', '2025-03-01'), order: 'strict' })))).toEqual([[3, 2, 1]])
  })

  it('looks into a window from every event where order does not matter', async () => {
    const { funnel, period, activity } = world
    expect(counts(await told('funnel-without-order', () => funnel({ period: period('2025-01-01', '2025-03-01'), order: 'unordered', steps: [activity('views'), activity('buys')] })))).toEqual([[3, 2]])
  })
})
