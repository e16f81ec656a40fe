import { localMsAt } from '../../base/time-zone.ts'
import { formatLocalDate } from '../../base/period.ts'
import { and } from '../../model/predicate.ts'
import type { Predicate } from '../../model/predicate.ts'
import type { CompileContext, Leaf } from './compile-node.ts'
import type { Measure } from '../read.ts'
import { semanticModelOf } from '../relation.ts'

const DAY_MS = 86_400_000

/**
 * What has not happened yet does not count: of a period that reaches beyond the present only the rows up to it are read, so that
 * days add up to their month also where rows are dated ahead. The condition is left out where the data is known to end before.
 * Dates of today have happened. Semi-additive facts keep the last moment their table tells.
 */
export function untilPresent(context: CompileContext, { time, semanticModel }: Measure, { period }: Leaf, predicate: Predicate): Predicate {
  const { nowUtcMs } = context
  if (time.kind !== 'event' || period.endUtcMs <= nowUtcMs) return predicate
  const dimension = semanticModelOf(context.model, semanticModel).dimensions.find(({ publicName }) => publicName === time.dimension)
  if (dimension === undefined || endsBefore(context.facts.range(semanticModel, dimension.expr)?.max ?? null, nowUtcMs)) return predicate
  const to =
    dimension.kind === 'date'
      ? { value: formatLocalDate(localMsAt(period.zone, nowUtcMs)), inclusive: true }
      : { value: new Date(nowUtcMs).toISOString(), inclusive: false }
  return and([predicate, { kind: 'atom', dimension: time.dimension, test: { op: 'range', from: null, to } }])
}

/** Clocks of any zone lie within a day of UTC. */
function endsBefore(last: string | null, nowUtcMs: number): boolean {
  const lastMs = last === null ? Number.NaN : Date.parse(`${last.slice(0, 10)}T00:00:00Z`)
  return lastMs + 2 * DAY_MS <= nowUtcMs
}
