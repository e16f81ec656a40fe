import { utcMsOfEpochSeconds } from '../../src/base/instants.ts'
import type { SyncRecord } from '../sync-contract.ts'

/** An object of the API. Its shape is a matter of the version asked for, so nothing is taken for granted. */
export type Item = Readonly<Record<string, unknown>>

export function itemOf(value: unknown): Item {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Item) : {}
}

/** Members of a list of the API: `{ type: 'tag.list', tags: […] }`, or the bare list. */
export function listOf(value: unknown, key: string): readonly Item[] {
  const list = Array.isArray(value) ? value : itemOf(value)[key]
  return Array.isArray(list) ? list.map(itemOf) : []
}

/** Ids come as numbers or as texts; 0 and the empty text stand for none. */
export function idOf(value: unknown): string | null {
  return (typeof value === 'string' || typeof value === 'number') && value !== '' && value !== 0 ? String(value) : null
}

/** Named fields as they are, null where absent. */
export function pick(item: Item, names: readonly string[]): SyncRecord {
  return Object.fromEntries(names.map((name) => [name, item[name] ?? null]))
}

/** Named fields, of whole numbers; a fraction, such as a mean of seconds, is rounded. */
export function pickWhole(item: Item, names: readonly string[]): SyncRecord {
  return Object.fromEntries(names.map((name) => [name, typeof item[name] === 'number' ? Math.round(item[name]) : (item[name] ?? null)]))
}

/** Named fields, of epoch seconds, as UTC ms. */
export function pickTimes(item: Item, names: readonly string[]): SyncRecord {
  return Object.fromEntries(names.map((name) => [name, utcMsOfEpochSeconds(item[name])]))
}

/** What nobody named: fields of newer versions become columns of their own. */
export function others(item: Item, taken: readonly string[]): SyncRecord {
  return Object.fromEntries(Object.entries(item).filter(([name, value]) => name !== 'type' && value !== undefined && !taken.includes(name)))
}
