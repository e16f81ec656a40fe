import { addLocal } from '../../base/civil-time.ts'
import type { Period } from '../../base/period.ts'
import { stableHash } from '../../base/stable-hash.ts'
import { localMsAt, utcMsOf } from '../../base/time-zone.ts'
import type { Interval } from '../../model/interval.ts'
import { listVersion } from '../../model/list-version.ts'
import type { Atom } from '../../model/predicate.ts'
import type { Activity, Membership, Model } from '../../model/types.ts'

/** An instant, with what the wall clock of the asked zone shows then. */
export interface Moment {
  readonly zone: string
  readonly utcMs: number
  readonly localMs: number
}

/** A window worked out: half-open, UTC and local ms of the asked zone; null bounds are open. */
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
  /** Its predicates hold neither cohorts nor memberships any more, only tests of the dimensions they became. */
  readonly of: Membership
  readonly moment: Moment
  /** When what decides must happen. */
  readonly window: ResolvedWindow
  /** For lifecycles the window just before, of the same length. */
  readonly before: ResolvedWindow | null
  /** How it slices the metrics of an entity that has many of this one. */
  readonly match: 'any' | 'all'
}

/** No dimension of a model begins like this. */
export const MEMBERSHIP_PREFIX = '@'

/** The memberships of one request, by dimension. Grows as its predicates are resolved. */
export type Memberships = Map<string, ResolvedMembership>

export function isMembership(dimension: string): boolean {
  return dimension.startsWith(MEMBERSHIP_PREFIX)
}

/** @returns What stands in predicates for a membership, whose content is put into `memberships`. */
export function registerMembership(context: { readonly model: Model; readonly memberships: Memberships }, membership: Omit<ResolvedMembership, 'dimension'>): Atom {
  const dimension = `${MEMBERSHIP_PREFIX}${stableHash(contentOf(context.model, membership))}`
  if (!context.memberships.has(dimension)) context.memberships.set(dimension, { ...membership, dimension })
  return { kind: 'atom', dimension, test: { op: 'in', values: [true], caseInsensitive: false } }
}

/** All that decides who belongs, and nothing else, so that what does not move with the moment keeps its name, and what was read of it. */
function contentOf(model: Model, { of, moment, window, before, match }: Omit<ResolvedMembership, 'dimension'>): unknown {
  switch (of.kind) {
    case 'list':
      return [of.kind, of.entity, listVersion(of)]
    case 'members': {
      const primary = model.semanticModels.get(model.entities.get(of.of)?.primaryModel ?? '')
      return [of, match, primary?.validity == null ? null : moment]
    }
    default:
      return [of, match, moment.zone, window, before]
  }
}

/** Semantic models whose rows decide, without those of nested memberships. */
export function activitiesOf(of: Membership): readonly Activity[] {
  if (of.kind === 'sequence') return of.steps
  return of.kind === 'behavior' || of.kind === 'acquired' || of.kind === 'lifecycle' ? [of.activity] : []
}

/** The end of a period, or the present where that comes first. */
export function endMoment(period: Period, nowUtcMs: number): Moment {
  const { zone, endUtcMs, endLocalMs } = period
  return endUtcMs > nowUtcMs ? momentAt(zone, nowUtcMs) : { zone, utcMs: endUtcMs, localMs: endLocalMs }
}

export function momentAt(zone: string, utcMs: number): Moment {
  return { zone, utcMs, localMs: localMsAt(zone, utcMs) }
}

/** So many calendar intervals earlier on the wall clock; hours and minutes in elapsed time. */
export function earlier({ zone, utcMs, localMs }: Moment, { count, unit }: Interval, times: number): Moment {
  if (unit === 'hour' || unit === 'minute') return momentAt(zone, addLocal(utcMs, -count * times, unit))
  const local = addLocal(localMs, -count * times, unit)
  return { zone, utcMs: utcMsOf(zone, local), localMs: local }
}

export function windowBetween(start: Moment | null, end: Moment): ResolvedWindow {
  return { startUtcMs: start?.utcMs ?? null, endUtcMs: end.utcMs, startLocalMs: start?.localMs ?? null, endLocalMs: end.localMs }
}

/** From the earliest start to the latest end. */
export function windowAround(windows: readonly ResolvedWindow[]): ResolvedWindow {
  const bound = (values: readonly (number | null)[], extreme: (...bounds: readonly number[]) => number): number | null => {
    const closed = values.filter((value) => value !== null)
    return closed.length < values.length || closed.length === 0 ? null : extreme(...closed)
  }
  return {
    startUtcMs: bound(windows.map(({ startUtcMs }) => startUtcMs), Math.min),
    startLocalMs: bound(windows.map(({ startLocalMs }) => startLocalMs), Math.min),
    endUtcMs: bound(windows.map(({ endUtcMs }) => endUtcMs), Math.max),
    endLocalMs: bound(windows.map(({ endLocalMs }) => endLocalMs), Math.max),
  }
}
