import { GRAINS } from '../base/grain.ts'
import type { Grain } from '../base/grain.ts'

/** A count of calendar units. */
export interface Interval {
  readonly count: number
  readonly unit: Grain
}

const UNIT_MS: Readonly<Partial<Record<string, number>>> = { second: 1000, minute: 60_000, hour: 3_600_000, day: 86_400_000, week: 604_800_000 }

/** Reads `7 days`, `1 month`, `month`. @returns null for anything else, and for a count below 1. */
export function parseInterval(text: string): Interval | null {
  const match = /^(?:(\d{1,5})\s+)?([a-z]+?)s?$/.exec(text.trim().toLowerCase())
  const unit = GRAINS.find((grain) => grain === match?.[2])
  const count = Number(match?.[1] ?? 1)
  return unit === undefined || count < 1 ? null : { count, unit }
}

/** Reads a span of fixed length (`90 seconds` to `2 weeks`) in ms; null for anything else, since months and years have none. */
export function parseFixedSpan(text: string): number | null {
  const match = /^(\d{1,7})\s+([a-z]+?)s?$/.exec(text.trim().toLowerCase())
  const unitMs = UNIT_MS[match?.[2] ?? '']
  return match === null || unitMs === undefined ? null : Number(match[1]) * unitMs
}
