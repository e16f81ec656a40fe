import { stableText } from '../../base/stable-hash.ts'
import { cellsOf } from '../forms/cells.ts'
import { distinctForm } from '../forms/forms-of-distinct.ts'
import { MOST_GROUPS, sumsScan } from '../forms/forms-of-sums.ts'
import { groupEstimate } from '../forms/group-estimate.ts'
import { fuseEntityReads, isOf } from './fuse-entity-reads.ts'
import { keysScan } from '../keys/scan-keys.ts'
import { canSubtract, familyOf } from '../parts.ts'
import type { AnyRead, Read } from '../read.ts'
import { Relation } from '../relation.ts'
import { placeRead } from '../rollups/choose-rollup.ts'
import type { PlacedRead } from '../rollups/choose-rollup.ts'
import { rolledUp } from '../rollups/rollup-context.ts'
import { rollupNotes } from '../rollups/rollup-notes.ts'
import { intervalOf, sharesAxis, spanOf, stockGrain } from '../rows.ts'
import type { PlanContext } from '../rows.ts'
import { additiveScan } from '../forms/scan-additive.ts'
import { countedStockScan } from '../forms/scan-counted-stock.ts'
import { deltaScan, hasFewEdges } from '../forms/scan-deltas.ts'
import { distinctScan } from '../forms/scan-distinct.ts'
import { layeredScan } from '../forms/scan-layered.ts'
import type { Scan } from '../scan.ts'
import { sharedTests } from '../forms/shared-tests.ts'
import { MOST_MASK_BITS, distinctPredicates } from '../forms/slice-keys.ts'

/** Below this many rows one pass over everything costs less than planning around it. */
const SMALL_TABLE = 250_000
/** Reading a gap between two windows pays while it adds at most this share to what is read anyway. */
const GAP_SHARE = 0.15

/**
 * Packs reads into as few statements as pay; each read is answered by exactly one. Reads of one model, zone and kind of time
 * share a pass over the table; what cannot be added up (distinct counts, medians) passes once more at its own buckets.
 */
export function fuseReads(context: PlanContext, reads: readonly AnyRead[]): readonly Scan[] {
  const placed = reads.map((read) => ({ read, place: placeRead(context, read) }))
  const fromTable = placed.flatMap(({ read, place }) => (place === null ? [read] : []))
  const fromRollups = placed.flatMap(({ read, place }) => (place === null ? [] : [{ read, place }]))
  const byRows = groupBy(fromRollups, ({ place: { rollups } }) => rollups.map(({ rollup, tail }) => `${rollup.table} ${tail?.from.utcMs ?? ''} ${tail?.until.utcMs ?? ''}`).join('\n'))
  return [...fuseOver(context, fromTable), ...byRows.flatMap((group) => fuseRolledUp(context, group))]
}

/** Reads from the same rows of the same rollups. */
function fuseRolledUp(context: PlanContext, group: readonly { readonly read: AnyRead; readonly place: PlacedRead }[]): readonly Scan[] {
  const { rollups } = firstOf(group).place
  const asked = new Map(group.map(({ read, place }) => [place.read, read]))
  const notes = rollupNotes(rollups, [...asked.values()])
  const scans = fuseOver(rolledUp(context, rollups), [...asked.keys()])
  return scans.map((scan) => ({ ...scan, reads: scan.reads.map((read) => asked.get(read) ?? read), why: `${scan.why}${notes}`, rollups: rollups.map(({ rollup }) => rollup.shape.name) }))
}

function fuseOver(context: PlanContext, reads: readonly AnyRead[]): readonly Scan[] {
  return [...fuseAggregates(context, reads.filter((read) => isOf(read, ['aggregate']))), ...fuseEntityReads(context, reads)]
}

function fuseAggregates(context: PlanContext, reads: readonly Read[]): readonly Scan[] {
  const groups = groupBy(reads, ({ measure, period }) => stableText([measure.semanticModel, measure.time, period.zone, familyOf(measure)]))
  return groups.flatMap((group) => fuseGroup(context, group))
}

function fuseGroup(context: PlanContext, reads: readonly Read[]): readonly Scan[] {
  const { measure } = firstOf(reads)
  const family = familyOf(measure)
  const kept = reads.filter(({ keys }) => keys !== undefined)
  if (kept.length > 0) return [...fuseKeys(context, kept), ...(kept.length === reads.length ? [] : fuseGroup(context, reads.filter(({ keys }) => keys === undefined)))]
  if (family === 'distinct') return measure.time.kind === 'stock' && new Relation(context, measure.semanticModel).rollup !== null ? countStock(context, reads) : fuseDistinct(context, reads)
  if (family === 'holistic') return fuseHolistic(context, reads)
  switch (measure.time.kind) {
    case 'stock':
      return fuseStock(context, reads)
    case 'semi_additive':
      return byAxis(reads).map((group) => sumsScan(context, group))
    case 'timeless':
      return [sumsScan(context, reads)]
    case 'event':
      return windowsOf(context, reads).flatMap((window) => fuseEvents(context, window))
  }
}

function fuseEvents(context: PlanContext, reads: readonly Read[]): readonly Scan[] {
  const { time, semanticModel } = firstOf(reads).measure
  if (sharesAxis(context, time, semanticModel, reads)) return [sumsScan(context, reads)]
  return byAxis(reads).map((group) => sumsScan(context, group))
}

