import { KpiqlError } from '../../src/base/errors.ts'
import type { CellType } from '../sql-kit/engine.ts'

const TYPES: Readonly<Record<string, Exclude<CellType, 'null'>>> = {
  text: 'text',
  boolean: 'boolean',
  real: 'float',
  date: 'date',
  timestamp_ntz: 'clock',
  timestamp_ltz: 'instant',
  timestamp_tz: 'instant',
}

/** What cells of an answer's column are, by the client's names of types; null for those we cannot read (variants, arrays, objects, times of day, binary). */
export function cellTypeOf(type: string, scale: number | null): Exclude<CellType, 'null'> | null {
  if (type === 'fixed') return scale === null || scale === 0 ? 'integer' : 'decimal'
  return TYPES[type] ?? null
}

/** The same by the names of INFORMATION_SCHEMA: `NUMBER`, `TEXT`, `FLOAT`, `TIMESTAMP_NTZ`, … */
export function columnTypeOf(dataType: string, scale: number | null): Exclude<CellType, 'null'> | null {
  const type = { NUMBER: 'fixed', FLOAT: 'real' }[dataType] ?? dataType.toLowerCase()
  return cellTypeOf(type, scale)
}

/** Days and moments come as a Date that knows more than one: whole seconds and nanoseconds since 1970, of wall clocks as if in UTC. */
interface SnowflakeDate extends Date {
  getEpochSeconds(): number
  getNanoSeconds(): number
}

/** The text of a cell as the client hands it over; numbers are asked for as texts. */
export function cellText(cell: unknown, type: CellType): string | null {
  if (cell === null || cell === undefined) return null
  if (typeof cell === 'string') return cell
  if (typeof cell === 'boolean') return String(cell)
  if (cell instanceof Date && 'getEpochSeconds' in cell) {
    const date = cell as SnowflakeDate
    const second = new Date(date.getEpochSeconds() * 1000).toISOString().slice(0, 19)
    return type === 'date' ? second.slice(0, 10) : `${second}.${date.getNanoSeconds().toString().padStart(9, '0')}`
  }
  throw new KpiqlError('PLAN_BROKEN', { message: 'Snowflake answered with a cell of an unknown form.' })
}
