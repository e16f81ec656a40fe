import type { LazyStore } from './lazy-store.ts'
import type { ResolvedCohort } from './saved-cohorts.ts'

/** The saved cohorts of one moment. */
export interface CohortsNow {
  /** Another text whenever a cohort is saved, renamed or deleted. */
  readonly version: string
  readonly cohorts: ReadonlyMap<string, ResolvedCohort>
}

const NONE: CohortsNow = { version: '0', cohorts: new Map() }

/** Every request asks this; it makes no file. A store that cannot be read fails only those who then look for a cohort. */
export async function cohortsNow(store: LazyStore | undefined): Promise<CohortsNow> {
  try {
    const opened = await store?.openIfThere()
    if (opened === undefined || opened === null) return NONE
    const [version, cohorts] = [await opened.cohorts.revision(), await opened.cohorts.resolved()]
    return { version: String(version), cohorts }
  } catch (error) {
    return { version: 'unreadable', cohorts: new UnreadableCohorts(error) }
  }
}

class UnreadableCohorts extends Map<string, ResolvedCohort> {
  readonly #error: unknown

  constructor(error: unknown) {
    super()
    this.#error = error
  }

  override get(): never {
    throw this.#error
  }

  override has(): never {
    throw this.#error
  }

  override values(): never {
    throw this.#error
  }

  override [Symbol.iterator](): never {
    throw this.#error
  }
}
