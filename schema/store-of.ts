import { KpiqlError } from '../src/base/errors.ts'
import { constantCurrency } from '../src/model/currency.ts'
import type { Model } from '../src/model/types.ts'
import type { Store } from '../src/store/open-store.ts'
import type { KpiqlContext } from './context.ts'

/** @throws KpiqlError `NOT_SUPPORTED` where the gateway keeps nothing, `STORE_UNAVAILABLE`, `STORE_INVALID`. */
export function storeOf({ store }: KpiqlContext): Promise<Store> {
  if (store !== undefined) return store.open()
  throw new KpiqlError('NOT_SUPPORTED', { message: 'This gateway keeps nothing.', hint: 'Ask one that was started with `kpiql serve`.' })
}

/** The currency of all money of a model, where there is one only. */
export function currencyOf(model: Model): string | null {
  const codes = new Set([...model.metrics.values()].flatMap((metric) => constantCurrency(metric) ?? []))
  const [only] = codes
  return codes.size === 1 && only !== undefined ? only : null
}
