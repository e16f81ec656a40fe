import type { ActiveMetric } from '../../src/model/types.ts'
import { firstMoment, happenings, keyValues } from './activity.ts'
import type { Happening, Shop } from './activity.ts'
import { earlier, instantOf, isCut, localMsOf, walkBuckets, walkedPeriod } from './calendar.ts'
import { whole } from './amount.ts'
import type { OracleAnswer, OracleAsk, OracleCell } from './oracle.ts'
import { belongs } from './row-test.ts'
import type { Cell } from './row-test.ts'

const DAY_MS = 86_400_000
const ceilDay = (localMs: number): number => Math.ceil(localMs / DAY_MS) * DAY_MS

/** Trailing actives by plain loops: for each bucket and group, every row is asked whether it lies in the window. */
export function activesOracle(shop: Shop, definition: ActiveMetric, ask: OracleAsk, completeUtcMs = shop.nowUtcMs): OracleAnswer {
  const { zone } = ask
  const { activity, window } = definition
  const complete = Math.min(shop.nowUtcMs, completeUtcMs)
  const buckets = walkBuckets(walkedPeriod(zone, ask.start, ask.end), ask.grain, shop.model.calendar)
  const first = firstMoment(shop, activity, zone)
  const rows = happenings(shop, activity, zone).filter(({ entity, cellOf }) => entity !== null && belongs(ask.predicate, cellOf))
  const windows = buckets.map((bucket) => {
    const end = ceilDay(bucket.endUtcMs <= complete ? bucket.endLocalMs : localMsOf(zone, complete))
    const start = earlier(end, window.count, window.unit)
    const partial = Math.max(bucket.endUtcMs, instantOf(zone, end)) > complete || (ask.grain !== null && isCut(bucket, ask.grain, shop.model.calendar))
    const ended = first !== null && (first.utcMs === null ? bucket.endLocalMs <= first.localMs : bucket.endUtcMs <= first.utcMs)
    const early = first !== null && start < Math.floor(first.localMs / DAY_MS) * DAY_MS
    const reason = bucket.startUtcMs >= complete ? 'AFTER_WATERMARK' : ended ? 'BEFORE_FIRST_DATA' : early ? 'WINDOW_NOT_COVERED' : null
    return { start, end, startUtcMs: instantOf(zone, start), partial, reason }
  })
  const groups = new Map<string, { values: readonly Cell[]; rows: Happening[] }>()
  if (ask.by.length === 0) groups.set('[]', { values: [], rows: [] })
  for (const row of rows) {
    const values = keyValues(row, ask.by)
    const id = JSON.stringify(values)
    const group = groups.get(id) ?? { values, rows: [] }
    group.rows.push(row)
    groups.set(id, group)
  }
  const answered = [...groups.values()].flatMap((group) => {
    let counted = false
    const cells = windows.map(({ start, startUtcMs, end, partial, reason }): OracleCell => {
      if (reason !== null) return { amount: null, reason, partial }
      const entities = new Set(group.rows.filter((row) => isActive(row, definition, { localMs: start, utcMs: startUtcMs }, end)).map(({ entity }) => entity))
      counted ||= entities.size > 0
      return { amount: whole(entities.size), reason: null, partial }
    })
    return counted || ask.by.length === 0 ? [{ values: group.values, cells }] : []
  })
  return { buckets, groups: answered, unavailable: false }
}

function isActive({ start, end }: Happening, { activity }: ActiveMetric, from: { localMs: number; utcMs: number }, untilLocalMs: number): boolean {
  const day = Math.floor(start.localMs / DAY_MS) * DAY_MS
  if (activity.time.kind === 'event') return day >= from.localMs && day < untilLocalMs
  if (day >= untilLocalMs) return false
  if (end === null) return true
  const isEmpty = end.utcMs === null || start.utcMs === null ? end.localMs <= start.localMs : end.utcMs <= start.utcMs
  return !isEmpty && (end.utcMs === null ? end.localMs > from.localMs : end.utcMs > from.utcMs)
}
