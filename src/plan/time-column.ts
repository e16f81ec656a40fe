import { localMsAt, zoneSegments } from '../base/time-zone.ts'
import type { Calendar, Grain } from '../base/grain.ts'
import { compare, integer, param } from '../sql/tree.ts'
import type { Expr } from '../sql/tree.ts'
import type { Facts } from './facts.ts'
import type { ReachedDimension } from './relation.ts'

/**
 * A time dimension as the planner handles it. Zones are turned into offsets here, from this process's zone rules, so that no
 * engine needs tables of its own and all give one answer.
 */
export interface TimeColumn {
  readonly expr: Expr
  /** `date`: days of no zone. `instant`: knows its moment. `clock`: wall clock of `zone`. */
  readonly kind: 'date' | 'instant' | 'clock'
  readonly zone: string
}

/** A span of time in both readings; half-open. */
export interface Span {
  readonly zone: string
  readonly startUtcMs: number
  readonly endUtcMs: number
  readonly startLocalMs: number
  readonly endLocalMs: number
}

const DAY_MS = 86_400_000
export const SUB_DAY: ReadonlySet<Grain> = new Set<Grain>(['minute', 'hour'])

export function timeColumn(reached: ReachedDimension, facts: Facts): TimeColumn {
  const { dimension, expr, home } = reached
  if (dimension.kind === 'date') return { expr, kind: 'date', zone: 'UTC' }
  if (dimension.timezone !== null) return { expr, kind: 'clock', zone: dimension.timezone }
  const type = facts.columnType(home, dimension.expr)
  return { expr, kind: type === 'clock' ? 'clock' : 'instant', zone: 'UTC' }
}

/** Days are whole: one belongs to a span when its midnight does. */
export function ceilDay(localMs: number): number {
  return Math.ceil(localMs / DAY_MS) * DAY_MS
}

export function timestampText(ms: number): string {
  return new Date(ms).toISOString().slice(0, 23).replace('T', ' ')
}

export function dateText(localMs: number): string {
  return new Date(localMs).toISOString().slice(0, 10)
}

/** A moment as a bound parameter of the column's own type, so that the engine compares raw values and skips blocks by their ranges. */
export function momentFor(column: TimeColumn, utcMs: number, localMs: number): Expr {
  if (column.kind === 'date') return param(dateText(ceilDay(localMs)), 'date')
  if (column.kind === 'clock') return param(timestampText(clockMsOf(column.zone, utcMs)), 'timestamp')
  return { kind: 'param', value: timestampText(utcMs), type: 'timestamp', isInstant: true }
}

/**
 * The wall clock from which on a column's rows lie at or after an instant. Where clocks are set back, a time that comes twice is
 * the earlier one, so rows of the hour after the change begin where the clock first shows new times.
 */
export function clockMsOf(zone: string, utcMs: number): number {
  if (zone === 'UTC') return utcMs
  const [before, after] = zoneSegments(zone, utcMs - DAY_MS, utcMs + 1).slice(-2)
  if (before === undefined || after === undefined) return localMsAt(zone, utcMs)
  return Math.max(utcMs + after.offsetMs, after.startUtcMs + before.offsetMs)
}

export function startsBefore(column: TimeColumn, utcMs: number, localMs: number): Expr {
  return compare(column.expr, '<', momentFor(column, utcMs, localMs))
}

/** Whether a row's moment lies before the present; days of today have come. */
export function hasHappened({ nowUtcMs }: { readonly nowUtcMs: number }, column: TimeColumn, zone: string): Expr {
  return startsBefore(column, nowUtcMs, localMsAt(zone, nowUtcMs))
}

export function notBefore(column: TimeColumn, utcMs: number, localMs: number): Expr {
  return compare(column.expr, '>=', momentFor(column, utcMs, localMs))
}

export function within(column: TimeColumn, span: Span): Expr {
  return {
    kind: 'and',
    of: [notBefore(column, span.startUtcMs, span.startLocalMs), startsBefore(column, span.endUtcMs, span.endLocalMs)],
  }
}

/** The column as a wall clock of UTC. */
export function asUtcClock(column: TimeColumn, span: Span): Expr {
  if (column.kind === 'instant') return { kind: 'utc_clock', of: column.expr }
  if (column.zone === 'UTC') return column.expr
  return offset(column.expr, column.zone, span, 'from_local')
}

