import { DuckDBTypeId, type DuckDBDataChunk, type DuckDBType, type DuckDBValue, type DuckDBVector } from '@duckdb/node-api'
import { KpiqlError } from '../../src/base/errors.ts'
import type { ColumnKind, Value } from '../contract.ts'

/** Turns one column of a chunk into values of the kind the statement declared, and appends them. */
export type ColumnReader = (vector: DuckDBVector, count: number, into: Value[]) => void

/**
 * Readers for a result, one a column.
 * @throws KpiqlError `PLAN_BROKEN` where the engine's type cannot carry the declared kind exactly.
 */
export function columnReaders(types: readonly DuckDBType[], kinds: readonly ColumnKind[]): readonly ColumnReader[] {
  if (types.length !== kinds.length) throw new KpiqlError('PLAN_BROKEN', { message: `A statement gave ${types.length} columns where ${kinds.length} were declared.` })
  return types.map((type, index) => {
    const kind = kinds[index] as ColumnKind
    const convert = conversion(type, kind)
    if (!convert) throw new KpiqlError('PLAN_BROKEN', { message: `Column ${index + 1} of a statement is ${String(type)}, which is no ${kind}.` })
    return (vector, count, into) => {
      for (let row = 0; row < count; row++) {
        const value: DuckDBValue = vector.getItem(row)
        into.push(value === null ? null : convert(value))
      }
    }
  })
}

export function readChunk(chunk: DuckDBDataChunk, readers: readonly ColumnReader[], columns: readonly Value[][]): void {
  const count = chunk.rowCount
  for (const [index, read] of readers.entries()) read(chunk.getColumnVector(index), count, columns[index] as Value[])
}

type Convert = (value: DuckDBValue) => Value

const SMALL_INTEGERS: ReadonlySet<DuckDBTypeId> = new Set([DuckDBTypeId.TINYINT, DuckDBTypeId.SMALLINT, DuckDBTypeId.INTEGER, DuckDBTypeId.UTINYINT, DuckDBTypeId.USMALLINT, DuckDBTypeId.UINTEGER])
const BIG_INTEGERS: ReadonlySet<DuckDBTypeId> = new Set([DuckDBTypeId.BIGINT, DuckDBTypeId.UBIGINT, DuckDBTypeId.HUGEINT, DuckDBTypeId.UHUGEINT])
const FLOATS: ReadonlySet<DuckDBTypeId> = new Set([DuckDBTypeId.FLOAT, DuckDBTypeId.DOUBLE])

/** Units of a second each timestamp type counts in, and the field of the driver's value that holds the count. */
const TIMESTAMPS: ReadonlyMap<DuckDBTypeId, { readonly perSecond: bigint; readonly field: 'seconds' | 'millis' | 'micros' | 'nanos' }> = new Map([
  [DuckDBTypeId.TIMESTAMP_S, { perSecond: 1n, field: 'seconds' }],
  [DuckDBTypeId.TIMESTAMP_MS, { perSecond: 1000n, field: 'millis' }],
  [DuckDBTypeId.TIMESTAMP, { perSecond: 1_000_000n, field: 'micros' }],
  [DuckDBTypeId.TIMESTAMP_TZ, { perSecond: 1_000_000n, field: 'micros' }],
  [DuckDBTypeId.TIMESTAMP_NS, { perSecond: 1_000_000_000n, field: 'nanos' }],
])

function conversion(type: DuckDBType, kind: ColumnKind): Convert | null {
  // A bare NULL in the SELECT list has a type of its own and fits every kind.
  return type.typeId === DuckDBTypeId.SQLNULL ? () => null : CONVERSIONS[kind](type.typeId, type)
}

const days = (value: DuckDBValue): string | null => dateText((value as unknown as { days: number }).days)

const CONVERSIONS: Readonly<Record<ColumnKind, (id: DuckDBTypeId, type: DuckDBType) => Convert | null>> = {
  text: (id) => textOf(id),
  boolean: (id) => (id === DuckDBTypeId.BOOLEAN ? (value) => value as boolean : null),
  float: (id) => floatOf(id),
  number: (id) => {
    if (FLOATS.has(id)) return (value) => value as number
    return id === DuckDBTypeId.DECIMAL ? decimalOf(id) : integerOf(id)
  },
  integer: (id, type) => {
    if (id !== DuckDBTypeId.DECIMAL) return integerOf(id)
    return (type as { scale?: number }).scale === 0 ? (value) => (value as unknown as DecimalParts).value : null
  },
  decimal: (id) => decimalOf(id),
  date: (id) => (id === DuckDBTypeId.DATE ? days : midnightOf(id)),
  timestamp: (id) => (id === DuckDBTypeId.DATE ? (value) => withTime(days(value)) : instantOf(id)),
}

