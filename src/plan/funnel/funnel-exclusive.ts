import type { Scalar } from '../../base/scalar.ts'
import type { Atom, Predicate } from '../../model/predicate.ts'
import type { DimensionKind } from '../../model/types.ts'

/**
 * Whether surely no row passes both filters: both want one dimension to be one of some values, and share none. False where it is not
 * certain, also for values that a database may take as equal though they are written differently.
 */
export function excludeEachOther(one: Predicate, other: Predicate, kindOf: (dimension: string) => DimensionKind): boolean {
  const others = listsOf(other)
  return listsOf(one).some((a) =>
    others.some((b) => {
      if (a.dimension !== b.dimension) return false
      const kind = kindOf(a.dimension)
      const ids = [a, b].map(({ values }) => values.map((value) => idOf(value, kind)))
      const [left = [], right = []] = ids
      return !left.includes(null) && !right.includes(null) && !left.some((id) => right.includes(id))
    }),
  )
}

interface ValueList {
  readonly dimension: string
  readonly values: readonly Scalar[]
}

/** What each row that passes fulfils. */
function listsOf(filter: Predicate): readonly ValueList[] {
  const atoms = filter.kind === 'and' ? filter.of : [filter]
  return atoms.filter((part): part is Atom => part.kind === 'atom').flatMap(({ dimension, test }) => (test.op === 'in' ? [{ dimension, values: test.values }] : []))
}

/** Values of different ids differ in any database, whatever its collation; null where that is not known. */
function idOf(value: Scalar, kind: DimensionKind): string | null {
  if (kind === 'boolean' && typeof value === 'boolean') return String(value)
  if (kind === 'integer' && typeof value === 'number') return String(value)
  if (kind !== 'text' || typeof value !== 'string') return null
  return value.normalize('NFKD').replaceAll(/\p{M}/gu, '').toLowerCase().trim()
}
