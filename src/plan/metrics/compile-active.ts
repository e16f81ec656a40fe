import { stableHash } from '../../base/stable-hash.ts'
import { simplify } from '../../model/predicate.ts'
import type { ActiveMetric, Metric } from '../../model/types.ts'
import { activeWindows } from '../active/active-windows.ts'
import { requireActivity } from './activity-rows.ts'
import { ZERO, amountOfPart } from '../amount.ts'
import { readOf } from './compile-node.ts'
import type { CompileContext, Leaf, Node } from './compile-node.ts'
import { groupId } from '../read.ts'
import type { ActiveMeasure, Read } from '../read.ts'

/**
 * Different entities active in the trailing window of each bucket; 0 where none was. Slices and group keys apply to the rows of the
 * activity, so an entity counts once in every slice and group it was active in. The buckets of the read are the windows.
 *
 * @throws KpiqlError `GRAIN_TOO_FINE`, `GROUPING_INVALID`, `JOIN_AMBIGUOUS`; NotAvailable.
 */
export function compileActive(context: CompileContext, metric: Metric, definition: ActiveMetric, leaf: Leaf): Node {
  const { entity, activity, window } = definition
  requireActivity(context, metric, activity, entity, leaf.by, [leaf.predicate])
  const { windows, covered, partial } = activeWindows(context, metric, definition, leaf)
  const predicate = simplify(leaf.predicate)
  if (predicate.kind === 'none' || covered.every((amount) => amount !== null)) {
    const empty = covered.map((amount) => amount ?? ZERO)
    return { reads: [], partial, evaluate: () => ({ groups: new Map(), at: () => empty }) }
  }
  const { semanticModel } = activity
  const measure: ActiveMeasure = { kind: 'active', id: stableHash(['active', entity, activity, window]), semanticModel, entity, activity, window }
  const plain = readOf(measure, predicate, { ...leaf, buckets: windows })
  // Windows that the present cuts short, or that reach back before the data, follow from more than what was asked.
  const open = windows.some(({ endUtcMs }) => endUtcMs > context.nowUtcMs) ? context.nowUtcMs : null
  const read: Read<ActiveMeasure> = { ...plain, key: `${plain.key}|${stableHash([windows, open])}` }
  return {
    reads: [read],
    partial,
    evaluate: (resultOf) => {
      const found = new Map(resultOf(read).groups.map((group) => [groupId(group.values), group]))
      return {
        groups: new Map([...found].map(([id, { values }]) => [id, values])),
        at: (id) => {
          const parts = found.get(id)?.parts ?? []
          return covered.map((amount, index) => amount ?? (parts[index] === undefined ? ZERO : amountOfPart(parts[index][0] ?? null)))
        },
      }
    },
  }
}
