import { Session, type SessionSettings } from './session.ts'

const IDLE_MS = 30_000
const CLOSING_MS = 2000

export interface PoolSettings extends Omit<SessionSettings, 'takesWorkers'> {
  /** Sessions at most whose statements may have parallel workers. */
  readonly parallelStatements: number
}

/**
 * Connections that are kept a while for the next statement. How many run at once is decided before they are asked for. Those that
 * may have parallel workers are taken first: a statement alone is done sooner with them, while many at once would only take turns
 * with each other's.
 */
export class Sessions {
  readonly #settings: PoolSettings
  readonly #idle: Session[] = []
  readonly #clocks = new Map<Session, NodeJS.Timeout>()
  readonly #used = new Set<Promise<unknown>>()
  readonly #open = new Set<Session>()
  readonly #parallel = new Set<Session>()
  #openingParallel = 0
  #isClosed = false

  constructor(settings: PoolSettings) {
    this.#settings = settings
  }

  /** Runs work in a session of its own; rejects with the signal's reason where it aborts before there is one. */
  async within<T>(signal: AbortSignal, work: (session: Session) => Promise<T>): Promise<T> {
    const session = await this.#take(signal)
    const running = work(session)
    const over = running.then(
      () => this.#release(session),
      () => this.#release(session),
    )
    this.#used.add(over)
    try {
      return await running
    } finally {
      await over
      this.#used.delete(over)
    }
  }

  /** Waits a little for what runs to stop, and leaves it then. */
  async close(): Promise<void> {
    this.#isClosed = true
    const patience = new Promise((resolve) => setTimeout(resolve, CLOSING_MS).unref())
    await Promise.race([Promise.allSettled(this.#used), patience])
    await Promise.race([Promise.all(this.#idle.splice(0).map((session) => this.#end(session))), patience])
    for (const session of this.#open) session.destroy()
    for (const clock of this.#clocks.values()) clearTimeout(clock)
  }

  async #take(signal: AbortSignal): Promise<Session> {
    signal.throwIfAborted()
    for (let session = this.#nextIdle(); session !== undefined; session = this.#nextIdle()) {
      clearTimeout(this.#clocks.get(session))
      if (!session.isDead) return session
      this.#forget(session)
    }
    if (this.#parallel.size + this.#openingParallel >= this.#settings.parallelStatements) return this.#connect(signal, false)
    this.#openingParallel += 1
    try {
      const session = await this.#connect(signal, true)
      this.#parallel.add(session)
      return session
    } finally {
      this.#openingParallel -= 1
    }
  }

  /** The one that came back last, of those with workers if there are any. */
  #nextIdle(): Session | undefined {
    const parallel = this.#idle.findLastIndex((session) => this.#parallel.has(session))
    return parallel < 0 ? this.#idle.pop() : this.#idle.splice(parallel, 1)[0]
  }

  #forget(session: Session): void {
    this.#open.delete(session)
    this.#parallel.delete(session)
  }

  async #connect(signal: AbortSignal, takesWorkers: boolean): Promise<Session> {
    const opening = Session.open({ ...this.#settings, takesWorkers })
    const aborted = Promise.withResolvers<never>()
    const abort = (): void => aborted.reject(signal.reason)
    signal.addEventListener('abort', abort, { once: true })
    try {
      const session = await Promise.race([opening, aborted.promise])
      this.#open.add(session)
      return session
    } catch (error) {
      // One that comes too late is of use to nobody.
      opening.then(
        (session) => session.end(),
        () => undefined,
      )
      throw error
    } finally {
      signal.removeEventListener('abort', abort)
    }
  }

  async #release(session: Session): Promise<void> {
    if (session.isDead) this.#forget(session)
    else if (this.#isClosed) await this.#end(session)
    else {
      this.#idle.push(session)
      this.#clocks.set(session, setTimeout(() => this.#retire(session), IDLE_MS).unref())
    }
  }

  #retire(session: Session): void {
    const index = this.#idle.indexOf(session)
    if (index < 0) return
    this.#idle.splice(index, 1)
    void this.#end(session)
  }

  async #end(session: Session): Promise<void> {
    this.#clocks.delete(session)
    await session.end()
    this.#forget(session)
  }
}
