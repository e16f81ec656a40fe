import type { Interval } from '../../src/model/interval.ts'
import type { Activity, ConversionMetric } from '../../src/model/types.ts'
import { firstMoment, happenings, keyValues } from './activity.ts'
import type { Happening, Shop } from './activity.ts'
import { over, times, whole } from './amount.ts'
import { earlier, instantOf, isCut, walkBuckets, walkedPeriod } from './calendar.ts'
import type { WalkedBucket } from './calendar.ts'
import type { OracleAnswer, OracleAsk, OracleCell } from './oracle.ts'
import { belongs } from './row-test.ts'
import type { Cell } from './row-test.ts'

const DAY_MS = 86_400_000
const HOUR_MS = 3_600_000

/** A moment some calendar units later. */
function later(ms: number, { count, unit }: Interval): number {
  return unit === 'hour' ? ms + count * HOUR_MS : earlier(ms, -count, unit)
}

function endOf(zone: string, bucket: WalkedBucket, window: Interval): number {
  return window.unit === 'hour' ? later(bucket.endUtcMs, window) : instantOf(zone, later(bucket.endLocalMs, window))
}

/** Conversions by plain loops: for every conversion, all base events are looked through for the last one before it. */
export function conversionsOracle(shop: Shop, definition: ConversionMetric, ask: OracleAsk, completeUtcMs: ReadonlyMap<string, number> = new Map()): OracleAnswer {
  const { zone } = ask
  const buckets = walkBuckets(walkedPeriod(zone, ask.start, ask.end), ask.grain, shop.model.calendar)
  const bases = happenings(shop, definition.base, zone)
  const credits = creditsOf(shop, definition, bases, zone)
  const inSlice = bases.filter(({ cellOf }) => belongs(ask.predicate, cellOf))
  const states = buckets.map((bucket) => {
    const state = stateOf(shop, definition, bucket, zone, completeUtcMs)
    return { ...state, partial: state.partial || (ask.grain !== null && isCut(bucket, ask.grain, shop.model.calendar)) }
  })
  const groups = new Map<string, { values: readonly Cell[]; rows: Happening[][] }>()
  if (ask.by.length === 0) groups.set('[]', { values: [], rows: buckets.map(() => []) })
  for (const base of inSlice) {
    const { utcMs, localMs } = base.start
    const place = buckets.findIndex((bucket) => (utcMs === null ? localMs >= bucket.startLocalMs && localMs < bucket.endLocalMs : utcMs >= bucket.startUtcMs && utcMs < bucket.endUtcMs))
    if (place < 0) continue
    const values = keyValues(base, ask.by)
    const id = JSON.stringify(values)
    const group = groups.get(id) ?? { values, rows: buckets.map(() => []) }
    group.rows[place]?.push(base)
    groups.set(id, group)
  }
  const cellOf = (rows: readonly Happening[], { reason, partial }: { reason: string | null; partial: boolean }): OracleCell => {
    if (reason !== null) return { amount: null, reason, partial }
    const counts = rows.map((row) => credits.get(row) ?? 0)
    const [base, converted, conversions] = [rows.length, counts.filter((count) => count > 0).length, counts.reduce((sum, count) => sum + count, 0)].map(whole)
    if (base === undefined || converted === undefined || conversions === undefined) throw new Error('Three counts.')
    const rate = over(times(converted, whole(100)), base)
    const amount = { opportunities: base, converted, conversions, rate }[definition.calculation]
    return { amount, reason: amount === null ? 'DIVISION_BY_ZERO' : null, partial }
  }
  return {
    buckets,
    groups: [...groups.values()].map(({ values, rows }) => ({ values, cells: rows.map((list, index) => cellOf(list, states[index] ?? { reason: null, partial: false })) })),
    unavailable: false,
  }
}

/** How many conversions each base event is credited with. */
function creditsOf(shop: Shop, { base, conversion, window, constantProperties }: ConversionMetric, bases: readonly Happening[], zone: string): ReadonlyMap<Happening, number> {
  const conversions = happenings(shop, conversion, zone)
  const byDays = [...bases, ...conversions].some(({ start }) => start.utcMs === null)
  const at = ({ start }: Happening): number => (byDays ? Math.floor(start.localMs / DAY_MS) * DAY_MS : (start.utcMs ?? Number.NaN))
  const key = shop.model.semanticModels.get(base.semanticModel)?.entities.find(({ type }) => type === 'primary')?.expr ?? ''
  const isLater = (a: Happening, b: Happening): boolean => {
    if (at(a) !== at(b)) return at(a) > at(b)
    if ((a.start.utcMs ?? 0) !== (b.start.utcMs ?? 0)) return (a.start.utcMs ?? 0) > (b.start.utcMs ?? 0)
    return Number(a.row[key]) > Number(b.row[key])
  }
  const credits = new Map<Happening, number>()
  for (const one of conversions) {
    if (one.entity === null) continue
    let last: Happening | null = null
    for (const candidate of bases) {
      if (candidate.entity !== one.entity || at(candidate) > at(one)) continue
      if (!constantProperties.every((pair) => candidate.cellOf(pair.base).cell !== null && candidate.cellOf(pair.base).cell === one.cellOf(pair.conversion).cell)) continue
      if (last === null || isLater(candidate, last)) last = candidate
    }
    if (last === null) continue
    const shown = (event: Happening): number => (byDays || window?.unit === 'hour' ? at(event) : event.start.localMs)
    if (window !== null && shown(one) >= later(shown(last), window)) continue
    credits.set(last, (credits.get(last) ?? 0) + 1)
  }
  return credits
}

function stateOf(shop: Shop, { base, conversion, window, calculation }: ConversionMetric, bucket: WalkedBucket, zone: string, completeUtcMs: ReadonlyMap<string, number>): { reason: string | null; partial: boolean } {
  const complete = ({ semanticModel }: Activity): number => Math.min(shop.nowUtcMs, completeUtcMs.get(semanticModel) ?? Number.POSITIVE_INFINITY)
  const first = firstMoment(shop, base, zone)
  const ended = first !== null && (first.utcMs === null ? bucket.endLocalMs <= first.localMs : bucket.endUtcMs <= first.utcMs)
  const counts = calculation === 'opportunities'
  const open = !counts && (window === null || endOf(zone, bucket, window) > Math.min(complete(base), complete(conversion)))
  const late = bucket.startUtcMs >= complete(base) || (!ended && !counts && bucket.startUtcMs >= complete(conversion))
  return { reason: late ? 'AFTER_WATERMARK' : ended ? 'BEFORE_FIRST_DATA' : null, partial: bucket.endUtcMs > complete(base) || open }
}
