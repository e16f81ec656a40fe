import type { MemberLists } from './member-lists.ts'
import type { SourceSet, Sources } from './source-set.ts'
import type { Freshness, RequestStats } from './types.ts'

/** What direct statements beside the fused ones need. */
export interface SourceAccess {
  readonly set: SourceSet
  readonly sources: Sources
  readonly lists: MemberLists
  readonly freshness: Freshness
  readonly signal: AbortSignal
  readonly caller: string
  readonly stats: RequestStats
}
