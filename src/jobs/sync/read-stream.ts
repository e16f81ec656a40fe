import { setImmediate as nextTurn } from 'node:timers/promises'
import type { KeptState, Landing, LandingCommit, StreamState } from '../../../connectors/landing-contract.ts'
import { FullReadNeeded, type Backfilled, type Json, type Stream, type SyncPage, type TableWrite } from '../../../connectors/sync-contract.ts'
import type { Clock } from '../../base/clock.ts'
import { KpiqlError } from '../../base/errors.ts'
import { untilAborted } from '../../base/until-aborted.ts'
import { Batch } from './batch.ts'
import { CommitLine } from './commit-line.ts'
import { fromBeginning, keptPlace, readingOf, type Reading, type ReadingAsk } from './reading.ts'
import type { LiveDuringReading } from './live-during-reading.ts'
import type { TableShape } from './table-shape.ts'
import type { CommitLimits, Forgotten } from './types.ts'

/** Two batches are held at a time: what is larger is hardly faster, and makes the process grow. */
export const COMMIT_LIMITS: CommitLimits = { records: 20_000, characters: 8_000_000, ms: 5000 }
/** Records that are checked before others get their turn. */
const RECORDS_A_TURN = 2000
/** Pages that write nothing and stay where they are: no tool means that. */
const MOST_IDLE_PAGES = 100

export interface StreamNews {
  readonly done: number | null
  /** Of a commit that has ended. */
  readonly commit: { readonly state: StreamState; readonly written: number; readonly removed: number; readonly quarantined: number } | null
}

export interface StreamReading {
  /** The source's name. */
  readonly source: string
  readonly stream: Stream
  /** Those of the stream, by the tool's names of tables. */
  readonly shapes: ReadonlyMap<string, TableShape>
  readonly kept: KeptState | null
  readonly ask: ReadingAsk
  /** As configured; null for all. */
  readonly sinceUtcMs: number | null
  readonly landing: Landing
  readonly clock: Clock
  readonly forgotten: Forgotten
  readonly limits: CommitLimits
  readonly live: LiveDuringReading
  readonly signal: AbortSignal
  readonly tell: (news: StreamNews) => void
}

/**
 * Reads a stream to its end, committing on the way; what was committed stays, whatever happens.
 *
 * @throws KpiqlError `SOURCE_*`, `CANCELLED`, and what the landing throws.
 */
export async function readStream(reading: StreamReading): Promise<void> {
  const { live, stream } = reading
  live.begin(stream)
  try {
    await readWhole(reading)
  } finally {
    live.end(stream)
  }
}

async function readWhole(reading: StreamReading): Promise<void> {
  const { kept, ask, sinceUtcMs, stream, source } = reading
  const follows = { version: kept?.version ?? 0 }
  let from = readingOf(kept, ask, sinceUtcMs)
  for (;;) {
    try {
      return await new StreamReader(reading, from, follows).read()
    } catch (error) {
      if (!(error instanceof FullReadNeeded)) throw error
      if (from.cursor === null) throw new KpiqlError('SOURCE_FAILED', { message: `Stream "${stream.name}" of source "${source}" asks to be read from the beginning, where it began.`, hint: 'Please report it: this is a fault of the connector.', cause: error })
      from = from.part === null ? fromBeginning(from.generation, sinceUtcMs) : { ...from, cursor: null }
    }
  }
}

/** One reading from one cursor. */
class StreamReader {
  readonly #reading: StreamReading
  readonly #from: Reading
  /** The stream's version of the last commit that was asked for. */
  readonly #follows: { version: number }
  readonly #line: CommitLine
  readonly #nowUtcMs: number
  #batch: Batch
  #batchBegunMs = 0
  #isPending = false
  #cursor: Json
  #completeUntilUtcMs: number | null
  #backfilled: Backfilled | null
  #idlePages = 0
  #lastCursor: string

