import type { Bucket } from '../base/bucket.ts'
import { and, dimensionsOf, predicateText } from '../model/predicate.ts'
import type { Atom, Predicate } from '../model/predicate.ts'
import type { Model } from '../model/types.ts'
import { groupKeyId } from '../plan/group-keys.ts'
import type { AnyRead, Read } from '../plan/read.ts'
import { semanticModelOf } from '../plan/relation.ts'
import { ceilDay } from '../plan/time-column.ts'

const DAY_MS = 86_400_000

/** A read whose answer for a bucket depends on nothing but the bucket: it can be put together from buckets read before. */
export function isBucketed(read: AnyRead): read is Read {
  const { measure } = read
  return measure.kind === 'aggregate' && (measure.time.kind === 'event' || measure.time.kind === 'stock')
}

/** What a read asks of one bucket: its predicate without what is true of all rows of the bucket anyway. */
export function predicateWithin(model: Model, read: Read, bucket: Bucket): Predicate {
  const { time } = read.measure
  if (time.kind !== 'event') return read.predicate
  const parts = read.predicate.kind === 'and' ? read.predicate.of : [read.predicate]
  const dimension = semanticModelOf(model, read.measure.semanticModel).dimensions.find(({ publicName }) => publicName === time.dimension)
  const left = parts.filter((part) => !(part.kind === 'atom' && part.dimension === time.dimension && reachesBeyond(part, bucket, dimension?.kind === 'date')))
  return left.length === parts.length ? read.predicate : and(left)
}

/** Whether a test of a read's own time ends no earlier than the bucket does: as that of the present does for what is over. */
function reachesBeyond({ test }: Atom, bucket: Bucket, isDate: boolean): boolean {
  if (test.op !== 'range' || test.from !== null || test.to === null || typeof test.to.value !== 'string') return false
  if (!isDate) return test.to.value.endsWith('Z') && Date.parse(test.to.value) >= bucket.endUtcMs
  const lastDay = Date.parse(`${test.to.value}T00:00:00Z`) - (test.to.inclusive ? 0 : DAY_MS)
  return lastDay >= ceilDay(bucket.endLocalMs) - DAY_MS
}

/** Whether a read tests its own time, so that it may ask other things of some buckets than of others. */
export function testsOwnTime(read: Read): boolean {
  const { time } = read.measure
  return time.kind === 'event' && dimensionsOf(read.predicate).has(time.dimension)
}

/** Names what a read asks of buckets, whatever period, grain and present it was asked with. Holds no data version. */
export function seriesKey({ measure, by, period }: Read, predicate: string): string {
  return `${measure.id}|${period.zone}|${by.map(groupKeyId).join('&')}|${predicate}`
}

/** Names what a read asks of one bucket. */
export function bucketKey(read: Read, { startUtcMs, endUtcMs }: Pick<Bucket, 'startUtcMs' | 'endUtcMs'>, predicate: string): string {
  return `${startUtcMs}|${endUtcMs}|${seriesKey(read, predicate)}`
}

/** The texts of predicates, each made once for the buckets that share it. */
export function textsOf(): (predicate: Predicate) => string {
  const texts = new Map<Predicate, string>()
  return (predicate) => {
    let text = texts.get(predicate)
    if (text === undefined) texts.set(predicate, (text = predicateText(predicate)))
    return text
  }
}
