import { correctionsInWords } from './corrections-in-words.ts'
import { formShape } from './form-shape.ts'
import { pickForm } from './pick-form.ts'
import type { Read } from '../read.ts'
import { Relation } from '../relation.ts'
import type { PlanContext } from '../rows.ts'
import { distinctScan } from './scan-distinct.ts'
import { turnedOf, turnedScan } from './scan-turned.ts'
import type { Scan } from '../scan.ts'
import { distinctPredicates } from './slice-keys.ts'

/** The form of a statement for distinct counts of one key, all of one period and grain. */
export function distinctForm(context: PlanContext, reads: readonly Read[]): Scan {
  const slices = distinctPredicates(reads).length
  const turned = turnedOf(context, reads)
  const { semanticModel } = reads[0]?.measure ?? { semanticModel: '' }
  const corrected = correctionsInWords(context, new Relation(context, semanticModel), reads)
  if (turned === null) return distinctScan(context, reads, 'series', `${slices} slices as bits per key${corrected}`)
  if (reads[0]?.measure.time.kind === 'stock') return turnedScan(context, reads, turned, `${slices} slices: edges at which a key holds, as bits${corrected}`)
  const { values } = turned
  const buckets = Math.max(...reads.map((read) => read.buckets.length))
  const valuesOfAKey = values === null ? 1 : guessedValuesOfAKey(values.distinct)
  const words = values === null ? 'one slice' : `${slices} slices of about ${values.distinct} values`
  const shape = formShape(context, reads)
  const apart = Math.max(valuesOfAKey / buckets, buckets / valuesOfAKey)
  const [expected, other] = valuesOfAKey > buckets ? (['distinct', 'turned'] as const) : (['turned', 'distinct'] as const)
  const { form, seen } = pickForm(context.facts, semanticModel, shape, expected, other, apart)
  const why = `${words}: a key is in about ${valuesOfAKey} of them and in up to ${buckets} buckets${corrected}${seen}`
  return { ...(form === 'turned' ? turnedScan(context, reads, turned, why) : distinctScan(context, reads, 'series', why)), shape }
}

/** A customer is mostly of one country, and seen in a few. */
function guessedValuesOfAKey(distinct: number): number {
  return Math.ceil(Math.sqrt(distinct))
}
