import { Decimal } from 'decimal.js'
import { decimalToText } from '../base/decimal-number.ts'
import type { DecimalNumber } from '../base/decimal-number.ts'
import { formatInstant, formatLocalDate } from '../base/period.ts'
import type { Expr } from '../sql/tree.ts'
import type { AskKey } from './ask.ts'
import { groupedAs } from './grouped-as.ts'
import type { Rows, PlanContext } from './rows.ts'
import type { ScanColumn, ScanValue } from './scan.ts'
import type { Measure } from './read.ts'
import { SUB_DAY, bucketStart, localClock, timeColumn } from './time-column.ts'
import type { Span, TimeColumn } from './time-column.ts'
import type { DimensionKind } from '../model/types.ts'

export interface PlannedKey {
  readonly id: string
  readonly expr: Expr
  /** The same for those who only group by it. */
  readonly grouped?: Expr
  readonly kind: ScanColumn
  /** Different values of the engine stay different: what no double holds exactly is text, as are `NaN` and `Infinity`. */
  decode(value: ScanValue): string | number | boolean | null
}

const KEY_COLUMNS = {
  text: 'text',
  integer: 'integer',
  decimal: 'number',
  float: 'number',
  boolean: 'boolean',
  date: 'date',
  timestamp: 'timestamp',
} as const satisfies Record<DimensionKind, ScanColumn>

/** The columns by which a read is grouped. Time keys of `PERIOD` at a grain are buckets by now and do not come here. */
export function planKeys(by: readonly AskKey[], rows: Pick<Rows, 'relation' | 'reach' | 'span'>, measure: Pick<Measure, 'time'>, context: PlanContext): readonly PlannedKey[] {
  return by.map((key) => {
    const id = groupKeyId(key)
    if (key.kind === 'dimension') {
      const reached = rows.reach(key.dimension)
      return { id, expr: reached.expr, grouped: groupedAs(reached, context.facts), kind: KEY_COLUMNS[reached.dimension.kind], decode: decodePlain }
    }
    if (key.kind === 'entity') return { id, expr: { kind: 'cast', of: rows.relation.entity(key.entity), to: 'text' }, kind: 'text', decode: decodePlain }
    const moment = momentOf(key.dimension, rows, measure, context)
    const span = key.dimension === null ? rows.span : spanOfColumn(rows.span)
    if (key.kind === 'date_part') {
      const expr: Expr = { kind: 'date_part', of: localClock(moment, span), part: key.part }
      return { id, expr, kind: 'integer', decode: decodePlain }
    }
    const subDay = SUB_DAY.has(key.grain) && moment.kind !== 'date'
    const decode = (value: ScanValue): string | null => {
      if (typeof value !== 'number') return null
      return subDay ? formatInstant(value * 1000, rows.span.zone) : formatLocalDate(value * 1000)
    }
    return { id, expr: { kind: 'epoch', of: bucketStart(moment, key.grain, span, context.calendar) }, kind: 'seconds', decode }
  })
}

export function groupKeyId(key: AskKey): string {
  switch (key.kind) {
    case 'dimension':
      return `dimension|${key.dimension}`
    case 'entity':
      return `entity|${key.entity}`
    case 'time':
      return `time|${key.dimension ?? ''}|${key.grain}`
    case 'date_part':
      return `part|${key.dimension ?? ''}|${key.part}`
  }
}

function momentOf(dimension: string | null, rows: Pick<Rows, 'reach'>, measure: Pick<Measure, 'time'>, context: PlanContext): TimeColumn {
  if (dimension !== null) return timeColumn(rows.reach(dimension), context.facts)
  const { time } = measure
  if (time.kind === 'event' || time.kind === 'semi_additive') return timeColumn(rows.reach(time.dimension), context.facts)
  throw new TypeError('A stock has no moment of its own to take a part of.')
}

/** A dimension other than the metric's own time may lie anywhere: its zone's offsets are spelled out for two centuries. */
function spanOfColumn(span: Span): Span {
  const startUtcMs = Date.UTC(1900, 0, 1)
  const endUtcMs = Date.UTC(2100, 0, 1)
  return { zone: span.zone, startUtcMs, endUtcMs, startLocalMs: startUtcMs, endLocalMs: endUtcMs }
}

/** A group key as clients see it: exact, and finite numbers only as numbers. */
export function decodePlain(value: ScanValue): string | number | boolean | null {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value)
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : value.toString()
  return decodeDecimal(value)
}

/** A number where its shortest text is the decimal; else the exact text, since two decimals may be one double. */
function decodeDecimal(value: DecimalNumber): string | number {
  const text = value.scale === 0 ? decimalToText(value) : decimalToText(value).replace(/\.?0+$/, '')
  const number = Number(text)
  const shortest = String(number)
  // From 1e21 up and 1e-7 down the shortest text has an exponent.
  return shortest === text || (shortest.includes('e') && new Decimal(shortest).eq(text)) ? number : text
}
