import { describe, expect, it } from 'vitest'
import { KpiqlError } from '../../src/base/errors.ts'
import { Collected } from '../../test/vendors/collect.ts'
import { FullReadNeeded } from '../sync-contract.ts'
import type { Json, Stream } from '../sync-contract.ts'
import { utcMsOfEpochMs, utcMsOfEpochSeconds, utcMsOfIso, utcMsOfWallClock } from '../../src/base/instants.ts'
import { currencyExponent, majorUnits } from './minor-units.ts'
import { readWindows } from './read-windows.ts'
import { refuseLoops } from './refuse-loops.ts'
import { daysOf, monthsOf, windowsDown, windowsOf } from './time-window.ts'
import type { TimeWindow } from './time-window.ts'
import { verdictOf } from './verdict-of.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR
const at = (text: string): number => Date.parse(text)

describe('windows of time', () => {
  it('cover a range newest first, cut at its ends', () => {
    expect([...windowsDown(at('2026-01-01T06:00Z'), at('2026-01-03T12:00Z'), windowsOf(DAY))]).toEqual([
      { fromUtcMs: at('2026-01-03T00:00Z'), toUtcMs: at('2026-01-03T12:00Z') },
      { fromUtcMs: at('2026-01-02T00:00Z'), toUtcMs: at('2026-01-03T00:00Z') },
      { fromUtcMs: at('2026-01-01T06:00Z'), toUtcMs: at('2026-01-02T00:00Z') },
    ])
  })

  it('follow the days and months of a zone over changes of its clocks', () => {
    const days = [...windowsDown(at('2026-03-07T05:00Z'), at('2026-03-10T04:00Z'), daysOf('America/New_York'))].map(({ fromUtcMs, toUtcMs }) => (toUtcMs - fromUtcMs) / HOUR)
    expect(days).toEqual([24, 23, 24])
    const months = [...windowsDown(at('2026-02-28T23:00Z'), at('2026-04-30T22:00Z'), monthsOf('Europe/Berlin'))].map(({ fromUtcMs }) => new Date(fromUtcMs).toISOString())
    expect(months).toEqual(['2026-03-31T22:00:00.000Z', '2026-02-28T23:00:00.000Z'])
  })

  it('cover every range without gaps, whatever the zone', () => {
    for (const zone of ['UTC', 'America/Sao_Paulo', 'Australia/Lord_Howe', 'Pacific/Apia', 'America/Havana', 'Asia/Beirut']) {
      for (let index = 0; index < 40; index++) {
        const from = at('2011-12-20T00:00Z') + index * 37 * HOUR
        const windows = [...windowsDown(from, from + 40 * DAY, daysOf(zone, 1 + (index % 4)))]
        expect(windows.at(0)?.toUtcMs).toBe(from + 40 * DAY)
        expect(windows.at(-1)?.fromUtcMs).toBe(from)
        for (const [place, window] of windows.entries()) expect(window.fromUtcMs).toBe(windows[place + 1]?.toUtcMs ?? from)
      }
    }
  })
})

interface World {
  readonly events: { id: number; utcMs: number; arrivedUtcMs: number }[]
  readonly asked: TimeWindow[]
}

/** Events of which those that had not arrived yet are not shown; two a page. */
function streamOf(world: World, options: { lookbackMs?: number; canGoOn?: boolean; stopAfterEmptyMs?: number } = {}): Stream {
  return {
    name: 'events',
    tables: [{ name: 'events', description: 'Events.', columns: [{ name: 'id', kind: 'integer' }], key: ['id'] }],
    showsAll: false,
    read: (request) =>
      readWindows({
        request,
        startOf: windowsOf(DAY),
        earliestUtcMs: at('2026-01-01T00:00Z'),
        lookbackMs: options.lookbackMs ?? 0,
        stopAfterEmptyMs: options.stopAfterEmptyMs,
        read: async function* (window, from) {
          world.asked.push(window)
          const found = world.events.filter(({ utcMs, arrivedUtcMs }) => utcMs >= window.fromUtcMs && utcMs < window.toUtcMs && arrivedUtcMs <= request.nowUtcMs)
          for (let place = typeof from === 'number' ? from : 0; place < found.length; place += 2) {
            yield { writes: [{ kind: 'upsert', table: 'events', records: found.slice(place, place + 2).map(({ id }) => ({ id })) }], ...(options.canGoOn === true ? { at: place + 2 } : {}) }
          }
        },
      }),
  }
}

function worldOf(count: number): World {
  const events = Array.from({ length: count }, (_, id) => {
    const utcMs = at('2026-01-01T00:00Z') + ((id * 457) % (30 * 24)) * HOUR
    return { id, utcMs, arrivedUtcMs: utcMs + (id % 5 === 0 ? 40 * HOUR : 0) }
  })
  return { events, asked: [] }
}

