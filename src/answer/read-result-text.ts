import type { Codec } from '../cache/shared-cache.ts'
import type { Part, ReadGroup, ReadResult } from '../plan/read.ts'

/** Raised with every change of the text. */
const FORMAT = 1

type WrittenPart = null | number | string
type GroupValue = ReadGroup['values'][number]

/** Groups as `[values, buckets]`; a bucket without rows is 0. */
type Written = readonly [format: typeof FORMAT, groups: readonly (readonly [values: readonly GroupValue[], buckets: readonly (0 | readonly WrittenPart[])[]])[]]

/**
 * Results as JSON, the same in every version of Node. Parts: doubles are JSON numbers, or text where JSON has none (`NaN`,
 * `Infinity`, `-0`); integers of any size `i-123`; decimals `2d-1230`, which is −12.30, their scale first.
 */
export const readResultText: Codec<ReadResult> = {
  write({ groups }, maxBytes) {
    // A bucket takes two characters at least: what cannot fit is not written out to be thrown away.
    if (groups.reduce((sum, { parts }) => sum + 2 * parts.length, 0) > maxBytes) return null
    const written: Written = [FORMAT, groups.map(({ values, parts }) => [values, parts.map((bucket) => (bucket === undefined ? 0 : bucket.map(writePart)))])]
    const text = JSON.stringify(written)
    return Buffer.byteLength(text) > maxBytes ? null : text
  },
  read(text) {
    try {
      return readWritten(JSON.parse(text))
    } catch {
      return null
    }
  },
}

const NO_JSON: Readonly<Record<string, number>> = { NaN: Number.NaN, Infinity: Number.POSITIVE_INFINITY, '-Infinity': Number.NEGATIVE_INFINITY, '-0': -0 }

function writePart(part: Part): WrittenPart {
  if (part === null) return null
  if (typeof part === 'bigint') return `i${part}`
  if (typeof part === 'object') return `${part.scale}d${part.units}`
  if (Object.is(part, -0)) return '-0'
  return Number.isFinite(part) ? part : String(part)
}

/** @throws for whatever this build has not written. */
function readWritten(written: unknown): ReadResult {
  const [format, groups] = listOf(written)
  if (format !== FORMAT) throw new TypeError('Another format.')
  return { groups: listOf(groups).map(readGroup) }
}

function readGroup(group: unknown): ReadGroup {
  const [values, buckets] = listOf(group)
  return { values: listOf(values).map(readValue), parts: listOf(buckets).map((bucket) => (bucket === 0 ? undefined : listOf(bucket).map(readPart))) }
}

function readValue(value: unknown): GroupValue {
  if (value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value
  throw new TypeError('No value of a group.')
}

function readPart(part: unknown): Part {
  if (part === null || typeof part === 'number') return part
  if (typeof part !== 'string') throw new TypeError('No part.')
  const [, kind, units] = /^(i|\d+d)(-?\d+)$/.exec(part) ?? []
  if (units !== undefined) return kind === 'i' ? BigInt(units) : { units: BigInt(units), scale: Number.parseInt(kind ?? '', 10) }
  const number = NO_JSON[part]
  if (number === undefined) throw new TypeError('No part.')
  return number
}

function listOf(value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) throw new TypeError('No list.')
  return value
}
