import { stableHash } from '../base/stable-hash.ts'
import type { Membership } from './types.ts'

const hashes = new WeakMap<readonly string[], string>()

/** Names the content of a list of keys: its version, or where it has none what its keys hash to. */
export function listVersion({ version, ids }: Membership & { kind: 'list' }): string {
  if (version !== '') return version
  let hash = hashes.get(ids)
  if (hash === undefined) hashes.set(ids, (hash = stableHash(ids)))
  return hash
}
