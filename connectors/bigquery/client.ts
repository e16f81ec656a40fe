import type { BigQuery, BigQueryOptions as ClientOptions } from '@google-cloud/bigquery'
import { untilAborted } from '../../src/base/until-aborted.ts'
import { loadClient } from '../sql-kit/load-client.ts'
import { readServiceAccount, type BigqueryOptions } from './options.ts'

/** Builds the client; nothing is asked of the network yet. */
export async function openClient(options: BigqueryOptions): Promise<BigQuery> {
  const { BigQuery } = await loadClient('@google-cloud/bigquery', 'bigquery', () => import('@google-cloud/bigquery'))
  const { projectId, location, keyFilename, credentials, accessToken, apiEndpoint } = options
  return new BigQuery({
    projectId,
    userAgent: 'kpiql',
    // By default it goes on for a quarter of a minute where nothing answers at all.
    retryOptions: { autoRetry: true, maxRetries: 2, retryDelayMultiplier: 1, maxRetryDelay: 2 },
    ...(location === undefined ? {} : { location }),
    ...(keyFilename === undefined ? {} : { keyFilename }),
    ...(credentials === undefined ? {} : { credentials: readServiceAccount(credentials) }),
    ...(accessToken === undefined ? {} : { authClient: withToken(accessToken) }),
    ...(apiEndpoint === undefined ? {} : { apiEndpoint }),
  })
}

/** All that the client asks of one who signs its requests. Its own option `token` is not sent to other addresses than Google's. */
function withToken(token: string): NonNullable<ClientOptions['authClient']> {
  const signer = { getRequestHeaders: () => Promise.resolve(new Headers({ authorization: `Bearer ${token}` })) }
  return signer as unknown as NonNullable<ClientOptions['authClient']>
}

export interface Asked {
  readonly method?: 'GET' | 'POST'
  /** Below the project, unless `projectId` names another one. */
  readonly uri: string
  readonly projectId?: string
  readonly qs?: Readonly<Record<string, string | number | boolean | undefined>>
}

/** One request with the client's credentials and retries. Rejects with the signal's reason as soon as it aborts. */
export function ask<T>(client: BigQuery, { method = 'GET', qs = {}, ...rest }: Asked, signal: AbortSignal): Promise<T> {
  const known = Object.fromEntries(Object.entries(qs).filter(([, value]) => value !== undefined))
  const answer = new Promise<T>((resolve, reject) => {
    client.request({ method, qs: known, ...rest }, (error, body) => (error ? reject(error) : resolve(body as T)))
  })
  return untilAborted(answer, signal)
}
