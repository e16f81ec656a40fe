import { createHash } from 'node:crypto'
import type { Calendar, DatePart, Grain } from '../../base/grain.ts'
import { SqlPrinter, fraction, type Printing } from '../printer.ts'
import type { Aggregate, Expr, From, SqlType, WindowExpr } from '../tree.ts'

const TYPE_NAMES = {
  text: 'VARCHAR',
  boolean: 'BOOLEAN',
  integer: 'NUMBER(38, 0)',
  float: 'DOUBLE',
  decimal: 'NUMBER(38, 9)',
  date: 'DATE',
  timestamp: 'TIMESTAMP_NTZ',
} as const satisfies Record<SqlType, string>

const DATE_PARTS = {
  hour_of_day: 'HOUR',
  day_of_week: 'DAYOFWEEKISO',
  day_of_month: 'DAY',
  week_of_year: 'WEEKISO',
  month_of_year: 'MONTH',
  quarter_of_year: 'QUARTER',
  year: 'YEAR',
} as const satisfies Record<DatePart, string>

const LONGEST_NAME = 255

/**
 * Snowflake. Wall clocks are TIMESTAMP_NTZ; an instant that is compared with a parameter relies on the session's zone, which is UTC.
 * Parameters are numbered `:1`, `:2`, …, so that one may be printed twice.
 */
class SnowflakePrinter extends SqlPrinter {
  readonly name = 'snowflake'

  protected typeName(type: SqlType): string {
    return TYPE_NAMES[type]
  }

  /** Names are always quoted, so none is a reserved word; plain lower-case ones in upper case, as Snowflake keeps names that were not quoted. */
  protected override identifier(name: string): string {
    if (/^[a-z_][a-z0-9_$]*$/.test(name) && name.length <= LONGEST_NAME) return `"${name.toUpperCase()}"`
    return super.identifier(name.length <= LONGEST_NAME ? name : `kpiql ${createHash('sha256').update(name).digest('hex').slice(0, 24)}`)
  }

  protected override placeholder(index: number, type: SqlType): string {
    return `CAST(:${index} AS ${this.typeName(type)})`
  }

  protected override param(expr: Expr & { kind: 'param' }, printing: Printing): string {
    if (expr.isInstant !== true) return super.param(expr, printing)
    return `CAST(:${printing.bind(expr.value, expr.type)} AS TIMESTAMP_LTZ)`
  }

  protected override get once(): string {
    return ''
  }

  protected override expr(expr: Expr, printing: Printing): string {
    switch (expr.kind) {
      case 'is_true':
        return `COALESCE(${this.expr(expr.of, printing)}, FALSE)`
      case 'bit_test':
        return `(BITAND(${this.expr(expr.of, printing)}, ${1n << BigInt(expr.bit)}) <> 0)`
      case 'bits_overlap':
        return `(BITAND(${this.expr(expr.of, printing)}, ${expr.mask}) <> 0)`
      case 'shift_right':
        return `BITSHIFTRIGHT(${this.expr(expr.of, printing)}, ${this.expr(expr.by, printing)})`
      default:
        return super.expr(expr, printing)
    }
  }

  protected truncate(of: string, grain: Grain, calendar: Calendar): string {
    // DATE_TRUNC of weeks follows the session's WEEK_START; the ISO day of the week follows nothing.
    if (grain === 'week') return `DATEADD('day', -MOD(DAYOFWEEKISO(${of}) + ${7 - calendar.weekStart}, 7), DATE_TRUNC('day', ${of}))`
    const months = (calendar.fiscalYearStart - 1) % (grain === 'quarter' ? 3 : 12)
    if ((grain !== 'quarter' && grain !== 'year') || months === 0) return `DATE_TRUNC('${grain}', ${of})`
    return `DATEADD('month', ${months}, DATE_TRUNC('${grain}', DATEADD('month', -${months}, ${of})))`
  }

