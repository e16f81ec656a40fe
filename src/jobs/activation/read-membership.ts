import { setImmediate as nextTurn } from 'node:timers/promises'
import { KpiqlError } from '../../base/errors.ts'
import { resolvePeriod } from '../../base/period.ts'
import type { Analytics } from '../../answer/types.ts'
import type { ActivationAsk } from '../types.ts'
import { addressOf } from './address-of.ts'
import type { ActivationLimits } from './types.ts'

/** Who belongs to a cohort now, by what a tool knows them by. */
export interface Membership {
  readonly asOfUtcMs: number
  readonly members: number
  readonly unaddressed: number
  /** Each once. */
  readonly addresses: ReadonlySet<string>
}

/** How often a membership that changes while its pages are read is read again. */
const READINGS = 3
/** Small enough that the process keeps answering between two of them. */
const MEMBERS_A_TURN = 5000

/**
 * Lists the members of a cohort as of now, page by page, from one state of the data.
 *
 * @param identify a dimension of the entity; null for its key.
 * @throws KpiqlError `ACTIVATION_INVALID` for more members than may be sent, `SOURCE_BUSY` where the data changed during every reading, and whatever the question throws.
 */
export async function readMembership(analytics: Analytics, cohort: ActivationAsk['cohort'], identify: string | null, limits: ActivationLimits, signal: AbortSignal): Promise<Membership> {
  for (let reading = 0; reading < READINGS; reading++) {
    const found = await readOnce(analytics, cohort, identify, limits, signal)
    if (found !== null) return found
  }
  throw new KpiqlError('SOURCE_BUSY', { message: `The data changed each of ${READINGS} times while the members of "${cohort.name}" were read.`, hint: 'Send the cohort while nothing is loaded.' })
}

/** Null where the data changed between two pages. */
async function readOnce(analytics: Analytics, { name, entity, predicate }: ActivationAsk['cohort'], identify: string | null, limits: ActivationLimits, signal: AbortSignal): Promise<Membership | null> {
  const addresses = new Set<string>()
  let [members, unaddressed] = [0, 0]
  const asOfUtcMs = analytics.nowUtcMs()
  const period = resolvePeriod({ last: { count: 1, unit: 'day', includeCurrent: true } }, { zone: 'UTC', nowUtcMs: asOfUtcMs, calendar: { weekStart: 1, fiscalYearStart: 1 } })
  for (let after: string | null = null; ; ) {
    // Each page looks at the data anew, so that its cursor tells when that has moved on.
    const session = analytics.session({ freshness: 'REVALIDATE', signal })
    const page = await session.members({ entity, predicate, period, cohortsAsOf: 'now', first: limits.page, after, attribute: identify })
    if (page.cursorOutdated) return null
    if (page.totalCount > limits.members) throw new KpiqlError('ACTIVATION_INVALID', { message: `The cohort "${name}" has ${page.totalCount} members, and ${limits.members} are the most that are sent.`, hint: 'Narrow the cohort.', data: { limit: limits.members } })
    members += page.ids.length
    for (const [index, id] of page.ids.entries()) {
      const address = addressOf(identify === null ? id : (page.attributes[index] ?? null))
      if (address === null) unaddressed++
      else addresses.add(address)
      if (index % MEMBERS_A_TURN === MEMBERS_A_TURN - 1) await nextTurn()
    }
    after = page.hasNextPage ? page.endCursor : null
    if (after === null) return { asOfUtcMs, members, unaddressed, addresses }
  }
}
