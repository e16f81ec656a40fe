import type { Part, ReadGroup, ReadResult } from '../plan/read.ts'

/**
 * Bytes a result holds on the heap of V8 with pointers of eight bytes: objects have three words of their own, lists six. Measured
 * against the heap: within a quarter for results of every kind.
 */
export function resultBytes({ groups }: ReadResult): number {
  return groups.reduce((bytes, { values, parts }) => bytes + GROUP + valueBytes(values) + LIST + parts.reduce((sum, own) => sum + WORD + (own === undefined ? 0 : partsBytes(own)), 0), OBJECT + LIST)
}

const WORD = 8
const OBJECT = 4 * WORD
const LIST = 6 * WORD
const GROUP = OBJECT + 2 * WORD
/** A whole number of any size up to 64 bits. */
const BIGINT = 3 * WORD
const DECIMAL = OBJECT + 2 * WORD + BIGINT
const FLOAT = 2 * WORD

/** Of the values of group keys. */
export function valueBytes(values: ReadGroup['values']): number {
  return values.reduce<number>((bytes, value) => bytes + WORD + (typeof value === 'string' ? 2 * WORD + value.length : typeof value === 'number' ? FLOAT : 0), LIST)
}

/** Of what one group holds in one bucket. */
export function partsBytes(parts: readonly Part[]): number {
  return parts.reduce<number>((bytes, part) => bytes + WORD + partBytes(part), LIST)
}

function partBytes(part: Part): number {
  if (typeof part === 'bigint') return BIGINT
  // A list of nothing but floats holds them in place.
  return typeof part === 'object' && part !== null ? DECIMAL : 0
}
