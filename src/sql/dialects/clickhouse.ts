import type { Calendar, DatePart, Grain } from '../../base/grain.ts'
import { fitsInt64 } from '../../base/int64.ts'
import { SqlPrinter, fraction } from '../printer.ts'
import type { Printing } from '../printer.ts'
import { column, compare, select } from '../tree.ts'
import type { Aggregate, Expr, OutputColumn, Query, SqlType, WindowExpr } from '../tree.ts'

const TYPE_NAMES = {
  text: 'String',
  boolean: 'Bool',
  integer: 'Int64',
  float: 'Float64',
  decimal: 'Decimal(38, 9)',
  // `Date` ends in 2149 and begins in 1970.
  date: 'Date32',
  timestamp: "DateTime64(6, 'UTC')",
} as const satisfies Record<SqlType, string>

const DATE_PARTS = {
  hour_of_day: 'toHour',
  day_of_week: 'toDayOfWeek',
  day_of_month: 'toDayOfMonth',
  week_of_year: 'toISOWeek',
  month_of_year: 'toMonth',
  quarter_of_year: 'toQuarter',
  year: 'toYear',
} as const satisfies Record<DatePart, string>

const STARTS = {
  minute: 'toStartOfMinute',
  hour: 'toStartOfHour',
  day: 'toDate32',
  week: 'toMonday',
  month: 'toStartOfMonth',
  quarter: 'toStartOfQuarter',
  year: 'toStartOfYear',
} as const satisfies Record<Grain, string>

const ADDS = {
  minute: 'addMinutes',
  hour: 'addHours',
  day: 'addDays',
  week: 'addWeeks',
  month: 'addMonths',
  quarter: 'addQuarters',
  year: 'addYears',
} as const satisfies Record<Grain, string>

/**
 * ClickHouse 26.3 and later, with the settings of the connector: nulls of outer joins, `Date32` from functions over days, no positions in
 * GROUP BY. Wall clocks are `DateTime64(6, 'UTC')`, whose text is the clock's.
 */
class ClickhousePrinter extends SqlPrinter {
  readonly name = 'clickhouse'

  /** Backslashes escape in quoted names, too. */
  protected override identifier(name: string): string {
    return super.identifier(name.replaceAll('\\', '\\\\'))
  }

  protected typeName(type: SqlType): string {
    return TYPE_NAMES[type]
  }

  protected override placeholder(index: number, type: SqlType): string {
    return `{p${index}:${this.typeName(type)}}`
  }

  /** What is beyond Int64 would wrap around; columns of UInt64 and wider hold it. */
  protected override param(expr: Expr & { kind: 'param' }, printing: Printing): string {
    if (expr.type !== 'integer' || fitsInt64(BigInt(expr.value))) return super.param(expr, printing)
    return `{p${printing.bind(expr.value, expr.type)}:Int128}`
  }

  protected override get once(): string {
    return 'MATERIALIZED '
  }

  /** A WITH before a UNION is copied into each of its parts: 70 of them made 300,000 nodes of a statement. */
  protected override query(query: Query, printing: Printing): string {
    if (query.kind !== 'with' || query.body.kind !== 'union_all') return super.query(query, printing)
    const as = 'answer'
    const [first] = query.body.parts
    const columns = namesOf(first).map((name): OutputColumn => ({ expr: column(as, name), as: name }))
    return super.query({ ...query, body: select({ columns, from: { kind: 'query', query: query.body, as } }) }, printing)
  }

  protected truncate(of: string, grain: Grain, calendar: Calendar): string {
    const start = STARTS[grain]
    if (grain === 'week') {
      const days = (calendar.weekStart - 1) % 7
      return days === 0 ? `${start}(${of})` : `addDays(${start}(addDays(${of}, -${days})), ${days})`
    }
    const months = (calendar.fiscalYearStart - 1) % (grain === 'quarter' ? 3 : 12)
    if ((grain === 'quarter' || grain === 'year') && months !== 0) return `addMonths(${start}(addMonths(${of}, -${months})), ${months})`
    return `${start}(${of})`
  }

  protected epoch(of: string): string {
    return `toUnixTimestamp64Second(${clock(of)})`
  }

  protected addSeconds(of: string, seconds: string): string {
    return `addSeconds(${clock(of)}, ${seconds})`
  }

  protected secondsBetween(from: string, to: string): string {
    return `((toUnixTimestamp64Micro(${clock(to)}) - toUnixTimestamp64Micro(${clock(from)})) / 1000000)`
  }

  protected addUnits(of: string, count: number, unit: Grain): string {
    return `${ADDS[unit]}(${clock(of)}, ${count})`
  }

  protected textList(json: string, column: string, as: string): string {
    return `(SELECT arrayJoin(JSONExtract(${json}, 'Array(String)')) AS ${column}) AS ${as}`
  }

  protected utcClock(of: string): string {
    return clock(of)
  }

  protected datePart(of: string, part: DatePart): string {
    return `toInt64(${DATE_PARTS[part]}(${part === 'hour_of_day' ? clock(of) : of}))`
  }

  protected match(how: 'contains' | 'startsWith' | 'endsWith', of: string, text: string): string {
    return how === 'contains' ? `(position(${of}, ${text}) > 0)` : `${how}(${of}, ${text})`
  }

