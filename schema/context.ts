import type { Analytics, AnalyticsSession, Freshness } from '../src/answer/types.ts'
import type { Calendar } from '../src/base/grain.ts'
import type { Model } from '../src/model/types.ts'

/** What resolvers see of one request. */
export interface KpiqlContext {
  readonly model: Model
  readonly analytics: Analytics
  readonly calendar: Calendar
  readonly requestId: string
  /** One session for each freshness of a request, so that all its leaves meet and are planned together. */
  session(freshness: Freshness): AnalyticsSession
}
