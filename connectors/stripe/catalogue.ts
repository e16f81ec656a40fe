import type { StripeApi } from './api.ts'
import { idOf, listOf, objectOf, textOf } from './record.ts'
import type { StripeObject } from './record.ts'

const MOST = 10_000

/** Prices, coupons and invoice items that others name by id, each asked for once in a reading. */
export class Catalogue {
  readonly #api: StripeApi
  readonly #found = new Map<string, Promise<StripeObject | null>>()

  constructor(api: StripeApi) {
    this.#api = api
  }

  /** With its tiers. @param value an id, or the object as something else embeds it. Null for none, and for one that is no more. */
  async price(value: unknown, currency: string): Promise<StripeObject | null> {
    const inline = objectOf(value)
    // Plans were what prices are called since 2020, and are priced without an object of prices.
    const isWhole = inline !== null && inline['currency'] === currency && (inline['billing_scheme'] !== 'tiered' || listOf(inline['tiers']).length > 0)
    if (inline !== null && (isWhole || textOf(inline['object']) === 'plan')) return inline
    const id = idOf(value)
    return id === null ? null : ((await this.#find(`/v1/prices/${encodeURIComponent(id)}`, ['tiers', 'currency_options'])) ?? inline)
  }

  /** With the products that it is limited to. Null for one that is no more, unless it is embedded. */
  async coupon(value: unknown): Promise<StripeObject | null> {
    const inline = objectOf(value)
    const id = idOf(value)
    return (id === null ? null : await this.#find(`/v1/coupons/${encodeURIComponent(id)}`, ['applies_to'])) ?? (inline?.['duration'] === undefined ? null : inline)
  }

  invoiceItem(id: string): Promise<StripeObject | null> {
    return this.#find(`/v1/invoiceitems/${encodeURIComponent(id)}`)
  }

  #find(path: string, expand?: readonly string[]): Promise<StripeObject | null> {
    let found = this.#found.get(path)
    if (found === undefined) {
      if (this.#found.size >= MOST) this.#found.clear()
      found = this.#api.find(path, expand === undefined ? {} : { expand })
      this.#found.set(path, found)
      found.catch(() => this.#found.delete(path))
    }
    return found
  }
}
