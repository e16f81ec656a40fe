import { civilFromDays, daysFromCivil } from '../../src/base/civil-time.ts'
import { localMsAt, utcMsOf } from '../../src/base/time-zone.ts'

const DAY_MS = 86_400_000

/** `[fromUtcMs, toUtcMs)`. */
export interface TimeWindow {
  readonly fromUtcMs: number
  readonly toUtcMs: number
}

/** The instant at which the window begins that an instant lies in. Never after it, and the same for all instants of a window. */
export type WindowStart = (utcMs: number) => number

/** Windows of a fixed length, counted from 1970-01-01 UTC. */
export function windowsOf(lengthMs: number): WindowStart {
  return (utcMs) => Math.floor(utcMs / lengthMs) * lengthMs
}

/** Windows of so many calendar days of a zone; where clocks change, a day has 23 or 25 hours. */
export function daysOf(zone: string, days = 1): WindowStart {
  return (utcMs) => {
    const day = Math.floor(localMsAt(zone, utcMs) / DAY_MS)
    return Math.min(utcMs, utcMsOf(zone, Math.floor(day / days) * days * DAY_MS))
  }
}

/** Calendar months of a zone. */
export function monthsOf(zone: string): WindowStart {
  return (utcMs) => {
    const { year, month } = civilFromDays(Math.floor(localMsAt(zone, utcMs) / DAY_MS))
    return Math.min(utcMs, utcMsOf(zone, daysFromCivil({ year, month, day: 1 }) * DAY_MS))
  }
}

/** The windows that cover `[fromUtcMs, toUtcMs)`, newest first; the first and the last are cut to the range. */
export function* windowsDown(fromUtcMs: number, toUtcMs: number, startOf: WindowStart): Generator<TimeWindow> {
  for (let end = toUtcMs; end > fromUtcMs; ) {
    const start = Math.max(fromUtcMs, Math.min(startOf(end - 1), end - 1))
    yield { fromUtcMs: start, toUtcMs: end }
    end = start
  }
}
