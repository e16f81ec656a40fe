import type { ActivationTarget } from '../activation-contract.ts'
import { defineActivationConnector } from '../activation-contract.ts'
import { verdictOf } from '../sync-kit/verdict-of.ts'
import { activateLists } from './activate-lists.ts'
import { hubspotActivationOptions } from './activate-options.ts'
import type { HubspotActivationOptions } from './activate-options.ts'
import { activateProperties } from './activate-properties.ts'
import { openClient } from './client.ts'

/** Records of one request (https://developers.hubspot.com/docs/api-reference/2026-03/crm/objects/contacts/guide). */
const BATCH = 100

/** Keeps cohorts as properties of contacts, or as static lists. */
export default defineActivationConnector<HubspotActivationOptions>({
  name: 'hubspot',
  kind: 'activate',
  options: hubspotActivationOptions,
  paths: [],
  secrets: ['accessToken'],
  open(name, options, deps): ActivationTarget {
    const connection = { ...options, searchesPerSecond: 0.1 }
    const client = openClient(connection, deps)
    return {
      name,
      batchSize: BATCH,
      test: () =>
        verdictOf('HubSpot', async (signal) => {
          const once = openClient(connection, deps, 1)
          await once.get(once.paths.properties(options.object), { limit: 1 }, signal)
          return null
        }),
      ...(options.mode === 'list' ? activateLists(client, options) : activateProperties(client, options)),
      close: () => Promise.resolve(),
    }
  },
})
