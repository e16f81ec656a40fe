import { resolvePeriod } from '../../src/base/period.ts'
import type { Calendar } from '../../src/base/grain.ts'
import type { Cell, MetricAnswer } from '../../src/answer/types.ts'
import type { MetricAsk } from '../../src/plan/ask.ts'
import { exactText, toNumber } from './amount.ts'
import type { OracleAnswer, OracleAsk, OracleCell } from './oracle.ts'

/** The same question as a client would put it to the gateway. */
export function asked(ask: OracleAsk, calendar: Calendar, nowUtcMs: number): MetricAsk {
  const { metric, predicate, zone, start, end, grain, by } = ask
  return { metric, predicate, period: resolvePeriod({ between: { start, end } }, { zone, nowUtcMs, calendar }), grain, by }
}

/** Where an answer departs from the oracle's, in words; nothing when they agree. */
export function differences(found: MetricAnswer, wanted: OracleAnswer): readonly string[] {
  if (wanted.unavailable) return found.unavailable?.reason === 'DIMENSION_NOT_AVAILABLE' ? [] : ['the metric cannot be sliced so, and that is not told']
  const bounds = found.buckets.map(({ startUtcMs, endUtcMs }) => `${startUtcMs}–${endUtcMs}`).join()
  const wantedBounds = wanted.buckets.map(({ startUtcMs, endUtcMs }) => `${startUtcMs}–${endUtcMs}`).join()
  if (bounds !== wantedBounds) return [`buckets ${bounds} instead of ${wantedBounds}`]
  const answered = new Map(found.groups.map((group) => [JSON.stringify(group.values), group.cells]))
  const missing = wanted.groups.filter(({ values }) => !answered.has(JSON.stringify(values))).map(({ values }) => `group ${JSON.stringify(values)} is missing`)
  const known = new Set(wanted.groups.map(({ values }) => JSON.stringify(values)))
  const extra = [...answered.keys()].filter((id) => !known.has(id)).map((id) => `group ${id} has no rows`)
  const cells = wanted.groups.flatMap(({ values, cells: wantedCells }) =>
    wantedCells.flatMap((cell, index) => {
      const mine = answered.get(JSON.stringify(values))?.[index]
      const fault = mine === undefined ? null : difference(mine, cell)
      return fault === null ? [] : [`${JSON.stringify(values)} at ${new Date(wanted.buckets[index]?.startUtcMs ?? 0).toISOString()}: ${fault}`]
    }),
  )
  return [...missing, ...extra, ...cells]
}

function difference(found: Cell, wanted: OracleCell): string | null {
  if (found.partial !== wanted.partial) return `partial is ${found.partial} instead of ${wanted.partial}`
  if (wanted.amount === null) return found.value === null && found.reason === wanted.reason ? null : `${found.value} ${found.reason} instead of null ${wanted.reason}`
  const value = toNumber(wanted.amount)
  if (found.value === null || Math.abs(found.value - value) > 1e-9 * Math.max(1, Math.abs(value))) return `${found.value} ${found.reason} instead of ${value}`
  const exact = exactText(wanted.amount)
  if (exact !== null && found.exact !== exact) return `exact ${found.exact} instead of ${exact}`
  if (wanted.amount.kind === 'fraction' && !wanted.amount.exact && found.exact !== null) return `exact ${found.exact} where no digits are promised`
  return null
}

/** Whether two answers are one: floats to nine digits, since an engine adds them in the order its threads deliver; all else exactly. */
export function isSameAnswer(a: MetricAnswer, b: MetricAnswer): boolean {
  const skeleton = ({ buckets, groups, unavailable }: MetricAnswer): string =>
    JSON.stringify({ buckets, unavailable, groups: groups.map(({ values, cells }) => ({ values, cells: cells.map((cell) => ({ ...cell, value: cell.value === null })) })) })
  const values = ({ groups }: MetricAnswer): readonly (number | null)[] => groups.flatMap(({ cells }) => cells.map(({ value }) => value))
  const others = values(b)
  return skeleton(a) === skeleton(b) && values(a).every((value, index) => Math.abs((value ?? 0) - (others[index] ?? 0)) <= 1e-9 * Math.max(1, Math.abs(value ?? 0)))
}
