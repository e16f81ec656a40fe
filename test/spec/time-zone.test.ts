import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { KpiqlError } from '../../src/base/errors.ts'
import { localMsAt, resolveTimeZone, utcMsOf, zoneSegments } from '../../src/base/time-zone.ts'

const HOUR = 3_600_000
const utc = (iso: string): number => Date.parse(iso.includes('T') ? `${iso}Z` : `${iso}T00:00Z`)

/** The wall clock as Intl prints it, counted as if UTC: shares nothing with the code under test. */
function clockByIntl(zone: string): (utcMs: number) => number {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  })
  return (utcMs) => {
    const part = Object.fromEntries(format.formatToParts(utcMs).map(({ type, value }) => [type, Number(value)]))
    const { year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0 } = part
    return Date.UTC(year, month - 1, day, hour, minute, second)
  }
}

function refusalOf(act: () => unknown): KpiqlError {
  try {
    act()
  } catch (error) {
    if (error instanceof KpiqlError) return error
    throw error
  }
  throw new Error('It was not refused.')
}

describe('names of time zones', () => {
  it('are IANA names in any letter case, given back as IANA spells them', () => {
    expect(['europe/berlin', 'AMERICA/PORT-AU-PRINCE', 'utc', 'Etc/GMT', 'etc/gmt+5', 'asia/kolkata', 'Asia/Calcutta', 'us/eastern'].map(resolveTimeZone)).toEqual([
      'Europe/Berlin',
      'America/Port-au-Prince',
      'UTC',
      'Etc/GMT',
      'Etc/GMT+5',
      'Asia/Kolkata',
      'Asia/Calcutta',
      'US/Eastern',
    ])
  })

  it.each(['+02:00', '-0530', 'UTC+2', 'GMT+2', 'EST5', 'PST', 'IST', 'SystemV/EST5', 'Factory', 'Z', 'local', '', ' Europe/Berlin', '1767225600'])(
    'refuse %j, which is none',
    (name) => {
      expect(refusalOf(() => resolveTimeZone(name)).code).toBe('INVALID_TIME_ZONE')
    },
  )

  it('are suggested where one is nearly right', () => {
    expect(refusalOf(() => resolveTimeZone('Europe/Berln')).hint).toContain('Europe/Berlin')
    expect(refusalOf(() => resolveTimeZone('new york')).hint).toContain('America/New_York')
    expect(refusalOf(() => resolveTimeZone('PST')).hint).toContain('Name a place')
    expect(refusalOf(() => resolveTimeZone('+02:00')).hint).toContain('Name a place')
  })
})

