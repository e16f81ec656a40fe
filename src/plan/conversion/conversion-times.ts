import { addLocal } from '../../base/civil-time.ts'
import { localMsAt, utcMsOf } from '../../base/time-zone.ts'
import type { Interval } from '../../model/interval.ts'
import { compare } from '../../sql/tree.ts'
import type { Expr } from '../../sql/tree.ts'
import type { Edge } from '../axis.ts'
import type { ConversionMeasure, Read } from '../read.ts'
import { spanOf } from '../rows.ts'
import type { PlanContext } from '../rows.ts'
import { SUB_DAY, asUtcClock, ceilDay, localClock } from '../time-column.ts'
import type { Span, TimeColumn } from '../time-column.ts'

const DAY_MS = 86_400_000

/**
 * The one clock by which base and conversion events are put in order. `days`: one side knows only days, so both count by local
 * days. `utc`: by instants; windows of days and longer end by the wall clock of the zone asked, hours and minutes by elapsed time.
 */
export interface ConversionClock {
  readonly kind: 'days' | 'utc'
  /** What to order by. */
  at(column: TimeColumn): Expr
  /** Whether a conversion lies in the window of a base event, given that it does not lie before it. Both as `at` gives them. */
  inWindow(base: Expr, conversion: Expr, window: Interval): Expr
}

export function conversionClock(kind: ConversionClock['kind'], span: Span): ConversionClock {
  const shown = (at: Expr, { unit }: Interval): Expr => (kind === 'days' || SUB_DAY.has(unit) ? at : localClock({ expr: at, kind: 'clock', zone: 'UTC' }, span))
  const dayOf = (column: TimeColumn): Expr => ({ kind: 'truncate', of: localClock(column, span), grain: 'day', calendar: { weekStart: 1, fiscalYearStart: 1 } })
  return {
    kind,
    at: (column) => (kind === 'utc' ? asUtcClock(column, span) : column.kind === 'date' ? column.expr : dayOf(column)),
    inWindow: (base, conversion, window) => compare(shown(conversion, window), '<', { kind: 'add_units', of: shown(base, window), count: window.count, unit: window.unit }),
  }
}

/** Up to when a conversion of an event at a moment may come; null for ever. */
export function windowEnd(zone: string, endUtcMs: number, endLocalMs: number, window: Interval | null): Edge | null {
  if (window === null) return null
  const { count, unit } = window
  if (SUB_DAY.has(unit)) {
    const utcMs = addLocal(endUtcMs, count, unit)
    return { utcMs, localMs: localMsAt(zone, utcMs) }
  }
  const localMs = addLocal(endLocalMs, count, unit)
  return { utcMs: utcMsOf(zone, localMs), localMs }
}

/**
 * What has to be read: the base events asked, and all events until the last of them may convert or lose to a later one; nothing
 * after the present. By days, events of the whole first and last day, since those of one day have no order.
 */
export function conversionSpans(context: PlanContext, kind: ConversionClock['kind'], reads: readonly Read<ConversionMeasure>[]): { readonly asked: Span; readonly read: Span } {
  const asked = spanOf(reads)
  const { zone } = asked
  const present: Edge = { utcMs: context.nowUtcMs, localMs: localMsAt(zone, context.nowUtcMs) }
  const latest = reads.reduce<Edge>(
    (last, { period, measure }) => {
      const end = windowEnd(zone, period.endUtcMs, period.endLocalMs, measure.window) ?? present
      return end.utcMs > last.utcMs ? end : last
    },
    { utcMs: asked.endUtcMs, localMs: asked.endLocalMs },
  )
  const wholeDays = (localMs: number): Edge => ({ utcMs: utcMsOf(zone, localMs), localMs })
  const start = kind === 'days' ? wholeDays(Math.floor(asked.startLocalMs / DAY_MS) * DAY_MS) : { utcMs: asked.startUtcMs, localMs: asked.startLocalMs }
  const end = kind === 'days' ? wholeDays(ceilDay(latest.localMs)) : latest
  const until = end.utcMs > present.utcMs ? present : end
  return { asked, read: { zone, startUtcMs: start.utcMs, startLocalMs: start.localMs, endUtcMs: until.utcMs, endLocalMs: until.localMs } }
}
