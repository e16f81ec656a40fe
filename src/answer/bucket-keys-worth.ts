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
/** To bring a row here takes about as long as to count three. */
const FIRST_SHARE = 0.05
const LATER_SHARE = 0.25
/** So few rows are brought in a moment. */
const FEW_ROWS = 2_000
/** Asked for a second time, a bucket is worth this many rows, once. */
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

/** Why keys are read in place of their count: `first`: somebody may ask again; `again`: somebody has; `rest`: most of them are here. */
export type Reason = 'first' | 'again' | 'rest'

/** Decides which reads bring their keys, by what statistics say that takes. Reads of one measure in one request are decided as if all were alike, so that they stay in one statement. */
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
    this.#alike = new Map([...Map.groupBy(reads, ({ measure }) => measure.id)].map(([id, { length }]) => [id, length]))
    this.#context = context
    this.#maxBytes = maxBytes
    this.#maxRows = maxRows
  }

  /**
   * Whether these reads bring their keys.
   *
   * @param whole the read that would be counted otherwise.
   */
  pays(reads: readonly Read[], whole: Read, kind: KeyKind, reason: Reason): boolean {
    const rows = this.#rowsOf(whole)
    const groups = groupsOf(whole, this.#context)
    const estimates = reads.flatMap((read) => read.buckets.map((bucket) => this.#estimate(whole, this.#share(whole, bucket), kind, groups)))
    const brought = estimates.reduce((sum, estimate) => sum + estimate.rows, 0) * (this.#alike.get(whole.measure.id) ?? 1)
    const most = reason === 'again' ? MOST_ROWS : Math.max(FEW_ROWS, rows * (reason === 'first' ? FIRST_SHARE : LATER_SHARE))
    // Estimates err: half of what a statement may bring is left.
    return brought <= Math.min(most, this.#maxRows / 2) && estimates.every(({ bytes }) => bytes <= this.#maxBytes)
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

  #rowsOf(read: Read): number {
    return (this.#context.facts.rows(read.measure.semanticModel) ?? 0) * this.#share(read, read.period)
  }

  /** Of all rows, as if they lay evenly in time; 1 where it is not known when they are. */
  #share({ measure }: Read, { startUtcMs, endUtcMs }: Pick<Read['period'], 'startUtcMs' | 'endUtcMs'>): number {
    const { time, semanticModel } = measure
    if (time.kind !== 'event') return 1
    const { home, dimension } = new Relation(this.#context, semanticModel).dimension(time.dimension)
    const range = this.#context.facts.range(home, dimension.expr)
    const [from, to] = range === null ? [Number.NaN, Number.NaN] : [momentOf(range.min), momentOf(range.max)]
    if (!(to > from)) return 1
    return Math.max(0, Math.min(endUtcMs, to) - Math.max(startUtcMs, from)) / (to - from)
  }
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
