import { stableHash } from '../base/stable-hash.ts'
import type { Provenance } from './types.ts'

/** What several answers together stand on: as old as the oldest of them, stale where any is; as of now where there are none. */
export function joinProvenance(all: readonly Provenance[], nowUtcMs: number): Provenance {
  return {
    asOfUtcMs: all.length === 0 ? nowUtcMs : Math.min(...all.map(({ asOfUtcMs }) => asOfUtcMs)),
    stale: all.some(({ stale }) => stale),
    dataVersions: Object.assign({}, ...all.map(({ dataVersions }) => dataVersions)) as Provenance['dataVersions'],
  }
}

/** The version that a cursor remembers: another one whenever a source that was read has other data. */
export function versionOf({ dataVersions }: Provenance): string {
  return stableHash(dataVersions)
}
