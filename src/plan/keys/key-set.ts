import type { IntegerKeys } from './integer-keys.ts'
import type { TextKeys } from './text-keys.ts'

/**
 * The very keys that a distinct count counts: different users of two days are those of both together. They are personal data: in
 * memory only, within the bounds of the cache, and written nowhere.
 */
export type KeySet = IntegerKeys | TextKeys
export type KeyKind = KeySet['kind']

/** @throws TypeError for keys of two kinds. */
export function unionOf(a: KeySet, b: KeySet): KeySet {
  if (a.kind === 'integer' && b.kind === 'integer') return a.with(b)
  if (a.kind === 'text' && b.kind === 'text') return a.with(b)
  throw notAlike()
}

/** How many keys two sets have together, without putting them together. @throws TypeError for keys of two kinds. */
export function sizeOfUnion(a: KeySet, b: KeySet): number {
  const [less, more] = a.size < b.size ? [a, b] : [b, a]
  if (less.kind === 'integer' && more.kind === 'integer') return more.size + less.beyond(more)
  if (less.kind === 'text' && more.kind === 'text') return more.size + less.beyond(more)
  throw notAlike()
}

function notAlike(): TypeError {
  return new TypeError('Keys of two kinds have no union.')
}
