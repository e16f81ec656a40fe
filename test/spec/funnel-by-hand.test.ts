import { afterEach, describe, expect, it } from 'vitest'
import { activityOf } from '../../src/model/activity.ts'
import { loadModel } from '../../src/model/load-model.ts'
import { FUNNEL_ORDERS } from '../../src/model/types.ts'
import { requireOneSource } from '../../src/plan/metrics/one-source.ts'
import { counts, followedWorld } from './retention-and-funnel-world.ts'
import type { FollowedWorld, Lines } from './retention-and-funnel-world.ts'

const LATER = Date.UTC(2026, 0, 1)
const open: FollowedWorld[] = []

afterEach(() => Promise.all(open.splice(0).map(({ source }) => source.close())))

async function world(lines: Lines, nowUtcMs = LATER): Promise<FollowedWorld> {
  const made = await followedWorld(lines, nowUtcMs)
  open.push(made)
  return made
}

describe('a funnel', () => {
  it('counts each user once by how far the best attempt gets, with conversions and the median time between steps', async () => {
    const { funnel, period } = await world({
      events: [
        'a 2025-01-01T10:00 view', 'a 2025-01-01T10:10 cart', 'a 2025-01-01T10:30 buy',
        'b 2025-01-01T10:00 view', 'b 2025-01-01T11:00 cart',
        // The first attempt leads nowhere, the second to the end.
        'c 2025-01-01T10:00 view', 'c 2025-01-10T10:00 view', 'c 2025-01-10T10:20 cart', 'c 2025-01-10T10:22 buy',
        'd 2025-01-02T10:00 cart', 'd 2025-01-02T11:00 buy',
        '- 2025-01-02T10:00 view',
      ],
    })
    const { groups, partial } = await funnel({ period: period('2025-01-01', '2025-02-01') })
    expect(partial).toBe(false)
    expect(groups[0]?.steps.map(({ count, conversion, fromPrevious, medianSeconds }) => [count, conversion?.toFixed(1), fromPrevious?.toFixed(1), medianSeconds])).toEqual([
      [3, '100.0', undefined, null],
      // 10, 60 and 20 minutes.
      [3, '100.0', '100.0', 1200],
      // 20 and 2 minutes.
      [2, '66.7', '66.7', 660],
    ])
  })

  it('has a window that is half-open from the opening event on', async () => {
    const { funnel, period } = await world({ events: ['a 2025-01-01T10:00 view', 'a 2025-01-02T10:00 cart', 'a 2025-01-03T09:59 buy', 'b 2025-01-01T10:00 view', 'b 2025-01-02T10:00 cart', 'b 2025-01-03T10:00 buy'] })
    expect(counts(await funnel({ period: period('2025-01-01', '2025-02-01') }))).toEqual([[2, 2, 1]])
    expect(counts(await funnel({ period: period('2025-01-01', '2025-01-02') }))).toEqual([[2, 2, 1]])
    expect(counts(await funnel({ period: period('2025-01-01', '2025-01-02'), within: { count: 1, unit: 'month' } }))).toEqual([[2, 2, 2]])
  })

  it('takes steps of one instant as in order, and one event for one step only', async () => {
    const { funnel, period, activity } = await world({ events: ['a 2025-01-01T10:00 buy', 'a 2025-01-01T10:00 cart', 'a 2025-01-01T10:00 view', 'b 2025-01-01T10:00 view', 'c 2025-01-01T10:00 view', 'c 2025-01-01T10:00 view'] })
    const january = period('2025-01-01', '2025-02-01')
    expect(counts(await funnel({ period: january }))).toEqual([[3, 1, 1]])
    expect(counts(await funnel({ period: january, steps: [activity('views'), activity('views')] }))).toEqual([[3, 1]])
    expect(counts(await funnel({ period: january, steps: [activity('events'), activity('views')] }))).toEqual([[3, 2]])
  })

  it('may be strict, when another step between breaks it but a repeated one does not, or without order', async () => {
    const { funnel, period } = await world({
      events: [
        'a 2025-01-01T10:00 view', 'a 2025-01-01T10:01 buy', 'a 2025-01-01T10:02 cart', 'a 2025-01-01T10:03 buy',
        'b 2025-01-01T10:00 view', 'b 2025-01-01T10:01 cart', 'b 2025-01-01T10:02 cart', 'b 2025-01-01T10:03 buy',
        'c 2025-01-01T10:00 buy', 'c 2025-01-01T10:01 cart', 'c 2025-01-01T10:02 view',
        'd 2025-01-01T10:00 buy', 'd 2025-01-01T11:00 view',
        // Too far from the view.
        'e 2024-12-20T10:00 cart', 'e 2025-01-01T11:00 view',
      ],
    })
    const january = period('2025-01-01', '2025-02-01')
    const [ordered, strict, unordered] = await Promise.all((['ordered', 'strict', 'unordered'] as const).map((order) => funnel({ period: january, order })))
    expect([ordered, strict, unordered].map((answer) => answer && counts(answer))).toEqual([[[5, 2, 2]], [[5, 1, 1]], [[5, 3, 3]]])
    // c took the cart a minute before the view, and bought a minute before that.
    expect(unordered?.groups[0]?.steps.map(({ medianSeconds }) => medianSeconds)).toEqual([null, 60, 60])
  })

  it('is told by a dimension of the event that opened the attempt, and its groups add up', async () => {
    const { funnel, period } = await world({ events: ['a 2025-01-01T10:00 view free', 'a 2025-01-05T10:00 view pro', 'a 2025-01-05T11:00 cart free', 'b 2025-01-01T10:00 view free', 'c 2025-01-01T10:00 view'] })
    const { groups } = await funnel({ period: period('2025-01-01', '2025-02-01'), by: 'plan' })
    expect(groups.map(({ value, steps }) => [value, ...steps.map(({ count }) => count)])).toEqual([['free', 1, 0, 0], ['pro', 1, 1, 0], [null, 1, 0, 0]])
  })

  it('follows steps through several tables of a source, each read once', async () => {
    const { funnel, period, activity, source } = await world({ events: ['a 2025-01-01T10:00 view', 'b 2025-01-01T10:00 view', 'b 2025-01-02T11:00 buy'], passes: ['a 2025-01-02 -', 'b 2025-01-02 -', 'b 2025-01-09 -'] })
    const before = source.statements.length
    expect(counts(await funnel({ period: period('2025-01-01', '2025-02-01'), steps: [activity('views'), activity('new_passes'), activity('buys')] }))).toEqual([[2, 2, 1]])
    expect(source.statements.length - before).toBe(1)
    expect(['"events"', '"passes"'].map((table) => source.statements.at(-1)?.text.split(`FROM ${table}\n`).length)).toEqual([2, 2])
  })

  it('is partial while a window may still be open', async () => {
    const lines = { events: ['a 2025-01-31T10:00 view'] }
    const january = (made: FollowedWorld) => made.funnel({ period: made.period('2025-01-01', '2025-02-01') })
    expect(await january(await world(lines, Date.UTC(2025, 1, 2, 23)))).toMatchObject({ partial: true })
    expect(await january(await world(lines, Date.UTC(2025, 1, 3)))).toMatchObject({ partial: false })
    expect(await january(await world(lines, Date.UTC(2024, 1, 3)))).toMatchObject({ groups: [], unavailable: { reason: 'AFTER_WATERMARK' } })
  })

  it('is refused with one step, with eleven, with what holds over time, and twice the same without order', async () => {
    const { funnel, period, activity } = await world({ events: ['a 2025-01-20T10:00'] })
    const january = period('2025-01-01', '2025-02-01')
    const refused = (steps: readonly string[], order: (typeof FUNNEL_ORDERS)[number] = 'ordered') => funnel({ period: january, order, steps: steps.map((metric) => activity(metric)) })
    await expect(refused(['views'])).rejects.toMatchObject({ code: 'FUNNEL_INVALID' })
    await expect(refused(Array.from({ length: 11 }, () => 'views'))).rejects.toMatchObject({ code: 'FUNNEL_INVALID' })
    await expect(refused(['views', 'passes'])).rejects.toMatchObject({ code: 'FUNNEL_INVALID', message: expect.stringContaining('passes') })
    await expect(refused(['views', 'views'], 'unordered')).rejects.toMatchObject({ code: 'FUNNEL_INVALID' })
    await expect(funnel({ period: january, within: { count: 0, unit: 'day' } })).rejects.toMatchObject({ code: 'FUNNEL_INVALID' })
  })
})

