import type { Atom, Predicate } from '../../model/predicate.ts'
import { RAW_KINDS, RAW_LIMIT } from './cells.ts'
import type { Facts } from '../facts.ts'
import { orderOf } from '../predicate-sql.ts'
import type { Reach } from '../predicate-sql.ts'
import type { ReachedDimension } from '../relation.ts'
import type { ScanColumn, ScanValue } from '../scan.ts'

/** A column as it stands, each of whose values is all of one slice at most. */
export interface RawValues {
  readonly reached: ReachedDimension
  readonly kind: ScanColumn
  readonly distinct: number
  /** Index of the predicate that a value is all of; null for other values, and for none. */
  predicateOf(value: ScanValue): number | null
}

/**
 * Slices of one value of one dimension each, where the data has few of these: the engine groups by the column itself, so no row is
 * tested. Null where some slice is more than a value, or the values are many or unknown.
 *
 * @param predicates no two of which share a row.
 */
export function rawValues(predicates: readonly Predicate[], reach: Reach, facts: Facts): RawValues | null {
  const atoms = predicates.filter((one): one is Atom => one.kind === 'atom')
  const [first] = atoms
  if (first === undefined || atoms.length < predicates.length || atoms.some(({ dimension }) => dimension !== first.dimension)) return null
  const reached = reach(first.dimension)
  const kind = RAW_KINDS[reached.dimension.kind]
  const distinct = facts.distinct(reached.home, reached.dimension.expr)
  if (kind === undefined || distinct === null || distinct > RAW_LIMIT) return null
  const order = orderOf(reached.dimension)
  const found = new Map<string, number>()
  for (const [index, { test }] of atoms.entries()) {
    if (test.op !== 'in' || test.caseInsensitive) return null
    const ids = new Set(test.values.map(order.id))
    if (ids.size !== 1) return null
    for (const id of ids) found.set(id, index)
  }
  return { reached, kind, distinct, predicateOf: (value) => (value === null || typeof value === 'object' ? null : (found.get(order.id(value)) ?? null)) }
}
