import { ALL, and, predicateText } from '../../model/predicate.ts'
import type { Predicate } from '../../model/predicate.ts'
import type { AnyRead } from '../read.ts'

/** What the slices of a scan have in common: `p = shared AND rest` for each, so that `shared` is tested once a row and tells nothing apart. */
export interface SharedTests<R extends AnyRead> {
  readonly shared: Predicate
  /** The reads in their order, with what is left of their predicates. */
  readonly rests: readonly R[]
}

export function sharedTests<R extends AnyRead>(reads: readonly R[]): SharedTests<R> {
  const [first, ...others] = new Map(reads.map(({ predicate }) => [predicateText(predicate), predicate])).values()
  if (first === undefined || first.kind === 'all') return { shared: ALL, rests: reads }
  const common = new Map(partsOf(first).map((part) => [predicateText(part), part]))
  for (const other of others) {
    const own = new Set(partsOf(other).map(predicateText))
    for (const id of common.keys()) if (!own.has(id)) common.delete(id)
  }
  if (common.size === 0) return { shared: ALL, rests: reads }
  const rests = new Map<string, Predicate>()
  const restOf = (predicate: Predicate): Predicate => {
    const id = predicateText(predicate)
    let rest = rests.get(id)
    if (rest === undefined) rests.set(id, (rest = and(partsOf(predicate).filter((part) => !common.has(predicateText(part))))))
    return rest
  }
  return { shared: and([...common.values()]), rests: reads.map((read) => ({ ...read, predicate: restOf(read.predicate) })) }
}

function partsOf(predicate: Predicate): readonly Predicate[] {
  return predicate.kind === 'and' ? predicate.of : [predicate]
}
