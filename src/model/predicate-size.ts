import { KpiqlError } from '../base/errors.ts'
import type { Predicate } from './predicate.ts'
import type { Activity, Membership } from './types.ts'

/** How large a predicate is with all inside written out, however often a part occurs. */
export interface PredicateSize {
  /** Tests, values compared with, memberships and the joints between them. */
  readonly parts: number
  /** Keys of lists. */
  readonly keys: number
  /** Memberships inside memberships; 0 where there is none. */
  readonly depth: number
}

const LEAF: PredicateSize = { parts: 1, keys: 0, depth: 0 }
const sizes = new WeakMap<Predicate, PredicateSize>()

/**
 * Takes time linear in the different objects, remembered by each: a part that occurs a million times is measured once.
 *
 * @throws KpiqlError `PLAN_BROKEN` for what is no predicate.
 */
export function predicateSize(predicate: Predicate): PredicateSize {
  let size = sizes.get(predicate)
  if (size === undefined) sizes.set(predicate, (size = measured(predicate)))
  return size
}

function measured(predicate: Predicate): PredicateSize {
  switch (predicate.kind) {
    case 'all':
    case 'none':
    case 'cohort':
      return LEAF
    case 'and':
    case 'or':
      return around(predicate.of.map(predicateSize))
    case 'not':
      return around([predicateSize(predicate.of)])
    case 'atom':
      return { ...LEAF, parts: predicate.test.op === 'in' ? Math.max(1, predicate.test.values.length) : 1 }
    case 'member': {
      const { parts, keys, depth } = around(filtersOf(predicate.of).map(predicateSize))
      return { parts, keys: keys + (predicate.of.kind === 'list' ? predicate.of.ids.length : 0), depth: depth + 1 }
    }
    default:
      throw new KpiqlError('PLAN_BROKEN', { message: 'A predicate is of a kind that is not known.' })
  }
}

function around(inner: readonly PredicateSize[]): PredicateSize {
  return inner.reduce((sum, { parts, keys, depth }) => ({ parts: sum.parts + parts, keys: sum.keys + keys, depth: Math.max(sum.depth, depth) }), LEAF)
}

function filtersOf(of: Membership): readonly Predicate[] {
  const filter = (activity: Activity): Predicate => activity.filter
  switch (of.kind) {
    case 'list':
      return []
    case 'members':
      return [of.where]
    case 'sequence':
      return of.steps.map(filter)
    case 'behavior':
    case 'acquired':
    case 'lifecycle':
      return [of.activity.filter]
    default:
      throw new KpiqlError('PLAN_BROKEN', { message: 'A membership is of a kind that is not known.' })
  }
}