describe('steps in several tables', () => {
  it('have no funnel while one of the tables is missing', async () => {
    const { funnel, period, activity } = await world({ events: ['a 2025-01-20T10:00'] })
    const answer = await funnel({ period: period('2025-01-01', '2025-02-01'), order: 'ordered', steps: ['views', 'calls'].map((metric) => activity(metric)) })
    expect(answer).toMatchObject({ groups: [], unavailable: { reason: 'SOURCE_MISSING', remedy: expect.stringContaining('"calls"') } })
  })

  it('are refused over two sources that are both there', () => {
    const loaded = loadModel([
      {
        name: 'two.yml',
        text: `
semantic_models:
  - { name: here, source: one, table: here, agg_time_dimension: day, dimensions: [{ name: day, type: time, granularity: day, public_name: here_day }] }
  - { name: there, source: other, table: there, agg_time_dimension: day, dimensions: [{ name: day, type: time, granularity: day, public_name: there_day }] }
metrics:
  - { name: arrivals, semantic_model: here, agg: count }
  - { name: calls, semantic_model: there, agg: count }
`,
      },
    ])
    if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems))
    const { model } = loaded
    const steps = ['arrivals', 'calls'].map((metric) => activityOf(model, metric, { kind: 'all' }))
    const ask = () => requireOneSource({ model, missing: () => null }, steps)
    expect(ask).toThrow(expect.objectContaining({ code: 'NOT_SUPPORTED', message: expect.stringMatching(/"here".*"one".*"there".*"other"/) }))
  })
})

describe('a metric of type funnel', () => {
  it('tells each bucket by the attempts that open in it', async () => {
    const { session, period } = await world({ events: ['a 2025-01-31T23:00 view', 'a 2025-02-01T01:00 cart', 'a 2025-02-01T02:00 buy', 'a 2025-02-10T10:00 view', 'b 2025-02-10T10:00 view', 'b 2025-02-10T10:05 cart', 'b 2025-02-10T10:06 buy'] })
    const { groups } = await session().metric({ metric: 'checkout', predicate: { kind: 'all' }, period: period('2025-01-01', '2025-04-01'), grain: 'month', by: [] })
    expect(groups[0]?.cells.map(({ value, reason }) => value ?? reason)).toEqual([100, 50, 'DIVISION_BY_ZERO'])
  })
})
