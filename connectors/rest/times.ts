import { localMsAt } from '../../src/base/time-zone.ts'
import { utcMsOfEpochMs, utcMsOfEpochSeconds, utcMsOfIso } from '../../src/base/instants.ts'

export const TIME_FORMATS = ['iso', 'iso-seconds', 'epoch-seconds', 'epoch-ms', 'date', 'wall-clock'] as const
/** `wall-clock` is `2026-01-31 23:59:59` in a zone. */
export type TimeFormat = (typeof TIME_FORMATS)[number]

/** UTC ms of a value; text without an offset is the wall clock of `zone`. Null where it is no such time. */
export function readTime(value: unknown, format: TimeFormat, zone: string): number | null {
  if (format === 'epoch-seconds') return utcMsOfEpochSeconds(value)
  return format === 'epoch-ms' ? utcMsOfEpochMs(value) : utcMsOfIso(value, zone)
}

/** An instant as the tool wants it, cut to what the format can say, so that it is never later than the instant. */
export function writeTime(utcMs: number, format: TimeFormat, zone: string): string | number {
  const localText = (): string => new Date(localMsAt(zone, utcMs)).toISOString()
  switch (format) {
    case 'iso':
      return new Date(utcMs).toISOString()
    case 'iso-seconds':
      return `${new Date(utcMs).toISOString().slice(0, 19)}Z`
    case 'epoch-seconds':
      return Math.floor(utcMs / 1_000)
    case 'epoch-ms':
      return utcMs
    case 'date':
      return localText().slice(0, 10)
    case 'wall-clock':
      return localText().slice(0, 19).replace('T', ' ')
  }
}
