import type { CellType } from '../sql-kit/engine.ts'

const CELL_TYPES: ReadonlyMap<number, CellType> = new Map([
  [16, 'boolean'],
  [20, 'integer'], // int8
  [21, 'integer'], // int2
  [23, 'integer'], // int4
  [26, 'integer'], // oid
  [700, 'float'],
  [701, 'float'],
  [1082, 'date'],
  [1114, 'clock'],
  [1184, 'instant'],
  [1700, 'decimal'],
])

/** What cells of a type are, by its number in `pg_type`, which is fixed for the server's own types; all others come as texts. */
export function cellTypeOf(typeId: number): CellType {
  return CELL_TYPES.get(typeId) ?? 'text'
}

const NUMERIC = 1700
const SCALE_BITS = 0x7ff

/** Of a column: numbers declared without digits behind the point are integers. */
export function columnTypeOf(typeId: number, modifier: number): Exclude<CellType, 'null'> {
  if (typeId === NUMERIC && modifier >= 4 && ((modifier - 4) & SCALE_BITS) === 0) return 'integer'
  const type = cellTypeOf(typeId)
  return type === 'null' ? 'text' : type
}
