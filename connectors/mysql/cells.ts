import type { ColumnKind } from '../contract.ts'
import type { CellType } from '../sql-kit/engine.ts'

/** What the protocol says of a result column. */
export interface Field {
  /** A number of the protocol's list of types. */
  readonly columnType: number
  readonly columnLength: number
  readonly decimals: number
}

const TYPES: ReadonlyMap<number, CellType> = new Map([
  ...[1, 2, 3, 8, 9, 13, 16].map((type) => [type, 'integer'] as const),
  [4, 'float'],
  [5, 'float'],
  [6, 'null'],
  [7, 'instant'],
  [10, 'date'],
  [12, 'clock'],
  [14, 'date'],
])
const DECIMALS: ReadonlySet<number> = new Set([0, 246])
const TEXTS: ReadonlySet<number> = new Set([253, 254])

/** There is no boolean in the protocol, so that an integer is one where the statement wants one. */
export function cellType({ columnType, columnLength, decimals }: Field, wanted: ColumnKind | null): CellType {
  const type = DECIMALS.has(columnType) ? (decimals === 0 ? 'integer' : 'decimal') : (TYPES.get(columnType) ?? 'text')
  if (type === 'integer' && wanted === 'boolean') return 'boolean'
  // A column of bare nulls that went through a union is a text of no length, as is one of empty texts.
  return TEXTS.has(columnType) && columnLength === 0 && wanted !== 'text' ? 'null' : type
}

/** Days and moments in the protocol's list of types. */
const TIMES: ReadonlySet<number> = new Set([7, 10, 12, 14])

/** The text of a cell as the driver gives it: numbers, texts and, of bytes, a buffer. A day or moment that no calendar has, such as `0000-00-00` or `2024-00-00`, is null. */
export function cellText(cell: unknown, { columnType }: Field): string | null {
  if (cell === null || cell === undefined) return null
  if (typeof cell === 'string') return TIMES.has(columnType) && /^\d{4}-(?:00|\d\d-00)/.test(cell) ? null : cell
  return Buffer.isBuffer(cell) ? cell.toString('utf8') : String(cell)
}
