import { Session, type SessionSettings } from './session.ts'

const IDLE_MS = 30_000
const CLOSING_MS = 2000

export interface PoolSettings extends SessionSettings {
  /** A statement may have parallel workers where fewer than so many others run when it begins. */
  readonly parallelStatements: number
}

/**
 * Connections that are kept a while for the next statement. How many run at once is decided before they are asked for. A statement
 * alone is done sooner with parallel workers; many at once would only take turns with each other's, and starting them costs more
 * than it brings.
 */
export class Sessions {
  readonly #settings: PoolSettings
  readonly #idle: Session[] = []
  readonly #clocks = new Map<Session, NodeJS.Timeout>()
  readonly #used = new Set<Promise<unknown>>()
  readonly #open = new Set<Session>()
  #running = 0
  #isClosed = false

  constructor(settings: PoolSettings) {
    this.#settings = settings
  }

  /** Runs work in a session of its own; rejects with the signal's reason where it aborts before there is one. */
  async within<T>(signal: AbortSignal, work: (session: Session) => Promise<T>): Promise<T> {
    const takesWorkers = this.#running < this.#settings.parallelStatements
    this.#running += 1
    try {
      const session = await this.#take(signal, takesWorkers)
      const running = this.#prepared(session, takesWorkers, work)
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
    } finally {
      this.#running -= 1
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

  async #prepared<T>(session: Session, takesWorkers: boolean, work: (session: Session) => Promise<T>): Promise<T> {
    if (session.takesWorkers !== takesWorkers) await session.letWorkers(takesWorkers)
    return work(session)
  }

  async #take(signal: AbortSignal, takesWorkers: boolean): Promise<Session> {
    signal.throwIfAborted()
    for (let session = this.#nextIdle(takesWorkers); session !== undefined; session = this.#nextIdle(takesWorkers)) {
      clearTimeout(this.#clocks.get(session))
      if (!session.isDead) return session
      this.#open.delete(session)
    }
    return this.#connect(signal)
  }

  /** The one that came back last, of those that need not be told anything if there are any. */
  #nextIdle(takesWorkers: boolean): Session | undefined {
    const ready = this.#idle.findLastIndex((session) => session.takesWorkers === takesWorkers)
    return ready < 0 ? this.#idle.pop() : this.#idle.splice(ready, 1)[0]
  }

  async #connect(signal: AbortSignal): Promise<Session> {
    const opening = Session.open(this.#settings)
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
    if (session.isDead) this.#open.delete(session)
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
    this.#open.delete(session)
  }
}
