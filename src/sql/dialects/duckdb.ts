import type { Calendar, DatePart, Grain } from '../../base/grain.ts'
import { fitsInt64 } from '../../base/int64.ts'
import { SqlPrinter, fraction, type Printing } from '../printer.ts'
import type { Aggregate, Expr, SqlType } from '../tree.ts'

const TYPE_NAMES = {
  text: 'VARCHAR',
  boolean: 'BOOLEAN',
  integer: 'BIGINT',
  float: 'DOUBLE',
  decimal: 'DECIMAL(38, 9)',
  date: 'DATE',
  timestamp: 'TIMESTAMP',
} as const satisfies Record<SqlType, string>

const DATE_PARTS = {
  hour_of_day: 'hour',
  day_of_week: 'isodow',
  day_of_month: 'day',
  week_of_year: 'week',
  month_of_year: 'month',
  quarter_of_year: 'quarter',
  year: 'year',
} as const satisfies Record<DatePart, string>

/** DuckDB 1.5. Needs no ICU: zones are offsets by the time they reach the engine. */
class DuckdbPrinter extends SqlPrinter {
  readonly name = 'duckdb'

  protected typeName(type: SqlType): string {
    return TYPE_NAMES[type]
  }

  /** Columns of UBIGINT and HUGEINT hold integers beyond BIGINT. */
  protected override param(expr: Expr & { kind: 'param' }, printing: Printing): string {
    if (expr.type !== 'integer' || fitsInt64(BigInt(expr.value))) return super.param(expr, printing)
    return `CAST($${printing.bind(expr.value, expr.type)} AS HUGEINT)`
  }

  protected override tiny(value: string): string {
    return `${value}::UTINYINT`
  }

  protected truncate(of: string, grain: Grain, calendar: Calendar): string {
    if (grain === 'week') {
      const days = (calendar.weekStart - 1) % 7
      return days === 0 ? `date_trunc('week', ${of})` : shifted(of, 'week', `INTERVAL ${days} DAY`)
    }
    const months = (calendar.fiscalYearStart - 1) % (grain === 'quarter' ? 3 : 12)
    if ((grain === 'quarter' || grain === 'year') && months !== 0) return shifted(of, grain, `INTERVAL ${months} MONTH`)
    // Measured on 10 million timestamps: the cast takes 126 ms, date_trunc('day') 166.
    return grain === 'day' ? `CAST(${of} AS DATE)` : `date_trunc('${grain}', ${of})`
  }

  protected epoch(of: string): string {
    return `CAST(epoch(${of}) AS BIGINT)`
  }

  protected addSeconds(of: string, seconds: string): string {
    return `(${of} + to_seconds(${seconds}))`
  }

  protected secondsBetween(from: string, to: string): string {
    return `((epoch_us(${to}) - epoch_us(${from})) / 1000000.0)`
  }

  protected addUnits(of: string, count: number, unit: Grain): string {
    const [sign, size] = count < 0 ? ['-', -count] : ['+', count]
    return `(${of} ${sign} INTERVAL ${size} ${unit.toUpperCase()})`
  }

  protected textList(json: string, column: string, as: string): string {
    return `(SELECT unnest(from_json(${json}, '["VARCHAR"]')) AS ${column}) AS ${as}`
  }

  protected utcClock(of: string): string {
    // Casting TIMESTAMPTZ to TIMESTAMP asks ICU for the session's zone row by row; counting microseconds does not.
    return `make_timestamp(epoch_us(${of}))`
  }

  protected datePart(of: string, part: DatePart): string {
    return `CAST(date_part('${DATE_PARTS[part]}', ${of}) AS BIGINT)`
  }

  protected match(how: 'contains' | 'startsWith' | 'endsWith', of: string, text: string): string {
    const name = { contains: 'contains', startsWith: 'starts_with', endsWith: 'ends_with' }[how]
    return `${name}(${of}, ${text})`
  }

  /** Adding up a bit takes two thirds of what counting the rows in which it is set does (2 million rows, 24 bits: 336 ms against 473). */
  protected override aggregate(expr: Aggregate, printing: Printing): string {
    if (expr.fn.name !== 'count' || expr.arg !== null || expr.filter?.kind !== 'bit_test') return super.aggregate(expr, printing)
    return `coalesce(sum((${this.expr(expr.filter.of, printing)} >> ${expr.filter.bit}) & 1), 0)`
  }

  /** One element of a list takes a fifth less than six comparisons (10 million rows, 24 ranges as bits: 1.8 s against 2.6). */
  protected override expr(expr: Expr, printing: Printing): string {
    if (expr.kind === 'counted_months') return this.countedMonths(expr, printing)
    if (expr.kind !== 'lookup') return super.expr(expr, printing)
    const of = this.expr(expr.of, printing)
    const list = `[${expr.values.join(', ')}]${expr.values.every((value) => value >= 0 && value <= 255) ? '::UTINYINT[]' : ''}`
    return `CASE WHEN ${of} BETWEEN ${expr.from} AND ${expr.from + expr.values.length - 1} THEN (${list})[TRY_CAST(${of} AS BIGINT) - ${expr.from} + 1] ELSE ${this.expr(expr.otherwise, printing)} END`
  }

  /** Infinite dates have no parts, and least() passes over nulls: what is not before the months and has no month lies after them. */
  private countedMonths(expr: Expr & { kind: 'counted_months' }, printing: Printing): string {
    const before = this.expr(expr.before, printing)
    const day = `CAST(${this.expr(expr.of, printing)} AS DATE)`
    const counted = `least(year(${day}) * 12 + month(${day}) - ${expr.first - expr.from}, ${expr.from + expr.count})`
    return `CASE WHEN ${before} THEN ${this.tiny(String(expr.from))} ELSE ${counted} END`
  }

  protected override aggregateCall(expr: Aggregate, arg: string | null): string {
    if (arg !== null) {
      // fsum is compensated: float totals differ in the last digits at most, whatever order threads deliver rows in.
      if (expr.fn.name === 'sum_float') return `fsum(${arg})`
      // Of decimals quantile_cont yields a decimal of their own scale: the middle of 1.01 and 1.02 would lose its half cent.
      // Of integers it yields the double that it would yield of doubles, a third faster.
      if (expr.fn.name === 'median') return `quantile_cont(${ordered(arg, expr.fn.of)}, 0.5)`
      if (expr.fn.name === 'percentile') return `quantile_cont(${ordered(arg, expr.fn.of)}, ${fraction(expr.fn.fraction)})`
    }
    return super.aggregateCall(expr, arg)
  }
}

function ordered(arg: string, of: 'integer' | undefined): string {
  return of === 'integer' ? arg : `CAST(${arg} AS DOUBLE)`
}

/** A month later than the calendar's own start, truncated, and moved back. */
function shifted(of: string, grain: 'week' | 'quarter' | 'year', by: string): string {
  return `(date_trunc('${grain}', ${of} - ${by}) + ${by})`
}

export const duckdbDialect = new DuckdbPrinter()
