import type { LazyStore } from './lazy-store.ts'
import type { ResolvedCohort } from './saved-cohorts.ts'

/** The saved cohorts of one moment. */
export interface CohortsNow {
  /** Another text whenever a cohort is saved, renamed or deleted. */
  readonly version: string
  readonly cohorts: CohortsById
}

/** Each is read when it is asked for. */
export interface CohortsById {
  /** @throws KpiqlError `STORE_UNAVAILABLE`, `STORE_INVALID`. */
  get(id: string): ResolvedCohort | undefined
}

const NONE: CohortsNow = { version: '0', cohorts: new Map() }

/** Every request asks this; it makes no file. A store that cannot be read fails only those who then look for a cohort. */
export async function cohortsNow(store: LazyStore | undefined): Promise<CohortsNow> {
  try {
    const opened = await store?.openIfThere()
    if (opened === undefined || opened === null) return NONE
    return { version: String(await opened.cohorts.revision()), cohorts: opened.cohorts.readable }
  } catch (error) {
    return { version: 'unreadable', cohorts: { get: () => refuse(error) } }
  }
}

function refuse(error: unknown): never {
  throw error
}
