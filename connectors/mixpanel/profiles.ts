import { FullReadNeeded } from '../sync-contract.ts'
import { refuseLoops } from '../sync-kit/refuse-loops.ts'
import type { EngagePage, MixpanelApi } from './mixpanel-api.ts'

export interface ProfilePage {
  readonly results: EngagePage['results']
  /** Of the next page. */
  readonly page: number
  readonly session: string
  readonly isLast: boolean
}

/**
 * Pages of profiles, of all or of a cohort's, from the page that a cursor names. A page that the tool shows twice is asked for
 * again, and so is one that it numbers otherwise.
 *
 * @throws FullReadNeeded once the session of the pages is not known any more.
 */
export async function* profilePages(api: MixpanelApi, from: { readonly page: number; readonly session: string | null }, cohort: number | null, signal: AbortSignal): AsyncGenerator<ProfilePage> {
  const enter = refuseLoops('Mixpanel')
  let { page, session } = from
  for (;;) {
    enter(page)
    const answer = await api.engage(page, session, cohort, signal)
    if (answer === null) throw new FullReadNeeded('Mixpanel forgot the session of these pages.')
    if (answer.page !== page) continue
    page++
    session = answer.session_id
    const isLast = answer.results.length < answer.page_size
    yield { results: answer.results, page, session, isLast }
    if (isLast) return
  }
}
