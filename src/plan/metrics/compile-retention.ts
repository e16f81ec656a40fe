import { KpiqlError } from '../../base/errors.ts'
import { simplify } from '../../model/predicate.ts'
import type { Metric, RetentionMetric } from '../../model/types.ts'
import { ZERO, amountOfPart, amountOfText, combine, divide, none } from '../amount.ts'
import type { Amount } from '../amount.ts'
import { readOf } from './compile-node.ts'
import type { CompileContext, Leaf, Node } from './compile-node.ts'
import { coverageOf } from './coverage.ts'
import { groupId } from '../read.ts'
import type { Part } from '../read.ts'
import { elapsedOf } from './retention-elapsed.ts'
import { momentOfActivity, retentionMeasure } from './retention-measure.ts'
import type { PeriodRange } from '../retention/retention-units.ts'

/**
 * Of the entities whose first start lies in the bucket, the share that is active `period` units later, in per cent. Null while that
 * period has not begun for any of them; `partial` until it is over for all.
 *
 * @throws KpiqlError `RETENTION_INVALID`, `GRAIN_TOO_FINE`, `NOT_SUPPORTED`, `JOIN_AMBIGUOUS`; NotAvailable.
 */
export function compileRetention(context: CompileContext, metric: Metric, definition: RetentionMetric, leaf: Leaf): Node {
  const { entity, start, activity, unit } = definition
  const range = rangeOf(metric, definition)
  const predicate = simplify(leaf.predicate)
  const measure = retentionMeasure(context, metric.name, { entity, start, activity, unit, ranges: [range], clock: 'calendar' }, predicate, leaf.by)
  const { covered, partial } = coverageOf(context, metric, { time: momentOfActivity(context, start), semanticModel: start.semanticModel }, leaf)
  const elapsed = leaf.buckets.map((bucket) => elapsedOf(context, measure, leaf.period.zone, bucket, range))
  const known = covered.map((amount, index) => amount ?? (elapsed[index]?.begun ? null : tooEarly(range, unit)))
  const open = partial.map((isOpen, index) => isOpen || !(elapsed[index]?.complete ?? false))
  if (predicate.kind === 'none' || (leaf.by.length === 0 && known.every((amount) => amount !== null))) {
    const amounts = known.map((amount) => amount ?? rateOf(undefined))
    return { reads: [], partial: open, evaluate: () => ({ groups: new Map(), at: () => amounts }) }
  }
  const read = readOf(measure, predicate, leaf)
  return {
    reads: [read],
    partial: open,
    evaluate: (resultOf) => {
      const found = new Map(resultOf(read).groups.map((group) => [groupId(group.values), group]))
      return {
        groups: new Map([...found].map(([id, { values }]) => [id, values])),
        at: (id) => known.map((amount, index) => amount ?? rateOf(found.get(id)?.parts[index])),
      }
    },
  }
}

function rangeOf(metric: Metric, { mode, period }: RetentionMetric): PeriodRange {
  if (mode === 'bounded') return { from: period, to: period }
  if (mode === 'unbounded') return { from: period, to: null }
  throw new KpiqlError('MODEL_INVALID', { message: `Metric "${metric.name}" is retention by brackets, which are several ranges, not one number.`, hint: 'Write mode: bounded or unbounded.' })
}

function tooEarly({ from }: PeriodRange, unit: string): Amount {
  return none('WINDOW_NOT_COVERED', `${from} ${unit}${from === 1 ? '' : 's'} after these starts lie in the future of the data. Ask an earlier period.`)
}

/** Parts: the size, then how many are active. */
function rateOf(parts: readonly Part[] | undefined): Amount {
  const [size = ZERO, active = ZERO] = (parts ?? []).map(amountOfPart)
  return divide(combine(active, amountOfText('100'), '*'), size)
}
