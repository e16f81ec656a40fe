import { hangUp, openSession, type Place, type Session } from './session.ts'

/** A connection that nobody used for so long is closed, before a server or firewall between does it. */
const IDLE_MS = 60_000

interface Idle {
  readonly session: Session
  readonly clock: NodeJS.Timeout
}

/** Sessions that are used one after the other. How many there are at once is up to those who take them. */
export class Connections {
  readonly #place: Place
  #idle: Idle[] = []
  #isClosed = false

  constructor(place: Place) {
    this.#place = place
  }

  async take(signal: AbortSignal): Promise<Session> {
    for (let idle = this.#idle.pop(); idle !== undefined; idle = this.#idle.pop()) {
      clearTimeout(idle.clock)
      if (!idle.session.isBroken()) return idle.session
      this.discard(idle.session)
    }
    return openSession(this.#place, signal)
  }

  giveBack(session: Session): void {
    if (this.#isClosed) return this.discard(session)
    const clock = setTimeout(() => {
      this.#idle = this.#idle.filter((one) => one.session !== session)
      this.discard(session)
    }, IDLE_MS)
    clock.unref()
    this.#idle.push({ session, clock })
  }

  discard(session: Session): void {
    hangUp(session.connection)
  }

  close(): void {
    this.#isClosed = true
    for (const { session, clock } of this.#idle.splice(0)) {
      clearTimeout(clock)
      this.discard(session)
    }
  }
}
