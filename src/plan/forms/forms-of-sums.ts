import { cellsOf } from './cells.ts'
import { correctionsInWords } from './corrections-in-words.ts'
import { formShape } from './form-shape.ts'
import { groupEstimate } from './group-estimate.ts'
import { addsUpExactly } from './in-two-steps.ts'
import { partsOf } from '../parts.ts'
import { pickForm } from './pick-form.ts'
import type { Read } from '../read.ts'
import { Relation } from '../relation.ts'
import type { PlanContext } from '../rows.ts'
import { additiveScan } from './scan-additive.ts'
import type { Scan } from '../scan.ts'
import { sharedTests } from './shared-tests.ts'
import { MOST_MASK_BITS, distinctPredicates } from './slice-keys.ts'

/** More result groups than this cost more to bring here and fold than a mask costs the engine. */
export const MOST_GROUPS = 60_000
/** Groups beyond the nearest cache of the processor cost more than telling stretches apart row by row: 12,000 took half the time, 300,000 twice. */
const MOST_FINE_GROUPS = 40_000
/** Rows a group, below which grouping twice is two times the work. */
const FEWEST_ROWS_A_GROUP = 10

/** The form of a statement for aggregates that add up. All reads share a bucket column. */
export function sumsScan(context: PlanContext, reads: readonly Read[]): Scan {
  const [first] = reads
  if (first === undefined) throw new TypeError('A scan needs at least one read.')
  const { semanticModel } = first.measure
  const relation = new Relation(context, semanticModel)
  const cells = cellsOf(sharedTests(reads).rests.map(({ predicate }) => predicate), (name) => relation.dimension(name), context.facts)
  const each = Math.max(...reads.map((read) => read.buckets.length)) * groupEstimate(context, reads, relation)
  const groups = cells.estimate * each
  const slices = distinctPredicates(reads).length
  const corrected = correctionsInWords(context, relation, reads)
  if (groups > MOST_GROUPS && slices <= MOST_MASK_BITS) {
    return additiveScan(context, reads, 'masked', `about ${Math.round(groups)} groups would be too many for ${slices} slices${corrected}`)
  }
  const fine = (cells.fineEstimate ?? Number.POSITIVE_INFINITY) * each
  const rows = context.facts.rows(semanticModel)
  const addsUp = reads.every(({ measure }) => partsOf(measure, relation, context.facts).every(addsUpExactly))
  const why = `about ${Math.round(groups)} groups hold all ${slices} slices${corrected}`
  if (!addsUp || rows === null || rows <= fine * FEWEST_ROWS_A_GROUP) return additiveScan(context, reads, 'grouped', why)
  const shape = formShape(context, reads)
  const expected = fine <= MOST_FINE_GROUPS ? 'stepped' : 'grouped'
  const apart = Math.max(fine / MOST_FINE_GROUPS, MOST_FINE_GROUPS / fine)
  const { form, seen } = pickForm(context.facts, semanticModel, shape, expected, expected === 'stepped' ? 'grouped' : 'stepped', apart)
  return { ...additiveScan(context, reads, form === 'stepped' ? 'stepped' : 'grouped', `${why}, made of about ${Math.round(fine)} of single values${seen}`), shape }
}
