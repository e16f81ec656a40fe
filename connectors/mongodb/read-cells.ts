import { KpiqlError } from '../../src/base/errors.ts'
import type { ColumnKind } from '../contract.ts'
import type { CellType } from '../sql-kit/engine.ts'
import type { BsonDocument, BsonValue } from './client.ts'
import { bsonType } from './shape.ts'

const CELL_TYPES: Readonly<Record<string, CellType>> = { null: 'null', string: 'text', objectId: 'text', bool: 'boolean', int: 'integer', long: 'integer', double: 'float', decimal: 'decimal', date: 'instant' }

/**
 * The type of a column of an answer, of which MongoDB only knows the types of single values: what all of them are. Whole numbers are also
 * decimals, and any numbers floats, where the statement wants such.
 *
 * @throws KpiqlError `PLAN_BROKEN` where they have nothing in common.
 */
export function cellTypeOf(rows: readonly BsonDocument[], field: string, kind: ColumnKind, index: number): CellType {
  const types = new Set(rows.map((row) => typeOf(row[field], index)))
  types.delete('null')
  const [only] = types
  if (only === undefined) return 'null'
  if (types.size === 1) return only
  const isNumeric = [...types].every((type) => type === 'integer' || type === 'decimal' || type === 'float')
  if (!isNumeric) throw new KpiqlError('PLAN_BROKEN', { message: `Column ${index + 1} of a statement is ${[...types].join(' and ')}.` })
  return types.has('float') && (kind === 'float' || kind === 'number') ? 'float' : 'decimal'
}

function typeOf(value: BsonValue, index: number): CellType {
  const type = CELL_TYPES[bsonType(value)]
  if (type === undefined) throw new KpiqlError('PLAN_BROKEN', { message: `Column ${index + 1} of a statement is ${bsonType(value)}, which is no value.` })
  return type
}

/** One value as text; null stays null. */
export function cellText(value: BsonValue): string | null {
  if (value === null || value === undefined) return null
  if (typeof value === 'string') return value
  if (value instanceof Date) return momentText(value)
  return bsonType(value) === 'decimal' ? plainText(String(value)) : String(value)
}

/** Dates beyond the years 0 to 9999 have no plain text, and are infinite to whoever reads them. */
function momentText(value: Date): string {
  return Number.isNaN(value.getTime()) ? 'infinity' : value.toISOString()
}

/** `1.5E+3`, as MongoDB writes decimals of some scales, is `1500`. */
function plainText(text: string): string {
  const [, sign = '', digits = '', exponent = ''] = /^(-?)(\d+(?:\.\d+)?)(?:E([+-]\d+))?$/.exec(text) ?? []
  if (digits === '') throw new KpiqlError('SOURCE_FAILED', { message: 'A decimal of the answer is no finite number.', hint: 'Look for NaN and Infinity among the decimals of the collection.' })
  if (exponent === '') return text
  const [whole = '', fraction = ''] = digits.split('.')
  const places = fraction.length - Number(exponent)
  const all = whole + fraction
  if (places <= 0) return `${sign}${all}${'0'.repeat(-places)}`
  const padded = all.padStart(places + 1, '0')
  return `${sign}${padded.slice(0, -places)}.${padded.slice(-places)}`
}
