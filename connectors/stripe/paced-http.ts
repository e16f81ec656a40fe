import type { Stripe } from 'stripe'
import { KpiqlError } from '../../src/base/errors.ts'
import type { HttpClient } from '../http-kit/http-client.ts'
import { objectOf } from './record.ts'

type StripeHttp = NonNullable<NonNullable<ConstructorParameters<typeof Stripe>[1]>['httpClient']>
type StripeAnswer = Awaited<ReturnType<StripeHttp['makeRequest']>>

/** Refusals that Stripe's client makes errors of; the rest, and all repetitions, are the gateway's. */
const ANSWERS = [400, 402, 403, 404]

/** Lets Stripe's client ask through ours, which keeps the pace, the patience and the signal. */
export function pacedHttp(http: HttpClient, signal: AbortSignal): StripeHttp {
  return {
    getClientName: () => 'kpiql',
    async makeRequest(_host, _port, path, method, headers): Promise<StripeAnswer> {
      if (method !== 'GET') throw new TypeError('Nothing but reading is asked of Stripe.')
      const sent = Object.fromEntries(Object.entries(headers).flatMap(([name, value]) => (value === undefined || value === null ? [] : [[name.toLowerCase(), String(value)]])))
      const answer = await http.json<unknown>({ path, headers: sent, accept: ANSWERS }, signal)
      // Stripe's client waits for ever for an answer that is none of these.
      if (objectOf(answer.body) === null) throw new KpiqlError('SOURCE_FAILED', { message: `Stripe answered ${path.split('?', 1)[0] ?? path} with something that is no object of its API.`, hint: 'Look whether a proxy answers in its place. What was read before stays.', data: { reason: 'unexpected answer' } })
      return {
        getStatusCode: () => answer.status,
        getHeaders: () => Object.fromEntries(answer.headers),
        getRawResponse: () => ({}),
        toJSON: () => Promise.resolve(answer.body),
        toStream: () => {
          throw new TypeError('Nothing of Stripe is streamed.')
        },
      }
    },
  }
}
