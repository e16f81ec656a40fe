import { KpiqlError } from '../../src/base/errors.ts'
import type { Verdict } from '../contract.ts'

const PROBE_MS = 30_000

/**
 * Runs the request by which a connection is tried, and says in a sentence what came of it. Holds no secret, since our errors do not.
 *
 * @param tool as the subject of a sentence, such as `Stripe`.
 * @param probe a small request, within `signal`; returns what else is worth saying, such as the account's name.
 */
export async function verdictOf(tool: string, probe: (signal: AbortSignal) => Promise<string | null>, limitMs: number = PROBE_MS): Promise<Verdict> {
  const signal = AbortSignal.timeout(limitMs)
  try {
    const said = await probe(signal)
    return { ok: true, message: said === null ? `${tool} answers.` : `${tool} answers: ${said}` }
  } catch (error) {
    if (signal.aborted) return { ok: false, message: `${tool} did not answer within ${limitMs / 1000} s. Check the network and the address of the source.` }
    if (!(error instanceof KpiqlError)) return { ok: false, message: `${tool} could not be asked (${error instanceof Error ? error.name : 'unknown failure'}).` }
    return { ok: false, message: error.hint === undefined ? error.message : `${error.message} ${error.hint}` }
  }
}
