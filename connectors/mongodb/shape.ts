import type { ColumnInfo } from '../contract.ts'
import { columnInfo, type CellType } from '../sql-kit/engine.ts'
import type { BsonDocument, BsonValue } from './client.ts'

/** The types of BSON that columns are made of, as `$type` calls them. */
export type BsonType = 'string' | 'objectId' | 'bool' | 'int' | 'long' | 'double' | 'decimal' | 'date'
export type ColumnType = 'text' | 'boolean' | 'integer' | 'decimal' | 'float' | 'date' | 'timestamp'

/** A column as its collection holds it. */
export interface StoredColumn {
  readonly path: string
  readonly type: ColumnType
  /** The types it may have: those seen, and of a declared column all that can become it. */
  readonly stored: readonly BsonType[]
  /** The types it was seen to have. */
  readonly seen: readonly string[]
}

export interface Shape {
  readonly columns: ReadonlyMap<string, StoredColumn>
  /** Fields that are no columns, and why. */
  readonly left: readonly { readonly path: string; readonly reason: string }[]
}

const DEEPEST = 5
const DAY = /^\d{4}-\d\d-\d\d$/
const MOMENT = /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:?\d\d)?$/

interface Seen {
  readonly types: Set<string>
  /** Which of the ISO forms all texts have so far. */
  days: boolean
  moments: boolean
}

/** The columns of a collection, from documents of it as the driver gives them with `promoteValues: false`. Fields of documents within are columns with a dot. */
export function shapeOf(documents: readonly BsonDocument[], declared: Readonly<Record<string, ColumnType>>): Shape {
  const seen = new Map<string, Seen>()
  for (const document of documents) look(document, '', 1, seen)
  const columns = new Map<string, StoredColumn>()
  const left: { path: string; reason: string }[] = []
  for (const [path, found] of seen) {
    if (path in declared) continue
    const types = [...found.types].filter((type) => type !== 'null')
    const type = types.length === 0 ? null : typeOf(types, found)
    if (type === null) left.push({ path, reason: types.length === 0 ? 'only nulls were seen' : `holds ${types.sort().join(' and ')}` })
    else columns.set(path, { path, type, stored: types as BsonType[], seen: types })
  }
  for (const [path, type] of Object.entries(declared)) columns.set(path, { path, type, stored: CAN_BECOME[type], seen: [...(seen.get(path)?.types ?? [])].filter((one) => one !== 'null') })
  return { columns, left }
}

export function infoOf({ path, type, stored }: StoredColumn): ColumnInfo {
  const cell = type === 'timestamp' ? 'instant' : (type satisfies CellType)
  return columnInfo(path, stored.join(' | '), cell, path !== '_id')
}

function look(document: BsonDocument, prefix: string, depth: number, seen: Map<string, Seen>): void {
  for (const [name, value] of Object.entries(document)) {
    // Such names cannot be told in a path.
    if (name === '' || name.startsWith('$') || name.includes('.') || name === '__proto__') continue
    const path = `${prefix}${name}`
    const type = bsonType(value)
    if (type === 'object' && depth < DEEPEST) {
      look(value as BsonDocument, `${path}.`, depth + 1, seen)
      continue
    }
    const found = seen.get(path) ?? { types: new Set(), days: true, moments: true }
    seen.set(path, found)
    found.types.add(type)
    if (typeof value === 'string') {
      found.days &&= DAY.test(value) && !Number.isNaN(Date.parse(value))
      found.moments &&= MOMENT.test(value) && !Number.isNaN(Date.parse(value))
    }
  }
}

function typeOf(types: readonly string[], { days, moments }: Seen): ColumnType | null {
  const only = (...allowed: readonly string[]): boolean => types.every((type) => allowed.includes(type))
  if (only('string')) return days ? 'date' : moments ? 'timestamp' : 'text'
  if (only('string', 'objectId')) return 'text'
  if (only('bool')) return 'boolean'
  if (only('date')) return 'timestamp'
  if (only('int', 'long')) return 'integer'
  if (only('int', 'long', 'double')) return 'float'
  return only('int', 'long', 'double', 'decimal') ? 'decimal' : null
}

const NUMBERS = ['int', 'long', 'double', 'decimal'] as const
const CAN_BECOME: Readonly<Record<ColumnType, readonly BsonType[]>> = {
  text: ['string', 'objectId'],
  boolean: ['bool'],
  integer: NUMBERS,
  decimal: NUMBERS,
  float: NUMBERS,
  date: ['date', 'string'],
  timestamp: ['date', 'string'],
}

const TYPE_OF_CLASS: Readonly<Record<string, string>> = { Int32: 'int', Long: 'long', Double: 'double', Decimal128: 'decimal', ObjectId: 'objectId' }

export function bsonType(value: BsonValue): string {
  if (value === null || value === undefined) return 'null'
  if (typeof value === 'string') return 'string'
  if (typeof value === 'boolean') return 'bool'
  if (value instanceof Date) return 'date'
  if (Array.isArray(value)) return 'array'
  const named = (value as { readonly _bsontype?: string })._bsontype
  return named === undefined ? (value instanceof RegExp || ArrayBuffer.isView(value) ? 'other' : 'object') : (TYPE_OF_CLASS[named] ?? named.toLowerCase())
}
