import { evalExpr } from 'mingo/core'
import { add, compareNum, Dec, divide, isNum, multiply, negate, roundTo, toDec, toDouble, type Num } from './mongodb-numbers.ts'
import { Beyond, compareValues, Id } from './mongodb-order.ts'

type Options = Parameters<typeof evalExpr>[2]
type Operator = (obj: never, expr: never, options: Options) => unknown
type Written = (obj: unknown, expr: unknown, options: Options) => unknown

/** An error as the server tells it. https://www.mongodb.com/docs/manual/reference/error-codes/ */
export class CommandError extends Error {
  readonly code: number
  readonly codeName: string
  constructor(code: number, codeName: string, message: string) {
    super(message)
    this.code = code
    this.codeName = codeName
  }
}

const TYPE_MISMATCH = (what: string): CommandError => new CommandError(14, 'TypeMismatch', what)
const FAILED = (what: string): CommandError => new CommandError(241, 'ConversionFailure', what)
const isNil = (value: unknown): value is null | undefined => value === null || value === undefined

/** An operator over the values of its arguments, whether one or a list of them. */
const over =
  (work: (...args: readonly unknown[]) => unknown): Written =>
  (obj, expr, options) => {
    const args = Array.isArray(expr) ? expr.map((part) => evalExpr(obj, part, options)) : [evalExpr(obj, expr, options)]
    return work(...args)
  }
/** Null when any argument is. */
const strict = (work: (...args: readonly unknown[]) => unknown): Written => over((...args) => (args.some(isNil) ? null : work(...args)))
const named =
  (work: (args: Readonly<Record<string, unknown>>) => unknown): Written =>
  (obj, expr, options) =>
    work(Object.fromEntries(Object.entries(expr as object).map(([key, part]) => [key, evalExpr(obj, part, options)])))

const num = (value: unknown): Num => {
  if (isNum(value)) return value
  throw TYPE_MISMATCH('only numbers are allowed')
}
const text = (value: unknown): string => {
  if (typeof value === 'string') return value
  throw TYPE_MISMATCH('only strings are allowed')
}
const date = (value: unknown): Date => {
  if (value instanceof Date) return value
  throw TYPE_MISMATCH("can't convert to Date")
}
const comparison = (holds: (order: number) => boolean): Written => over((a, b) => holds(compareValues(a, b)))
/** A missing field is less than null. */
const differs = (a: unknown, b: unknown): boolean => (a === undefined) !== (b === undefined) || compareValues(a, b) !== 0
const codePoints = (of: string): readonly string[] => [...of]
const INTEGER = { low: -(2n ** 63n), high: 2n ** 63n - 1n }

function toLong(value: unknown): bigint {
  if (typeof value === 'boolean') return value ? 1n : 0n
  if (value instanceof Date) return BigInt(value.getTime())
  if (typeof value === 'string' && !/^-?\d+$/.test(value)) throw FAILED('Failed to parse number in $convert')
  if (typeof value === 'number' && !Number.isFinite(value)) throw FAILED('Attempt to convert a value that is not finite')
  const whole = typeof value === 'string' ? BigInt(value) : typeof value === 'number' ? BigInt(Math.trunc(value)) : BigInt(roundTo(num(value), 0, 'trunc').toString())
  if (whole < INTEGER.low || whole > INTEGER.high) throw FAILED('Conversion would overflow target type')
  return whole
}

