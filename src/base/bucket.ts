import type { Calendar, Grain } from './grain.ts'
import type { Period } from './period.ts'

/** One half-open time bucket of a series. Local times are wall clocks counted as if UTC. */
export interface Bucket {
  readonly startUtcMs: number
  readonly endUtcMs: number
  readonly startLocalMs: number
  readonly endLocalMs: number
  /** True where the period cuts the calendar bucket; start and end are then the true bounds. */
  readonly cut: boolean
  /**
   * What the engine's truncation yields for rows in here, in seconds: the local start of the whole calendar bucket for grains
   * from day up, the UTC start for hours and minutes (an hour that comes twice is two buckets).
   */
  readonly key: number
}

export declare function bucketsOf(period: Period, grain: Grain, calendar: Calendar, maxBuckets: number): readonly Bucket[]