describe('segments of a zone', () => {
  it('change where Berlin changes its clocks, and are clipped to the range', () => {
    expect(zoneSegments('Europe/Berlin', utc('2026-01-01'), utc('2027-01-01'))).toEqual([
      { startUtcMs: utc('2026-01-01'), endUtcMs: utc('2026-03-29T01:00'), offsetMs: HOUR },
      { startUtcMs: utc('2026-03-29T01:00'), endUtcMs: utc('2026-10-25T01:00'), offsetMs: 2 * HOUR },
      { startUtcMs: utc('2026-10-25T01:00'), endUtcMs: utc('2027-01-01'), offsetMs: HOUR },
    ])
  })

  it('are one where a zone does not change, over however many years', () => {
    expect(zoneSegments('UTC', utc('1800-01-01'), utc('2900-01-01'))).toEqual([{ startUtcMs: utc('1800-01-01'), endUtcMs: utc('2900-01-01'), offsetMs: 0 }])
    expect(zoneSegments('Asia/Kolkata', utc('1970-01-01'), utc('2900-01-01'))).toEqual([
      { startUtcMs: utc('1970-01-01'), endUtcMs: utc('2900-01-01'), offsetMs: 5.5 * HOUR },
    ])
  })

  it('are none over an empty range', () => {
    expect(zoneSegments('Europe/Berlin', 0, 0)).toEqual([])
  })

  it('see a change that lasts only a week: Gaza, for Ramadan of 2040', () => {
    const clock = clockByIntl('Asia/Gaza')
    for (let utcMs = utc('2040-08-01'); utcMs < utc('2040-12-01'); utcMs += HOUR) expect(localMsAt('Asia/Gaza', utcMs)).toBe(clock(utcMs))
  })

  const zones = [
    'Europe/Berlin',
    'America/New_York',
    'Australia/Lord_Howe',
    'Pacific/Apia',
    'Asia/Kolkata',
    'Asia/Kathmandu',
    'Africa/Casablanca',
    'America/Havana',
    'Asia/Gaza',
    'Europe/Dublin',
    'Pacific/Chatham',
    'America/St_Johns',
  ]

  it('carry the offset that Intl shows at any instant, in the nineteenth century as in the thirtieth', () => {
    const clocks = new Map(zones.map((zone) => [zone, clockByIntl(zone)]))
    const instants = fc.integer({ min: utc('1830-01-01') / 1000, max: utc('3000-01-01') / 1000 }).map((seconds) => seconds * 1000)
    fc.assert(
      fc.property(fc.constantFrom(...zones), instants, (zone, utcMs) => {
        const [segment, ...more] = zoneSegments(zone, utcMs, utcMs + 1)
        expect(more).toEqual([])
        expect(utcMs + (segment?.offsetMs ?? Number.NaN)).toBe(clocks.get(zone)?.(utcMs))
        expect(localMsAt(zone, utcMs)).toBe(clocks.get(zone)?.(utcMs))
      }),
      { numRuns: 400 },
    )
  })

  it('cover any range exactly, and neighbours differ', () => {
    const range = fc.tuple(fc.integer({ min: utc('1990-01-01'), max: utc('2030-01-01') }), fc.integer({ min: 1, max: 4000 * 24 * HOUR }))
    fc.assert(
      fc.property(fc.constantFrom(...zones), range, (zone, [from, length]) => {
        const segments = zoneSegments(zone, from, from + length)
        expect(segments[0]?.startUtcMs).toBe(from)
        expect(segments.at(-1)?.endUtcMs).toBe(from + length)
        for (const [index, segment] of segments.entries()) {
          expect(segment.endUtcMs).toBeGreaterThan(segment.startUtcMs)
          const next = segments[index + 1]
          if (next) expect(next.startUtcMs).toBe(segment.endUtcMs)
          if (next) expect(next.offsetMs).not.toBe(segment.offsetMs)
        }
      }),
      { numRuns: 100 },
    )
  })
})

describe('the instant of a wall-clock time', () => {
  it('is the first one after the gap where clocks skip it', () => {
    expect(utcMsOf('Europe/Berlin', utc('2026-03-29T02:30'))).toBe(utc('2026-03-29T01:00'))
    expect(utcMsOf('America/Sao_Paulo', utc('2018-11-04'))).toBe(utc('2018-11-04T03:00'))
    expect(utcMsOf('Pacific/Apia', utc('2011-12-30T12:00'))).toBe(utc('2011-12-30T10:00'))
  })

  it('is the earlier one where it comes twice', () => {
    expect(utcMsOf('Europe/Berlin', utc('2026-10-25T02:30'))).toBe(utc('2026-10-25T00:30'))
    expect(utcMsOf('America/New_York', utc('2026-11-01T01:00'))).toBe(utc('2026-11-01T05:00'))
    expect(utcMsOf('America/Havana', utc('2026-11-01'))).toBe(utc('2026-11-01T04:00'))
  })

  it('leads back to the same wall-clock time wherever clocks show it', () => {
    const instants = fc.integer({ min: utc('1900-01-01'), max: utc('2100-01-01') })
    fc.assert(
      fc.property(fc.constantFrom('Europe/Berlin', 'Australia/Lord_Howe', 'Pacific/Apia', 'Asia/Kathmandu'), instants, (zone, utcMs) => {
        const localMs = localMsAt(zone, utcMs)
        const earliest = utcMsOf(zone, localMs)
        expect(localMsAt(zone, earliest)).toBe(localMs)
        expect(earliest).toBeLessThanOrEqual(utcMs)
      }),
    )
  })
})
