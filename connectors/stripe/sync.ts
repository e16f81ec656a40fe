import { HttpClient } from '../http-kit/http-client.ts'
import { secretsOf } from '../sql-kit/options.ts'
import { defineSyncConnector } from '../sync-contract.ts'
import { verdictOf } from '../sync-kit/verdict-of.ts'
import { StripeApi } from './api.ts'
import { balanceTransactions, payouts } from './balance.ts'
import { customers } from './customers.ts'
import { invoices } from './invoices.ts'
import { objectStream } from './object-stream.ts'
import { stripeOptions } from './options.ts'
import type { StripeOptions } from './options.ts'
import { charges, creditNotes, disputes, refunds } from './payments.ts'
import { coupons, prices, products } from './products.ts'
import { at, textOf } from './record.ts'
import { subscriptions } from './subscriptions.ts'

const KINDS = [subscriptions, customers, products, prices, coupons, invoices, charges, refunds, disputes, creditNotes, balanceTransactions, payouts]
const MAX_STREAMS = 4
const ATTEMPTS = 8

export default defineSyncConnector<StripeOptions>({
  name: 'stripe',
  kind: 'sync',
  options: stripeOptions,
  paths: [],
  secrets: secretsOf(stripeOptions),
  open(name, options, deps) {
    const { baseUrl, requestsPerSecond, maxConcurrent, timeoutMs } = options
    const http = new HttpClient({ tool: 'Stripe', baseUrl, headers: () => ({}), deps, maxConcurrent, spacingMs: 1_000 / requestsPerSecond, timeoutMs, attempts: ATTEMPTS, passing: [409] })
    const openApi = (signal: AbortSignal): StripeApi => new StripeApi(options, http, signal)
    return {
      name,
      maxConcurrent: MAX_STREAMS,
      test: () =>
        verdictOf('Stripe', async (signal) => {
          const { objects } = (await openApi(signal).page('/v1/subscriptions', { limit: 1, status: 'all' }, null)) ?? { objects: [] }
          const [first] = objects
          return first === undefined ? 'the key may read subscriptions; there are none yet' : `the key may read subscriptions${at(first, 'livemode') === false ? ' of the sandbox' : ''}${textOf(options.account) === null ? '' : ` of ${options.account}`}`
        }),
      streams: () => Promise.resolve(KINDS.map((kind) => objectStream(kind, openApi, options))),
      close: () => Promise.resolve(),
    }
  },
})
