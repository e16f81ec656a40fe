import { KpiqlError } from '../../src/base/errors.ts'
import type { ChangeOutcome } from '../activation-contract.ts'

/** Refusals of single items, with none taken, after which the whole is taken for refused. */
const MOST_IN_VAIN = 5

/**
 * Sends items to a tool that refuses a whole request for one bad item: what is refused is halved until the bad ones are found.
 *
 * @param send one outcome an item, in order; throws where the request as a whole is refused.
 * @param isRefusal whether that error is about the items, and not about the tool, its limits or the credentials.
 * @throws whatever `send` throws that is no refusal; the last refusal where none of the first items was taken.
 */
export async function findRefused<Item>(items: readonly Item[], send: (items: readonly Item[]) => Promise<readonly ChangeOutcome[]>, isRefusal: (error: KpiqlError) => boolean): Promise<readonly ChangeOutcome[]> {
  let [taken, inVain] = [0, 0]
  const attempt = async (part: readonly Item[]): Promise<readonly ChangeOutcome[]> => {
    try {
      const outcomes = await send(part)
      taken += outcomes.filter(({ ok }) => ok).length
      return outcomes
    } catch (error) {
      if (!(error instanceof KpiqlError) || !isRefusal(error)) throw error
      if (part.length > 1) {
        const middle = Math.ceil(part.length / 2)
        return [...(await attempt(part.slice(0, middle))), ...(await attempt(part.slice(middle)))]
      }
      if (taken === 0 && ++inVain >= MOST_IN_VAIN) throw error
      return [{ ok: false, reason: error.message }]
    }
  }
  return items.length === 0 ? [] : attempt(items)
}