  protected epoch(of: string): string {
    return `DATE_PART('epoch_second', ${of})`
  }

  protected addSeconds(of: string, seconds: string): string {
    return `DATEADD('second', ${seconds}, CAST(${of} AS TIMESTAMP_NTZ))`
  }

  protected secondsBetween(from: string, to: string): string {
    return `(CAST(DATEDIFF('microsecond', ${from}, ${to}) AS DOUBLE) / 1000000)`
  }

  protected addUnits(of: string, count: number, unit: Grain): string {
    return `DATEADD('${unit}', ${count}, CAST(${of} AS TIMESTAMP_NTZ))`
  }

  protected utcClock(of: string): string {
    return `CAST(CONVERT_TIMEZONE('UTC', ${of}) AS TIMESTAMP_NTZ)`
  }

  protected datePart(of: string, part: DatePart): string {
    return `${DATE_PARTS[part]}(CAST(${of} AS TIMESTAMP_NTZ))`
  }

  protected match(how: 'contains' | 'startsWith' | 'endsWith', of: string, text: string): string {
    return `${how.toUpperCase()}(${of}, ${text})`
  }

  protected textList(json: string, column: string, as: string): string {
    return `(SELECT CAST("LISTED"."VALUE" AS VARCHAR) AS ${column} FROM TABLE(FLATTEN(INPUT => PARSE_JSON(${json}))) AS "LISTED") AS ${as}`
  }

  protected override from(from: From, printing: Printing): string {
    // VALUES refuses expressions that are no constants; whole numbers are.
    if (from.kind !== 'values' || from.rows.every((row) => row.every(({ kind }) => kind === 'integer' || kind === 'tiny'))) return super.from(from, printing)
    const rows = from.rows.map((row) => `SELECT ${row.map((value, index) => `${this.expr(value, printing)} AS ${this.identifier(from.columns[index] ?? '')}`).join(', ')}`)
    return `(${rows.join(' UNION ALL ')}) AS ${this.identifier(from.as)}`
  }

  protected override window(expr: WindowExpr, printing: Printing): string {
    const places = expr.fn === 'row_number' || expr.fn === 'lag' || expr.fn === 'lead'
    if (places || expr.frame !== 'partition') return super.window(expr, printing)
    // Over a whole partition the order says nothing, and a frame without one is refused.
    const arg = expr.arg === null ? '*' : this.expr(expr.arg, printing)
    const keys = expr.partitionBy.map((key) => this.expr(key, printing))
    return `${expr.fn}(${arg}) OVER (${keys.length === 0 ? '' : `PARTITION BY ${keys.join(', ')}`})`
  }

  protected override aggregate(expr: Aggregate, printing: Printing): string {
    const arg = expr.arg === null ? null : this.expr(expr.arg, printing)
    if (expr.filter === null) return this.aggregateCall(expr, arg)
    const holds = this.expr(expr.filter, printing)
    return arg === null ? `COUNT_IF(${holds})` : this.aggregateCall(expr, `IFF(${holds}, ${arg}, NULL)`)
  }

  protected override aggregateCall(expr: Aggregate, arg: string | null): string {
    if (arg === null) return super.aggregateCall(expr, arg)
    switch (expr.fn.name) {
      case 'bit_or':
        return `BITOR_AGG(${arg})`
      case 'sum_float':
        return `SUM(CAST(${arg} AS DOUBLE))`
      // Of numbers it would keep three digits more than they have.
      case 'median':
        return `PERCENTILE_CONT(0.5) WITHIN GROUP (ORDER BY CAST(${arg} AS DOUBLE))`
      case 'percentile':
        return `PERCENTILE_CONT(${fraction(expr.fn.fraction)}) WITHIN GROUP (ORDER BY CAST(${arg} AS DOUBLE))`
      default:
        return super.aggregateCall(expr, arg)
    }
  }
}

export const snowflakeDialect = new SnowflakePrinter()
