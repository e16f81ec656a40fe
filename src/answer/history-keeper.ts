import type { Log } from '../base/log.ts'
import type { ObservedEntry, ScanHistory } from './scan-history.ts'

export interface HistoryKeeperDeps {
  readonly history: ScanHistory
  readonly log: Log
  /** What was observed before; none where nothing is kept yet. */
  readonly read: () => Promise<readonly ObservedEntry[]>
  readonly keep: (entries: readonly ObservedEntry[]) => Promise<void>
  /** Between two writings. */
  readonly everyMs?: number | undefined
}

const EVERY_MS = 60_000

/** Keeps what statements were seen to find and take beyond this process. Nothing waits for it: what cannot be read or written is observed anew. */
export class HistoryKeeper {
  readonly #deps: HistoryKeeperDeps
  #timer: NodeJS.Timeout | null = null
  #work: Promise<void> = Promise.resolve()

  constructor(deps: HistoryKeeperDeps) {
    this.#deps = deps
  }

  /** Reads what is known, and writes from now on. Resolves once it is read; never rejects. */
  start(): Promise<void> {
    this.#timer ??= setInterval(() => void this.flush(), this.#deps.everyMs ?? EVERY_MS).unref()
    return this.#inTurn('read', async () => this.#deps.history.restore(await this.#deps.read()))
  }

  /** Writes what has changed. Never rejects. */
  flush(): Promise<void> {
    return this.#inTurn('written', async () => {
      const changed = this.#deps.history.takeChanged()
      if (changed.length > 0) await this.#deps.keep(changed)
    })
  }

  /** Writes the rest. Safe to call twice. */
  async close(): Promise<void> {
    if (this.#timer === null) return
    clearInterval(this.#timer)
    this.#timer = null
    await this.flush()
  }

  #inTurn(what: 'read' | 'written', work: () => Promise<void>): Promise<void> {
    this.#work = this.#work.then(work).catch((err: unknown) => this.#deps.log.warn({ err }, `What statements took could not be ${what}`))
    return this.#work
  }
}
