import { afterEach, describe, expect, it } from 'vitest'
import type { Predicate } from '../../src/model/predicate.ts'
import { followedWorld, matrix } from './retention-and-funnel-world.ts'
import type { FollowedWorld, Lines } from './retention-and-funnel-world.ts'

const LATER = Date.UTC(2026, 0, 1)
const open: FollowedWorld[] = []

afterEach(() => Promise.all(open.splice(0).map(({ source }) => source.close())))

async function world(lines: Lines, nowUtcMs = LATER): Promise<FollowedWorld> {
  const made = await followedWorld(lines, nowUtcMs)
  open.push(made)
  return made
}

const onPlan = (plan: string): Predicate => ({ kind: 'atom', dimension: 'plan', test: { op: 'in', values: [plan], caseInsensitive: false } })

describe('a retention matrix', () => {
  it('places each user by the first start ever, once, and leaves rows without a user out', async () => {
    const { retention, period } = await world({
      events: [
        // Began before the period, so February is no start.
        'old 2024-11-05T10:00', 'old 2025-02-05T10:00',
        // Two starts: January counts.
        'ann 2025-01-31T23:59', 'ann 2025-02-01T00:00',
        'bob 2025-01-10T08:00', 'bob 2025-03-10T08:00',
        // Back after months.
        'cy 2025-02-28T12:00', 'cy 2025-04-30T12:00',
        '- 2025-01-05T10:00',
      ],
    })
    expect(matrix(await retention({ period: period('2025-01-01', '2025-04-01') }))).toEqual(['2: 2 1 1', '1: 1 0 1', '0: 0 0 0'])
    expect(matrix(await retention({ period: period('2025-01-01', '2025-04-01'), mode: 'unbounded' }))).toEqual(['2: 2 2 1', '1: 1 1 1', '0: 0 0 0'])
    expect(matrix(await retention({ period: period('2025-01-01', '2025-04-01'), mode: 'bracket', brackets: [2, 3] }))).toEqual(['2: 2 2 0', '1: 1 1 0', '0: 0 0 0'])
  })

  it('averages what is complete, weighted by size', async () => {
    const { retention, period } = await world({ events: ['a 2025-01-02T10:00', 'a 2025-02-02T10:00', 'b 2025-01-03T10:00', 'c 2025-01-04T10:00', 'd 2025-02-05T10:00', 'd 2025-03-01T10:00', 'e 2025-03-01T10:00'] }, Date.UTC(2025, 3, 1))
    const answer = await retention({ period: period('2025-01-01', '2025-04-01'), periods: 2 })
    // (1 + 1) of (3 + 1) after one month: the month after March is not there yet.
    expect(matrix(answer)).toEqual(['3: 3 1 0', '1: 1 1 –*', '1: 1 –* –*'])
    expect(answer.average).toEqual([{ from: 0, to: 0, rate: 100, size: 5 }, { from: 1, to: 1, rate: 50, size: 4 }, { from: 2, to: 2, rate: 0, size: 3 }])
  })

  it('shows a period that has begun, and says that it is not over, by the clock or by the data', async () => {
    const lines = { events: ['a 2025-01-02T10:00', 'a 2025-02-02T10:00', 'b 2025-01-20T10:00'] }
    const early = await world(lines, Date.UTC(2025, 1, 10))
    expect(matrix(await early.retention({ period: early.period('2025-01-01', '2025-03-01') }))).toEqual(['2: 2 1* –*', '0: 0* –* –*'])
    const behind = await world(lines)
    behind.source.watermarks.set('events', Date.UTC(2025, 1, 10))
    expect(matrix(await behind.retention({ period: behind.period('2025-01-01', '2025-03-01') }))).toEqual(['2: 2 1* –*', '0: 0* –* –*'])
  })

  it('knows nothing of starts outside the data, and leaves them out of the averages', async () => {
    const lines = { events: ['a 2025-02-10T10:00', 'a 2025-03-02T10:00', 'b 2025-03-20T10:00', 'z 2026-03-01T10:00'] }
    const { retention, period } = await world(lines, Date.UTC(2025, 4, 10))
    const asked = { period: period('2025-01-01', '2025-07-01'), periods: 1 }
    const answer = await retention(asked)
    // January lies before the first event, June has not begun; April had nobody, and May nobody yet.
    expect(matrix(answer)).toEqual(['null: –* –*', '1: 1 1', '1: 1 0', '0: 0 0*', '0: 0* –*', 'null: –* –*'])
    expect(answer.rows.map(({ reason }) => reason)).toEqual(['BEFORE_FIRST_DATA', null, null, null, null, 'AFTER_WATERMARK'])
    expect(answer.rows.map(({ remedy }) => remedy !== null)).toEqual([true, false, false, false, false, true])
    expect(answer.average).toEqual([{ from: 0, to: 0, rate: 100, size: 2 }, { from: 1, to: 1, rate: 50, size: 2 }])
    const behind = await world(lines, Date.UTC(2025, 4, 10))
    behind.source.watermarks.set('events', Date.UTC(2025, 3, 1))
    expect(matrix(await behind.retention(asked))).toEqual(['null: –* –*', '1: 1 1', '1: 1 –*', 'null: –* –*', 'null: –* –*', 'null: –* –*'])
  })

  it('counts days by the calendar of the zone, also one of 23 hours, and a leap day', async () => {
    // In Berlin 30 March 2025 has 23 hours; at 22:30 UTC it is the next day already.
    const spring = await world({ events: ['a 2025-03-29T22:30', 'a 2025-03-29T23:30', 'b 2025-03-29T22:30', 'b 2025-03-30T22:30'] })
    expect(matrix(await spring.retention({ period: spring.period('2025-03-29', '2025-03-30', 'Europe/Berlin'), unit: 'day' }))).toEqual(['2: 2 1 1'])
    const leap = await world({ events: ['a 2024-02-28T10:00', 'a 2024-02-29T10:00', 'b 2024-02-28T10:00', 'b 2024-03-01T10:00'] })
    expect(matrix(await leap.retention({ period: leap.period('2024-02-28', '2024-03-01'), unit: 'day' }))).toEqual(['2: 2 1 1', '0: 0 0 0'])
    expect(matrix(await leap.retention({ period: leap.period('2024-02-01', '2024-03-01'), unit: 'month' }))).toEqual(['2: 2 1 0'])
  })

  it('counts 24 hours from the very moment where asked, so that the same evening is the same day', async () => {
    const { retention, period } = await world({ events: ['a 2025-05-01T23:00', 'a 2025-05-02T01:00', 'b 2025-05-01T10:00', 'b 2025-05-02T10:00', 'c 2025-05-01T10:00', 'c 2025-05-02T09:59'] })
    const asked = { period: period('2025-05-01', '2025-05-02'), unit: 'day', periods: 1 } as const
    expect(matrix(await retention(asked))).toEqual(['3: 3 3'])
    expect(matrix(await retention({ ...asked, clock: 'hours_24' }))).toEqual(['3: 3 1'])
    expect(matrix(await retention({ ...asked, clock: 'hours_24', unit: 'week' }))).toEqual(['3: 3 0'])
    await expect(retention({ ...asked, clock: 'hours_24', unit: 'month' })).rejects.toMatchObject({ code: 'RETENTION_INVALID', message: expect.stringContaining('month') })
  })

  it('takes what holds over time as active in every period it touches', async () => {
    const { retention, period, activity } = await world({ passes: ['a 2025-01-15 2025-03-01', 'b 2025-01-31 -', 'c 2025-01-10 2025-01-10', 'c 2025-02-10 2025-02-20', 'd 2025-01-01 2025-02-02', 'd 2025-04-30 2025-05-01'] })
    const passes = { start: activity('passes'), activity: activity('passes'), period: period('2025-01-01', '2025-03-01'), periods: 3 }
    // The first of March is no day of a's pass; c's first holds for no moment, so c starts in February.
    expect(matrix(await retention(passes))).toEqual(['3: 3 3 1 2', '1: 1 0 0 0'])
    expect(matrix(await retention({ ...passes, unit: 'day', clock: 'hours_24', period: period('2025-01-31', '2025-02-01'), periods: 1 }))).toEqual(['1: 1 1'])
  })

  it('may start with one thing and return with another, of another table', async () => {
    const lines = { events: ['a 2025-01-20T10:00', 'a 2025-02-20T10:00', 'b 2025-02-01T10:00', 'z 2025-01-01T10:00'], passes: ['a 2025-01-15 -', 'b 2025-01-16 2025-01-20', 'q 2025-01-17 -'] }
    const { session, retention, period, activity, source } = await world(lines)
    const before = source.statements.length
    expect(matrix(await retention({ start: activity('new_passes'), activity: activity('events'), period: period('2025-01-01', '2025-02-01') }))).toEqual(['3: 1 2 0'])
    expect(source.statements.length - before).toBe(1)
    expect(session).toBeTypeOf('function')
  })

  it('slices by what the first start says, and three slices take one statement that reads the table once', async () => {
    const { session, period, activity, source } = await world({ events: ['a 2025-01-20T10:00 view pro', 'a 2025-02-20T10:00 view free', 'b 2025-01-20T10:00 view free', 'b 2025-01-21T10:00 view pro', 'c 2025-01-05T10:00'] })
    const before = source.statements.length
    const together = session()
    const predicates: readonly Predicate[] = [onPlan('pro'), onPlan('free'), { kind: 'not', of: onPlan('pro') }]
    const answers = await Promise.all(
      predicates.map((predicate) => together.retention({ entity: 'user', predicate, period: period('2025-01-01', '2025-02-01'), unit: 'month', periods: 1, mode: 'bounded', brackets: [], clock: 'calendar', start: activity('events'), activity: activity('events'), cohortsAsOf: 'period_end' })),
    )
    expect(answers.map(matrix)).toEqual([['1: 1 1'], ['1: 1 0'], ['2: 2 0']])
    expect(source.statements.length - before).toBe(1)
    expect(source.statements.at(-1)?.text.match(/FROM "events"/g)).toHaveLength(1)
  })

  it('is null without its tables, and refused for a unit finer than the facts and ranges that do not rise', async () => {
    const { retention, period, activity } = await world({ events: ['a 2025-01-20T10:00'] })
    const january = period('2025-01-01', '2025-02-01')
    await expect(retention({ period: january, activity: activity('calls') })).resolves.toMatchObject({ rows: [], unavailable: { reason: 'SOURCE_MISSING', remedy: expect.stringContaining('"calls"') as string } })
    await expect(retention({ period: january, unit: 'hour' })).rejects.toMatchObject({ code: 'RETENTION_INVALID' })
    await expect(retention({ period: january, mode: 'bracket', brackets: [3, 1] })).rejects.toMatchObject({ code: 'RETENTION_INVALID' })
    await expect(retention({ period: january, periods: 401 })).rejects.toMatchObject({ code: 'RETENTION_INVALID' })
    await expect(retention({ period: january, unit: 'day', periods: 400, predicate: { kind: 'atom', dimension: 'valid_from', test: { op: 'isNull' } } })).resolves.toMatchObject({ rows: [], unavailable: { reason: 'DIMENSION_NOT_AVAILABLE' } })
  })
})

