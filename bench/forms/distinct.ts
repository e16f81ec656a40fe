import { AnswerBuilder } from '../answer.ts'
import type { BenchAsk } from '../slices.ts'
import { at, conditionSql, readRows, scoreThresholds, sharedWindow, slicesHolding, windowSql } from './sql-text.ts'
import type { BucketForm, Form } from './sql-text.ts'

/** `bit_or` of the slices' bits per (bucket, user); then users are counted per bucket and whole mask, and bits are told apart here. */
export function masksOfUsers(ask: BenchAsk, bucket: BucketForm, mask: string, from = 'events'): Form {
  return async (connection) => {
    const sql = `SELECT bucket, mask, count(*) FROM (${usersSql(ask, bucket, mask, from)}) GROUP BY ALL`
    const builder = new AnswerBuilder(ask)
    for (const [start, bits, users] of await readRows(connection, sql)) {
      const set = Number(bits)
      for (let slice = 0; slice < ask.slices.length; slice++)
        if ((set >> slice) & 1) builder.add(slice, bucket.toMs(start), 0, BigInt(Number(users)), 0n)
    }
    return builder.build()
  }
}

/** The same, but the engine adds up each bit over the users of a bucket. */
export function bitsOfUsers(ask: BenchAsk, bucket: BucketForm, mask: string, from = 'events'): Form {
  return async (connection) => {
    const sums = ask.slices.map((_, slice) => `sum((mask >> ${slice}) & 1)`).join(', ')
    const sql = `SELECT bucket, ${sums} FROM (${usersSql(ask, bucket, mask, from)}) GROUP BY ALL`
    const builder = new AnswerBuilder(ask)
    for (const [start, ...sums] of await readRows(connection, sql))
      for (const [slice, users] of sums.entries()) builder.add(slice, bucket.toMs(start), 0, BigInt(Number(users)), 0n)
    return builder.build()
  }
}

/**
 * Groups of users alone: the masks of several buckets lie side by side in one 64-bit word, and a user has as many words as it takes.
 * `bucket` must give the bucket's number from 0.
 */
export function wordsOfUsers(ask: BenchAsk, bucket: BucketForm, starts: readonly number[], mask: string): Form {
  const width = ask.slices.length
  const bucketsPerWord = Math.floor(63 / width)
  return async (connection) => {
    const places = starts.map((_, index) => ({ word: Math.floor(index / bucketsPerWord), shift: (index % bucketsPerWord) * width }))
    const words = Array.from({ length: Math.ceil(starts.length / bucketsPerWord) }, (_, word) => {
      const cases = places.flatMap((place, index) => (place.word === word ? [`WHEN ${index} THEN mask << ${place.shift}`] : []))
      return `bit_or(CASE bucket ${cases.join(' ')} END) AS word${word}`
    })
    const sums = places.flatMap(({ word, shift }) => ask.slices.map((_, slice) => `sum((word${word} >> ${shift + slice}) & 1)`))
    const sql = `SELECT ${sums.join(', ')} FROM (SELECT ${words.join(', ')} FROM (
      SELECT user_id, ${bucket.sql} AS bucket, (${mask})::BIGINT AS mask FROM events WHERE ${windowSql(sharedWindow(ask))}) GROUP BY user_id)`
    const builder = new AnswerBuilder(ask)
    for (const row of await readRows(connection, sql))
      for (const [index, users] of row.entries())
        builder.add(index % width, at(starts, Math.floor(index / width)), 0, BigInt(Number(users)), 0n)
    return builder.build()
  }
}

/** One branch a bucket, so that each keeps a small table of users; right for any data, fast only where rows lie in the order of time. */
export function bitsOfUsersByBucket(ask: BenchAsk, starts: readonly number[], mask: string): Form {
  const bounds = [...starts.map((start) => new Date(start).toISOString().slice(0, 10)), sharedWindow(ask).end]
  return async (connection) => {
    const sums = ask.slices.map((_, slice) => `sum((mask >> ${slice}) & 1)`).join(', ')
    const branches = starts.map(
      (_, index) => `SELECT ${index} AS bucket, ${sums} FROM (
        SELECT bit_or(${mask}) AS mask FROM events WHERE ${windowSql({ start: at(bounds, index), end: at(bounds, index + 1) })} GROUP BY user_id)`,
    )
    const builder = new AnswerBuilder(ask)
    for (const [index, ...sums] of await readRows(connection, branches.join(' UNION ALL ')))
      for (const [slice, users] of sums.entries()) builder.add(slice, at(starts, Number(index)), 0, BigInt(Number(users)), 0n)
    return builder.build()
  }
}

