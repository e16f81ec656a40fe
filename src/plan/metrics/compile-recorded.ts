import type { Bucket } from '../../base/bucket.ts'
import { GRAINS } from '../../base/grain.ts'
import type { Grain } from '../../base/grain.ts'
import type { Metric } from '../../model/types.ts'
import { ZERO, combine, heritageOf, none } from '../amount.ts'
import type { Amount } from '../amount.ts'
import { axisOf } from './compile-node.ts'
import type { CompileContext, Leaf, Node } from './compile-node.ts'
import { groupId } from '../read.ts'
import { isWantOfData } from '../reason.ts'

/** What a metric is recorded by inside longer buckets. */
export interface Records {
  readonly every: Grain
  readonly buckets: readonly Bucket[]
}

/** Null where no bucket is longer than what the metric is recorded by. */
export function recordsIn(context: CompileContext, { recordedEvery: every }: Metric, leaf: Leaf): Records | null {
  if (every === null || (leaf.grain !== null && GRAINS.indexOf(leaf.grain) <= GRAINS.indexOf(every))) return null
  const axis = axisOf(context, leaf.period, every)
  if (axis.length <= leaf.buckets.length) return null
  // A month that a period asked as one cuts lacks nothing that was asked.
  return { every, buckets: leaf.grain === null ? axis.map((bucket) => ({ ...bucket, cut: false })) : axis }
}

/**
 * Sums over the months (or whatever the metric is recorded by) of each bucket, each with its own estimate where that is allowed.
 *
 * A month that is over and holds nothing leaves the bucket without a value, for the month's reason: the sum of the others would be
 * too little. The running month counts with what it holds; where it holds nothing yet, the assumptions say so. In a slice or a
 * group, a month holds nothing only where nothing at all is recorded of it.
 */
export function compileRecorded(context: CompileContext, metric: Metric, { every, buckets }: Records, leaf: Leaf, compile: (leaf: Leaf) => Node): Node {
  const inner: Leaf = { ...leaf, grain: every, buckets }
  const node = compile(inner)
  const isNarrowed = leaf.by.length > 0 || leaf.predicate.kind !== 'all'
  const whole = isNarrowed ? compile({ ...inner, by: [], predicate: { kind: 'all' } }) : null
  const spans = leaf.buckets.map((bucket) => buckets.flatMap((one, index) => (one.startUtcMs >= bucket.startUtcMs && one.startUtcMs < bucket.endUtcMs ? [index] : [])))
  return {
    reads: [...node.reads, ...(whole?.reads ?? [])],
    partial: spans.map((positions) => positions.some((position) => node.partial[position])),
    evaluate: (resultOf) => {
      const { groups, at } = node.evaluate(resultOf)
      const recorded = whole?.evaluate(resultOf).at(groupId([]))
      const isShared = recorded === undefined ? [] : sharedOf([...groups.keys()].map(at), recorded)
      return {
        groups,
        at: (group) => {
          const amounts = at(group)
          return spans.map((positions) => totalOf(context, metric, every, positions.flatMap((position) => recordOf(buckets[position], amounts[position], isShared[position] ? recorded?.[position] : undefined))))
        },
      }
    },
  }
}

interface Recorded {
  readonly bucket: Bucket
  readonly amount: Amount
  /** What a slice without rows adds in a month that is recorded otherwise. */
  readonly nothing: Amount | null
}

/** Months that are known group by group: recorded ones, and estimated ones where the estimate reaches groups. */
function sharedOf(groups: readonly (readonly Amount[])[], whole: readonly Amount[]): readonly boolean[] {
  return whole.map(({ value, estimated }, position) => value !== null && (!estimated || groups.some((amounts) => amounts[position]?.estimated)))
}

function recordOf(bucket: Bucket | undefined, amount: Amount | undefined, whole: Amount | undefined): readonly Recorded[] {
  if (bucket === undefined || amount === undefined) return []
  return [{ bucket, amount, nothing: isLacking(amount) && whole !== undefined ? { ...ZERO, ...heritageOf([whole]), exact: whole.exact } : null }]
}

function totalOf({ nowUtcMs }: CompileContext, metric: Metric, every: Grain, records: readonly Recorded[]): Amount {
  const begun = records.filter(({ bucket }) => bucket.startUtcMs < nowUtcMs)
  const [first] = begun
  if (first === undefined) return records[0]?.amount ?? none('AFTER_WATERMARK')
  const isOpen = ({ bucket }: Recorded): boolean => bucket.endUtcMs > nowUtcMs
  const untold = begun.find((record) => record.amount.value === null && !isLacking(record.amount) && !(isOpen(record) && record.amount.reason === 'AFTER_WATERMARK'))
  if (untold) return untold.amount
  if (begun.every(({ amount }) => amount.value === null)) return first.amount
  const missing = begun.filter(({ amount, nothing }) => amount.value === null && nothing === null)
  const over = missing.filter((record) => !isOpen(record))
  const [lacking] = over
  if (lacking) return { ...lacking.amount, remedy: [`Nothing is known of "${metric.name}" in ${listed(over, every)}.`, lacking.amount.remedy ?? ''].join(' ').trim() }
  const parts = begun.map(({ amount, nothing }) => nothing ?? amount).filter(({ value }) => value !== null)
  const total = parts.reduce((sum, amount) => combine(sum, amount, '+'))
  return missing.length === 0 || total.value === null ? total : { ...total, assumptions: [...total.assumptions, `Nothing is known yet of "${metric.name}" in ${listed(missing, every)}.`] }
}

function isLacking({ value, reason }: Amount): boolean {
  return value === null && reason !== null && isWantOfData(reason)
}

const MOST_LISTED = 3

function listed(records: readonly Recorded[], every: Grain): string {
  const digits = every === 'year' ? 4 : every === 'quarter' || every === 'month' ? 7 : 10
  const names = records.slice(0, MOST_LISTED).map(({ bucket }) => new Date(bucket.startLocalMs).toISOString().slice(0, digits))
  return `${names.join(', ')}${records.length > MOST_LISTED ? ` and ${records.length - MOST_LISTED} more` : ''}`
}
