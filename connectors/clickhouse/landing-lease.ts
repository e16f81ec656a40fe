import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'
import { KpiqlError } from '../../src/base/errors.ts'
import type { QuerySource } from '../contract.ts'
import { readRows } from './landing-find.ts'
import { literal, quote, type LandingConnection } from './landing-connection.ts'

const BEAT_MS = 10_000
/** Without a sign of life for so long, a writer is gone. */
const LIVES_MS = 30_000
const TRIES = 4

/** Writers of this process that have not let go. */
const ours = new Set<string>()

/**
 * The right to be the one writer. ClickHouse has no locks: each writer says that it lives, and looks whether another does after it
 * has said so, so that of two who begin at once no more than one goes on. A writer that was killed on this machine is known to be gone; of
 * another machine, half a minute later.
 */
export class LandingLease {
  readonly #holder = randomUUID()
  readonly #name: string
  readonly #database: string
  readonly #connection: LandingConnection
  readonly #source: QuerySource
  #saidAtMs: number | null = null
  #beat: NodeJS.Timeout | undefined

  constructor(name: string, database: string, connection: LandingConnection, source: QuerySource) {
    this.#name = name
    this.#database = database
    this.#connection = connection
    this.#source = source
  }

  /** Whether it is held still; a process that slept too long has lost it. */
  get isHeld(): boolean {
    return this.#saidAtMs !== null && performance.now() - this.#saidAtMs < LIVES_MS - BEAT_MS / 2
  }

  /** @throws KpiqlError `SOURCE_BUSY` while another writes. */
  async take(): Promise<void> {
    ours.add(this.#holder)
    for (let left = TRIES; left > 0; left--) {
      await this.#say(false)
      if (!(await this.#othersLive())) {
        this.#beat ??= setInterval(() => void this.#say(false).catch(() => undefined), BEAT_MS).unref()
        return
      }
      await this.#say(true)
      // Of two who began at once, one waits less.
      await new Promise((resolve) => setTimeout(resolve, 100 + Math.random() * 400))
    }
    ours.delete(this.#holder)
    throw new KpiqlError('SOURCE_BUSY', { message: `Another gateway writes to database "${this.#database}" of "${this.#name}", which takes one writer at a time.`, hint: 'Let one instance sync, or give each a `landingDatabase` of its own. Of one that was killed elsewhere, this is known half a minute later.' })
  }

  async release(): Promise<void> {
    clearInterval(this.#beat)
    this.#beat = undefined
    if (this.#saidAtMs !== null) await this.#say(true).catch(() => undefined)
    this.#saidAtMs = null
    ours.delete(this.#holder)
  }

  async #say(isReleased: boolean): Promise<void> {
    const atMs = performance.now()
    await this.#connection.command(`INSERT INTO ${quote(this.#database)}._kpiql_writers SELECT '${this.#holder}', ${literal(hostname())}, ${process.pid}, now64(3), ${isReleased ? 1 : 0}`)
    this.#saidAtMs = isReleased ? null : atMs
  }

  async #othersLive(): Promise<boolean> {
    const text = `SELECT holder, host, pid FROM _kpiql_writers FINAL WHERE released = 0 AND holder <> {p1:String} AND at > now64(3) - INTERVAL ${LIVES_MS / 1000} SECOND`
    const others = await readRows(this.#source, text, ['text', 'text', 'integer'], this.#holder)
    return others.some(([holder, host, pid]) => host !== hostname() || ours.has(String(holder)) || (Number(pid) !== process.pid && isRunning(Number(pid))))
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
