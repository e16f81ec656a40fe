import type { SyncTable, TableWrite } from '../sync-contract.ts'
import type { StripeApi } from './api.ts'
import type { Catalogue } from './catalogue.ts'
import type { Observed } from './observed.ts'
import { at, textOf } from './record.ts'
import type { StripeObject } from './record.ts'

/** What goes with one reading of a stream. */
export interface Reading {
  readonly api: StripeApi
  readonly catalogue: Catalogue
  /** Seconds since 1970. */
  readonly now: number
  /** When an object was last said to have changed, in seconds, by id; empty in a first reading. */
  readonly changedAt: ReadonlyMap<string, number>
  /** Prorations of a customer that wait for the next invoice. */
  pending(customer: string | null): Promise<readonly StripeObject[]>
  observed: Observed
}

/** One kind of Stripe's objects, and the tables that it fills. */
export interface ObjectKind {
  readonly name: string
  /** As objects call it themselves: `customer`. */
  readonly object: string
  readonly path: string
  readonly query?: Readonly<Record<string, string>> | undefined
  /** What is expanded, of the object. At most three levels, since lists add one. */
  readonly expand?: readonly string[] | undefined
  /** The first holds the object itself. */
  readonly tables: readonly SyncTable[]
  /** Whether `sinceUtcMs` cuts: facts are cut, what goes on being true is not. */
  readonly isFact: boolean
  /** At most 20 types, by which changes are followed; null where Stripe has none, and the newest are listed again. */
  readonly events: readonly string[] | null
  /** Ids that an event calls for reading again. Only what it is about is taken from an event, never the object in it. */
  idsOf?(event: StripeObject, api: StripeApi): readonly string[] | Promise<readonly string[]>
  /** Whether an event tells when its object changed, where that matters. */
  tellsChange?(event: StripeObject): boolean
  writes(objects: readonly StripeObject[], reading: Reading): readonly TableWrite[] | Promise<readonly TableWrite[]>
  /** What is to be removed with objects that are no more, besides themselves. */
  alsoRemoved?(ids: readonly string[]): readonly TableWrite[]
}

/** The id of an event's object, where it is of the kind; `invoice.upcoming` has none. */
export function subjectOf(event: StripeObject, object: string): readonly string[] {
  const subject = at(event, 'data', 'object')
  const id = textOf(at(subject, 'id'))
  return id !== null && at(subject, 'object') === object ? [id] : []
}

export function upsert(table: string, records: readonly Readonly<Record<string, unknown>>[]): TableWrite {
  return { kind: 'upsert', table, records }
}

/** Children of parents that were read again. */
export function children(table: string, column: string, parents: readonly string[], records: readonly Readonly<Record<string, unknown>>[]): TableWrite {
  return { kind: 'replace', table, where: { column, values: parents }, records }
}
