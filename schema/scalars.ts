import { Decimal } from 'decimal.js'
import { GraphQLScalarType, Kind } from 'graphql'
import type { ValueNode } from 'graphql'
import { KpiqlError } from '../src/base/errors.ts'
import { resolveTimeZone } from '../src/base/time-zone.ts'
import { parseInterval } from '../src/model/interval.ts'
import type { Interval } from '../src/model/interval.ts'

const MOST_DIGITS = 60
const CERTAIN_DIGITS = 15
const PLAIN_NUMBER = /^[+-]?\d+(\.\d+)?$/

function refuse(scalar: string, value: unknown, hint: string): KpiqlError {
  const shown = typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? JSON.stringify(value).slice(0, 60) : `a ${value === null ? 'null' : typeof value}`
  return new KpiqlError('FILTER_INVALID', { message: `${scalar} cannot be ${shown}.`, hint })
}

function outputOnly(scalar: string): (value: unknown) => never {
  return (value) => {
    throw refuse(scalar, value, `${scalar} is only ever answered.`)
  }
}

/** Whole numbers up to 2^53 − 1, as JSON numbers. */
export const LongScalar = new GraphQLScalarType<number, number>({
  name: 'Long',
  description: 'A whole number that may pass 2³¹, written as a JSON number; exact up to 2⁵³ − 1.',
  serialize(value) {
    if (typeof value === 'number' && Number.isSafeInteger(value)) return value
    throw new KpiqlError('PLAN_BROKEN', { message: 'A count left the range of exact whole numbers.' })
  },
  parseValue: outputOnly('Long'),
  parseLiteral: outputOnly('Long'),
})

/** A JSON number is a double: what has more digits than one holds for certain must come as text. */
function readDecimal(value: unknown): string {
  const text = typeof value === 'number' ? String(value) : value
  const isExact = typeof value !== 'number' || String(value).replaceAll(/\D/g, '').replace(/^0+/, '').length <= CERTAIN_DIGITS
  if (typeof text === 'string' && text.length <= MOST_DIGITS && PLAIN_NUMBER.test(text) && isExact) return text
  throw refuse('Decimal', value, 'Write its digits as text, "12345.60": no exponent, no thousands separator.')
}

function readDecimalLiteral(node: ValueNode): string {
  return readDecimal(node.kind === Kind.STRING || node.kind === Kind.INT || node.kind === Kind.FLOAT ? node.value : null)
}

export const DecimalScalar = new GraphQLScalarType<string, string>({
  name: 'Decimal',
  description: 'A decimal number with every digit, as text in plain notation: `"12345.60"`. No exponent, no thousands separator. Numbers are taken too, up to 15 digits in variables.',
  serialize: String,
  parseValue: readDecimal,
  parseLiteral: readDecimalLiteral,
})

export const DateTimeScalar = new GraphQLScalarType<string, string>({
  name: 'DateTime',
  description: 'An instant as ISO 8601 text with the offset of the time zone asked: `2026-03-01T00:00:00+01:00`, or `Z` in UTC.',
  serialize: String,
  parseValue: outputOnly('DateTime'),
  parseLiteral: outputOnly('DateTime'),
})

function readZone(value: unknown): string {
  if (typeof value === 'string') return resolveTimeZone(value)
  throw new KpiqlError('INVALID_TIME_ZONE', { message: 'A time zone is a text.', hint: 'Name a place, such as "Europe/Berlin", or "UTC".' })
}

/** Input is checked against the IANA names and comes out in their spelling. */
export const TimeZoneScalar = new GraphQLScalarType<string, string>({
  name: 'TimeZone',
  description: 'An IANA time zone: `"Europe/Berlin"`, `"UTC"`. Offsets (`+02:00`) are refused, because they do not say when clocks change.',
  serialize: String,
  parseValue: readZone,
  parseLiteral: (node) => readZone(node.kind === Kind.STRING ? node.value : null),
})

function readDuration(value: unknown): Interval {
  const interval = typeof value === 'string' ? parseInterval(value) : null
  if (interval === null) throw refuse('Duration', value, 'Write a count and a unit: "7 days", "1 month", "90 minutes".')
  return interval
}

/** Input comes out as a count of calendar units. */
export const DurationScalar = new GraphQLScalarType<Interval, string>({
  name: 'Duration',
  description: 'A span of time: a count and a calendar unit, `"7 days"`, `"1 month"`, `"30 minutes"`.',
  serialize: String,
  parseValue: readDuration,
  parseLiteral: (node) => readDuration(node.kind === Kind.STRING ? node.value : null),
})

function readNumber(value: unknown): number | string {
  if (typeof value === 'number' && Number.isFinite(value)) return value
  if (typeof value === 'string' && value.length <= MOST_DIGITS && PLAIN_NUMBER.test(value)) return value
  throw refuse('Number', value, 'Write a number, or its digits as text ("9007199254740993") where it has more than 15 of them.')
}

function readNumberLiteral(node: ValueNode): number | string {
  if (node.kind === Kind.STRING) return readNumber(node.value)
  if (node.kind !== Kind.INT && node.kind !== Kind.FLOAT) return readNumber(null)
  const number = Number(node.value)
  if (!Number.isFinite(number) || node.value.length > MOST_DIGITS) return readNumber(node.value)
  // A literal arrives as text: digits that a double would lose are kept.
  return PLAIN_NUMBER.test(node.value) && !new Decimal(node.value).equals(number) ? node.value : number
}

/** Input only: a finite number, or the plain text of one that a double cannot hold. */
export const NumberScalar = new GraphQLScalarType<number | string, number>({
  name: 'Number',
  description: 'A number to compare with: an integer or decimal literal, or its digits as text (`"9007199254740993"`) where a double would lose some.',
  serialize: Number,
  parseValue: readNumber,
  parseLiteral: readNumberLiteral,
})

/** Output only: text, number, boolean or null. */
export const ValueScalar = new GraphQLScalarType<unknown, unknown>({
  name: 'Value',
  description: 'The value of a dimension: text, number, boolean, or null. Dates are `YYYY-MM-DD`, instants ISO 8601; integers beyond 2⁵³ are text.',
  serialize: (value) => value,
  parseValue: outputOnly('Value'),
  parseLiteral: outputOnly('Value'),
})

/** Output only: column name → value. */
export const RowScalar = new GraphQLScalarType<unknown, unknown>({
  name: 'Row',
  description: 'One row of a table, a JSON object: column name → value. A value is text, number, boolean or null; `columns` tells the type and unit of each.',
  serialize: (value) => value,
  parseValue: outputOnly('Row'),
  parseLiteral: outputOnly('Row'),
})
