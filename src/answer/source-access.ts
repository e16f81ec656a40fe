import type { SourceSet, Sources } from './source-set.ts'
import type { RequestStats } from './types.ts'

/** What direct statements beside the fused ones need. */
export interface SourceAccess {
  readonly set: SourceSet
  readonly sources: Sources
  readonly signal: AbortSignal
  readonly stats: RequestStats
}
