import type { Activity, Membership } from '../model/types.ts'

/** A membership with every window worked out: half-open, UTC and local ms of the asked zone; null bounds are open. */
export interface ResolvedWindow {
  readonly startUtcMs: number | null
  readonly endUtcMs: number | null
  readonly startLocalMs: number | null
  readonly endLocalMs: number | null
}

/**
 * Who belongs, as at a moment. It takes part in plans as a boolean dimension of its own name, which begins with `MEMBERSHIP_PREFIX`
 * and follows from its content, so that equal memberships are one column of one pass.
 */
export interface ResolvedMembership {
  readonly dimension: string
  readonly entity: string
  readonly of: Membership
  readonly window: ResolvedWindow
  readonly zone: string
  /** Activities whose tables the pass reads. */
  readonly activities: readonly Activity[]
}

/** No dimension of a model begins like this. */
export const MEMBERSHIP_PREFIX = '@'

/** The memberships of one request, by dimension. */
export type Memberships = ReadonlyMap<string, ResolvedMembership>
