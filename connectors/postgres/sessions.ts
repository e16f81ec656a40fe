import { Session, type SessionSettings } from './session.ts'

const IDLE_MS = 30_000
const CLOSING_MS = 2000

/** Connections that are kept a while for the next statement. How many run at once is decided before they are asked for. */
export class Sessions {
  readonly #settings: SessionSettings
  readonly #idle: Session[] = []
  readonly #clocks = new Map<Session, NodeJS.Timeout>()
  readonly #used = new Set<Promise<unknown>>()
  readonly #open = new Set<Session>()
  #isClosed = false

  constructor(settings: SessionSettings) {
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
    for (let session = this.#idle.pop(); session !== undefined; session = this.#idle.pop()) {
      clearTimeout(this.#clocks.get(session))
      if (!session.isDead) return session
      this.#open.delete(session)
    }
    return this.#connect(signal)
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