/** The engine's own distinct count by the raw value; right only where each value belongs to at most one slice and each slice has one value. */
export function distinctByValue(ask: BenchAsk, bucket: BucketForm, dimension: string): Form {
  return async (connection) => {
    const sql = `SELECT ${bucket.sql} AS bucket, ${dimension}, count(DISTINCT user_id) FROM events WHERE ${windowSql(sharedWindow(ask))} GROUP BY ALL`
    const builder = new AnswerBuilder(ask)
    for (const [start, value, users] of await readRows(connection, sql))
      for (const slice of slicesHolding(ask.slices, { [dimension]: value ?? null })) builder.add(slice, bucket.toMs(start), 0, BigInt(Number(users)), 0n)
    return builder.build()
  }
}

/** The other way round: bits are buckets, collected per (user, raw value); `position` gives a bucket's number from 0. */
export function bucketsOfUsers(ask: BenchAsk, bucket: BucketForm, starts: readonly number[], dimension: string): Form {
  return async (connection) => {
    const sums = starts.map((_, index) => `sum((mask >> ${index}) & 1)`).join(', ')
    const sql = `SELECT ${dimension}, ${sums} FROM (
      SELECT ${dimension}, bit_or(1::INTEGER << ${bucket.sql}) AS mask FROM events WHERE ${windowSql(sharedWindow(ask))} GROUP BY user_id, ${dimension}
    ) GROUP BY 1`
    const builder = new AnswerBuilder(ask)
    for (const [value, ...sums] of await readRows(connection, sql))
      for (const slice of slicesHolding(ask.slices, { [dimension]: value ?? null }))
        for (const [index, users] of sums.entries()) builder.add(slice, at(starts, index), 0, BigInt(Number(users)), 0n)
    return builder.build()
  }
}

/** The mask of a country by comparing with each value in turn; 0 for all others. */
export function countryMask(ask: BenchAsk): string {
  return `CASE country ${countryBits(ask).map(([value, bits]) => `WHEN '${value}' THEN ${bits}`).join(' ')} ELSE 0 END`
}

/** Events joined with a small table `(value, mask)`; countries that no slice names drop out. Use with the mask `bits`. */
export function eventsWithCountryMask(ask: BenchAsk): string {
  return `events JOIN (VALUES ${countryBits(ask).map(([value, bits]) => `('${value}', ${bits})`).join(', ')}) AS masks(value, bits) ON country = value`
}

function countryBits(ask: BenchAsk): readonly (readonly [string, number])[] {
  const values = new Set(ask.slices.flatMap((slice) => slice.where.flatMap((condition) => (condition.dimension === 'country' ? condition.in : []))))
  return [...values].map((value) => [value, bitsOf(slicesHolding(ask.slices, { country: value }))])
}

/** The mask of a score by comparing with the thresholds, by halving or stepping. */
export function scoreMask(ask: BenchAsk, toCase: (column: string, bounds: readonly string[], result: (position: number) => string) => string): string {
  const thresholds = scoreThresholds(ask.slices)
  const maskOf = (position: number) => (position === 0 ? 0 : bitsOf(slicesHolding(ask.slices, { score: at(thresholds, position - 1) })))
  return toCase('score', thresholds.map(String), (position) => `${maskOf(position)}`)
}

/** The mask of a score looked up in a list, for an integer column known to be 0…`most`; anything else is in no slice. */
export function listedScoreMask(ask: BenchAsk, most: number): string {
  const masks = Array.from({ length: most + 1 }, (_, score) => bitsOf(slicesHolding(ask.slices, { score })))
  return `[${masks.join(', ')}][score + 1]`
}

/** The mask of a row by one comparison a slice. */
export function comparedMask(ask: BenchAsk): string {
  return ask.slices.map((slice, index) => `((${slice.where.map(conditionSql).join(' AND ')})::INTEGER << ${index})`).join(' | ')
}

function bitsOf(slices: readonly number[]): number {
  return slices.reduce((bits, slice) => bits | (1 << slice), 0)
}

function usersSql(ask: BenchAsk, bucket: BucketForm, mask: string, from: string): string {
  return `SELECT ${bucket.sql} AS bucket, bit_or(${mask}) AS mask FROM ${from} WHERE ${windowSql(sharedWindow(ask))} GROUP BY ${bucket.sql}, user_id`
}