function toDecimal(value: unknown): Num {
  if (typeof value === 'string' && !/^[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?$/.test(value)) throw FAILED('Failed to parse number in $convert')
  if (typeof value === 'string') return Dec.from(value)
  if (typeof value === 'boolean') return new Dec(value ? 1n : 0n, 0)
  if (value instanceof Date) return new Dec(BigInt(value.getTime()), 0)
  return typeof value === 'number' && !Number.isFinite(value) ? value : toDec(num(value))
}

function toDate(value: unknown): Date {
  if (value instanceof Date) return value
  if (typeof value === 'string') return parsed(value)
  return new Date(toDouble(num(value)))
}

function parsed(value: string): Date {
  const moment = new Date(/T/.test(value) && !/(?:Z|[+-]\d\d:?\d\d)$/.test(value) ? `${value}Z` : value)
  if (Number.isNaN(moment.getTime())) throw FAILED('Error parsing date string')
  return moment
}

function toText(value: unknown): string {
  if (value instanceof Date) return value.toISOString()
  return String(value)
}

function typeName(value: unknown): string {
  if (value === undefined) return 'missing'
  if (value === null) return 'null'
  if (typeof value === 'bigint') return 'long'
  if (typeof value === 'number') return 'double'
  if (value instanceof Dec) return 'decimal'
  if (value instanceof Date) return 'date'
  if (value instanceof Id) return 'objectId'
  if (value instanceof Beyond) return 'maxKey'
  return typeof value === 'boolean' ? 'bool' : typeof value === 'string' ? 'string' : Array.isArray(value) ? 'array' : 'object'
}

const DAY_MS = 86_400_000
const WEEKDAYS = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday']
const isoDay = (at: Date): number => at.getUTCDay() || 7

function truncate({ date: of, unit, startOfWeek }: Readonly<Record<string, unknown>>): Date | null {
  if (isNil(of)) return null
  const at = date(of)
  const [year, month, day, hour, minute] = [at.getUTCFullYear(), at.getUTCMonth(), at.getUTCDate(), at.getUTCHours(), at.getUTCMinutes()]
  switch (unit) {
    case 'minute':
      return new Date(Date.UTC(year, month, day, hour, minute))
    case 'hour':
      return new Date(Date.UTC(year, month, day, hour))
    case 'day':
      return new Date(Date.UTC(year, month, day))
    case 'week':
      return new Date(Date.UTC(year, month, day) - ((isoDay(at) - 1 - WEEKDAYS.indexOf(String(startOfWeek)) + 7) % 7) * DAY_MS)
    case 'month':
      return new Date(Date.UTC(year, month))
    case 'quarter':
      return new Date(Date.UTC(year, month - (month % 3)))
    case 'year':
      return new Date(Date.UTC(year, 0))
    default:
      throw new CommandError(5439014, 'Location5439014', `unknown time unit value: ${String(unit)}`)
  }
}

const MS: Readonly<Record<string, number>> = { millisecond: 1, second: 1000, minute: 60_000, hour: 3_600_000, day: DAY_MS, week: 7 * DAY_MS }
const MONTHS: Readonly<Record<string, number>> = { month: 1, quarter: 3, year: 12 }

function later({ startDate, unit, amount }: Readonly<Record<string, unknown>>): Date | null {
  if (isNil(startDate) || isNil(amount)) return null
  const [at, count] = [date(startDate), toDouble(num(amount))]
  const ms = MS[String(unit)]
  if (ms !== undefined) return new Date(at.getTime() + count * ms)
  const months = count * (MONTHS[String(unit)] ?? Number.NaN)
  // The 31st of a shorter month is its last day.
  const last = new Date(Date.UTC(at.getUTCFullYear(), at.getUTCMonth() + months + 1, 0)).getUTCDate()
  return new Date(Date.UTC(at.getUTCFullYear(), at.getUTCMonth() + months, Math.min(at.getUTCDate(), last)) + (at.getTime() - Date.UTC(at.getUTCFullYear(), at.getUTCMonth(), at.getUTCDate())))
}

function isoWeek(at: Date): number {
  const thursday = new Date(Date.UTC(at.getUTCFullYear(), at.getUTCMonth(), at.getUTCDate() + 4 - isoDay(at)))
  return Math.floor((thursday.getTime() - Date.UTC(thursday.getUTCFullYear(), 0)) / (7 * DAY_MS)) + 1
}

const part = (work: (at: Date) => number): Operator => strict((of) => work(date(of)))
const rounded = (how: 'trunc' | 'floor' | 'ceil' | 'round'): Operator => over((of, places = 0) => (isNil(of) ? null : roundTo(num(of), Number(places), how)))
const bits = (work: (a: bigint, b: bigint) => bigint): Operator =>
  strict((...args) => {
    if (!args.every((one) => typeof one === 'bigint')) throw TYPE_MISMATCH('bit operators take int and long only')
    return args.reduce((a, b) => BigInt.asIntN(64, work(a as bigint, b as bigint)))
  })
const extreme = (sign: 1 | -1): Operator =>
  over((...args) => {
    const values = (args.length === 1 && Array.isArray(args[0]) ? (args[0] as readonly unknown[]) : args).filter((one) => !isNil(one))
    return values.reduce((best: unknown, one) => (best === null || sign * compareValues(one, best) > 0 ? one : best), null)
  })
function sum(a: unknown, b: unknown): unknown {
  const [at, ms] = a instanceof Date ? [a, b] : [b, a]
  return at instanceof Date ? new Date(at.getTime() + toDouble(num(ms))) : add(num(a), num(b))
}

/** Operators with MongoDB's own arithmetic, order and nulls, in place of mingo's, which know JavaScript's numbers only. */
export const expressions: Readonly<Record<`$${string}`, Operator>> = {
  $eq: over((a, b) => !differs(a, b)),
  $ne: over(differs),
  $lt: comparison((order) => order < 0),
  $lte: comparison((order) => order <= 0),
  $gt: comparison((order) => order > 0),
  $gte: comparison((order) => order >= 0),
  $in: over((of, list) => {
    if (!Array.isArray(list)) throw new CommandError(40081, 'Location40081', '$in requires an array as a second argument')
    return list.some((one) => !differs(of, one))
  }),
  $add: strict((...args) => args.reduce(sum)),
  $subtract: strict((a, b) => (a instanceof Date ? (b instanceof Date ? BigInt(a.getTime() - b.getTime()) : new Date(a.getTime() - toDouble(num(b)))) : add(num(a), negate(num(b))))),
  $multiply: strict((...args) => args.reduce((a, b) => multiply(num(a), num(b)))),
  $divide: strict((a, b) => {
    if (compareNum(num(b), 0n) === 0) throw new CommandError(16608, 'Location16608', "can't $divide by zero")
    return divide(num(a), num(b))
  }),
  $pow: strict((base, exponent) => (base instanceof Dec ? new Dec(base.units ** BigInt(num(exponent).toString()), 0) : toDouble(num(base)) ** toDouble(num(exponent)))),
  $round: rounded('round'),
  $trunc: rounded('trunc'),
  $floor: rounded('floor'),
  $ceil: rounded('ceil'),
  $max: extreme(1),
  $min: extreme(-1),
  $bitAnd: bits((a, b) => a & b),
  $bitOr: bits((a, b) => a | b),
  $isNumber: over(isNum),
  $type: over(typeName),
  $toLong: strict(toLong),
  $toDouble: strict((of) => (typeof of === 'string' || typeof of === 'boolean' ? Number(of) : of instanceof Date ? of.getTime() : toDouble(num(of)))),
  $toDecimal: strict(toDecimal),
  $toString: strict(toText),
  $toBool: strict((of) => (isNum(of) ? compareNum(of, 0n) !== 0 : of !== false)),
  $toDate: strict(toDate),
  $convert: named(({ input, to, onError, onNull }) => {
    if (isNil(input)) return onNull ?? null
    if (to !== 'objectId') throw FAILED(`$convert to ${String(to)} is not built here`)
    return input instanceof Id ? input : typeof input === 'string' && /^[0-9a-f]{24}$/i.test(input) ? new Id(input.toLowerCase()) : onError
  }),
  $ifNull: over((...args) => args.find((one) => !isNil(one)) ?? args.at(-1)),
  $switch: (obj: unknown, expr: unknown, options: Options) => {
    const { branches, ...rest } = expr as { branches: readonly { case: unknown; then: unknown }[]; default?: unknown }
    for (const branch of branches) if (holds(evalExpr(obj, branch.case, options))) return evalExpr(obj, branch.then, options)
    if ('default' in rest) return evalExpr(obj, rest.default, options)
    throw new CommandError(40066, 'Location40066', '$switch could not find a matching branch for an input, and no default was specified.')
  },
  $cond: (obj: unknown, expr: unknown, options: Options) => {
    const [test, then, otherwise] = expr as readonly unknown[]
    return evalExpr(obj, holds(evalExpr(obj, test, options)) ? then : otherwise, options)
  },
  $and: (obj: unknown, expr: unknown, options: Options) => (expr as readonly unknown[]).every((one) => holds(evalExpr(obj, one, options))),
  $or: (obj: unknown, expr: unknown, options: Options) => (expr as readonly unknown[]).some((one) => holds(evalExpr(obj, one, options))),
  $not: over((of) => !holds(of)),
  $size: over((of) => BigInt((of as readonly unknown[]).length)),
  $arrayElemAt: strict((of, index) => (of as readonly unknown[])[toDouble(num(index))]),
  $sortArray: named(({ input, sortBy }) => (isNil(input) ? null : (input as readonly unknown[]).toSorted((a, b) => Number(sortBy) * compareValues(a, b)))),
  $strLenBytes: over((of) => BigInt(Buffer.byteLength(text(of)))),
  $strLenCP: over((of) => BigInt(codePoints(text(of)).length)),
  $substrCP: over((of, start, length) => codePoints(text(of)).slice(toDouble(num(start)), toDouble(num(start)) + toDouble(num(length))).join('')),
  $indexOfBytes: over((of, part) => (isNil(of) ? null : BigInt(Buffer.from(text(of)).indexOf(Buffer.from(text(part)))))),
  $toLower: over((of) => (isNil(of) ? '' : toText(of).replaceAll(/[A-Z]+/g, (letters) => letters.toLowerCase()))),
  $replaceAll: named(({ input, find, replacement }) => (isNil(input) ? null : text(input).replaceAll(text(find), () => text(replacement)))),
  $dateTrunc: named(truncate),
  $dateAdd: named(later),
  $dateFromString: named(({ dateString, format }) => {
    if (isNil(dateString)) return null
    if (format === '%Y-%m-%d' && !/^\d{4}-\d\d-\d\d$/.test(text(dateString))) throw FAILED('Error parsing date string')
    return parsed(text(dateString))
  }),
  $hour: part((at) => at.getUTCHours()),
  $dayOfMonth: part((at) => at.getUTCDate()),
  $isoDayOfWeek: part(isoDay),
  $isoWeek: part(isoWeek),
  $month: part((at) => at.getUTCMonth() + 1),
  $year: part((at) => at.getUTCFullYear()),
}

/** What a condition counts as: null, missing, false and zero are no. */
export function holds(of: unknown): boolean {
  return !(isNil(of) || of === false || (isNum(of) && compareNum(of, 0n) === 0))
}
