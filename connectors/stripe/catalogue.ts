import type { StripeApi } from './api.ts'
import { at, idOf, listOf, objectOf, textOf } from './record.ts'
import type { StripeObject } from './record.ts'

const MOST = 10_000
const EXPANDED = ['tiers', 'currency_options']

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
    if (id === null) return null
    const path = `/v1/prices/${encodeURIComponent(id)}`
    const found = await this.#find(path, EXPANDED)
    const isForeign = found !== null && found['currency'] !== currency && found['billing_scheme'] === 'tiered' && at(found, 'currency_options', currency) !== undefined
    // Tiers of another currency are expanded for each by its name.
    return (isForeign ? await this.#find(path, [...EXPANDED, `currency_options.${currency}.tiers`]) : found) ?? inline
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
    const key = [path, ...(expand ?? [])].join(' ')
    let found = this.#found.get(key)
    if (found === undefined) {
      if (this.#found.size >= MOST) this.#found.clear()
      found = this.#api.find(path, expand === undefined ? {} : { expand })
      this.#found.set(key, found)
      found.catch(() => this.#found.delete(key))
    }
    return found
  }
}
