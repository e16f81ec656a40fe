import type { Bucket } from '../base/bucket.ts'
import { familyOf } from '../plan/parts.ts'
import type { KeyKind } from '../plan/keys/key-set.ts'
import { LARGEST_KEY } from '../plan/keys/scan-keys.ts'
import type { AnyRead, Measure, Read } from '../plan/read.ts'
import { Relation } from '../plan/relation.ts'
import type { PlanContext } from '../plan/rows.ts'
import { momentOf } from './bucket-changes.ts'

/** Keys a word holds, and what a word and a text take in memory. */
const WORD_SIZE = 32
const WORD_BYTES = 12
const TEXT_BYTES = 48
/** To bring a row here takes two or three microseconds, to count one less than a third of one: of the rows that are counted otherwise, so many are worth it. */
const LATER_SHARE = 0.1
/** The same where nobody may ask again: a first answer must not take a fifth longer. Words are fewer than what the engine groups by, and save it time. */
const FIRST_SHARE = 0.02
const FIRST_SHARE_OF_WORDS = 0.05
/** So few rows are brought in a moment. */
const FEW_ROWS = 2_000
/** Asked for a second time, what is over of a bucket is worth this many rows, once. */
const MOST_ROWS = 200_000

/** As what a distinct count's keys are told apart outside its engine; null where they are not, or it counts no events. */
export function kindOfKeys({ facts }: Pick<PlanContext, 'facts'>, measure: Measure): KeyKind | null {
  const { expr, semanticModel, time } = measure
  if (familyOf(measure) !== 'distinct' || time.kind !== 'event' || expr === null) return null
  const type = facts.columnType(semanticModel, expr)
  if (type === 'text') return 'text'
  if (type !== 'integer') return null
  const range = facts.range(semanticModel, expr)
  return range === null || (isSmall(range.min) && isSmall(range.max)) ? 'integer' : null
}

function isSmall(text: string): boolean {
  return /^\d{1,19}$/.test(text) && BigInt(text) <= LARGEST_KEY
}

/** Decides which reads bring their keys, by what statistics say that takes. Slices of one question are decided as if all were alike, so that they stay in one statement. */
export class KeysWorth {
  readonly #context: PlanContext
  readonly #maxBytes: number
  readonly #maxRows: number
  readonly #alike: ReadonlyMap<string, number>

  /**
   * @param reads of one request.
   * @param maxBytes of one set of keys.
   * @param maxRows that a statement may bring.
   */
  constructor(context: PlanContext, reads: readonly AnyRead[], maxBytes: number, maxRows: number) {
    this.#alike = new Map([...Map.groupBy(reads, likeness)].map(([id, { length }]) => [id, length]))
    this.#context = context
    this.#maxBytes = maxBytes
    this.#maxRows = maxRows
  }

  /**
   * Whether reads bring their keys the first time that something is asked.
   *
   * @param whole the read that would be counted otherwise.
   */
  paysAtFirst(reads: readonly Read[], whole: Read, kind: KeyKind): boolean {
    const share = kind === 'integer' && whole.by.length === 0 ? FIRST_SHARE_OF_WORDS : FIRST_SHARE
    return this.#isAtMost(reads, whole, kind, share * this.#rowsOf(whole, whole.period))
  }

  /**
   * Whether the reads of a bucket bring their keys when it is asked for again, or most of its keys are here.
   *
   * @param once what is over, and is kept.
   * @param each what is read each time.
   */
  paysAgain(once: readonly Read[], each: readonly Read[], whole: Read, bucket: Bucket, kind: KeyKind, isAskedAgain: boolean): boolean {
    const most = LATER_SHARE * this.#rowsOf(whole, bucket)
    if (isAskedAgain) return this.#isAtMost(once, whole, kind, MOST_ROWS) && this.#isAtMost(each, whole, kind, most)
    return this.#isAtMost([...once, ...each], whole, kind, most)
  }

  #isAtMost(reads: readonly Read[], whole: Read, kind: KeyKind, mostRows: number): boolean {
    const groups = groupsOf(whole, this.#context)
    const estimates = reads.flatMap((read) => read.buckets.map((bucket) => this.#estimate(whole, this.#share(whole, bucket), kind, groups)))
    const brought = estimates.reduce((sum, estimate) => sum + estimate.rows, 0) * (this.#alike.get(likeness(whole)) ?? 1)
    // Estimates err: half of what a statement may bring is left.
    return brought <= Math.min(Math.max(FEW_ROWS, mostRows), this.#maxRows / 2) && estimates.every(({ bytes }) => bytes <= this.#maxBytes)
  }

  #estimate({ measure }: Read, share: number, kind: KeyKind, groups: number): { readonly rows: number; readonly bytes: number } {
    const { facts } = this.#context
    const { semanticModel, expr } = measure
    const rows = (facts.rows(semanticModel) ?? Infinity) * share
    const all = (expr === null ? null : facts.distinct(semanticModel, expr)) ?? facts.rows(semanticModel) ?? Infinity
    // As many different ones as so many draws find, if all keys are drawn equally often.
    const keys = Math.min(rows, all * (1 - Math.exp(-rows / Math.max(1, all))) + 1)
    const range = expr === null ? null : facts.range(semanticModel, expr)
    const words = kind === 'text' || range === null ? keys : Math.min(keys, (Number(range.max) - Number(range.min)) / WORD_SIZE + 2)
    const found = Math.min(rows, words * groups)
    return { rows: found, bytes: found * (kind === 'text' ? TEXT_BYTES : WORD_BYTES) }
  }

  #rowsOf(read: Read, span: Pick<Bucket, 'startUtcMs' | 'endUtcMs'>): number {
    return (this.#context.facts.rows(read.measure.semanticModel) ?? 0) * this.#share(read, span)
  }

  /** Of all rows, as if they lay evenly in time; 1 where it is not known when they are. */
  #share({ measure }: Read, { startUtcMs, endUtcMs }: Pick<Bucket, 'startUtcMs' | 'endUtcMs'>): number {
    const { time, semanticModel } = measure
    if (time.kind !== 'event') return 1
    const { home, dimension } = new Relation(this.#context, semanticModel).dimension(time.dimension)
    const range = this.#context.facts.range(home, dimension.expr)
    const [from, to] = range === null ? [Number.NaN, Number.NaN] : [momentOf(range.min), momentOf(range.max)]
    if (!(to > from)) return 1
    return Math.max(0, Math.min(endUtcMs, to) - Math.max(startUtcMs, from)) / (to - from)
  }
}

/** Slices of one metric over one period have one. */
function likeness({ measure, period, grain }: AnyRead): string {
  return `${measure.id}|${period.startUtcMs}|${period.endUtcMs}|${grain ?? ''}`
}

/** How many groups a read may make; infinite where nobody can tell. */
export function groupsOf({ by, measure }: Read, context: PlanContext): number {
  const relation = new Relation(context, measure.semanticModel)
  let groups = 1
  for (const key of by) {
    if (key.kind !== 'dimension') return Infinity
    const { home, dimension } = relation.dimension(key.dimension)
    groups *= context.facts.distinct(home, dimension.expr) ?? Infinity
  }
  return groups
}
