import { and, not, or } from '../model/predicate.ts'
import type { Predicate, Scalar } from '../model/predicate.ts'
import type { Model } from '../model/types.ts'
import type { AskKey, MetricAsk } from '../plan/ask.ts'
import { orderAmounts } from './order-amounts.ts'
import { compareKeys } from './to-cell.ts'
import type { AnalyticsSession, BreakdownAnswer, BreakdownAsk, BreakdownRow, Cell, Group, GroupValue, MetricAnswer } from './types.ts'

/**
 * The largest (or smallest) groups of a metric, and the rest as one. The rest and all shares are computed over their own rows,
 * since distinct counts and ratios of parts do not add up. Groups in different currencies are not compared (see orderAmounts).
 */
export async function breakdownOf(session: AnalyticsSession, model: Model, { ask, top, order, other }: BreakdownAsk): Promise<BreakdownAnswer> {
  const whole: MetricAsk = { ...ask, by: [] }
  const [answer, total] = await Promise.all([session.metric(ask), session.metric(whole)])
  const { provenance, unavailable } = answer
  const sorted = orderAmounts(answer.groups, cellOf, order, (a, b) => compareKeys(a.values, b.values))
  const shown = sorted.slice(0, top)
  const wholeCell = total.groups[0]?.cells[0] ?? null
  const shares = addsUp(model, ask.metric)
  const rows = shown.map((group): BreakdownRow => {
    const cell = cellOf(group)
    return { values: group.values, cell, share: shares ? shareOf(cell, wholeCell) : null }
  })
  const truncated = sorted.length > shown.length
  const rest = other && truncated ? await restOf(session, model, ask, shown) : null
  return {
    rows,
    other: rest === null ? null : { cell: rest, share: shares ? shareOf(rest, wholeCell) : null },
    truncated,
    totalCount: sorted.length,
    unavailable,
    provenance,
  }
}

const NO_CELL: Cell = { value: null, exact: null, quality: 'INSUFFICIENT_DATA', reason: 'NO_ROWS', remedy: null, partial: false, currency: null, assumptions: [] }

function cellOf(group: Group): Cell {
  return group.cells[0] ?? NO_CELL
}

/** Whether the parts of a metric add up to its whole: sums and counts do. */
export function addsUp(model: Model, name: string): boolean {
  const definition = model.metrics.get(name)?.implementations[0]
  return definition?.type === 'simple' && (definition.agg === 'sum' || definition.agg === 'count' || definition.agg === 'sum_boolean')
}

function shareOf(cell: Cell, whole: Cell | null): number | null {
  if (cell.value === null || whole?.value == null || whole.value === 0) return null
  return cell.value / whole.value
}

/** Null where the groups cannot be named in a filter (parts of dates, other time dimensions). */
async function restOf(session: AnalyticsSession, model: Model, ask: MetricAsk, shown: readonly Group[]): Promise<Cell | null> {
  const named = shown.map((group) => predicateOf(model, ask.by, group.values))
  if (named.some((one) => one === null)) return null
  const outside = not(or(named.filter((one) => one !== null)))
  const answer: MetricAnswer = await session.metric({ ...ask, by: [], predicate: and([ask.predicate, outside]) })
  return answer.groups[0]?.cells[0] ?? null
}

/** The rows of one group, as a filter; null when a key is no plain dimension. */
export function predicateOf(model: Model, by: readonly AskKey[], values: readonly GroupValue[]): Predicate | null {
  const parts: Predicate[] = []
  for (const [index, key] of by.entries()) {
    if (key.kind !== 'dimension') return null
    const value = values[index] ?? null
    const { dimension } = key
    parts.push({ kind: 'atom', dimension, test: value === null ? { op: 'isNull' } : { op: 'in', values: [scalarOf(model, dimension, value)], caseInsensitive: false } })
  }
  return and(parts)
}

/** Integers too large for a number are told as text; the engine compares them as integers. */
function scalarOf(model: Model, dimension: string, value: string | number | boolean): Scalar {
  return typeof value === 'string' && model.dimensions.get(dimension)?.kind === 'integer' ? BigInt(value) : value
}
