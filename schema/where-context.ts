import type { PeriodContext } from '../src/base/period.ts'
import type { Model } from '../src/model/types.ts'
import type { SavedCohorts } from './context.ts'

/** What the conditions of a question are read with. */
export interface WhereContext extends PeriodContext {
  readonly model: Model
  /** By id: cohorts that people saved or uploaded. */
  readonly savedCohorts: SavedCohorts
}
