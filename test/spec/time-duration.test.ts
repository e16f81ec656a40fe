import { describe, expect, it } from 'vitest'
import { fixedClock, systemClock } from '../../src/base/clock.ts'
import { durationMs, parseDuration } from '../../src/base/duration.ts'

describe('durations', () => {
  it.each([
    ['28 days', 28, 'day'],
    ['7 day', 7, 'day'],
    ['12 months', 12, 'month'],
    [' 1 Quarter ', 1, 'quarter'],
    ['P28D', 28, 'day'],
    ['P4W', 4, 'week'],
    ['P3M', 3, 'month'],
    ['PT3M', 3, 'minute'],
    ['pt12h', 12, 'hour'],
    ['P1Y', 1, 'year'],
  ])('read %j', (text, count, unit) => {
    expect(parseDuration(text)).toEqual({ count, unit })
  })

  it.each(['', 'days', '0 days', '-3 days', '1.5 days', '28', '3 fortnights', 'P', 'PT', 'P1M2D', 'P1H', '1000001 days', '99999999999999999999 days'])(
    'refuse %j, naming it',
    (text) => {
      expect(() => parseDuration(text)).toThrow(expect.objectContaining({ code: 'INVALID_PERIOD', message: `"${text}" is not a duration.` }))
    },
  )

  it('have a length in milliseconds up to weeks', () => {
    expect(['5 minutes', '2 hours', '28 days', '1 week'].map((text) => durationMs(parseDuration(text)))).toEqual([300_000, 7_200_000, 2_419_200_000, 604_800_000])
  })

  it('have none from months on, because months differ', () => {
    expect(() => durationMs({ count: 2, unit: 'month' })).toThrow(expect.objectContaining({ code: 'INVALID_PERIOD', message: '"2 month" has no fixed length.' }))
  })
})

describe('clocks', () => {
  it('stand still where a test or a demo wants it', () => {
    const clock = fixedClock(1_767_225_600_000)
    expect([clock.nowMs(), clock.nowMs()]).toEqual([1_767_225_600_000, 1_767_225_600_000])
  })

  it('otherwise show the present', () => {
    const before = Date.now()
    expect(systemClock.nowMs()).toBeGreaterThanOrEqual(before)
  })
})
