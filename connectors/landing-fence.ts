import { KpiqlError } from '../src/base/errors.ts'
import type { LandingCommit } from './landing-contract.ts'

/**
 * @param version of the stream as it is kept; 0 where nothing is.
 * @throws KpiqlError `SOURCE_BUSY` where another reading of the stream has committed meanwhile.
 */
export function refuseStale({ source, stream, expects }: LandingCommit, version: number): void {
  if (expects === undefined || expects === version) return
  throw new KpiqlError('SOURCE_BUSY', {
    message: `Another sync of source "${source}" has moved stream "${stream}" on meanwhile: what this one read since its last commit was not landed.`,
    hint: 'The next sync goes on from what was landed. Let one gateway sync a source.',
  })
}
