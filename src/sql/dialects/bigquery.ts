import { createHash } from 'node:crypto'
import type { Calendar, DatePart, Grain } from '../../base/grain.ts'
import { fitsInt64 } from '../../base/int64.ts'
import { SqlPrinter, fraction, type Printing } from '../printer.ts'
import type { Aggregate, Expr, From, SqlType, WindowExpr } from '../tree.ts'

const TYPE_NAMES = {
  text: 'STRING',
  boolean: 'BOOL',
  integer: 'INT64',
  float: 'FLOAT64',
  decimal: 'NUMERIC',
  date: 'DATE',
  timestamp: 'DATETIME',
} as const satisfies Record<SqlType, string>

const DATE_PARTS = {
  hour_of_day: 'HOUR',
  day_of_week: 'DAYOFWEEK',
  day_of_month: 'DAY',
  week_of_year: 'ISOWEEK',
  month_of_year: 'MONTH',
  quarter_of_year: 'QUARTER',
  year: 'YEAR',
} as const satisfies Record<DatePart, string>

const WEEKDAYS = ['MONDAY', 'TUESDAY', 'WEDNESDAY', 'THURSDAY', 'FRIDAY', 'SATURDAY', 'SUNDAY'] as const

/** Column names that GoogleSQL takes between backticks, and of which it does not care about the case. */
const TAKEN_NAME = /^(?:[A-Za-z_][A-Za-z0-9_]*|[\p{Ll}\p{Lo}\p{N}\p{Pc}\p{Pd}\p{M}&%=+:'<>#| ]+)$/u
const LONGEST_NAME = 300

/** GoogleSQL. Wall clocks are DATETIME, instants TIMESTAMP; parameters are named `@p1`, `@p2`, … and typed, so that one may be printed twice. */
class BigqueryPrinter extends SqlPrinter {
  readonly name = 'bigquery'

  protected typeName(type: SqlType): string {
    return TYPE_NAMES[type]
  }

  /** Names made of expressions may hold what no column of BigQuery may; those get one made of their hash. */
  protected override identifier(name: string): string {
    const fits = TAKEN_NAME.test(name) && name.length <= LONGEST_NAME
    return quoted(fits ? name : `kpiql_${createHash('sha256').update(name).digest('hex').slice(0, 24)}`)
  }

  protected override tableName(name: string): string {
    return name.split('.').map(quoted).join('.')
  }

  protected override placeholder(index: number): string {
    return `@p${index}`
  }

  protected override param(expr: Expr & { kind: 'param' }, printing: Printing): string {
    // What is no INT64 is refused as a parameter of that type, and is in no column of it.
    const type = expr.type === 'integer' && !fitsInt64(BigInt(expr.value)) ? 'decimal' : expr.type
    const name = this.placeholder(printing.bind(expr.value, type))
    return expr.isInstant === true ? `TIMESTAMP(${name}, 'UTC')` : name
  }

  /** There is no such hint: BigQuery may compute a name once for each place that reads it. */
  protected override get once(): string {
    return ''
  }

  protected truncate(of: string, grain: Grain, calendar: Calendar): string {
    const clock = asClock(of)
    if (grain === 'week') return `DATETIME_TRUNC(${clock}, WEEK(${WEEKDAYS[(calendar.weekStart - 1) % 7]}))`
    const months = (calendar.fiscalYearStart - 1) % (grain === 'quarter' ? 3 : 12)
    if ((grain !== 'quarter' && grain !== 'year') || months === 0) return `DATETIME_TRUNC(${clock}, ${grain.toUpperCase()})`
    return `DATETIME_ADD(DATETIME_TRUNC(DATETIME_SUB(${clock}, INTERVAL ${months} MONTH), ${grain.toUpperCase()}), INTERVAL ${months} MONTH)`
  }

  protected epoch(of: string): string {
    return `UNIX_SECONDS(TIMESTAMP(${asClock(of)}, 'UTC'))`
  }

  protected addSeconds(of: string, seconds: string): string {
    return `DATETIME_ADD(${asClock(of)}, INTERVAL ${/^-?\d+$/.test(seconds) ? seconds : `(${seconds})`} SECOND)`
  }

  protected secondsBetween(from: string, to: string): string {
    return `(DATETIME_DIFF(${asClock(to)}, ${asClock(from)}, MICROSECOND) / 1000000)`
  }

  protected addUnits(of: string, count: number, unit: Grain): string {
    const [name, size] = count < 0 ? ['DATETIME_SUB', -count] : ['DATETIME_ADD', count]
    return `${name}(${asClock(of)}, INTERVAL ${size} ${unit.toUpperCase()})`
  }

  protected utcClock(of: string): string {
    return `DATETIME(${of}, 'UTC')`
  }

  protected datePart(of: string, part: DatePart): string {
    const value = `EXTRACT(${DATE_PARTS[part]} FROM ${asClock(of)})`
    // DAYOFWEEK is 1 on Sunday.
    return part === 'day_of_week' ? `(MOD(${value} + 5, 7) + 1)` : value
  }

  protected match(how: 'contains' | 'startsWith' | 'endsWith', of: string, text: string): string {
    if (how === 'contains') return `(STRPOS(${of}, ${text}) > 0)`
    return `${how === 'startsWith' ? 'STARTS_WITH' : 'ENDS_WITH'}(${of}, ${text})`
  }

  protected textList(json: string, column: string, as: string): string {
    return `(SELECT ${column} FROM UNNEST(JSON_VALUE_ARRAY(${json}, '$')) AS ${column}) AS ${as}`
  }

  protected override from(from: From, printing: Printing): string {
    if (from.kind !== 'values') return super.from(from, printing)
    const rows = from.rows.map((row) => `STRUCT(${row.map((value, index) => `${this.expr(value, printing)} AS ${this.identifier(from.columns[index] ?? '')}`).join(', ')})`)
    return `UNNEST([${rows.join(', ')}]) AS ${this.identifier(from.as)}`
  }

  protected override window(expr: WindowExpr, printing: Printing): string {
    const places = expr.fn === 'row_number' || expr.fn === 'lag' || expr.fn === 'lead'
    // Over a whole partition the order says nothing, and a frame without one is refused.
    const plain: WindowExpr = !places && expr.frame === 'partition' ? { ...expr, orderBy: [] } : expr
    const arg = plain.arg === null ? (plain.fn === 'row_number' ? '' : '*') : this.expr(plain.arg, printing)
    const keys = plain.partitionBy.map((key) => this.expr(key, printing))
    const order = plain.orderBy.flatMap(({ expr: key, direction }) => {
      const text = this.expr(key, printing)
      // A RANGE frame takes no NULLS LAST; descending, nulls are last anyway.
      if (plain.frame === 'peers') return direction === 'DESC' ? [`${text} DESC`] : [`(${text} IS NULL) ASC`, `${text} ASC`]
      return [`${text} ${direction} NULLS LAST`]
    })
    const frame = places || plain.frame === 'partition' ? [] : [plain.frame === 'before' ? 'ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING' : `${plain.frame === 'peers' ? 'RANGE' : 'ROWS'} BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW`]
    const over = [...(keys.length === 0 ? [] : [`PARTITION BY ${keys.join(', ')}`]), ...(order.length === 0 ? [] : [`ORDER BY ${order.join(', ')}`]), ...frame]
    return `${plain.fn}(${arg}) OVER (${over.join(' ')})`
  }

  protected override aggregate(expr: Aggregate, printing: Printing): string {
    const arg = expr.arg === null ? null : this.expr(expr.arg, printing)
    if (expr.filter === null) return this.aggregateCall(expr, arg)
    const holds = this.expr(expr.filter, printing)
    return arg === null ? `COUNTIF(${holds})` : this.aggregateCall(expr, `IF(${holds}, ${arg}, NULL)`)
  }

  protected override aggregateCall(expr: Aggregate, arg: string | null): string {
    if (arg !== null) {
      if (expr.fn.name === 'median') return percentile(arg, '0.5')
      if (expr.fn.name === 'percentile') return percentile(arg, fraction(expr.fn.fraction))
    }
    return super.aggregateCall(expr, arg)
  }
}

const asClock = (of: string): string => `CAST(${of} AS DATETIME)`

/**
 * PERCENTILE_CONT is a window function only, so the values of a group are sorted into an array and read at two places, between which
 * lies the rest of (n − 1) × fraction.
 */
function percentile(arg: string, at: string): string {
  const value = `CAST(${arg} AS FLOAT64)`
  const sorted = `ARRAY_AGG(${value} IGNORE NULLS ORDER BY ${value})`
  const place = `((COUNT(${arg}) - 1) * ${at})`
  const read = (how: 'FLOOR' | 'CEIL'): string => `${sorted}[SAFE_OFFSET(CAST(${how}(${place}) AS INT64))]`
  return `(${read('FLOOR')} + (${read('CEIL')} - ${read('FLOOR')}) * (${place} - FLOOR(${place})))`
}

function quoted(name: string): string {
  return `\`${name.replaceAll('\\', '\\\\').replaceAll('`', '\\`')}\``
}

export const bigqueryDialect = new BigqueryPrinter()
