import { parseDecimal } from '../../src/base/decimal-number.ts'
import { KpiqlError } from '../../src/base/errors.ts'
import type { ColumnKind, Value } from '../contract.ts'
import type { CellType } from './engine.ts'

/** From the database's text of one cell to the value that the statement declared. */
export type CellReader = (cell: string) => Value

/** @throws KpiqlError `PLAN_BROKEN` where cells of the type cannot carry the kind exactly. */
export function cellReader(type: CellType, kind: ColumnKind, index: number): CellReader {
  // A bare NULL fits every kind.
  const reader = type === 'null' ? () => null : READERS[kind][type]
  if (reader === undefined) throw new KpiqlError('PLAN_BROKEN', { message: `Column ${index + 1} of a statement is ${type}, which is no ${kind}.` })
  return reader
}

const asText: CellReader = (cell) => cell
const TRUE: ReadonlySet<string> = new Set(['t', 'true', '1', 'TRUE'])
const FALSE: ReadonlySet<string> = new Set(['f', 'false', '0', 'FALSE'])

function asBoolean(cell: string): boolean {
  if (TRUE.has(cell)) return true
  if (FALSE.has(cell)) return false
  throw new KpiqlError('PLAN_BROKEN', { message: 'A cell declared as boolean is neither true nor false.' })
}

const asInteger: CellReader = (cell) => BigInt(cell)

/** Sums of integers are decimals of scale 0 in some databases. */
const wholeDecimal: CellReader = (cell) => {
  const whole = cell.replace(/\.0*$/, '')
  if (!/^-?\d+$/.test(whole)) throw new KpiqlError('PLAN_BROKEN', { message: 'A cell declared as integer has a fraction.' })
  return BigInt(whole)
}

const asDecimal: CellReader = (cell) => {
  try {
    return parseDecimal(cell)
  } catch (error) {
    if (!FLOAT_WORDS.has(cell.toLowerCase())) throw error
    throw new KpiqlError('SOURCE_FAILED', { message: 'A decimal of the source is infinite or no number, which no sum can be.', hint: 'Leave such rows out with a filter in the model.' })
  }
}
/** The aggregates see what is not finite; answers do not. */
const anyFloat: CellReader = (cell) => FLOAT_WORDS.get(cell.toLowerCase()) ?? Number(cell)
const FLOAT_WORDS: ReadonlyMap<string, number> = new Map([
  ['nan', Number.NaN],
  ['inf', Number.POSITIVE_INFINITY],
  ['+inf', Number.POSITIVE_INFINITY],
  ['infinity', Number.POSITIVE_INFINITY],
  ['-inf', Number.NEGATIVE_INFINITY],
  ['-infinity', Number.NEGATIVE_INFINITY],
])
const finiteFloat: CellReader = (cell) => {
  const value = anyFloat(cell) as number
  return Number.isFinite(value) ? value : null
}

const DATE = /^\d{4}-\d\d-\d\d$/
const asDate: CellReader = (cell) => (DATE.test(cell) ? cell : null)
const MOMENT = /^(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(?:Z|[+-]00(?::?00)?| UTC)?$/

/** ISO text with milliseconds, and with micro- or nanoseconds only where there are some; what no calendar holds is null. */
const asInstant: CellReader = (cell) => {
  const [, day, time, fraction = ''] = MOMENT.exec(cell) ?? []
  if (day === undefined) {
    if (/infinity|BC$|^[+-]?\d{5,}-/.test(cell)) return null
    throw new KpiqlError('PLAN_BROKEN', { message: 'A cell declared as timestamp is not one in UTC.' })
  }
  const digits = fraction.replace(/0+$/, '')
  const kept = digits.length <= 3 ? digits.padEnd(3, '0') : digits.padEnd(digits.length <= 6 ? 6 : 9, '0')
  return `${day}T${time}.${kept}Z`
}

/** A day that went through a function which makes it a timestamp; any other time of day is no date. */
const midnight: CellReader = (cell) => {
  const text = asInstant(cell)
  if (text === null) return null
  if (typeof text !== 'string' || !text.endsWith('T00:00:00.000Z')) throw new KpiqlError('PLAN_BROKEN', { message: 'A column declared as date holds a time of day.' })
  return text.slice(0, -'T00:00:00.000Z'.length)
}

const READERS: Readonly<Record<ColumnKind, Partial<Record<Exclude<CellType, 'null'>, CellReader>>>> = {
  text: { text: asText, boolean: asText, integer: asText, decimal: asText, float: asText, date: asText, clock: asInstant, instant: asInstant },
  boolean: { boolean: asBoolean },
  float: { float: finiteFloat, integer: finiteFloat, decimal: finiteFloat },
  number: { float: anyFloat, integer: asInteger, decimal: asDecimal },
  integer: { integer: asInteger, decimal: wholeDecimal },
  decimal: { decimal: asDecimal, integer: asDecimal },
  date: { date: asDate, clock: midnight, instant: midnight },
  timestamp: { clock: asInstant, instant: asInstant, date: (cell) => (DATE.test(cell) ? `${cell}T00:00:00.000Z` : null) },
}
