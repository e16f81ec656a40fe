import type { TableChange } from '../../../connectors/rollup-contract.ts'
import { localMsAt, utcMsOf } from '../../base/time-zone.ts'
import type { Model } from '../../model/types.ts'
import type { Facts } from '../../plan/facts.ts'
import { plainColumn } from '../../model/expression.ts'
import type { RollupSpan } from '../../plan/rollups/rollup-query.ts'
import type { RollupShape } from '../../plan/rollups/rollup.ts'
import { semanticModelOf } from '../../plan/relation.ts'

const DAY_MS = 86_400_000
const HOUR_MS = 3_600_000

/**
 * Days (or hours) of a rollup in which rows may have changed; null where that cannot be told, and all of it is to be built anew:
 * a joined table changed, or the source does not know where.
 */
export function changedSpans(model: Model, facts: Facts, shape: RollupShape, changes: readonly TableChange[]): readonly RollupSpan[] | null {
  const own = semanticModelOf(model, shape.semanticModel)
  if (!('table' in own.relation)) return null
  const spans: RollupSpan[] = []
  for (const { table, spans: touched } of changes) {
    if (table !== own.relation.table || touched === null) return null
    const names = shape.time.kind === 'event' ? [shape.time.dimension] : [shape.time.start, ...(shape.time.end === null ? [] : [shape.time.end])]
    for (const name of names) {
      const dimension = own.dimensions.find(({ publicName }) => publicName === name)
      const column = dimension === undefined ? null : plainColumn(dimension.expr)
      const span = column === null ? undefined : touched.get(column)
      if (dimension === undefined || span === undefined) return null
      if (span === null) continue
      // An end that is inclusive takes effect a day later, as does one before its start at the start itself.
      const later = shape.time.kind === 'stock' && shape.time.endInclusive ? DAY_MS : 0
      if (dimension.kind === 'date') spans.push(daysOf(Date.parse(span.from), Date.parse(span.to) + later))
      else if (facts.columnType(own.name, dimension.expr) === 'clock' && dimension.timezone !== 'UTC' && dimension.timezone !== null) return null
      else if (shape.grain === 'hour') spans.push(hoursOf(instantOf(span.from), instantOf(span.to)))
      else spans.push(localDaysOf(shape.zone, instantOf(span.from), instantOf(span.to)))
    }
  }
  return spans
}

function instantOf(text: string): number {
  return Date.parse(/[zZ]|[+-]\d\d:?\d\d$/.test(text) ? text : `${text.replace(' ', 'T')}Z`)
}

function daysOf(fromMs: number, toMs: number): RollupSpan {
  const [start, end] = [Math.floor(fromMs / DAY_MS) * DAY_MS, (Math.floor(toMs / DAY_MS) + 1) * DAY_MS]
  return { startUtcMs: start, startLocalMs: start, endUtcMs: end, endLocalMs: end }
}

function hoursOf(fromMs: number, toMs: number): RollupSpan {
  const [start, end] = [Math.floor(fromMs / HOUR_MS) * HOUR_MS, (Math.floor(toMs / HOUR_MS) + 1) * HOUR_MS]
  return { startUtcMs: start, startLocalMs: start, endUtcMs: end, endLocalMs: end }
}

/** A day more on either side, so that no change of clocks matters. */
function localDaysOf(zone: string, fromMs: number, toMs: number): RollupSpan {
  const { startLocalMs, endLocalMs } = daysOf(localMsAt(zone, fromMs) - DAY_MS, localMsAt(zone, toMs) + DAY_MS)
  return { startLocalMs, endLocalMs, startUtcMs: utcMsOf(zone, startLocalMs), endUtcMs: utcMsOf(zone, endLocalMs) }
}