describe('reading by windows', () => {
  const now = at('2026-01-20T12:00Z')

  it('goes from the newest window to the oldest on the first reading, and is whole only then', async () => {
    const world = worldOf(60)
    const collected = new Collected()
    const pages = await collected.read(streamOf(world), { nowUtcMs: now })
    expect(world.asked[0]).toEqual({ fromUtcMs: at('2026-01-20T00:00Z'), toUtcMs: now })
    expect(world.asked.map(({ fromUtcMs }) => fromUtcMs)).toEqual(world.asked.map(({ fromUtcMs }) => fromUtcMs).toSorted((a, b) => b - a))
    expect(pages.slice(0, -1).every(({ completeUntilUtcMs }) => completeUntilUtcMs === null)).toBe(true)
    expect(pages.at(-1)).toMatchObject({ completeUntilUtcMs: now, done: 1 })
    expect(collected.rows('events').length).toBe(world.events.filter(({ arrivedUtcMs }) => arrivedUtcMs <= now).length)
  })

  it('tells after every page from when until when all has been read, also where it is killed and goes on a day later', async () => {
    let told = 0
    for (let first = 1; first <= 40; first += 3) {
      for (let second = 0; second <= 40; second += 5) {
        const world = worldOf(80)
        const events = world.events.map((event) => ({ ...event, arrivedUtcMs: event.utcMs }))
        const stream = streamOf({ ...world, events }, { canGoOn: second % 2 === 0 })
        const collected = new Collected()
        const pages = [...(await collected.read(stream, { nowUtcMs: now }, first)), ...(second === 0 ? [] : await collected.read(stream, { nowUtcMs: now + DAY }, second))]
        const { backfilled, completeUntilUtcMs } = pages.findLast((page) => page.backfilled || page.completeUntilUtcMs) ?? {}
        const from = typeof completeUntilUtcMs === 'number' ? -Infinity : (backfilled?.fromUtcMs ?? Infinity)
        const until = completeUntilUtcMs ?? backfilled?.untilUtcMs ?? -Infinity
        const ids = new Set(collected.rows('events').map(({ id }) => id))
        const due = events.filter(({ utcMs }) => utcMs >= from && utcMs < until)
        expect([first, second, due.filter(({ id }) => !ids.has(id))]).toEqual([first, second, []])
        if (from > -Infinity) told += due.length
      }
    }
    expect(told).toBeGreaterThan(1000)
  })

  it('asks for nothing before the instant that is wanted', async () => {
    const world = worldOf(60)
    await new Collected().read(streamOf(world), { nowUtcMs: now, sinceUtcMs: at('2026-01-18T06:00Z') })
    expect(world.asked.at(-1)?.fromUtcMs).toBe(at('2026-01-18T06:00Z'))
  })

  it('finds late data by the lookback, and misses it without', async () => {
    const found: number[] = []
    for (const lookbackMs of [2 * DAY, 0]) {
      const collected = new Collected()
      await collected.read(streamOf(worldOf(300), { lookbackMs }), { nowUtcMs: now })
      await collected.read(streamOf(worldOf(300), { lookbackMs }), { nowUtcMs: now + 3 * DAY })
      found.push(collected.rows('events').length)
    }
    const due = worldOf(300).events.filter(({ arrivedUtcMs }) => arrivedUtcMs <= now + 3 * DAY).length
    expect(found[0]).toBe(due)
    expect(found[1]).toBeLessThan(due)
  })

  it.each([true, false])('loses nothing when it is killed after any page (windows that can be gone on with: %s)', async (canGoOn) => {
    for (let kill = 1; kill <= 60; kill += 3) {
      const world = worldOf(80)
      const collected = new Collected()
      await collected.read(streamOf(world, { canGoOn, lookbackMs: 2 * DAY }), { nowUtcMs: now }, kill)
      await collected.read(streamOf(world, { canGoOn, lookbackMs: 2 * DAY }), { nowUtcMs: now + DAY }, 2)
      await collected.read(streamOf(world, { canGoOn, lookbackMs: 2 * DAY }), { nowUtcMs: now + 2 * DAY })
      expect(collected.rows('events').length).toBe(world.events.filter(({ arrivedUtcMs }) => arrivedUtcMs <= now + 2 * DAY).length)
    }
  })

  it('ends a first reading after so much time without anything', async () => {
    const world = worldOf(0)
    const pages = await new Collected().read(streamOf(world, { stopAfterEmptyMs: 3 * DAY }), { nowUtcMs: now })
    expect(world.asked).toHaveLength(4)
    expect(pages.at(-1)).toMatchObject({ completeUntilUtcMs: now })
  })

  it('asks to be read from the beginning when the cursor is of another layout', async () => {
    for (const cursor of ['2026-01-01', { layout: 'windows-0', newest: 1, backfilledTo: 1 }, 7] satisfies Json[]) {
      const collected = new Collected()
      collected.cursor = cursor
      await expect(collected.read(streamOf(worldOf(1)), { nowUtcMs: now })).rejects.toThrow(FullReadNeeded)
    }
  })
})

