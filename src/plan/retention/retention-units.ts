import { addLocal, truncateLocal } from '../../base/civil-time.ts'
import { KpiqlError } from '../../base/errors.ts'
import type { Calendar, Grain } from '../../base/grain.ts'
import { utcMsOf } from '../../base/time-zone.ts'
import type { Edge } from '../axis.ts'
import type { RetentionMeasure } from '../read.ts'
import { WORD_BITS } from '../forms/slice-keys.ts'
import type { Span } from '../time-column.ts'

/** A range of periods since the start, both ends included; a null end is open. */
export type PeriodRange = RetentionMeasure['ranges'][number]

/** More units of the calendar than this make a statement too long to be of use. */
const MOST_UNITS = 2_000

/** The ranges of several measures, each once, in order. */
export function distinctRanges(measures: readonly Pick<RetentionMeasure, 'ranges'>[]): readonly PeriodRange[] {
  const found = new Map(measures.flatMap(({ ranges }) => ranges.map((range) => [rangeId(range), range] as const)))
  return [...found.values()].toSorted((a, b) => a.from - b.from || (a.to ?? Number.POSITIVE_INFINITY) - (b.to ?? Number.POSITIVE_INFINITY))
}

export function rangeId({ from, to }: PeriodRange): string {
  return `${from}-${to ?? ''}`
}

/** The last period that must be told from later ones. */
export function lastPeriod(ranges: readonly PeriodRange[]): number {
  return Math.max(0, ...ranges.map(({ from, to }) => to ?? from))
}

export function isOpen(ranges: readonly PeriodRange[]): boolean {
  return ranges.some(({ to }) => to === null)
}

/**
 * Edges of the calendar's units: from the start of the unit in which the span begins to the end of the one that lies `after` units
 * behind that in which it ends. Unit `i` is `[edges[i], edges[i + 1])`.
 *
 * @throws KpiqlError `TOO_MANY_POINTS`.
 */
export function unitEdges(span: Span, unit: Grain, after: number, calendar: Calendar): readonly Edge[] {
  const end = addLocal(truncateLocal(span.endLocalMs - 1, unit, calendar), after + 1, unit)
  const edges: Edge[] = []
  for (let localMs = truncateLocal(span.startLocalMs, unit, calendar); localMs <= end; localMs = addLocal(localMs, 1, unit)) {
    edges.push({ localMs, utcMs: utcMsOf(span.zone, localMs) })
    if (edges.length > MOST_UNITS) {
      throw new KpiqlError('TOO_MANY_POINTS', { message: `Retention by ${unit} over this period follows more than ${MOST_UNITS} ${unit}s.`, hint: 'Ask a shorter period, fewer periods, or a coarser unit.' })
    }
  }
  return edges
}

/** Whether all units, and one bit for whatever comes later, find place in one word. */
export function fitWord(edges: readonly Edge[]): boolean {
  return edges.length <= WORD_BITS
}
