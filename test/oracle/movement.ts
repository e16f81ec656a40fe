import { earlier, localMsOf } from './calendar.ts'
import type { WalkedBucket } from './calendar.ts'

/**
 * A stock's movements as one would count them on paper: for every entity, every day, what was held at the close of the day before
 * and of this one. Balances are summed anew each time. Slow, and nothing of the gateway is in it. Amounts are whole cents.
 */

const DAY_MS = 86_400_000

/** A row of a stock. Days are numbered since 1970; moments are UTC ms. */
export interface HeldRow {
  readonly entity: string | null
  readonly cents: bigint | null
  readonly start: number | null
  readonly end: number | null
  readonly in: boolean
  readonly group: string
}

export interface Stock {
  readonly rows: readonly HeldRow[]
  /** Whether `start` and `end` are days of no zone, or moments. */
  readonly time: 'day' | 'moment'
  /** Of days alone: the last day still counts. */
  readonly endInclusive: boolean
}

export const FLOWS = ['new', 'expansion', 'contraction', 'churned', 'reactivation', 'entering_segment', 'leaving_segment'] as const
const LOST: readonly string[] = ['contraction', 'churned', 'leaving_segment']

export type Totals = Record<string, bigint>

interface Span {
  readonly entity: string | null
  readonly cents: bigint
  readonly from: number
  /** First day without it. */
  readonly until: number
  readonly in: boolean
  readonly group: string
}

/** Each row from its first day to the first day without it, as far as it is known by now. */
export function spansOf(stock: Stock, zone: string, nowUtcMs: number): readonly Span[] {
  const today = Math.ceil(localMsOf(zone, nowUtcMs) / DAY_MS)
  const dayOf = (time: number): number => (stock.time === 'day' ? time : Math.floor(localMsOf(zone, time) / DAY_MS))
  const happened = (time: number): boolean => (stock.time === 'day' ? time < today : time < nowUtcMs)
  const spans: Span[] = []
  for (const row of stock.rows) {
    const end = row.end === null ? null : row.end + (stock.endInclusive ? 1 : 0)
    if (row.start === null || row.cents === null || !happened(row.start)) continue
    const from = dayOf(row.start)
    const until = end === null || !happened(end) ? Number.POSITIVE_INFINITY : dayOf(end)
    if (until > from) spans.push({ entity: row.entity, cents: row.cents, from, until, in: row.in, group: row.group })
  }
  return spans
}

/** What is held at the close of the day before `day`. */
function held(spans: readonly Span[], day: number, keeps: (span: Span) => boolean = () => true): bigint {
  return spans.reduce((sum, span) => (span.from < day && span.until >= day && keeps(span) ? sum + span.cents : sum), 0n)
}

/** By group, then by bucket: components in cents, and `entities <component>`. */
export function movementsOf(stock: Stock, buckets: readonly WalkedBucket[], zone: string, nowUtcMs: number): Map<string, Totals[]> {
  const spans = spansOf(stock, zone, nowUtcMs)
  const groups = [...new Set(stock.rows.map(({ group }) => group))]
  const found = new Map(groups.map((group) => [group, buckets.map(() => emptyTotals())]))
  const edges = buckets.map(({ startLocalMs, endLocalMs }) => [Math.ceil(startLocalMs / DAY_MS), Math.ceil(endLocalMs / DAY_MS)] as const)
  for (const entity of new Set(spans.map((span) => span.entity))) {
    const own = spans.filter((span) => span.entity === entity)
    const days = [...new Set(own.flatMap(({ from, until }) => (Number.isFinite(until) ? [from, until] : [from])))].toSorted((a, b) => a - b)
    const known = entity === null ? 0n : 1n
    for (const group of groups) {
      const inside = (span: Span): boolean => span.in && span.group === group
      edges.forEach(([start, end], index) => {
        const totals = found.get(group)?.[index] ?? emptyTotals()
        for (const [part, day] of [['start', start], ['end', end]] as const) {
          const balance = held(own, day, inside)
          bump(totals, part, balance)
          if (balance > 0n) bump(totals, `entities ${part}`, known)
        }
        for (const day of days.filter((one) => one >= start && one < end)) {
          const [wholeBefore, wholeAfter] = [held(own, day), held(own, day + 1)]
          const [before, after] = [held(own, day, inside), held(own, day + 1, inside)]
          if (before === after) continue
          const everHeld = days.some((one) => one < day && held(own, one + 1) > 0n)
          const flow = flowOf(wholeBefore > 0n, wholeAfter > 0n, everHeld, before > 0n, after > 0n, after > before)
          bump(totals, flow, LOST.includes(flow) ? before - after : after - before)
          const step = (after > 0n ? 1n : 0n) - (before > 0n ? 1n : 0n)
          bump(totals, `entities ${flow}`, known * (flow === 'expansion' || flow === 'contraction' ? 1n : LOST.includes(flow) ? -step : step))
        }
      })
    }
  }
  return found
}

function flowOf(wholeBefore: boolean, wholeAfter: boolean, everHeld: boolean, before: boolean, after: boolean, up: boolean): (typeof FLOWS)[number] {
  if (!wholeBefore && wholeAfter) return everHeld ? 'reactivation' : 'new'
  if (wholeBefore && !wholeAfter) return 'churned'
  if (!before && after) return 'entering_segment'
  if (before && !after) return 'leaving_segment'
  return up ? 'expansion' : 'contraction'
}

/** By group, then by bucket: `followed_start`, `followed_end`, `followed_kept` in cents, and `entities` of each. */
export function followedOf(stock: Stock, buckets: readonly WalkedBucket[], zone: string, nowUtcMs: number, window: { readonly count: number; readonly unit: 'day' | 'month' }): Map<string, Totals[]> {
  const spans = spansOf(stock, zone, nowUtcMs)
  const groups = [...new Set(stock.rows.map(({ group }) => group))]
  return new Map(
    groups.map((group) => [
      group,
      buckets.map((bucket) => {
        const endMs = bucket.endUtcMs > nowUtcMs ? localMsOf(zone, nowUtcMs) : bucket.endLocalMs
        const end = Math.ceil(endMs / DAY_MS)
        const start = earlier(end * DAY_MS, window.count, window.unit) / DAY_MS
        const totals: Totals = {}
        for (const entity of new Set(spans.map((span) => span.entity))) {
          const own = spans.filter((span) => span.entity === entity)
          const then = held(own, start)
          if (then <= 0n || held(own, start, (span) => span.in && span.group === group) <= 0n) continue
          const now = held(own, end)
          const left = now > 0n ? now : 0n
          const known = entity === null ? 0n : 1n
          bump(totals, 'followed_start', then)
          bump(totals, 'followed_end', left)
          bump(totals, 'followed_kept', left < then ? left : then)
          bump(totals, 'entities followed_start', known)
          bump(totals, 'entities followed_end', left > 0n ? known : 0n)
          bump(totals, 'entities followed_kept', left > 0n ? known : 0n)
        }
        return totals
      }),
    ]),
  )
}

function emptyTotals(): Totals {
  return {}
}

function bump(totals: Totals, part: string, by: bigint): void {
  totals[part] = (totals[part] ?? 0n) + by
}
