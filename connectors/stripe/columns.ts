import type { SyncColumn, SyncColumnKind, SyncTable } from '../sync-contract.ts'
import { currencyOf, major } from './record.ts'

type Extra = Omit<SyncColumn, 'name' | 'kind'>

export function column(name: string, kind: SyncColumnKind = 'text', extra: Extra = {}): SyncColumn {
  return { name, kind, ...extra }
}

/** Holds what tells of a person. */
export function personal(name: string, kind: SyncColumnKind = 'text'): SyncColumn {
  return { name, kind, personal: true }
}

/** What rows that a customer was billed by tell of whom; the rows are the company's books, and stay. @param tells columns that whoever wrote them may have named the customer in. */
export function ofCustomer(...tells: readonly string[]): Pick<SyncTable, 'refers'> {
  return { refers: [{ column: 'customer_id', tells }] }
}

/** An amount as Stripe has it, in the currency's smallest unit, and in its major unit, which has up to three decimals. */
export function moneyColumns(...names: readonly string[]): readonly SyncColumn[] {
  return names.flatMap((name) => [
    column(`${name}_minor`, 'integer', { description: 'In the smallest unit of the currency, as Stripe counts it.' }),
    column(name, 'decimal', { scale: 3, description: 'In the major unit of the currency; null where the currency is unknown.' }),
  ])
}

/** The values of `moneyColumns`, with the currency beside. */
export function money(currency: unknown, amounts: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const values = Object.entries(amounts).flatMap(([name, minor]) => [[`${name}_minor`, minor], [name, major(minor, currency)]])
  return { currency: currencyOf(currency), ...Object.fromEntries(values) }
}