  constructor(reading: StreamReading, from: Reading, follows: { version: number }) {
    this.#reading = reading
    this.#from = from
    this.#follows = follows
    this.#nowUtcMs = reading.clock.nowMs()
    this.#cursor = from.cursor
    this.#lastCursor = JSON.stringify(from.cursor)
    this.#completeUntilUtcMs = reading.kept?.completeUntilUtcMs ?? null
    this.#backfilled = reading.kept?.backfilled ?? null
    this.#batch = this.#newBatch()
    this.#line = new CommitLine(reading.landing, ({ state, quarantined }, { written, removed }) => {
      if (state) reading.tell({ done: null, commit: { state, written, removed, quarantined: quarantined.length } })
    })
  }

  async read(): Promise<void> {
    const { stream, signal, source } = this.#reading
    const { cursor, sinceUtcMs } = this.#from
    const pages = stream.read({ cursor, sinceUtcMs, nowUtcMs: this.#nowUtcMs, signal })[Symbol.asyncIterator]()
    const cancelled = (): KpiqlError => new KpiqlError('CANCELLED', { message: `The sync of source "${source}" was stopped.`, hint: 'What was committed stays; the next sync goes on from there.' })
    const ask = (): Promise<IteratorResult<SyncPage>> => {
      const next = untilAborted(Promise.resolve(pages.next()), signal, cancelled)
      // Whoever fails meanwhile is told first.
      next.catch(() => null)
      return next
    }
    let isOver = false
    try {
      let next = ask()
      for (;;) {
        const page = await this.#unlessDue(next)
        if (page === null) {
          await this.#commit(false)
          continue
        }
        if (page.done === true) break
        next = ask()
        await this.#take(page.value)
        if (this.#isFull()) await this.#commit(false)
      }
      isOver = true
      await this.#commit(true)
      await this.#line.settled()
    } catch (error) {
      if (signal.aborted) {
        await this.#line.settled()
        throw cancelled()
      }
      // Pages that came whole are kept: the next sync goes on behind them.
      if (!isOver && !(error instanceof FullReadNeeded) && this.#isPending) await this.#commit(false)
      await this.#line.settled()
      throw error
    } finally {
      // A stream that hangs is left alone.
      void Promise.resolve(pages.return?.()).catch(() => null)
    }
  }

  /** The next page, or null when a commit is due before it comes. */
  async #unlessDue(next: Promise<IteratorResult<SyncPage>>): Promise<IteratorResult<SyncPage> | null> {
    if (!this.#isPending) return next
    let timer: NodeJS.Timeout | null = null
    const due = new Promise<null>((resolve) => {
      timer = setTimeout(() => resolve(null), Math.max(0, this.#batchBegunMs + this.#reading.limits.ms - performance.now()))
    })
    try {
      return await Promise.race([next, due])
    } finally {
      if (timer !== null) clearTimeout(timer)
    }
  }

  async #take({ writes, cursor, done, completeUntilUtcMs, backfilled }: SyncPage): Promise<void> {
    const recordsBefore = this.#batch.records
    if (!this.#isPending) this.#batchBegunMs = performance.now()
    this.#isPending = true
    for (const write of writes) {
      for (const piece of piecesOf(write)) {
        this.#batch.add(piece)
        if (piece !== write) await nextTurn()
      }
    }
    this.#refuseCircles(cursor, this.#batch.records - recordsBefore)
    this.#cursor = cursor
    if (completeUntilUtcMs !== null && completeUntilUtcMs !== undefined) this.#completeUntilUtcMs = completeUntilUtcMs
    // A part has begun elsewhere than the reading that goes on behind it.
    if (backfilled && this.#from.part === null) this.#backfilled = backfilled
    this.#reading.tell({ done, commit: null })
  }

  #refuseCircles(cursor: Json, records: number): void {
    const text = JSON.stringify(cursor)
    this.#idlePages = text === this.#lastCursor && records === 0 ? this.#idlePages + 1 : 0
    this.#lastCursor = text
    if (this.#idlePages < MOST_IDLE_PAGES) return
    const { stream, source } = this.#reading
    throw new KpiqlError('SOURCE_FAILED', {
      message: `Stream "${stream.name}" of source "${source}" gave ${MOST_IDLE_PAGES} pages without a record, all at the same place.`,
      hint: 'The tool shows the same page again and again. What was committed stays; the next sync goes on from there.',
    })
  }

  #isFull(): boolean {
    const { records, characters } = this.#batch
    const { limits } = this.#reading
    return records >= limits.records || characters >= limits.characters || performance.now() - this.#batchBegunMs >= limits.ms
  }

  async #commit(isEnd: boolean): Promise<void> {
    const { source, stream, clock, shapes, live } = this.#reading
    const { generation, isWhole, part, sinceUtcMs } = this.#from
    const batch = this.#batch
    this.#batch = this.#newBatch()
    this.#isPending = false
    const state: StreamState = { ...keptPlace(this.#from, { cursor: this.#cursor, completeUntilUtcMs: this.#completeUntilUtcMs, backfilled: this.#backfilled }, isEnd), generation, committedUtcMs: clock.nowMs() }
    const made = (): LandingCommit => {
      // What does not fit of live writes was put aside when they came.
      const quarantined = [...batch.quarantined]
      for (const write of live.of(stream)) batch.add(write)
      return {
        source,
        stream: stream.name,
        // Columns that were learned are among them.
        tables: [...shapes.values()].map(({ landing }) => landing),
        writes: batch.writes(),
        quarantined,
        state,
        expects: this.#follows.version++,
        sweeps: isEnd && !isWhole && part === null && (sinceUtcMs === null || stream.ignoresSince === true) && stream.showsAll && generation > 1,
      }
    }
    await this.#line.push(made)
  }

  #newBatch(): Batch {
    const { source, shapes, forgotten } = this.#reading
    return new Batch(source, shapes, forgotten)
  }
}

/** A long list of records in pieces: what is replaced goes with the first. */
function* piecesOf(write: TableWrite): Iterable<TableWrite> {
  if (write.kind === 'delete' || write.records.length <= RECORDS_A_TURN) return yield write
  for (let from = 0; from < write.records.length; from += RECORDS_A_TURN) {
    const records = write.records.slice(from, from + RECORDS_A_TURN)
    yield from === 0 ? { ...write, records } : { kind: 'upsert', table: write.table, records }
  }
}
