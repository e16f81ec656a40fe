import type { StripeApi } from './api.ts'
import { idOf } from './record.ts'
import type { StripeObject } from './record.ts'

/**
 * Prorations that wait for an invoice (`proration_behavior: create_prorations`, Stripe's default), by customer.
 *
 * @param isWhole asks once for those of all customers, for readings that come to all of them; else customer by customer.
 */
export function pendingOf(api: StripeApi, isWhole: boolean): (customer: string | null) => Promise<readonly StripeObject[]> {
  let all: Promise<ReadonlyMap<string | null, readonly StripeObject[]>> | null = null
  const ask = async (query: Readonly<Record<string, string>>): Promise<readonly StripeObject[]> => (await api.all('/v1/invoiceitems', { ...query, pending: true })).filter(({ proration }) => proration === true)
  return async (customer) => {
    if (customer === null) return []
    if (!isWhole) return ask({ customer })
    all ??= ask({}).then((found) => Map.groupBy(found, (one) => idOf(one['customer'])))
    return (await all).get(customer) ?? []
  }
}
