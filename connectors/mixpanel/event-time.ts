import { utcMsOf, zoneSegments } from '../../src/base/time-zone.ts'

/** Numbers from here on are milliseconds: as seconds they would lie in the year 5138. */
const MILLISECONDS_FROM = 100_000_000_000
/** Clocks are never set back by more. */
const LONGEST_OVERLAP_MS = 4 * 3_600_000

/** What an export says as a time, in ms; null for what is no time. */
export function exportedMs(time: unknown): number | null {
  const number = typeof time === 'string' && /^\d+(\.\d+)?$/.test(time) ? Number(time) : time
  if (typeof number !== 'number' || !Number.isFinite(number)) return null
  return Math.round(number >= MILLISECONDS_FROM ? number : number * 1_000)
}

/**
 * UTC ms of a time that counts what a wall clock showed as if it had been UTC: so do exports of projects made before 2023.
 *
 * Of a time that clocks skipped (sent by a wrong clock), the first instant after the gap. Of a time that came twice, the later
 * instant if it was over when Mixpanel took the event in, since events arrive within seconds; the earlier one where it was not,
 * or where nobody knows when.
 */
export function instantOfWallClock(zone: string, wallClockMs: number, processedUtcMs: number | null): number {
  const earlier = utcMsOf(zone, wallClockMs)
  if (processedUtcMs === null || processedUtcMs <= earlier) return earlier
  for (const { startUtcMs, endUtcMs, offsetMs } of zoneSegments(zone, earlier + 1, earlier + LONGEST_OVERLAP_MS)) {
    const later = wallClockMs - offsetMs
    if (later > earlier && later >= startUtcMs && later < endUtcMs && later <= processedUtcMs) return later
  }
  return earlier
}
