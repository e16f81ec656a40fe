import { z } from 'zod'
import { secretsOf } from '../sql-kit/options.ts'
import { verdictOf } from '../sync-kit/verdict-of.ts'
import { defineSyncConnector } from '../sync-contract.ts'
import type { SyncDeps, Stream } from '../sync-contract.ts'
import { contactTables, contactWrites } from './contacts.ts'
import { partTables, partWrites } from './conversation-parts.ts'
import { conversationTables, conversationWrites } from './conversations.ts'
import { LISTS } from './directory.ts'
import { IntercomApi } from './intercom-api.ts'
import { companyStream, listStream } from './list-stream.ts'
import { intercomOptions, intercomShape } from './options.ts'
import type { IntercomOptions } from './options.ts'
import { receiver } from './receiver.ts'
import { searchStream } from './search-stream.ts'
import { ticketTables, ticketWrites } from './tickets.ts'

const MINUTE_MS = 60_000
const AT_ONCE = 3
/** The most that searches give: https://developers.intercom.com/docs/build-an-integration/learn-more/rest-apis/pagination */
const PER_PAGE = 150
/** Each is read with up to 500 parts, which are held together. */
const CONVERSATIONS_WITH_PARTS = 40

export default defineSyncConnector<IntercomOptions>({
  name: 'intercom',
  kind: 'sync',
  options: intercomOptions,
  paths: [],
  secrets: secretsOf(z.object(intercomShape)),
  open(name, options, deps) {
    const api = new IntercomApi(options, deps)
    return {
      name,
      maxConcurrent: AT_ONCE,
      test: () =>
        verdictOf('Intercom', async (signal) => {
          const workspace = await api.workspace(signal)
          return workspace === null ? null : `workspace ${workspace}.`
        }),
      streams: () => Promise.resolve(streamsOf(api, options, deps)),
      receiver: options.clientSecret === undefined ? undefined : receiver(options.clientSecret),
      close: () => Promise.resolve(),
    }
  },
})

function streamsOf(api: IntercomApi, { lookbackMinutes, rereadContactsDays, companiesEveryHours, conversationParts }: IntercomOptions, deps: SyncDeps): readonly Stream[] {
  const common = { byDay: false, rereadDays: 0, lookbackMs: lookbackMinutes * MINUTE_MS, perPage: PER_PAGE, showsAll: true, isEvent: false }
  const parts = searchStream(
    {
      ...common,
      name: 'conversation_parts',
      path: '/conversations/search',
      tables: partTables,
      perPage: CONVERSATIONS_WITH_PARTS,
      // Parts beyond the latest 500 are shown no more, and stay.
      showsAll: false,
      isEvent: true,
      writesOf: async (found, signal) => {
        const conversations = await Promise.all(found.map(({ id }) => api.conversation(String(id), signal)))
        return partWrites(conversations.filter((conversation) => conversation !== null))
      },
    },
    api,
    deps,
  )
  return [
    searchStream({ ...common, name: 'conversations', path: '/conversations/search', tables: conversationTables, writesOf: conversationWrites }, api, deps),
    searchStream({ ...common, name: 'tickets', path: '/tickets/search', tables: ticketTables, writesOf: ticketWrites }, api, deps),
    searchStream({ ...common, name: 'contacts', path: '/contacts/search', tables: contactTables, byDay: true, rereadDays: rereadContactsDays, writesOf: contactWrites }, api, deps),
    companyStream(api, companiesEveryHours, deps),
    ...LISTS.map((list) => listStream(list, api)),
    ...(conversationParts ? [parts] : []),
  ]
}
