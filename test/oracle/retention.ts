import type { Activity, RetentionMode } from '../../src/model/types.ts'
import type { Grain } from '../../src/base/grain.ts'
import type { Predicate } from '../../src/model/predicate.ts'
import { happenings } from './activity.ts'
import type { Happening, Moment, Shop } from './activity.ts'
import { clockMs, earlier, instantOf, labelOf, walkBuckets, walkedPeriod } from './calendar.ts'
import type { WalkedBucket } from './calendar.ts'
import { belongs } from './row-test.ts'
import type { Cell } from './row-test.ts'

export interface RetentionQuestion {
  readonly start: Activity
  readonly activity: Activity
  readonly unit: Grain
  readonly clock: 'calendar' | 'hours_24'
  readonly mode: RetentionMode
  readonly periods: number
  readonly brackets: readonly number[]
  readonly predicate: Predicate
  readonly zone: string
  readonly from: string
  readonly to: string
}

export interface Follower {
  readonly entity: Cell
  readonly first: Moment
  /** Rows of the first moment. */
  readonly starts: readonly Happening[]
  readonly acts: readonly Happening[]
}

const DAY_MS = 86_400_000
const place = ({ utcMs, localMs }: Moment): number => utcMs ?? localMs

/** Entities with their first start ever and all that they did. */
export function followers(shop: Shop, start: Activity, activity: Activity, zone: string): readonly Follower[] {
  const lasting = (one: Activity): readonly Happening[] => happenings(shop, one, zone).filter(({ entity, start: begins, end }) => entity !== null && (end === null || place(end) > place(begins)))
  const [starts, acts] = [lasting(start), lasting(activity)]
  return [...new Set(starts.map(({ entity }) => entity))].map((entity) => {
    const own = starts.filter((one) => one.entity === entity)
    const at = Math.min(...own.map((one) => place(one.start)))
    const firsts = own.filter((one) => place(one.start) === at)
    return { entity, first: (firsts[0] as Happening).start, starts: firsts, acts: acts.filter((one) => one.entity === entity) }
  })
}

export function lies({ utcMs, localMs }: Moment, bucket: WalkedBucket): boolean {
  return utcMs === null ? localMs >= bucket.startLocalMs && localMs < bucket.endLocalMs : utcMs >= bucket.startUtcMs && utcMs < bucket.endUtcMs
}

export function rangesOf({ mode, periods, brackets }: Pick<RetentionQuestion, 'mode' | 'periods' | 'brackets'>): readonly { from: number; to: number | null }[] {
  if (mode !== 'bracket') return Array.from({ length: periods + 1 }, (_, from) => ({ from, to: mode === 'unbounded' ? null : from }))
  const ranges: { from: number; to: number }[] = []
  for (const to of brackets[0] === 0 ? brackets : [0, ...brackets]) ranges.push({ from: (ranges.at(-1)?.to ?? -1) + 1, to })
  return ranges
}

/** Whether an entity did something in the range, by looking at every row. */
export function isRetained(shop: Shop, { first, acts }: Follower, { unit, clock, zone }: Pick<RetentionQuestion, 'unit' | 'clock' | 'zone'>, from: number, to: number | null): boolean {
  const dated = acts.every((act) => act.start.utcMs === null) && first.utcMs === null
  const absolute = ({ utcMs, localMs }: Moment): number => (dated ? localMs : (utcMs ?? instantOf(zone, localMs)))
  if (clock === 'hours_24') {
    const length = (unit === 'week' ? 7 : 1) * DAY_MS
    const begins = absolute(first) + from * length
    const ends = to === null ? Number.POSITIVE_INFINITY : absolute(first) + (to + 1) * length
    return acts.some(({ start, end, row }) => absolute(start) < ends && (isEvent(end, row) ? absolute(start) >= begins : end === null || absolute(end) > begins))
  }
  const unitStart = clockMs(labelOf(first.localMs, 0, unit, shop.model.calendar))
  const begins = earlier(unitStart, -from, unit)
  const ends = to === null ? Number.POSITIVE_INFINITY : earlier(unitStart, -(to + 1), unit)
  return acts.some(({ start, end, row }) => start.localMs < ends && (isEvent(end, row) ? start.localMs >= begins : end === null || end.localMs > begins))
}

