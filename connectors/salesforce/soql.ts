import { KpiqlError } from '../../src/base/errors.ts'
import type { Place } from './cursor.ts'

/** An address and its headers together may have 16,384 bytes; tokens take up to 2,000 of them, and conditions some hundred. */
const MOST_FIELDS_BYTES = 12_000

export interface Asked {
  readonly fields: readonly string[]
  readonly object: string
  /** The field that orders and bounds: `SystemModstamp`, or `CreatedDate` where records never change. */
  readonly stamp: string
  readonly where: readonly string[]
  readonly direction: 'ASC' | 'DESC'
  readonly limit: number
}

export function soqlOf({ fields, object, stamp, where, direction, limit }: Asked): string {
  const conditions = where.length === 0 ? '' : ` WHERE ${where.join(' AND ')}`
  return `SELECT ${fields.join(',')} FROM ${object}${conditions} ORDER BY ${stamp} ${direction}, Id ${direction} LIMIT ${limit}`
}

/** What lies beyond a place in the order by instant and id; with `isIncluded` the place itself too. */
export function beyond(stamp: string, { stamp: at, id }: Place, direction: 'ASC' | 'DESC', isIncluded = false): string {
  const sign = direction === 'ASC' ? '>' : '<'
  return `((${stamp} = ${literal(at)} AND Id ${sign}${isIncluded ? '=' : ''} '${idOf(id)}') OR ${stamp} ${sign} ${literal(at)})`
}

export function bound(stamp: string, sign: '>=' | '<=', utcMs: number): string {
  return `${stamp} ${sign} ${new Date(utcMs).toISOString()}`
}

/** Lists of fields that fit an address each; every one begins with `always`. */
export function chunkFields(fields: readonly string[], always: readonly string[]): readonly (readonly string[])[] {
  const bytesOf = (field: string): number => encodeURIComponent(field).length + '%2C'.length
  const chunks: string[][] = [[...always]]
  let bytes = 0
  for (const field of fields) {
    if (always.includes(field)) continue
    bytes += bytesOf(field)
    if (bytes > MOST_FIELDS_BYTES) {
      chunks.push([...always])
      bytes = bytesOf(field)
    }
    chunks.at(-1)?.push(field)
  }
  return chunks
}

/** Records whose field is one of the ids. */
export function idIn(field: string, ids: readonly string[]): string {
  return `${field} IN (${ids.map((id) => `'${idOf(id)}'`).join(',')})`
}

/** Both come from Salesforce's own answers; nothing else may reach a query. */
function literal(stamp: string): string {
  const ms = Date.parse(stamp)
  if (!Number.isFinite(ms)) throw new KpiqlError('SOURCE_FAILED', { message: 'Salesforce gave a record without the instant of its modification.' })
  return new Date(ms).toISOString()
}

function idOf(id: string): string {
  if (!/^[A-Za-z0-9]{15,18}$/.test(id)) throw new KpiqlError('SOURCE_FAILED', { message: 'Salesforce gave a record without a valid id.' })
  return id
}
