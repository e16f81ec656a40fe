import type { Clock } from '../base/clock.ts'
import type { Log } from '../base/log.ts'
import { inTurns, ownTurn } from '../base/own-turn.ts'
import { stableText } from '../base/stable-hash.ts'
import { dimensionsOf } from '../model/predicate.ts'
import { groupKeyId } from '../plan/group-keys.ts'
import type { AnyRead } from '../plan/read.ts'
import { shapeOfRead } from '../plan/read-shape.ts'
import type { ReadShape } from '../plan/read-shape.ts'
import { isBucketed, testsOwnTime } from './bucket-key.ts'
import type { NotedScan, ReadLog } from './read-log.ts'

/** How often reads of one shape came to a source on one day. */
export interface ReadTally {
  /** `YYYY-MM-DD` in UTC. */
  readonly day: string
  readonly shape: ReadShape
  /** The rollup that answered, or several with commas between; null for the table. */
  readonly rollup: string | null
  readonly reads: number
  /** Rows that statements read, shared out evenly among the reads of each; null where a source did not say. */
  readonly rows: number | null
  /** Shared out in the same way. */
  readonly ms: number
  readonly lastUtcMs: number
}

export interface QueryLogDeps {
  readonly clock: Clock
  readonly log: Log
  /** Adds to what is kept of these shapes and days. */
  readonly keep: (tallies: readonly ReadTally[]) => Promise<void>
  /** Between two writings. */
  readonly everyMs?: number | undefined
}

const EVERY_MS = 10_000
/** Reads noted and not yet told apart by shape: more are left out until then. */
const MOST_NOTED = 20_000
/** Shapes written in one piece. */
const MOST_AT_ONCE = 50
/** Shapes told in one piece: some 20 µs each. */
const READS_A_STEP = 32

/** Counts what is read from sources by shape, and writes it down now and then. Nothing waits for it: what cannot be written is lost. */
export class QueryLog implements ReadLog {
  readonly #deps: QueryLogDeps
  #noted: (NotedScan & { readonly atUtcMs: number })[] = []
  #waiting = 0
  #timer: NodeJS.Timeout | null = null
  #hasFailed = false
  #writing: Promise<void> = Promise.resolve()

  constructor(deps: QueryLogDeps) {
    this.#deps = deps
  }

  note(scan: NotedScan): void {
    if (this.#timer === null || this.#waiting + scan.reads.length > MOST_NOTED) return
    this.#waiting += scan.reads.length
    this.#noted.push({ ...scan, atUtcMs: this.#deps.clock.nowMs() })
  }

  /** Notes from now on. */
  start(): void {
    this.#timer ??= setInterval(() => void this.flush(), this.#deps.everyMs ?? EVERY_MS).unref()
  }

  /** Writes what was noted until now. Never rejects. */
  flush(): Promise<void> {
    this.#writing = this.#writing.then(() => this.#write())
    return this.#writing
  }

  /** Writes the rest. Safe to call twice. */
  async close(): Promise<void> {
    if (this.#timer !== null) clearInterval(this.#timer)
    this.#timer = null
    await this.flush()
  }

  async #write(): Promise<void> {
    const noted = this.#noted
    this.#noted = []
    this.#waiting = 0
    if (noted.length === 0) return
    try {
      await ownTurn()
      const tallies = await inTurns(tallied(noted))
      for (let from = 0; from < tallies.length; from += MOST_AT_ONCE) {
        await ownTurn()
        await this.#deps.keep(tallies.slice(from, from + MOST_AT_ONCE))
      }
      this.#hasFailed = false
    } catch (err) {
      // Once, until it has gone well again.
      if (!this.#hasFailed) this.#deps.log.warn({ err }, 'What was asked could not be written to the query log')
      this.#hasFailed = true
    }
  }
}

/** Whether two reads of a statement are of one shape, as those of slices mostly are: told from names alone, and no where it hangs on moments. */
function isLike(read: AnyRead, other: AnyRead): boolean {
  if (read.measure !== other.measure || read.buckets !== other.buckets || read.grain !== other.grain || read.by.map(groupKeyId).join('&') !== other.by.map(groupKeyId).join('&')) return false
  if (read.period.zone !== other.period.zone || !isBucketed(read) || read.measure.time.kind !== 'event' || testsOwnTime(read)) return false
  const [tested, also] = [dimensionsOf(read.predicate), dimensionsOf(other.predicate)]
  return tested.size === also.size && [...tested].every((dimension) => also.has(dimension))
}

function* tallied(noted: readonly (NotedScan & { readonly atUtcMs: number })[]): Generator<undefined, readonly ReadTally[]> {
  const tallies = new Map<string, ReadTally>()
  let told = 0
  for (const { context, reads, rollup, rowsRead, elapsedMs, atUtcMs } of noted) {
    const day = new Date(atUtcMs).toISOString().slice(0, 10)
    let last: { readonly like: AnyRead; readonly shape: ReadShape; readonly key: string } | null = null
    for (const read of reads) {
      if (last === null || !isLike(read, last.like)) {
        if (++told % READS_A_STEP === 0) yield
        const shape = shapeOfRead(context, read)
        last = { like: read, shape, key: stableText([day, rollup, shape]) }
      }
      const { shape, key } = last
      const before = tallies.get(key)
      const rows = rowsRead === null ? null : rowsRead / reads.length
      tallies.set(key, {
        day,
        shape,
        rollup,
        reads: (before?.reads ?? 0) + 1,
        rows: rows === null || before?.rows === null ? null : (before?.rows ?? 0) + rows,
        ms: (before?.ms ?? 0) + elapsedMs / reads.length,
        lastUtcMs: Math.max(before?.lastUtcMs ?? 0, atUtcMs),
      })
    }
  }
  return [...tallies.values()]
}
