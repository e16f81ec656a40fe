import { stableText } from '../../base/stable-hash.ts'
import type { Interval } from '../../model/interval.ts'
import { aggregate, column, compare, integer, select } from '../../sql/tree.ts'
import type { Expr } from '../../sql/tree.ts'
import { conversionEvents } from './conversion-events.ts'
import { creditedEvents } from './conversion-credit.ts'
import { ReadFold } from '../fold.ts'
import { partValue } from '../parts.ts'
import type { ConversionMeasure, Read } from '../read.ts'
import type { PlanContext } from '../rows.ts'
import type { Scan, ScanValue } from '../scan.ts'
import { GroupedColumns } from '../forms/scan-additive.ts'

/**
 * Base events and what they converted to, each table read once whatever the number of slices, axes and windows. Both events of an
 * entity stand in one order; a conversion belongs to the last base event before it, whatever slice that is in, so that slices of a
 * partition add up. All reads share their events and constant properties.
 */
export function conversionScan(context: PlanContext, reads: readonly Read<ConversionMeasure>[]): Scan {
  const [first] = reads
  if (first === undefined) throw new TypeError('A scan needs at least one read.')
  const { semanticModel } = first.measure
  const events = conversionEvents(context, first.measure, reads)
  const windows = new Map<string, { readonly window: Interval | null; readonly index: number }>()
  for (const { measure } of reads) {
    const id = stableText(measure.window)
    if (!windows.has(id)) windows.set(id, { window: measure.window, index: windows.size })
  }
  const spans = [...windows.values()].map(({ window }) => window)

  const columns = new GroupedColumns()
  const ofBase = (as: string): Expr => column('bases', as)
  const { axis } = events
  const bucket = axis === null ? null : columns.key(ofBase('bucket'), axis.isMoment ? 'seconds' : 'id', 'bucket', axis.isMoment ? { kind: 'epoch', of: ofBase('bucket') } : ofBase('bucket'))
  const attributes = events.attributes.map(({ as, kind }) => columns.key(ofBase(as), kind === 'boolean' ? 'id' : kind, as))
  const base = columns.value(aggregate({ name: 'count' }, null), 'number', 'base')
  const ofWindow = spans.map((_, index) => ({
    converted: columns.value(aggregate({ name: 'count' }, null, compare(ofBase(`credited_${index + 1}`), '>', integer(0))), 'number', `converted_${index + 1}`),
    credited: columns.value(aggregate({ name: 'sum' }, ofBase(`credited_${index + 1}`)), 'number', `credited_${index + 1}`),
  }))
  const query = select({
    columns: columns.outputs,
    from: { kind: 'query', query: creditedEvents(events, spans), as: 'bases' },
    where: compare(ofBase('asked'), '=', integer(1)),
    groupBy: columns.groupBy,
  })
  const place = new Map(events.attributes.map(({ as, kind }, index) => [as, { index: attributes[index] ?? -1, isBoolean: kind === 'boolean' }]))
  const bucketOf = reads.map((read) => axis?.bucketOf(read) ?? (() => 0))

  return {
    semanticModel,
    form: 'conversion',
    why: `${reads.length} questions with ${spans.length} windows over one order of events`,
    query,
    columns: columns.kinds,
    reads,
    fold: (data, rowCount) => {
      const folds = reads.map((read) => new ReadFold(read, ['add', 'add', 'add']))
      const at = (index: number, row: number): ScanValue => data[index]?.[row] ?? null
      const attribute = (as: string, row: number): ScanValue => {
        const { index, isBoolean } = place.get(as) ?? { index: -1, isBoolean: false }
        const value = at(index, row)
        return isBoolean && value !== null ? value === 1 : value
      }
      for (let row = 0; row < rowCount; row++) {
        const slice = events.slices.columns.map(({ as }) => attribute(as, row))
        for (const index of events.slices.matching(slice)) {
          const read = reads[index]
          const found = bucket === null ? 0 : (bucketOf[index]?.(at(bucket, row)) ?? -1)
          if (read === undefined || found < 0) continue
          const window = ofWindow[windows.get(stableText(read.measure.window))?.index ?? -1]
          const values = (events.keysOfReads[index] ?? []).map((key) => key.decode(attribute(events.nameOfKey(key), row)))
          folds[index]?.add(values, found, [base, window?.converted ?? -1, window?.credited ?? -1].map((position) => partValue(at(position, row))))
        }
      }
      return folds.map((fold) => fold.result())
    },
  }
}
