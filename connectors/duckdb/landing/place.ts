import { Places } from '../../../src/base/places.ts'
import type { ConnectorLog } from '../../contract.ts'
import { closedError } from '../pool.ts'
import { openLandingFile, type LandingEngine, type LandingOptions } from './open-file.ts'

/** The one engine that a landing and the source over it share, opened by whichever is asked first. */
export class LandingPlace {
  readonly #name: string
  readonly #options: LandingOptions
  readonly #stateFolder: string
  readonly #log: ConnectorLog
  #opening: Promise<LandingEngine> | null = null
  readonly #writing = new Places({ count: 1 })
  #closed: Promise<void> | null = null
  #commits = 0
  /** Closes the source over it, which stops what its connections run. */
  #closeSource: () => Promise<void> = () => Promise.resolve()

  constructor(name: string, options: LandingOptions, stateFolder: string, log: ConnectorLog) {
    this.#log = log
    this.#name = name
    this.#options = options
    this.#stateFolder = stateFolder
  }

  get commits(): number {
    return this.#commits
  }

  get isClosed(): boolean {
    return this.#closed !== null
  }

  committed(): void {
    this.#commits++
  }

  /** A start that failed is tried again by the next call. */
  opened(): Promise<LandingEngine> {
    if (this.#closed) return Promise.reject(closedError(this.#name))
    this.#opening ??= openLandingFile(this.#name, this.#options, this.#stateFolder, this.#log).catch((error: unknown) => {
      this.#opening = null
      throw error
    })
    return this.#opening
  }

  /** Runs work of the writer after all that was asked for before. */
  inTurn<T>(work: (engine: LandingEngine) => Promise<T>): Promise<T> {
    const opening = this.opened()
    return this.#writing.within(undefined, async () => work(await opening))
  }

  closesWith(closeSource: () => Promise<void>): void {
    this.#closeSource = closeSource
  }

  /** Waits for the commits that were asked for before. */
  close(): Promise<void> {
    this.#closed ??= this.#shutDown()
    return this.#closed
  }

  async #shutDown(): Promise<void> {
    await this.#writing.within(undefined, () => Promise.resolve())
    const [opened] = await Promise.allSettled([this.#opening])
    await this.#closeSource()
    if (opened.status === 'fulfilled' && opened.value) await opened.value.close()
  }
}
