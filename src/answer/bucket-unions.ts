import { LRUCache } from 'lru-cache'
import type { Bucket } from '../base/bucket.ts'
import { KpiqlError } from '../base/errors.ts'
import type { KeyKind } from '../plan/keys/key-set.ts'
import type { Read } from '../plan/read.ts'
import { bucketKey, predicateWithin, textsOf } from './bucket-key.ts'
import { hasKeys, readsOf, unitedBucket } from './bucket-keys.ts'
import type { FindKeys, United } from './bucket-keys.ts'
import { kindOfKeys } from './bucket-keys-worth.ts'
import type { KeysWorth } from './bucket-keys-worth.ts'
import type { KeptBucket, Split } from './bucket-split.ts'
import { isOwnFault } from './collect-reads.ts'
import type { ReadOutcome, ReadRunner, RunOptions } from './read-runner.ts'

/** A bucket whose keys are put together, and why. */
export interface Uniting extends United {
  /** Nobody asked for it before, as far as is known. */
  readonly isFirst: boolean
}

export interface Choosing {
  readonly kind: KeyKind
  /** Finds what is known of just this stretch. */
  readonly exactly: FindKeys
  readonly worth: KeysWorth
  /** Names the source and the model. */
  readonly prefix: string
  /** Of the data. */
  readonly version: string
}

/** Open buckets of which it is known that they were asked for, and measures whose keys are not told apart. */
const MOST_KNOWN = 5_000

/** Chooses the buckets of distinct counts that are put together from keys; remembers who asked before, and what did not work. */
export class BucketUnions {
  readonly #runner: ReadRunner
  /** When open buckets were asked for: the version and the present of the last time. */
  readonly #asked = new LRUCache<string, string>({ max: MOST_KNOWN })
  /** Measures whose keys could not be told apart, or were too many. */
  readonly #unfit = new LRUCache<string, true>({ max: MOST_KNOWN })

  constructor(runner: ReadRunner) {
    this.#runner = runner
  }

  /** As what the keys of a read are told apart; null where they are not. */
  kindOf({ measure }: Read, { context }: RunOptions): KeyKind | null {
    return this.#unfit.has(measure.id) ? null : kindOfKeys(context, measure)
  }

  /** Buckets whose keys are known for the most part, and those that are not over and will be asked for again. */
  choose(read: Read, known: readonly (KeptBucket | null)[], choosing: Choosing, options: RunOptions): readonly Uniting[] {
    const { kind, exactly, worth } = choosing
    const find = (bucket: Bucket): KeptBucket | null => {
      const found = exactly(bucket)
      return found !== null && hasKeys(found, kind) ? found : null
    }
    return read.buckets.flatMap((bucket, index): readonly Uniting[] => {
      const united = known[index] === null ? unitedBucket(read, index, kind, find, options) : null
      if (united === null) return []
      const { holes, rest, knownShare } = united
      const wanted = readsOf(united)
      const again = rest !== null && this.#isAskedAgain(read, united, choosing, options)
      const each = wanted.slice(holes.length)
      if (wanted.length === 0 || ((again || knownShare >= 0.5) && worth.paysAgain(holes, each, read, bucket, kind, again))) return [{ ...united, isFirst: false }]
      return rest !== null && !this.#runner.shares(read, options) && worth.paysAtFirst(wanted, read, kind) ? [{ ...united, isFirst: true }] : []
    })
  }

  /** Whether an open bucket was asked for before, of other data or at another moment. */
  #isAskedAgain(read: Read, { over }: United, { prefix, version }: Choosing, options: RunOptions): boolean {
    const { model, nowUtcMs } = options.context
    const key = `${prefix}${bucketKey(read, { startUtcMs: over.startUtcMs, endUtcMs: 0 }, textsOf()(predicateWithin(model, read, over)))}`
    const moment = `${version}|${nowUtcMs}`
    const before = this.#asked.get(key)
    this.#asked.set(key, moment)
    return before !== undefined && before !== moment
  }

  /** Counts in the engine what keys cannot tell: those reads, whose outcomes are put among the others. */
  async counted(splits: readonly (Pick<Split, 'read' | 'holes'> & { readonly united: readonly United[] })[], outcomes: Map<string, ReadOutcome>, options: RunOptions): Promise<readonly Read[]> {
    const failed = splits.filter(({ holes, united }) =>
      [...holes.map(({ read }) => read), ...united.flatMap(readsOf)].some(({ key, keys }) => {
        const outcome = outcomes.get(key)
        return keys !== undefined && outcome instanceof KpiqlError && isOwnFault(outcome)
      }),
    )
    if (failed.length === 0) return []
    for (const { read } of failed) this.#unfit.set(read.measure.id, true)
    const reads = failed.map(({ read }) => read)
    for (const [key, outcome] of await this.#runner.run(reads, options)) outcomes.set(key, outcome)
    return reads
  }
}
