import type { Analytics, AnalyticsSession, Freshness } from '../src/answer/types.ts'
import type { Calendar } from '../src/base/grain.ts'
import type { Jobs } from '../src/jobs/types.ts'
import type { Predicate } from '../src/model/predicate.ts'
import type { Model } from '../src/model/types.ts'
import type { LazyStore } from '../src/store/lazy-store.ts'

/** A cohort that somebody saved or uploaded. */
export interface SavedCohort {
  readonly id: string
  readonly name: string
  readonly description: string | null
  readonly entity: string
  readonly predicate: Predicate
}

/** By id, each as it is when it is asked for. */
export interface SavedCohorts {
  get(id: string): SavedCohort | undefined
}

/** What resolvers see of one request. */
export interface KpiqlContext {
  readonly model: Model
  readonly analytics: Analytics
  readonly calendar: Calendar
  readonly requestId: string
  readonly savedCohorts: SavedCohorts
  /** Where clients record; absent where the gateway keeps nothing. */
  readonly store?: Pick<LazyStore, 'open'> | undefined
  /** What runs beside questions; absent where nothing does. */
  readonly jobs?: { open(): Jobs } | undefined
  /** One session for each freshness, and age of what is served for a source that is down, of a request, so that all its leaves meet and are planned together. */
  session(freshness: Freshness, maxStaleMs?: number | null): AnalyticsSession
}