// Happenings of intervals without an end look like events; their tables do not.
function isEvent(end: Moment | null, row: Happening['row']): boolean {
  return end === null && ('order_id' in row || 'signup_date' in row)
}

/** The earliest row of the start's table, whoever's it is. */
function firstRow(shop: Shop, start: Activity, zone: string): Moment | null {
  const moments = happenings({ ...shop, nowUtcMs: Date.UTC(2200, 0, 1) }, { ...start, filter: { kind: 'all' } }, zone).map((one) => one.start)
  return moments.reduce<Moment | null>((first, moment) => (first === null || place(moment) < place(first) ? moment : first), null)
}

export function retentionOracle(shop: Shop, question: RetentionQuestion, completeUtcMs = shop.nowUtcMs) {
  const { zone, unit, clock } = question
  const { calendar } = shop.model
  const complete = Math.min(shop.nowUtcMs, completeUtcMs)
  const buckets = walkBuckets(walkedPeriod(zone, question.from, question.to), unit, calendar)
  const all = followers(shop, question.start, question.activity, zone).filter(({ starts }) => starts.some(({ cellOf }) => belongs(question.predicate, cellOf)))
  const begins = firstRow(shop, question.start, zone)
  const rows = buckets.map((bucket) => {
    const isBefore = begins !== null && (begins.utcMs === null ? bucket.endLocalMs <= begins.localMs : bucket.endUtcMs <= begins.utcMs)
    if (isBefore || bucket.startUtcMs >= complete) return { size: null, cells: rangesOf(question).map(({ from, to }) => ({ from, to, active: null, rate: null, complete: false })) }
    const own = all.filter(({ first }) => lies(first, bucket))
    const cells = rangesOf(question).map(({ from, to }) => {
      const until = (to ?? from) + 1
      const unitOf = (localMs: number): number => clockMs(labelOf(localMs, 0, unit, calendar))
      const length = (unit === 'week' ? 7 : 1) * DAY_MS
      const begins = clock === 'hours_24' ? bucket.startUtcMs + from * length : Math.max(bucket.startUtcMs, instantOf(zone, earlier(unitOf(bucket.startLocalMs), -from, unit)))
      const ends = clock === 'hours_24' ? bucket.endUtcMs + until * length : instantOf(zone, earlier(unitOf(bucket.endLocalMs - 1), -until, unit))
      const active = begins < complete ? own.filter((one) => isRetained(shop, one, question, from, to)).length : null
      return { from, to, active, rate: active === null || own.length === 0 ? null : (active * 100) / own.length, complete: ends <= complete }
    })
    return { size: own.length, cells }
  })
  const average = rangesOf(question).map(({ from, to }, index) => {
    let [size, active] = [0, 0]
    for (const row of rows) {
      if (row.cells[index]?.complete !== true) continue
      size += row.size ?? 0
      active += row.cells[index]?.active ?? 0
    }
    return { from, to, size, rate: size === 0 ? null : (active * 100) / size }
  })
  return { rows, average }
}

/** A metric of bounded or unbounded retention by groups and buckets: rates in per cent, null where nobody started. */
export function retentionRates(shop: Shop, question: RetentionQuestion, period: number, grain: Grain | null, by: string | null): ReadonlyMap<Cell, readonly (number | null)[]> {
  const buckets = walkBuckets(walkedPeriod(question.zone, question.from, question.to), grain, shop.model.calendar)
  const counted = new Map<Cell, { size: number; active: number }[]>()
  for (const follower of followers(shop, question.start, question.activity, question.zone)) {
    const bucket = buckets.findIndex((one) => lies(follower.first, one))
    if (bucket < 0) continue
    const own = follower.starts.filter(({ cellOf }) => belongs(question.predicate, cellOf))
    for (const value of new Set(own.map(({ cellOf }) => (by === null ? null : cellOf(by).cell)))) {
      const group = counted.get(value) ?? buckets.map(() => ({ size: 0, active: 0 }))
      counted.set(value, group)
      const cell = group[bucket] as { size: number; active: number }
      cell.size += 1
      if (isRetained(shop, follower, { ...question, clock: 'calendar' }, period, question.mode === 'unbounded' ? null : period)) cell.active += 1
    }
  }
  return new Map([...counted].map(([value, cells]) => [value, cells.map(({ size, active }) => (size === 0 ? null : (active * 100) / size))]))
}