  protected override expr(expr: Expr, printing: Printing): string {
    switch (expr.kind) {
      case 'integer':
        // A literal beyond 32 bits is unsigned, and has no type in common with signed columns.
        return Math.abs(Number(expr.value)) < 2 ** 32 ? super.expr(expr, printing) : `toInt64(${super.expr(expr, printing)})`
      case 'is_true':
        return `ifNull(${this.expr(expr.of, printing)}, 0)`
      case 'in':
        return expr.values.some(isFraction) ? super.expr({ kind: 'or', of: expr.values.map((value) => compare(expr.of, '=', value)) }, printing) : super.expr(expr, printing)
      case 'bit_when':
        return `if(${this.expr(expr.when, printing)}, toInt64(${1n << BigInt(expr.bit)}), 0)`
      case 'sum_of':
        return `toInt64${super.expr(expr, printing)}`
      case 'bit_test':
        return `(bitAnd(${this.expr(expr.of, printing)}, ${1n << BigInt(expr.bit)}) <> 0)`
      case 'bits_overlap':
        return `(bitAnd(${this.expr(expr.of, printing)}, ${expr.mask}) <> 0)`
      default:
        return super.expr(expr, printing)
    }
  }

  protected override lower(of: string): string {
    return `lowerUTF8(${of})`
  }

  protected override shiftRight(of: string, by: string): string {
    return `bitShiftRight(${of}, ${by})`
  }

  /** Casts of floats to decimals cut digits off, so 0.57 would lose one: the shortest text of a float is what was written. */
  protected override cast(of: string, to: SqlType): string {
    if (to === 'decimal') return `CAST(round(toDecimal256(toString(${of}), 20), 9) AS ${this.typeName(to)})`
    if (to === 'timestamp') return clock(of)
    return `CAST(${of} AS ${this.typeName(to)})`
  }

  protected override window(expr: WindowExpr, printing: Printing): string {
    const call = super.window(expr, printing)
    return expr.fn === 'count' || expr.fn === 'row_number' ? `toInt64(${call})` : call
  }

  /** Over no rows, and beyond the first and the last row, these give what a column that is never null has by default: 0. */
  protected override windowCall(fn: WindowExpr['fn'], arg: string): string {
    switch (fn) {
      case 'lag':
      case 'lead':
        return `${fn}(toNullable(${arg}))`
      case 'sum':
      case 'min':
      case 'max':
        return `${fn}OrNull(${arg})`
      case 'count':
      case 'first_value':
      case 'row_number':
        return super.windowCall(fn, arg)
    }
  }

  /** Of nothing, an aggregate of what is never null is 0 or empty. `…OrNull` mends that for all; sums of nullables take less time. */
  protected override aggregate(expr: Aggregate, printing: Printing): string {
    const arg = expr.arg === null ? null : this.expr(expr.arg, printing)
    const filter = expr.filter === null ? null : this.expr(expr.filter, printing)
    const [name, parameters, input] = callOf(expr, arg)
    if (expr.fn.name === 'stddev') return deviation(input ?? '', filter)
    const counts = name === 'count' || name === 'uniqExact' || name === 'uniq'
    const summed = name === 'sum' || name === 'sumKahan'
    const combined = `${name}${counts || summed ? '' : 'OrNull'}${filter === null ? '' : 'If'}`
    const call = `${combined}${parameters}(${[summed ? `toNullable(${input})` : input, filter].filter((part) => part !== null).join(', ')})`
    return counts ? `toInt64(${call})` : call
  }
}

/** IN takes its values for the column's type, and refuses 2.5 among integers; compared one by one they are numbers. */
function isFraction(value: Expr): boolean {
  return value.kind === 'param' && (value.type === 'decimal' || value.type === 'float')
}

function namesOf(query: Query | undefined): readonly string[] {
  if (query === undefined) return []
  if (query.kind === 'select') return query.columns.map(({ as }) => as)
  return namesOf(query.kind === 'with' ? query.body : query.parts[0])
}

/** Any date or time as a wall clock of UTC. */
function clock(of: string): string {
  return `toDateTime64(${of}, 6, 'UTC')`
}

/** Of one value it would be no number rather than null. */
function deviation(of: string, filter: string | null): string {
  return filter === null ? `if(count(${of}) > 1, stddevSampStable(${of}), NULL)` : `if(countIf(${of}, ${filter}) > 1, stddevSampStableIf(${of}, ${filter}), NULL)`
}

/**
 * Sums of integers wrap around at 64 bits, those of decimals have 38 digits or more. Wide integers are added faster than decimals,
 * but have no sum with floats: what may be one becomes a decimal, and floats stay floats.
 */
function widened(arg: string | null, of: 'integer' | 'decimal' | undefined): string {
  if (of === 'decimal') return String(arg)
  return of === 'integer' ? `${arg} + toInt128(0)` : `${arg} + toDecimal128(0, 0)`
}

function callOf({ fn }: Aggregate, arg: string | null): readonly [name: string, parameters: string, input: string | null] {
  switch (fn.name) {
    case 'count':
      return ['count', '', arg]
    case 'count_distinct':
      return ['uniqExact', '', arg]
    case 'approx_count_distinct':
      return ['uniq', '', arg]
    case 'median':
      return ['quantileExactInclusive', '(0.5)', `toFloat64(${arg})`]
    case 'percentile':
      return ['quantileExactInclusive', `(${fraction(fn.fraction)})`, `toFloat64(${arg})`]
    case 'stddev':
      return ['stddevSampStable', '', arg]
    case 'bit_or':
      return ['groupBitOr', '', arg]
    case 'sum_float':
      return ['sumKahan', '', arg]
    case 'sum':
      return ['sum', '', widened(arg, fn.of)]
    case 'min':
    case 'max':
      return [fn.name, '', arg]
  }
}

export const clickhouseDialect = new ClickhousePrinter()
