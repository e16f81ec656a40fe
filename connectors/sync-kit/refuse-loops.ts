import { KpiqlError } from '../../src/base/errors.ts'
import { stableHash } from '../../src/base/stable-hash.ts'
import type { Json } from '../sync-contract.ts'

/** A page that is shown again is asked for again this often: tools under load hand a token out twice, and then go on. */
const REPETITIONS = 2
const SHORT = 24

/**
 * A guard for one walk through pages. Call it with each token before its page is asked for.
 *
 * @param tool names it in the message.
 * @returns A function that throws KpiqlError `SOURCE_UNAVAILABLE` once a token has come more than twice again: pages go in a circle, and
 * ending there would lose what comes after. What was committed stays.
 */
export function refuseLoops(tool: string): (token: Json) => void {
  const seen = new Map<string, number>()
  return (token) => {
    const text = typeof token === 'string' && token.length <= SHORT ? token : stableHash(token)
    const times = seen.get(text) ?? 0
    if (times > REPETITIONS) throw new KpiqlError('SOURCE_UNAVAILABLE', { message: `${tool} shows the same pages again and again.`, hint: 'Nothing was lost: the next sync goes on from the last page that was committed. If it persists, ask the tool’s support.' })
    seen.set(text, times + 1)
  }
}
