import { simplify } from '../../model/predicate.ts'
import type { Activity, FunnelMetric, Metric } from '../../model/types.ts'
import { ZERO, amountOfPart, amountOfText, combine, divide } from '../amount.ts'
import type { Amount } from '../amount.ts'
import { readOf } from './compile-node.ts'
import type { CompileContext, Leaf, Node } from './compile-node.ts'
import { coverageOf } from './coverage.ts'
import { funnelMeasure, isFunnelOpen } from './funnel-measure.ts'
import { groupId } from '../read.ts'
import type { Part } from '../read.ts'
import { momentOfActivity } from './retention-measure.ts'

/**
 * Of the entities whose counted attempt opens in the bucket, the share that went through all steps, in per cent. `partial` while the
 * window of an attempt may still be open.
 *
 * @throws KpiqlError `FUNNEL_INVALID`, `NOT_SUPPORTED`, `JOIN_AMBIGUOUS`; NotAvailable.
 */
export function compileFunnel(context: CompileContext, metric: Metric, definition: FunnelMetric, leaf: Leaf): Node {
  const { entity, steps, within, order } = definition
  const predicate = simplify(leaf.predicate)
  const measure = funnelMeasure(context, metric.name, { entity, steps, within, order }, predicate, leaf.by)
  const first = steps[0] as Activity
  const { covered, partial } = coverageOf(context, metric, { time: momentOfActivity(context, first), semanticModel: first.semanticModel }, leaf)
  const open = leaf.buckets.map(({ endUtcMs }, index) => (partial[index] ?? false) || isFunnelOpen(context, measure, endUtcMs))
  const rateOf = (parts: readonly Part[] | undefined): Amount => {
    const [opened = ZERO, finished = ZERO] = [parts?.[0], parts?.[steps.length - 1]].map((part) => (part === undefined ? ZERO : amountOfPart(part)))
    return divide(combine(finished, amountOfText('100'), '*'), opened)
  }
  if (predicate.kind === 'none' || (leaf.by.length === 0 && covered.every((amount) => amount !== null))) {
    const amounts = covered.map((amount) => amount ?? rateOf(undefined))
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
        at: (id) => covered.map((amount, index) => amount ?? rateOf(found.get(id)?.parts[index])),
      }
    },
  }
}
