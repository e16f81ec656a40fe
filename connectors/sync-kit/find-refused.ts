import { KpiqlError } from '../../src/base/errors.ts'
import type { ChangeOutcome } from '../activation-contract.ts'

/** Single items refused, with none taken, after which the others are not tried one by one. */
const MOST_IN_VAIN = 8

/**
 * Sends items to a tool that refuses a whole request for one bad item: what is refused is halved until the bad ones are found.
 *
 * @param send one outcome an item, in order; throws where the request as a whole is refused.
 * @param isRefusal whether that error is about the items, and not about the tool, its limits or the credentials.
 * @returns One outcome an item, in order. Where eight items from all over were refused and none taken, all that is refused with them shares their reason.
 * @throws whatever `send` throws that is no refusal.
 */
export async function findRefused<Item>(items: readonly Item[], send: (items: readonly Item[]) => Promise<readonly ChangeOutcome[]>, isRefusal: (error: KpiqlError) => boolean): Promise<readonly ChangeOutcome[]> {
  let [taken, inVain] = [0, 0]
  const outcomes = new Map<Item, ChangeOutcome>()
  const attempt = async (part: readonly Item[]): Promise<void> => {
    try {
      const answered = await send(part)
      taken += answered.filter(({ ok }) => ok).length
      part.forEach((item, index) => outcomes.set(item, answered[index] ?? { ok: true }))
    } catch (error) {
      if (!(error instanceof KpiqlError) || !isRefusal(error)) throw error
      if (part.length === 1) inVain++
      if (part.length === 1 || (taken === 0 && inVain >= MOST_IN_VAIN)) {
        for (const item of part) outcomes.set(item, { ok: false, reason: error.message })
        return
      }
      // Every second one, since neighbours in the order of their names are often bad together.
      await attempt(part.filter((_, index) => index % 2 === 0))
      await attempt(part.filter((_, index) => index % 2 === 1))
    }
  }
  if (items.length > 0) await attempt(items)
  return items.map((item) => outcomes.get(item) ?? { ok: true })
}