/** Any time column as a wall clock of UTC, so that those of different kinds compare; dates are midnights of the span's zone. */
export function utcClockOf(column: TimeColumn, span: Span): Expr {
  if (column.kind !== 'date') return asUtcClock(column, span)
  return offset({ kind: 'cast', of: column.expr, to: 'timestamp' }, span.zone, span, 'from_local')
}

/** Moves a clock by the offsets of a zone, one `CASE` arm for each span of one offset inside `span`. */
function offset(expr: Expr, zone: string, span: Span, direction: 'from_local' | 'to_local'): Expr {
  const segments = zoneSegments(zone, span.startUtcMs, Math.max(span.endUtcMs, span.startUtcMs + 1))
  const sign = direction === 'to_local' ? 1 : -1
  const seconds = segments.map((segment) => Math.round((segment.offsetMs * sign) / 1000))
  const only = seconds[0] ?? 0
  if (seconds.every((value) => value === only)) {
    return only === 0 ? expr : { kind: 'add_seconds', of: expr, seconds: integer(only) }
  }
  const bounds = segments.map((segment) => param(timestampText(direction === 'to_local' ? segment.endUtcMs : segment.endUtcMs + segment.offsetMs), 'timestamp'))
  return { kind: 'add_seconds', of: expr, seconds: stepped(expr, bounds, seconds.map((value) => integer(value))) }
}

/** Up to this many steps are tried one after the other, as people would write them; decades of clock changes are halved. */
const MOST_ARMS = 8

/** The value of the first step whose bound lies after the expression; that of the last where none does. */
function stepped(expr: Expr, bounds: readonly Expr[], values: readonly Expr[]): Expr {
  const last = values.length - 1
  if (values.length <= MOST_ARMS) {
    const whens = values.slice(0, last).map((result, index) => ({ when: compare(expr, '<', bounds[index] as Expr), result }))
    return whens.length === 0 ? (values[0] as Expr) : { kind: 'case', whens, otherwise: values[last] as Expr }
  }
  const half = Math.floor(values.length / 2)
  const early = stepped(expr, bounds.slice(0, half), values.slice(0, half))
  const late = stepped(expr, bounds.slice(half), values.slice(half))
  return { kind: 'case', whens: [{ when: compare(expr, '<', bounds[half - 1] as Expr), result: early }], otherwise: late }
}

/** The column as a wall clock of `span.zone`; dates stay dates. */
export function localClock(column: TimeColumn, span: Span): Expr {
  if (column.kind === 'date' || (column.kind === 'clock' && column.zone === span.zone)) return column.expr
  return offset(asUtcClock(column, span), span.zone, span, 'to_local')
}

/**
 * Start of the bucket a row lies in, as `Bucket.key` counts it once made seconds: local for grains from day up, UTC for hours and
 * minutes, where a bucket never reaches back over a change of offset.
 */
export function bucketStart(column: TimeColumn, grain: Grain, span: Span, calendar: Calendar): Expr {
  if (!SUB_DAY.has(grain) || column.kind === 'date') {
    return { kind: 'truncate', of: localClock(column, span), grain, calendar }
  }
  const utc = asUtcClock(column, span)
  const segments = zoneSegments(span.zone, span.startUtcMs, Math.max(span.endUtcMs, span.startUtcMs + 1))
  const step = grain === 'hour' ? 3_600_000 : 60_000
  const arm = (offsetMs: number): Expr => {
    const shift = Math.round((((offsetMs % step) + step) % step) / 1000)
    if (shift === 0) return { kind: 'truncate', of: utc, grain, calendar }
    const moved: Expr = { kind: 'add_seconds', of: utc, seconds: integer(shift) }
    return { kind: 'add_seconds', of: { kind: 'truncate', of: moved, grain, calendar }, seconds: integer(-shift) }
  }
  const [first, ...rest] = segments
  const firstArm = arm(first?.offsetMs ?? 0)
  if (rest.every((segment) => (segment.offsetMs - (first?.offsetMs ?? 0)) % step === 0)) return firstArm
  const arms = segments.map((segment, index) =>
    index === 0
      ? firstArm
      : ({ kind: 'greatest', of: [arm(segment.offsetMs), param(timestampText(segment.startUtcMs), 'timestamp')] } satisfies Expr),
  )
  const whens = segments.slice(0, -1).map((segment, index) => ({
    when: compare(utc, '<', param(timestampText(segment.endUtcMs), 'timestamp')),
    result: arms[index] as Expr,
  }))
  return { kind: 'case', whens, otherwise: arms.at(-1) as Expr }
}
