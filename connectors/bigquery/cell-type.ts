import type { CellType } from '../sql-kit/engine.ts'

/** A column of a schema, as tables and answers tell it. */
export interface Field {
  readonly name?: string | undefined
  readonly type?: string | undefined
  readonly mode?: string | undefined
}

/** Both spellings: schemas of tables may use the older one. */
const TYPES: Readonly<Record<string, Exclude<CellType, 'null'>>> = {
  STRING: 'text',
  BOOLEAN: 'boolean',
  BOOL: 'boolean',
  INTEGER: 'integer',
  INT64: 'integer',
  NUMERIC: 'decimal',
  BIGNUMERIC: 'decimal',
  FLOAT: 'float',
  FLOAT64: 'float',
  DATE: 'date',
  DATETIME: 'clock',
  TIMESTAMP: 'instant',
}

/** What cells of a column are; null for those we cannot read (arrays, records, JSON, bytes, ranges, times of day). */
export function cellTypeOf({ type = '', mode }: Field): Exclude<CellType, 'null'> | null {
  return mode === 'REPEATED' ? null : (TYPES[type.toUpperCase()] ?? null)
}

/** The text of an instant that came as microseconds since 1970. */
export function instantText(micros: string): string {
  const whole = BigInt(micros)
  const fraction = ((whole % 1_000_000n) + 1_000_000n) % 1_000_000n
  const second = new Date(Number((whole - fraction) / 1000n)).toISOString().slice(0, 19)
  return `${second}.${fraction.toString().padStart(6, '0')}Z`
}

/** The text of a number in plain notation, which BigQuery leaves only for decimals of many places. */
export function decimalText(cell: string): string {
  const [, sign = '', digits = '', point = '', power = '0'] = /^(-?)(\d+)(?:\.(\d*))?(?:[eE]([+-]?\d+))?$/.exec(cell) ?? []
  if (power === '0') return cell
  const all = digits + point
  const place = digits.length + Number(power)
  if (place <= 0) return `${sign}0.${'0'.repeat(-place)}${all}`
  return place >= all.length ? `${sign}${all}${'0'.repeat(place - all.length)}` : `${sign}${all.slice(0, place)}.${all.slice(place)}`
}