describe('a metric of type retention', () => {
  it('is null until its period begins and partial until it is over for all', async () => {
    const { session, period } = await world({ events: ['a 2025-01-02T10:00', 'a 2025-02-02T10:00', 'b 2025-01-20T10:00', 'c 2025-02-03T10:00', 'd 2025-03-01T10:00'] }, Date.UTC(2025, 2, 10))
    const { groups } = await session().metric({ metric: 'month_1', predicate: { kind: 'all' }, period: period('2025-01-01', '2025-04-01'), grain: 'month', by: [] })
    expect(groups[0]?.cells.map(({ value, reason, partial }) => [value, reason, partial])).toEqual([[50, null, false], [0, null, true], [null, 'WINDOW_NOT_COVERED', true]])
  })

  it('adds up starts, not rates, over a quarter, and groups by what the start says', async () => {
    const { session, period } = await world({ events: ['a 2025-01-02T10:00 view pro', 'a 2025-02-02T10:00', 'b 2025-02-20T10:00 view free', 'c 2025-02-03T10:00 view free', 'c 2025-03-03T10:00 view pro', 'd 2025-03-01T10:00 view free'] })
    const ask = { metric: 'month_1', predicate: { kind: 'all' }, period: period('2025-01-01', '2025-04-01'), grain: null } as const
    expect((await session().metric({ ...ask, by: [] })).groups[0]?.cells[0]?.value).toBe(50)
    const { groups } = await session().metric({ ...ask, by: [{ kind: 'dimension', dimension: 'plan' }] })
    expect(groups.map(({ values, cells }) => [values[0], cells[0]?.value?.toFixed(2)])).toEqual([['free', '33.33'], ['pro', '100.00']])
  })
})
