import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { DEFAULT_REPORTS, tableOf } from '../../connectors/google-analytics/reports.ts'
import type { SyncRecord } from '../../connectors/sync-contract.ts'
import { openPack } from './synced-pack-world.ts'
import type { PackWorld } from './synced-pack-world.ts'

const DAY_MS = 86_400_000
const FIRST = '2025-11-03'
const DAYS = 120
const ASKS = 250
const GRAINS = ['day', 'week', 'month', 'quarter', null] as const
type Unit = 'day' | 'week' | 'month'

let world: PackWorld
const users: Record<Unit, Map<string, number>> = { day: new Map(), week: new Map(), month: new Map() }

/** Mulberry32. */
function randomFrom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

const dayAt = (index: number): string => new Date(Date.parse(FIRST) + index * DAY_MS).toISOString().slice(0, 10)
const next = (day: string): string => new Date(Date.parse(day) + DAY_MS).toISOString().slice(0, 10)

function startOf(grain: Unit | 'quarter', day: string): string {
  if (grain === 'day') return day
  if (grain === 'month') return `${day.slice(0, 7)}-01`
  if (grain === 'quarter') return `${day.slice(0, 5)}${String(Math.floor((Number(day.slice(5, 7)) - 1) / 3) * 3 + 1).padStart(2, '0')}-01`
  const date = new Date(day)
  return new Date(date.getTime() - ((date.getUTCDay() + 6) % 7) * DAY_MS).toISOString().slice(0, 10)
}

/** Days of each bucket of a period, one by one. */
function bucketsOf(start: string, end: string, grain: Unit | 'quarter' | null): string[][] {
  const buckets = new Map<string, string[]>()
  for (let day = start; day < end; day = next(day)) {
    const key = grain === null ? '' : startOf(grain, day)
    buckets.set(key, [...(buckets.get(key) ?? []), day])
  }
  return [...buckets.values()]
}

/** Whether some days are exactly one day, week or month. */
function isOne(unit: Unit, days: readonly string[]): boolean {
  const [first = '', last = ''] = [days[0], days.at(-1)]
  return startOf(unit, first) === first && startOf(unit, last) === first && startOf(unit, next(last)) !== first
}

beforeAll(async () => {
  const random = randomFrom(7)
  for (let index = 0; index < DAYS; index++) {
    for (const unit of ['day', 'week', 'month'] as const) {
      const day = startOf(unit, dayAt(index))
      if (!users[unit].has(day) && random() > 0.1) users[unit].set(day, 1 + Math.floor(random() * 1000))
    }
  }
  const rows = (unit: Unit, column: string): SyncRecord[] => [...users[unit]].map(([day, count]) => ({ [column]: day, active_users: count }))
  const tables = Object.entries(DEFAULT_REPORTS).map(([name, report]) => tableOf({ name, ...report }))
  world = await openPack('google-analytics', tables, { users_daily: rows('day', 'date'), users_weekly: rows('week', 'week'), users_monthly: rows('month', 'month') }, '2026-06-01')
})
afterAll(() => world.close())

describe('users of random periods', () => {
  it('are those recorded for exactly that day, week or month, and of no other', async () => {
    const random = randomFrom(11)
    let told = 0
    for (let ask = 0; ask < ASKS; ask++) {
      const from = Math.floor(random() * DAYS)
      // Often whole days, weeks and months, so that there is something to tell.
      const wanted = (['day', 'week', 'month'] as const)[Math.floor(random() * 6)]
      const start = wanted === undefined ? dayAt(from) : startOf(wanted, dayAt(from))
      let end = next(start)
      while (wanted === undefined ? random() > 0.03 : startOf(wanted, end) === start) end = next(end)
      const grain = GRAINS[Math.floor(random() * GRAINS.length)] ?? null
      const buckets = bucketsOf(start, end, grain)
      const unit = grain === null ? (['day', 'week', 'month'] as const).find((one) => buckets.some((days) => isOne(one, days))) : grain === 'quarter' ? undefined : grain
      const expected = buckets.map((days) => (unit !== undefined && isOne(unit, days) ? (users[unit].get(days[0] ?? '') ?? null) : null))
      told += expected.filter((value) => value !== null).length
      expect(await world.series('site_users', { start, end, grain }), `${start} to ${end} by ${grain ?? 'nothing'}`).toEqual(unit === undefined ? buckets.map(() => null) : expected)
    }
    expect(told).toBeGreaterThan(ASKS)
  })
})
