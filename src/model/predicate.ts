import type { Scalar } from '../base/scalar.ts'
import { stableHash, stableText } from '../base/stable-hash.ts'
import { listVersion } from './list-version.ts'
import type { Activity, Membership } from './types.ts'

export type { Scalar } from '../base/scalar.ts'

/**
 * Which rows a slice keeps. Logic is two-valued: a test on a null is false and `not` is a true complement, so that a slice and
 * its negation add up to the whole. Texts written as SQL in the model are translated on loading so that they keep SQL's
 * three-valued meaning (see filter-language.ts).
 */
export type Predicate =
  | { readonly kind: 'all' }
  | { readonly kind: 'none' }
  | { readonly kind: 'and'; readonly of: readonly Predicate[] }
  | { readonly kind: 'or'; readonly of: readonly Predicate[] }
  | { readonly kind: 'not'; readonly of: Predicate }
  | { readonly kind: 'cohort'; readonly cohort: string }
  /** Who belongs by what they did, or by a list; resolved for a moment before planning. */
  | { readonly kind: 'member'; readonly of: Membership }
  | Atom

/** One test of one dimension, by the dimension's public name. */
export interface Atom {
  readonly kind: 'atom'
  readonly dimension: string
  readonly test: Test
}

export interface Bound {
  readonly value: Scalar
  readonly inclusive: boolean
}

export type Test =
  | { readonly op: 'isNull' }
  /** Empty list: no row. */
  | { readonly op: 'in'; readonly values: readonly Scalar[]; readonly caseInsensitive: boolean }
  | { readonly op: 'range'; readonly from: Bound | null; readonly to: Bound | null }
  | { readonly op: 'contains' | 'startsWith' | 'endsWith'; readonly text: string; readonly caseInsensitive: boolean }

export const ALL: Predicate = { kind: 'all' }
export const NONE: Predicate = { kind: 'none' }

/** Flattens and drops what changes nothing; `and` of nothing is everything. */
export function and(parts: readonly Predicate[]): Predicate {
  const of: Predicate[] = []
  for (const part of parts) {
    if (part.kind === 'none') return NONE
    if (part.kind === 'and') of.push(...part.of)
    else if (part.kind !== 'all') of.push(part)
  }
  return of.length === 0 ? ALL : of.length === 1 ? (of[0] as Predicate) : { kind: 'and', of }
}

/** Flattens and drops what changes nothing; `or` of nothing is nothing. */
export function or(parts: readonly Predicate[]): Predicate {
  const of: Predicate[] = []
  for (const part of parts) {
    if (part.kind === 'all') return ALL
    if (part.kind === 'or') of.push(...part.of)
    else if (part.kind !== 'none') of.push(part)
  }
  return of.length === 0 ? NONE : of.length === 1 ? (of[0] as Predicate) : { kind: 'or', of }
}

export function not(part: Predicate): Predicate {
  if (part.kind === 'all') return NONE
  if (part.kind === 'none') return ALL
  if (part.kind === 'not') return part.of
  return { kind: 'not', of: part }
}

/** Every dimension the predicate tests, without those inside cohorts it names. */
export function dimensionsOf(predicate: Predicate): ReadonlySet<string> {
  const found = new Set<string>()
  const visit = (node: Predicate): void => {
    if (node.kind === 'atom') found.add(node.dimension)
    else if (node.kind === 'not') visit(node.of)
    else if (node.kind === 'and' || node.kind === 'or') node.of.forEach(visit)
  }
  visit(predicate)
  return found
}

/** The same rows with what is certain worked out: tests of an empty list, and `all` or `none` inside other parts. */
export function simplify(predicate: Predicate): Predicate {
  switch (predicate.kind) {
    case 'and':
      return and(predicate.of.map(simplify))
    case 'or':
      return or(predicate.of.map(simplify))
    case 'not':
      return not(simplify(predicate.of))
    case 'atom':
      return predicate.test.op === 'in' && predicate.test.values.length === 0 ? NONE : predicate
    default:
      return predicate
  }
}

const texts = new WeakMap<Predicate, string>()

/** Equal predicates have equal text. Remembered by object, since one slice is asked for many metrics. A list of keys is told by its version. */
export function predicateText(predicate: Predicate): string {
  let text = texts.get(predicate)
  if (text === undefined) texts.set(predicate, (text = writtenOut(predicate)))
  return text
}

function writtenOut(predicate: Predicate): string {
  switch (predicate.kind) {
    case 'and':
    case 'or':
      return `${predicate.kind}(${predicate.of.map(predicateText).join(',')})`
    case 'not':
      return `not(${predicateText(predicate.of)})`
    case 'member':
      return membershipText(predicate.of)
    default:
      return stableText(predicate)
  }
}

// What is inside stands by its hash: quoted at every level, a text would double with each.
function membershipText(of: Membership): string {
  const within = (filter: Predicate): string => stableHash(predicateText(filter))
  const activity = (one: Activity): unknown => ({ ...one, filter: within(one.filter) })
  switch (of.kind) {
    case 'list':
      return `list(${stableText([of.entity, listVersion(of)])})`
    case 'members':
      return `member(${stableText({ ...of, where: within(of.where) })})`
    case 'sequence':
      return `member(${stableText({ ...of, steps: of.steps.map(activity) })})`
    default:
      return `member(${stableText({ ...of, activity: activity(of.activity) })})`
  }
}
