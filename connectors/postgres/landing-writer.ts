import { hostname } from 'node:os'
import { KpiqlError } from '../../src/base/errors.ts'
import { Places } from '../../src/base/places.ts'
import { closedError } from '../sql-kit/sql-source.ts'
import { Session, type SessionSettings } from './session.ts'
import { translateError } from './translate-error.ts'

/** A server notices a writer that was killed a moment later. */
const LOCK_PATIENCE_MS = 5000
const LOCK_AGAIN_MS = 200
const CLOSING_MS = 10_000

export interface Written {
  /** Cells as the server writes them. */
  readonly rows: readonly (readonly (string | null)[])[]
  readonly count: number
}

/** Runs one statement within the transaction. */
export type Write = (text: string, ...values: readonly (string | null)[]) => Promise<Written>

/** Who holds a lock, as whoever holds it calls itself; null where the user may not see it. */
export const WRITER_OF = `
  SELECT a.application_name FROM pg_locks l LEFT JOIN pg_stat_activity a ON a.pid = l.pid
  WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1 AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
    AND ((l.classid::bigint << 32) | l.objid::bigint) = hashtextextended($1, 0)`

/** The server cuts names at 63 bytes. */
const OWN_NAME = `kpiql ${process.pid} ${hostname()}`

export function lockName(schema: string): string {
  return `kpiql landing ${schema}`
}

/** @param name of a session, as `WRITER_OF` tells it. */
export function writerName(name: string): string {
  const [, pid, host] = /^kpiql (\d+) (.+)$/.exec(name) ?? []
  return host === undefined ? 'of another user' : `${host}, process ${pid}`
}

type Ready = { readonly session: Session; readonly other: null } | { readonly session: null; readonly other: string }

const asWritten = { getTypeParser: () => (text: string) => text }

/**
 * The one session that writes: it holds the schema's lock, so that whoever can write is alone, and whoever lost the connection lost
 * the lock with it. Work is done one after the other, each in a transaction of its own.
 */
export class LandingWriter {
  readonly #settings: SessionSettings
  /** Runs once in every new session, in a transaction, once it has the lock. */
  readonly #prepare: (write: Write) => Promise<void>
  readonly #turn = new Places({ count: 1 })
  readonly #closing = new AbortController()
  #session: Session | null = null
  #closed: Promise<void> | null = null

  constructor(settings: SessionSettings, prepare: (write: Write) => Promise<void>) {
    this.#settings = { ...settings, writes: true }
    this.#prepare = prepare
  }

  get isHeld(): boolean {
    return this.#session !== null && !this.#session.isDead
  }

  /** Takes the lock where it is free. @returns Null where it is held; else who has it. */
  async claim(): Promise<string | null> {
    return this.#turn.within(this.#closing.signal, async () => {
      this.#closing.signal.throwIfAborted()
      const { other } = await this.#ready(0)
      return other
    })
  }

  /** @throws KpiqlError `SOURCE_BUSY` where another has the lock, `SOURCE_*`, and what the work throws; nothing of the work stays then. */
  async within<T>(work: (write: Write) => Promise<T>): Promise<T> {
    return this.#turn.within(this.#closing.signal, async () => {
      this.#closing.signal.throwIfAborted()
      const { session, other } = await this.#ready(LOCK_PATIENCE_MS)
      if (session === null) throw this.#busy(other)
      return this.#transaction(session, work)
    })
  }

  close(): Promise<void> {
    this.#closed ??= this.#close()
    return this.#closed
  }

  async #close(): Promise<void> {
    this.#closing.abort(closedError(this.#settings.source))
    const tooLong = setTimeout(() => this.#session?.destroy(), CLOSING_MS)
    await this.#turn.within(undefined, async () => this.#session?.end())
    clearTimeout(tooLong)
  }

  async #ready(patienceMs: number): Promise<Ready> {
    if (this.#session !== null && !this.#session.isDead) return { session: this.#session, other: null }
    const session = await this.#told(Session.open(this.#settings))
    try {
      const other = await this.#lock(session, patienceMs)
      if (other !== null) {
        await session.end()
        return { session: null, other }
      }
      await this.#transaction(session, this.#prepare)
    } catch (error) {
      await session.end()
      throw error
    }
    this.#session = session
    return { session, other: null }
  }

  /** @returns Null once it is locked; else who has the lock. */
  async #lock(session: Session, patienceMs: number): Promise<string | null> {
    const name = lockName(this.#settings.schema)
    await this.#run(session, "SELECT set_config('application_name', $1, false)", [OWN_NAME])
    for (const until = performance.now() + patienceMs; ; await new Promise((resolve) => setTimeout(resolve, LOCK_AGAIN_MS))) {
      const { rows } = await this.#run(session, 'SELECT pg_try_advisory_lock(hashtextextended($1, 0))', [name])
      if (rows[0]?.[0] === 't') return null
      if (performance.now() >= until) return writerName((await this.#run(session, WRITER_OF, [name])).rows[0]?.[0] ?? '')
    }
  }

  #busy(other: string): KpiqlError {
    const { schema, source } = this.#settings
    return new KpiqlError('SOURCE_BUSY', { message: `Another gateway (${other}) writes to schema "${schema}" of "${source}", which takes one writer at a time.`, hint: 'Let one instance sync, or give each a `landingSchema` of its own.' })
  }

  async #transaction<T>(session: Session, work: (write: Write) => Promise<T>): Promise<T> {
    await this.#run(session, 'BEGIN', [])
    try {
      const result = await work((text, ...values) => this.#run(session, text, values))
      await this.#run(session, 'COMMIT', [])
      return result
    } catch (error) {
      await this.#run(session, 'ROLLBACK', []).catch(() => session.destroy())
      throw error
    }
  }

  async #run(session: Session, text: string, values: readonly (string | null)[]): Promise<Written> {
    const { rows, rowCount } = await this.#told(session.client.query<(string | null)[]>({ text, values: [...values], rowMode: 'array', types: asWritten }))
    return { rows, count: rowCount ?? 0 }
  }

  async #told<T>(work: Promise<T>): Promise<T> {
    try {
      return await work
    } catch (error) {
      throw landingError(error, this.#settings)
    }
  }
}

/** What only writers meet; all else is told as to those who read. */
function landingError(error: unknown, { schema, source }: SessionSettings): KpiqlError {
  const { code } = error as NodeJS.ErrnoException
  switch (code) {
    case '42501':
      return new KpiqlError('SOURCE_FAILED', { message: `The user of "${source}" may not write to schema "${schema}".`, hint: 'Make the schema and give it to the user (CREATE SCHEMA … AUTHORIZATION …), or grant CREATE on the database.', cause: error })
    case '42P07':
      return new KpiqlError('DATA_INVALID', { message: `Schema "${schema}" of "${source}" holds a table of that name which was not landed.`, hint: 'Move it elsewhere, or name another `landingSchema`.', cause: error })
    case '54000':
      return new KpiqlError('SOURCE_FAILED', { message: `A key is longer than an index of "${source}" takes (2,704 bytes).`, hint: 'Give the table a shorter key.', cause: error })
    default:
      return translateError(error, source)
  }
}
