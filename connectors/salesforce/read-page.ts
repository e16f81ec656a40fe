import type { SalesforceClient } from './client.ts'
import type { Place } from './cursor.ts'
import type { Described, FieldColumn } from './fields.ts'
import type { SalesforceObject } from './objects.ts'
import { beyond, soqlOf } from './soql.ts'

export type RawRecord = Readonly<Record<string, unknown>> & { readonly Id: string }

export interface ObjectReading {
  readonly object: SalesforceObject
  readonly described: Described
  readonly fields: readonly FieldColumn[]
  /** Lists of fields, each of which fits an address. */
  readonly chunks: readonly (readonly string[])[]
  readonly stamp: string
  /** Whether its records go to the recycle bin first. */
  readonly hasBin: boolean
  readonly client: SalesforceClient
  readonly pageSize: number
}

interface QueryAnswer {
  readonly done: boolean
  readonly records: readonly RawRecord[]
}

export interface Page {
  readonly records: readonly RawRecord[]
  /** Of the last record, also where that itself was left out. */
  readonly last: Place | null
  readonly isLast: boolean
}

/**
 * One page of an object in the order of its instants and ids. Every page is a query of its own, which begins beyond a place:
 * Salesforce's own cursors expire, and pages may be smaller than asked for. Fields that fit no single address are asked for in
 * several queries of the same range; a record that was modified between them is left out, since it is shown again under its new instant.
 * Records in the recycle bin are shown, and archived ones, as tasks of more than a year ago are.
 */
export async function readPage(reading: ObjectReading, where: readonly string[], direction: 'ASC' | 'DESC', signal: AbortSignal): Promise<Page> {
  const { object, stamp, client, pageSize, chunks } = reading
  const query = (fields: readonly string[], conditions: readonly string[]): Promise<QueryAnswer> =>
    client.get('/queryAll', { q: soqlOf({ fields, object: object.name, stamp, where: conditions, direction, limit: pageSize }) }, signal)
  const [first = [], ...others] = chunks
  const answer = await query(first, where)
  const last = placeOf(answer.records.at(-1), stamp)
  const isLast = answer.done && answer.records.length < pageSize
  if (last === null || others.length === 0) return { records: answer.records, last, isLast }

  const whole = new Map(answer.records.map((record) => [record.Id, { record, parts: 1 }]))
  const upTo = beyond(stamp, last, direction === 'ASC' ? 'DESC' : 'ASC', true)
  for (const fields of others) {
    for (let from: Place | null = null; ; ) {
      const { done, records } = await query(fields, [...where, upTo, ...(from === null ? [] : [beyond(stamp, from, direction)])])
      for (const record of records) {
        const begun = whole.get(record.Id)
        if (begun?.record[stamp] === record[stamp] && begun) whole.set(record.Id, { record: { ...begun.record, ...record }, parts: begun.parts + 1 })
      }
      from = placeOf(records.at(-1), stamp)
      if (from === null || (done && records.length < pageSize)) break
    }
  }
  return { records: [...whole.values()].filter(({ parts }) => parts === chunks.length).map(({ record }) => record), last, isLast }
}

function placeOf(record: RawRecord | undefined, stamp: string): Place | null {
  return record === undefined ? null : { stamp: String(record[stamp]), id: record.Id }
}
