import type { Client } from '@hubspot/api-client'
import { untilAborted } from '../../src/base/until-aborted.ts'
import type { Transport } from '../http-kit/send.ts'

/**
 * HubSpot's own client carries the requests, by its `apiRequest`, which takes any path: its typed methods know `/crm/v3` alone. Its
 * limiter and its repetitions are off, because pace and patience are ours. It takes no signal: whoever stops waiting leaves the
 * request to its end. It is loaded with the first request.
 */
export function carriedByClient(): Transport {
  let client: Promise<Client> | null = null
  return async ({ url, method, headers, body }, signal) => {
    client ??= import('@hubspot/api-client').then((loaded) => new loaded.Client({ numberOfApiCallRetries: 0 }))
    const carrier = await client
    const sent = carrier.apiRequest({ overlapUrl: url.href, method, headers: { ...headers }, defaultJson: false, ...(body === null ? {} : { body }) })
    return untilAborted(sent as Promise<Response>, signal)
  }
}