function fuseStock(context: PlanContext, reads: readonly Read[]): readonly Scan[] {
  const { measure } = firstOf(reads)
  if (measure.time.kind !== 'stock') throw new TypeError('Only stocks are fused as stocks.')
  const addable = reads.filter((read) => canSubtract(read.measure, context.facts))
  const others = reads.filter((read) => !addable.includes(read))
  const scans = byAxis(others).map((group) => additiveScan(context, group, 'grouped', 'extremes and sums of floats are taken among the rows that hold at each edge'))
  if (addable.length === 0) return scans
  const relation = new Relation(context, measure.semanticModel)
  const { start, end } = intervalOf(context, relation, measure.time)
  const wholeDays = start.kind === 'date' && (end === null || end.kind === 'date')
  const few = hasFewEdges(context, addable, measure.time, start)
  const grain = few ? null : stockGrain(addable, measure.time.asOf, context.calendar, wholeDays)
  if (!few && grain === null) {
    return [...scans, ...byAxis(addable).map((group) => additiveScan(context, group, 'grouped', 'the edges lie on no common grain'))]
  }
  const cells = cellsOf(sharedTests(addable).rests.map(({ predicate }) => predicate), (name) => relation.dimension(name), context.facts)
  const groups = cells.estimate * groupEstimate(context, addable, relation) * Math.max(...addable.map((read) => read.buckets.length))
  const masks = groups > MOST_GROUPS && distinctPredicates(addable).length <= MOST_MASK_BITS
  return [...scans, deltaScan(context, addable, grain, masks ? 'masks' : 'cells', 'starts and ends are summed up, whatever the number of edges')]
}

function countStock(context: PlanContext, reads: readonly Read[]): readonly Scan[] {
  return groupBy(reads, ({ measure }) => measure.expr ?? '').map((group) => countedStockScan(context, group))
}

function fuseDistinct(context: PlanContext, reads: readonly Read[]): readonly Scan[] {
  const alike = groupBy(reads, ({ measure, by }) => stableText([measure.expr, by]))
  return alike.flatMap((group) => {
    const { measure } = firstOf(group)
    const single = group.filter(({ grain, buckets }) => grain === null && buckets.length === 1)
    const windows = measure.time.kind === 'event' && byAxis(single).length > 1 ? windowsOf(context, single) : []
    const apart = windows.filter((window) => byAxis(window).length > 1).flatMap((window) => chunks(window, MOST_MASK_BITS))
    const left = group.filter((read) => !apart.some((window) => window.includes(read)))
    return [
      ...apart.map((window) => distinctScan(context, window, 'windows', `${window.length} windows of one key as bits`)),
      ...byAxis(left).flatMap((axis) =>
        sliceChunks(axis).map((part) => distinctForm(context, part)),
      ),
    ]
  })
}

/** Keys of any stretches make up those of any bucket, so reads of all grains share a pass as sums do. */
function fuseKeys(context: PlanContext, reads: readonly Read[]): readonly Scan[] {
  const alike = groupBy(reads, ({ measure, by, keys }) => stableText([measure.expr, by, keys]))
  return alike.flatMap((group) =>
    windowsOf(context, group).flatMap((window) => {
      const { time, semanticModel } = firstOf(window).measure
      const axes = sharesAxis(context, time, semanticModel, window) ? [window] : byAxis(window)
      return axes.flatMap((axis) => sliceChunks(axis).map((part) => keysScan(context, part)))
    }),
  )
}

function fuseHolistic(context: PlanContext, reads: readonly Read[]): readonly Scan[] {
  return groupBy(reads, ({ by }) => stableText(by)).flatMap((group) =>
    byAxis(group).map((axis) => layeredScan(context, axis, 'needs all rows of a slice at once')),
  )
}

/** Reads of one period and grain. */
function byAxis(reads: readonly Read[]): readonly (readonly Read[])[] {
  return groupBy(reads, ({ period, grain }) => `${period.startUtcMs}|${period.endUtcMs}|${grain ?? ''}`)
}

/** Puts reads of overlapping or near windows together; distant windows of a large table stay apart, since the rows between them are skipped for free. */
function windowsOf(context: PlanContext, reads: readonly Read[]): readonly (readonly Read[])[] {
  const rows = context.facts.rows(firstOf(reads).measure.semanticModel)
  if (rows !== null && rows <= SMALL_TABLE) return [reads]
  const sorted = reads.toSorted((a, b) => a.period.startUtcMs - b.period.startUtcMs)
  const windows: Read[][] = []
  let coveredMs = 0
  for (const read of sorted) {
    const current = windows.at(-1)
    const lengthMs = read.period.endUtcMs - read.period.startUtcMs
    if (current !== undefined) {
      const { endUtcMs } = spanOf(current)
      const gapMs = Math.max(0, read.period.startUtcMs - endUtcMs)
      if (gapMs <= GAP_SHARE * (coveredMs + lengthMs)) {
        coveredMs += Math.max(0, read.period.endUtcMs - Math.max(endUtcMs, read.period.startUtcMs))
        current.push(read)
        continue
      }
    }
    windows.push([read])
    coveredMs = lengthMs
  }
  return windows
}

function sliceChunks(reads: readonly Read[]): readonly (readonly Read[])[] {
  return chunks(distinctPredicates(reads), MOST_MASK_BITS).map((part) => part.flatMap(({ reads: indexes }) => indexes.flatMap((index) => reads[index] ?? [])))
}

function chunks<T>(items: readonly T[], size: number): readonly (readonly T[])[] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, index) => items.slice(index * size, (index + 1) * size))
}

function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): readonly (readonly T[])[] {
  const groups = new Map<string, T[]>()
  for (const item of items) {
    const key = keyOf(item)
    const group = groups.get(key)
    if (group) group.push(item)
    else groups.set(key, [item])
  }
  return [...groups.values()]
}

function firstOf<T>(items: readonly T[]): T {
  const [first] = items
  if (first === undefined) throw new TypeError('Nothing to fuse.')
  return first
}
