import { randomUUID } from 'node:crypto'
import { readFileSync, readlinkSync } from 'node:fs'
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

/** Where a process id means one process: a start of a machine, and a namespace of processes, since containers count their own. */
const PLACE = placeOfProcessIds()

/**
 * The right to be the one writer. ClickHouse has no locks: each writer says that it lives, and looks whether another does after it
 * has said so, so that of two who begin at once no more than one goes on. A writer that was killed beside this one is known to be gone; of
 * another machine or container, half a minute later. A lease that ran out does not come back by itself: another may have it.
 */
export class LandingLease {
  readonly #holder = randomUUID()
  readonly #name: string
  readonly #database: string
  readonly #connection: LandingConnection
  readonly #source: QuerySource
  #said: Moment | null = null
  #beat: NodeJS.Timeout | undefined

  constructor(name: string, database: string, connection: LandingConnection, source: QuerySource) {
    this.#name = name
    this.#database = database
    this.#connection = connection
    this.#source = source
  }

  /** Whether it is held still; a process that slept or was cut off too long has lost it. */
  get isHeld(): boolean {
    return this.#said !== null && isFresh(this.#said)
  }

  /** @throws KpiqlError `SOURCE_BUSY` once it is lost: what is under way must not go on. */
  refuseLost(): void {
    if (!this.isHeld) throw new KpiqlError('SOURCE_BUSY', { message: `Database "${this.#database}" of "${this.#name}" was out of reach for so long that another gateway may write to it.`, hint: 'The next sync goes on from what was landed.' })
  }

  /** @throws KpiqlError `SOURCE_BUSY` while another writes. */
  async take(): Promise<void> {
    let other: string | null = null
    for (let left = TRIES; left > 0; left--) {
      other = await this.tryTake()
      if (other === null) return
      // Of two who began at once, one waits less.
      await new Promise((resolve) => setTimeout(resolve, 100 + Math.random() * 400))
    }
    throw new KpiqlError('SOURCE_BUSY', { message: `Another gateway (${other}) writes to database "${this.#database}" of "${this.#name}", which takes one writer at a time.`, hint: 'Let one instance sync, or give each a `landingDatabase` of its own. Of one that was killed elsewhere, this is known half a minute later.' })
  }

  /** @returns Null where it is held now; else who has it. */
  async tryTake(): Promise<string | null> {
    ours.add(this.#holder)
    await this.#say(false)
    const other = await this.other()
    if (other === null) {
      // A sign that was not heard makes the lease run out: `isHeld` goes by the last that was.
      this.#beat ??= setInterval(() => void this.#renew().catch(() => undefined), BEAT_MS).unref()
      return null
    }
    await this.#say(true)
    ours.delete(this.#holder)
    return other
  }

  /** Who else has it, as `host, process 4711`; null where nobody has. */
  async other(): Promise<string | null> {
    const text = `SELECT holder, host, pid FROM _kpiql_writers FINAL WHERE released = 0 AND holder <> {p1:String} AND at > now64(3) - INTERVAL ${LIVES_MS / 1000} SECOND`
    const others = await readRows(this.#source, text, ['text', 'text', 'integer'], this.#holder)
    const alive = others.find(([holder, host, pid]) => host !== PLACE || ours.has(String(holder)) || (Number(pid) !== process.pid && isRunning(Number(pid))))
    return alive === undefined ? null : `${String(alive[1]).split(' ', 1)[0]}, process ${String(alive[2])}`
  }

  async release(): Promise<void> {
    clearInterval(this.#beat)
    this.#beat = undefined
    // Unheard, it runs out by itself.
    if (this.#said !== null) await this.#say(true).catch(() => undefined)
    this.#said = null
    ours.delete(this.#holder)
  }

  async #renew(): Promise<void> {
    const last = this.#said
    if (last === null || !isFresh(last)) return
    await this.#say(false)
    // It took so long to be heard that it may have run out meanwhile.
    if (!isFresh(last)) await this.#say(true)
  }

  async #say(isReleased: boolean): Promise<void> {
    const at = momentNow()
    if (isReleased) this.#said = null
    await this.#connection.command(`INSERT INTO ${quote(this.#database)}._kpiql_writers SELECT '${this.#holder}', ${literal(PLACE)}, ${process.pid}, now64(3), ${isReleased ? 1 : 0}`)
    if (!isReleased) this.#said = at
  }
}

/** By two clocks: one stands still while the machine sleeps, the other may be set. */
interface Moment {
  readonly steadyMs: number
  readonly utcMs: number
}

const momentNow = (): Moment => ({ steadyMs: performance.now(), utcMs: Date.now() })

const isFresh = ({ steadyMs, utcMs }: Moment): boolean => Math.max(performance.now() - steadyMs, Date.now() - utcMs) < LIVES_MS - BEAT_MS / 2

/** Of this process alone where the system does not tell: then nobody is known to be gone before their time is over. */
function placeOfProcessIds(): string {
  try {
    return `${hostname()} ${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()} ${readlinkSync('/proc/self/ns/pid')}`
  } catch {
    return `${hostname()} ${randomUUID()}`
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
