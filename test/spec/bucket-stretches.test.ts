import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { stretchesOf } from '../../src/answer/bucket-stretches.ts'
import { localMsAt, utcMsOf } from '../../src/base/time-zone.ts'

const CALENDAR = { weekStart: 1, fiscalYearStart: 1 } as const
const DAY_MS = 86_400_000
const at = (zone: string, text: string): { readonly utcMs: number; readonly localMs: number } => {
  const localMs = Date.parse(`${text}Z`)
  return { localMs, utcMs: utcMsOf(zone, localMs) }
}
const bucketOf = (zone: string, from: string, to: string) => {
  const [start, end] = [at(zone, from), at(zone, to)]
  return { startUtcMs: start.utcMs, startLocalMs: start.localMs, endUtcMs: end.utcMs, endLocalMs: end.localMs, cut: false, key: start.localMs / 1000 }
}
/** The stretches in words: their grain, how many buckets, and where they begin. */
const told = (from: string, to: string, grain: 'month' | 'year' | 'week' | null, now: string): readonly string[] | null =>
  stretchesOf(bucketOf('UTC', from, to), grain, 'UTC', CALENDAR, at('UTC', now).utcMs)?.map((one) => `${one.buckets.length} × ${one.kind} from ${new Date(one.buckets[0]?.startUtcMs ?? 0).toISOString().slice(0, 10)}`) ?? null

describe('a bucket that is not over', () => {
  it('is its days that are over, and the rest', () => {
    expect(told('2026-03-01T00:00', '2026-04-01T00:00', 'month', '2026-03-04T10:20')).toEqual(['3 × days from 2026-03-01', '1 × rest from 2026-03-04'])
  })
  it('of a year is what is over of its months and the days of the present one', () => {
    expect(told('2026-01-01T00:00', '2027-01-01T00:00', 'year', '2026-03-04T10:20')).toEqual(['1 × over from 2026-01-01', '3 × days from 2026-03-01', '1 × rest from 2026-03-04'])
  })
  it('that begins within a month is read by the days before the first whole one', () => {
    expect(told('2026-01-20T00:00', '2026-04-01T00:00', null, '2026-04-01T00:30')).toEqual(['12 × days from 2026-01-20', '1 × over from 2026-02-01'])
  })
  it('of a week that begins in another month is its days', () => {
    expect(told('2026-03-30T00:00', '2026-04-06T00:00', 'week', '2026-04-02T12:00')).toEqual(['3 × days from 2026-03-30', '1 × rest from 2026-04-02'])
  })
  it('is none where it ended before today or begins with it', () => {
    expect([told('2026-03-01T00:00', '2026-04-01T00:00', 'month', '2026-04-02T00:00'), told('2026-04-01T00:00', '2026-05-01T00:00', 'month', '2026-04-01T23:59')]).toEqual([null, null])
  })
  it('is covered exactly and in order, in any zone (500 random periods)', () => {
    const zones = fc.constantFrom('UTC', 'Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'Pacific/Apia', 'America/Sao_Paulo')
    fc.assert(
      fc.property(zones, fc.integer({ min: Date.UTC(2011, 0, 1), max: Date.UTC(2025, 0, 1) }), fc.integer({ min: 1, max: 800 }), fc.integer({ min: 0, max: 40 * 24 * 60 }), fc.boolean(), (zone, startMs, days, aheadMinutes, whole) => {
        const startLocalMs = whole ? Math.floor(localMsAt(zone, startMs) / DAY_MS) * DAY_MS : localMsAt(zone, startMs)
        const nowUtcMs = startMs + days * DAY_MS
        const endUtcMs = nowUtcMs + aheadMinutes * 60_000
        const bucket = { startUtcMs: utcMsOf(zone, startLocalMs), startLocalMs, endUtcMs, endLocalMs: localMsAt(zone, endUtcMs), cut: false, key: 0 }
        const pieces = stretchesOf(bucket, null, zone, CALENDAR, nowUtcMs)?.flatMap(({ buckets }) => buckets) ?? null
        if (pieces === null) return
        expect([pieces[0]?.startUtcMs, pieces.at(-1)?.endUtcMs]).toEqual([bucket.startUtcMs, bucket.endUtcMs])
        pieces.slice(1).forEach((piece, index) => expect(piece.startUtcMs).toBe(pieces[index]?.endUtcMs))
      }),
      { numRuns: 500, seed: 20_261_122 },
    )
  })
})