describe('instants of tools', () => {
  it.each([
    ['2026-03-08T02:30:00', 'America/New_York', '2026-03-08T07:00:00Z'], // the gap ends at 03:00 local, 07:00 UTC
    ['2026-11-01 01:30:00', 'America/New_York', '2026-11-01T05:30:00Z'], // twice; the earlier is summer time
    ['2026-07-01 12:00:00.123456', 'UTC', '2026-07-01T12:00:00.123Z'],
    ['2026-07-01T12:00:00.000+0000', 'Europe/Berlin', '2026-07-01T12:00:00Z'],
    ['2026-07-01T12:00:00-07:30', 'UTC', '2026-07-01T19:30:00Z'],
    ['2026-07-01', 'Europe/Berlin', '2026-06-30T22:00:00Z'],
    ['2026-07-01T24:00:00Z', 'UTC', '2026-07-02T00:00:00Z'],
  ])('reads %s in %s as %s', (text, zone, instant) => {
    expect(utcMsOfIso(text, zone)).toBe(at(instant))
  })

  it('reads nothing from what is no instant', () => {
    for (const text of ['', 'yesterday', '2026-02-30', '2026-13-01', '2026-01-01T25:00Z', '2026-01-01T10:61Z', '01/02/2026', null, 7]) expect(utcMsOfIso(text)).toBeNull()
    for (const value of ['', ' ', 'x', null, undefined, Number.NaN, 1e18]) expect(utcMsOfEpochSeconds(value)).toBeNull()
  })

  it('reads epochs in seconds and in milliseconds, cut to milliseconds', () => {
    expect(utcMsOfEpochSeconds(1_700_000_000)).toBe(1_700_000_000_000)
    expect(utcMsOfEpochSeconds('1700000000.9999')).toBe(1_700_000_000_999)
    expect(utcMsOfEpochSeconds(1.001)).toBe(1_001)
    expect(utcMsOfEpochMs('1700000000123')).toBe(1_700_000_000_123)
  })

  it('reads wall clocks that are sent as epochs', () => {
    expect(utcMsOfWallClock(at('2026-01-01T00:00:00Z'), 'America/Los_Angeles')).toBe(at('2026-01-01T08:00:00Z'))
  })
})

describe('amounts in minor units', () => {
  it.each([
    [1999, 'usd', '19.99'],
    [-5, 'EUR', '-0.05'],
    [500, 'JPY', '500'],
    ['5120', 'KWD', '5.120'],
    [9_007_199_254_740_993n, 'EUR', '90071992547409.93'],
    ['0.5', 'USD', '0.005'],
    [0, 'USD', '0.00'],
    ['-0', 'USD', '0.00'],
    [12, 'XXZ', null],
    [1e21, 'USD', null],
    [null, 'USD', null],
  ])('tells %s of %s as %s', (minor, currency, text) => {
    expect(majorUnits(minor, currencyExponent(currency))).toBe(text)
  })

  it('lets a tool count a currency in its own way', () => {
    expect(majorUnits(500, currencyExponent('ISK', { ISK: 2 }))).toBe('5.00')
    expect(currencyExponent('ISK')).toBe(0)
  })
})

describe('guards', () => {
  it('ask again for a page that is shown again, and then refuse', () => {
    const check = refuseLoops('Acme')
    for (const token of ['a', 'b', 'b', 'c', 'a', 'b']) check(token)
    expect(() => check('b')).toThrow(KpiqlError)
  })

  it('turn the failures of a probe into a sentence', async () => {
    expect(await verdictOf('Acme', async () => 'account Books.')).toEqual({ ok: true, message: 'Acme answers: account Books.' })
    const refused = async (): Promise<null> => {
      throw new KpiqlError('SOURCE_FAILED', { message: 'Acme refused the credentials (401).', hint: 'Check the key.' })
    }
    expect(await verdictOf('Acme', refused)).toEqual({ ok: false, message: 'Acme refused the credentials (401). Check the key.' })
    const silent = (signal: AbortSignal): Promise<null> => new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)))
    expect((await verdictOf('Acme', silent, 20)).message).toContain('did not answer within 0.02 s')
  })
})
