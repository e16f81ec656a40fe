import { FullReadNeeded } from '../sync-contract.ts'
import { refuseLoops } from '../sync-kit/refuse-loops.ts'
import type { EngagePage, MixpanelApi } from './mixpanel-api.ts'

export interface ProfilePage {
  readonly results: EngagePage['results']
  /** The number of the next page, and the session of all. */
  readonly page: number
  readonly token: string
  readonly isLast: boolean
}

/**
 * Pages of profiles, of all or of a cohort's, from the page that a cursor names. A page that the tool shows twice is asked for
 * again, and so is one that it numbers otherwise.
 *
 * @throws FullReadNeeded once the session of the pages is not known any more.
 */
export async function* profilePages(api: MixpanelApi, from: { readonly page: number; readonly token: string | null }, cohort: number | null, signal: AbortSignal): AsyncGenerator<ProfilePage> {
  const enter = refuseLoops('Mixpanel')
  let { page, token } = from
  for (;;) {
    enter(page)
    const answer = await api.engage(page, token, cohort, signal)
    if (answer === null) throw new FullReadNeeded('Mixpanel forgot the session of these pages.')
    if (answer.page !== page) continue
    page++
    token = answer.session_id
    const isLast = answer.results.length < answer.page_size
    yield { results: answer.results, page, token, isLast }
    if (isLast) return
  }
}
