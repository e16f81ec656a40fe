import type { Landing, LandingCommit } from '../../../connectors/landing-contract.ts'

/** Commits of one reading, one after the other: the next pages are read while one is written, and no more than that. */
export class CommitLine {
  readonly #landing: Landing
  readonly #told: (commit: LandingCommit, result: { readonly written: number; readonly removed: number }) => void
  #running: Promise<void> | null = null
  #failure: { readonly error: unknown } | null = null

  constructor(landing: Landing, told: (commit: LandingCommit, result: { readonly written: number; readonly removed: number }) => void) {
    this.#landing = landing
    this.#told = told
  }

  /** Starts a commit once the one before has ended. @param made called right before. @throws What the one before failed with. */
  async push(made: () => LandingCommit): Promise<void> {
    await this.settled()
    const commit = made()
    this.#running = this.#landing.commit(commit).then(
      (result) => this.#told(commit, result),
      (error: unknown) => {
        this.#failure = { error }
      },
    )
  }

  async settled(): Promise<void> {
    await this.#running
    this.#running = null
    if (this.#failure) throw this.#failure.error
  }
}
