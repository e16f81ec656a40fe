import { describe, expect, it } from 'vitest'
import { ALL } from '../../src/model/predicate.ts'
import type { Predicate } from '../../src/model/predicate.ts'
import { counts, followedWorld } from './retention-and-funnel-world.ts'
import type { FollowedWorld, Lines } from './retention-and-funnel-world.ts'

const NOW = Date.UTC(2025, 5, 1)
const world = (lines: Lines, now = NOW): Promise<FollowedWorld> => followedWorld(lines, now)
const free: Predicate = { kind: 'atom', dimension: 'plan', test: { op: 'in', values: ['free'], caseInsensitive: false } }

describe('a funnel', () => {
  it('over several tables is sliced by what only the first step reaches', async () => {
    const { funnel, period, activity } = await world({ events: ['a 2025-01-01T10:00 view free', 'b 2025-01-01T10:00 view pro'], passes: ['a 2025-01-02 -', 'b 2025-01-02 -'] })
    const steps = ['views', 'new_passes'].map((metric) => activity(metric))
    expect(counts(await funnel({ period: period('2025-01-01', '2025-02-01'), steps, predicate: free }))).toEqual([[1, 1]])
  })

  it('knows nothing of what is still to come', async () => {
    const { funnel, period } = await world({ events: ['a 2025-01-02T10:00 view', 'b 2025-01-20T10:00 view', 'a 2025-01-03T11:00 cart'] }, Date.UTC(2025, 0, 3))
    expect(counts(await funnel({ period: period('2025-01-01', '2025-02-01'), predicate: ALL }))).toEqual([[1, 0, 0]])
  })
})

describe('retention', () => {
  it('knows nothing of starts and returns that are still to come', async () => {
    const { retention, period } = await world({ events: ['a 2025-01-02T10:00 view', 'b 2025-01-02T10:00 view', 'b 2025-03-20T10:00 view', 'c 2025-01-20T10:00 view'] }, Date.UTC(2025, 0, 10))
    const { rows } = await retention({ period: period('2025-01-01', '2025-02-01'), unit: 'week', periods: 1, mode: 'unbounded' })
    expect(rows.map(({ size }) => size)).toEqual([2, 0, null, null, null])
    expect(rows[0]?.cells.map(({ active }) => active)).toEqual([2, 0])
  })
})