interface DecimalParts {
  readonly value: bigint
  readonly scale: number
  toDouble(): number
}

function textOf(id: DuckDBTypeId): Convert {
  if (id === DuckDBTypeId.VARCHAR || id === DuckDBTypeId.ENUM) return (value) => value as string
  if (id === DuckDBTypeId.DATE) return days
  return instantOf(id) ?? ((value) => String(value))
}

function integerOf(id: DuckDBTypeId): Convert | null {
  if (SMALL_INTEGERS.has(id)) return (value) => BigInt(value as number)
  return BIG_INTEGERS.has(id) ? (value) => value as bigint : null
}

function decimalOf(id: DuckDBTypeId): Convert | null {
  if (id === DuckDBTypeId.DECIMAL) {
    return (value) => {
      const { value: units, scale } = value as unknown as DecimalParts
      return { units, scale }
    }
  }
  const whole = integerOf(id)
  return whole && ((value) => ({ units: whole(value) as bigint, scale: 0 }))
}

const finite = (value: number): number | null => (Number.isFinite(value) ? value : null)

function floatOf(id: DuckDBTypeId): Convert | null {
  if (FLOATS.has(id)) return (value) => finite(value as number)
  if (SMALL_INTEGERS.has(id)) return (value) => value as number
  if (BIG_INTEGERS.has(id)) return (value) => Number(value as bigint)
  return id === DuckDBTypeId.DECIMAL ? (value) => (value as unknown as DecimalParts).toDouble() : null
}

const DAY_MS = 86_400_000
/** DuckDB's infinite dates are the ends of 32 bits; no answer can hold them. */
const INFINITE_DAYS = 2_147_483_647
/** Beyond these JavaScript's calendar ends. */
const MOST_MS = 8_640_000_000_000_000n

function dateText(days: number): string | null {
  const ms = days * DAY_MS
  if (Math.abs(days) >= INFINITE_DAYS || Math.abs(ms) > Number(MOST_MS)) return null
  return new Date(ms).toISOString().slice(0, -'T00:00:00.000Z'.length)
}

const withTime = (date: string | null): string | null => (date === null ? null : `${date}T00:00:00.000Z`)

/** ISO text with milliseconds, and with micro- or nanoseconds only where there are some. */
function instantOf(id: DuckDBTypeId): Convert | null {
  const count = TIMESTAMPS.get(id)
  if (!count) return null
  const { perSecond, field } = count
  return (value) => instantText((value as unknown as Record<string, bigint>)[field] as bigint, perSecond)
}

function instantText(count: bigint, perSecond: bigint): string | null {
  if (perSecond === 1_000_000n) {
    // The common case without big arithmetic: microseconds of the years 1700 to 2240 are exact in a double.
    const micros = Number(count)
    if (Number.isSafeInteger(micros) && micros % 1000 === 0) return new Date(micros / 1000).toISOString()
  }
  const nanos = count * (1_000_000_000n / perSecond)
  const ms = nanos / 1_000_000n - (nanos % 1_000_000n < 0n ? 1n : 0n)
  if (ms > MOST_MS || ms < -MOST_MS) return null
  const rest = nanos - ms * 1_000_000n
  const text = new Date(Number(ms)).toISOString()
  if (rest === 0n) return text
  const digits = rest.toString().padStart(6, '0')
  return `${text.slice(0, -1)}${digits.endsWith('000') ? digits.slice(0, 3) : digits}Z`
}

/** A day that went through a function which makes it a timestamp; any other time of day is no date. */
function midnightOf(id: DuckDBTypeId): Convert | null {
  const instant = instantOf(id)
  if (!instant) return null
  return (value) => {
    const text = instant(value)
    if (text === null) return null
    if (typeof text !== 'string' || !text.endsWith('T00:00:00.000Z')) throw new KpiqlError('PLAN_BROKEN', { message: 'A column declared as date holds a time of day.' })
    return text.slice(0, -'T00:00:00.000Z'.length)
  }
}
