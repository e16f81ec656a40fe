import { utcMsOfEpochSeconds } from '../../src/base/instants.ts'
import { currencyExponent, majorUnits } from '../sync-kit/minor-units.ts'

/** An object of Stripe as JSON, in the shape of whatever version of the API answered. */
export type StripeObject = Readonly<Record<string, unknown>>

export function objectOf(value: unknown): StripeObject | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as StripeObject) : null
}

/** What stands at the end of a path of names; undefined where it breaks off. */
export function at(value: unknown, ...path: readonly string[]): unknown {
  return path.reduce<unknown>((inner, name) => objectOf(inner)?.[name], value)
}

export function textOf(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null
}

export function numberOf(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) ? value : null
}

/** A reference, expanded or not. */
export function idOf(value: unknown): string | null {
  return textOf(value) ?? textOf(at(value, 'id'))
}

/** Elements of a list, or of a list object `{ object: 'list', data }`. */
export function listOf(value: unknown): readonly unknown[] {
  const list = Array.isArray(value) ? value : at(value, 'data')
  return Array.isArray(list) ? (list as readonly unknown[]) : []
}

export function objectsOf(value: unknown): readonly StripeObject[] {
  return listOf(value).map(objectOf).filter((one) => one !== null)
}

/** UTC ms of Stripe's seconds. */
export function instant(value: unknown): number | null {
  return utcMsOfEpochSeconds(value)
}

/**
 * Where Stripe's smallest unit is another than that of ISO 4217. UGX and ISK have no decimals and are still written with two; so are
 * HUF and TWD, without decimals in payouts only. https://docs.stripe.com/currencies#special-cases and #zero-decimal (MGA).
 */
const OWN_EXPONENTS = { ISK: 2, UGX: 2, HUF: 2, TWD: 2, MGA: 0 }

export function exponentOf(currency: unknown): number | null {
  return currencyExponent(currency, OWN_EXPONENTS)
}

/** `usd` is USD, as the rest of the gateway writes currencies. */
export function currencyOf(value: unknown): string | null {
  return textOf(value)?.toUpperCase() ?? null
}

/** An amount in the currency's major unit, exact; null where the currency is none that is known. */
export function major(minor: unknown, currency: unknown): string | null {
  return majorUnits(minor, exponentOf(currency))
}

/** What an invoice, an invoice item or a line belongs to: before 2025-03-31 (basil) `subscription`, since then within `parent`. */
export function subscriptionOf(value: StripeObject): string | null {
  const { parent } = value
  return (
    idOf(value['subscription']) ??
    idOf(at(parent, 'subscription_details', 'subscription')) ??
    idOf(at(parent, 'subscription_item_details', 'subscription')) ??
    idOf(at(parent, 'invoice_item_details', 'subscription'))
  )
}
