import { HttpClient } from '../http-kit/http-client.ts'
import { defineSyncConnector } from '../sync-contract.ts'
import { verdictOf } from '../sync-kit/verdict-of.ts'
import { credentialsOf } from './auth.ts'
import { failureReader, patienceReader } from './failures.ts'
import type { RestOptions } from './option-types.ts'
import { restOptions } from './options.ts'
import { RestStream } from './stream.ts'

/** Any JSON API, by configuration. */
export default defineSyncConnector<RestOptions>({
  name: 'rest',
  kind: 'sync',
  options: restOptions,
  paths: [],
  secrets: ['auth', 'headers', 'query'],
  open(name, options, deps) {
    const tool = options.title ?? name
    const { limits, baseUrl, query } = options
    const credentials = credentialsOf(tool, options.auth, deps)
    const client = new HttpClient({
      tool,
      baseUrl,
      headers: async (isAfterRefusal, signal) => ({ ...options.headers, ...(await credentials.headers(isAfterRefusal, signal)) }),
      deps,
      maxConcurrent: limits.concurrency,
      spacingMs: 1_000 / limits.requestsPerSecond,
      timeoutMs: limits.timeoutSeconds * 1_000,
      attempts: limits.attempts,
      patience: patienceReader(limits),
      failure: failureReader(options.failures),
      exactNumbers: true,
      secrets: [...credentials.secrets, ...Object.values(query)],
    })
    const streams = options.streams.map((stream) => new RestStream(stream, { tool, client, baseUrl, query, credentials, attempts: limits.attempts }, deps))
    return {
      name,
      maxConcurrent: limits.concurrency,
      test: () =>
        verdictOf(tool, async (signal) => {
          const found: string[] = []
          for (const stream of streams) found.push(`${stream.name} shows ${await stream.probe(deps.now(), signal)} records`)
          return `${found.join(', ')} on the first page.`
        }),
      streams: () => Promise.resolve(streams),
      close: () => Promise.resolve(),
    }
  },
})
