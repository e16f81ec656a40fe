import type { Calendar, DatePart, Grain } from '../../base/grain.ts'
import { fitsInt64 } from '../../base/int64.ts'
import { Printing, SqlPrinter } from '../printer.ts'
import type { Aggregate, Expr, From, Select, SqlType } from '../tree.ts'

const TYPE_NAMES = {
  text: 'TEXT',
  boolean: 'BOOLEAN',
  integer: 'BIGINT',
  float: 'DOUBLE PRECISION',
  decimal: 'NUMERIC(38, 9)',
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

/**
 * One value has one number however often it is printed: the engine takes two parameters for different, and would not see that an
 * expression of the SELECT list is the one it groups by.
 */
class NumberedOnce extends Printing {
  readonly #numbers = new Map<string, number>()

  override bind(value: string | number | bigint | boolean, type: SqlType): number {
    const id = `${type} ${typeof value} ${String(value)}`
    let number = this.#numbers.get(id)
    if (number === undefined) this.#numbers.set(id, (number = super.bind(value, type)))
    return number
  }
}

/**
 * PostgreSQL 14 and later, in a session whose zone is UTC. Texts are compared under the collation "C", which is that of their bytes;
 * under another one the engine would also sort them several times slower.
 */
class PostgresPrinter extends SqlPrinter {
  readonly name = 'postgres'

  protected override begin(): Printing {
    return new NumberedOnce()
  }

  protected typeName(type: SqlType): string {
    return TYPE_NAMES[type]
  }

  /** Instants meet bound instants: against wall clocks the engine would convert every row. */
  protected override param(expr: Expr & { kind: 'param' }, printing: Printing): string {
    if (expr.isInstant === true) return `CAST($${printing.bind(`${String(expr.value)}+00`, expr.type)} AS TIMESTAMPTZ)`
    // Columns of NUMERIC without digits behind the point hold integers beyond BIGINT.
    if (expr.type === 'integer' && !fitsInt64(BigInt(expr.value))) return `CAST($${printing.bind(expr.value, expr.type)} AS NUMERIC)`
    const value = typeof expr.value === 'string' ? withoutNul(expr.value) : expr.value
    return this.placeholder(printing.bind(value, expr.type), expr.type)
  }

  protected override exactText(of: string): string {
    return `CAST(${of} AS TEXT) COLLATE "C"`
  }

  /**
   * A select that makes keys out of columns is kept apart, by an offset of nothing, from the one that groups by them. The engine takes a
   * bucket for one of 200 then, not for one of as many values as its column has, and so dares to aggregate in parallel.
   */
  protected override select(query: Select, printing: Printing): string {
    const { from } = query
    if (query.where !== null || from.kind !== 'query' || from.query.kind !== 'select' || !makesKeys(from.query, from.as, query)) return super.select(query, printing)
    return super.select({ ...query, from: { ...from, query: { ...from.query, offset: 0 } } }, printing)
  }

  /** Of the type that the engine wants: one that it had to convert would keep parallel workers out. */
  protected override offset(rows: string): string {
    return `BIGINT '${rows}'`
  }

  protected override expr(expr: Expr, printing: Printing): string {
    switch (expr.kind) {
      case 'compare':
        if (expr.op !== '=') break
        return super.expr({ ...expr, left: asItIs(expr.left, [expr.right]), right: asItIs(expr.right, [expr.left]) }, printing)
      case 'in':
        return super.expr({ ...expr, of: asItIs(expr.of, expr.values) }, printing)
      case 'is_null':
        return super.expr({ ...expr, of: asItIs(expr.of, []) }, printing)
    }
    return super.expr(expr, printing)
  }

  protected override lower(of: string): string {
    // Under "C" only the 26 letters of ASCII have a lower case.
    return `lower(${of} COLLATE "und-x-icu")`
  }

  protected override cast(of: string, to: SqlType): string {
    // A float as a numeric keeps 15 digits, its text all there are.
    return to === 'decimal' ? `CAST(CAST(${of} AS TEXT) AS ${TYPE_NAMES.decimal})` : super.cast(of, to)
  }

  protected truncate(of: string, grain: Grain, calendar: Calendar): string {
    if (grain === 'day') return `CAST(${of} AS DATE)`
    // Of a date, date_trunc would make an instant.
    const clock = `CAST(${of} AS TIMESTAMP)`
    if (grain === 'week') {
      const days = (calendar.weekStart - 1) % 7
      return days === 0 ? `date_trunc('week', ${clock})` : shifted(clock, 'week', `INTERVAL '${days} day'`)
    }
    const months = (calendar.fiscalYearStart - 1) % (grain === 'quarter' ? 3 : 12)
    if ((grain === 'quarter' || grain === 'year') && months !== 0) return shifted(clock, grain, `INTERVAL '${months} month'`)
    return `date_trunc('${grain}', ${clock})`
  }

  protected epoch(of: string): string {
    return `CAST(date_part('epoch', ${of}) AS BIGINT)`
  }

  protected addSeconds(of: string, seconds: string): string {
    return `(${of} + make_interval(secs => ${seconds}))`
  }

  protected secondsBetween(from: string, to: string): string {
    return `CAST(extract(epoch FROM CAST(${to} AS TIMESTAMP) - CAST(${from} AS TIMESTAMP)) AS DOUBLE PRECISION)`
  }

  protected addUnits(of: string, count: number, unit: Grain): string {
    const [size, of_] = unit === 'quarter' ? [count * 3, 'month'] : [count, unit]
    return `(${of} + INTERVAL '${size} ${of_}')`
  }

  protected textList(json: string, column: string, as: string): string {
    return `(SELECT json_array_elements_text(CAST(${json} AS JSON)) COLLATE "C" AS ${column}) AS ${as}`
  }

  protected override from(from: From, printing: Printing): string {
    // The text of a JSON array can hold neither half a surrogate pair nor NUL.
    return super.from(from.kind === 'text_list' ? { ...from, values: from.values.map((value) => withoutNul(value).toWellFormed()) } : from, printing)
  }

  protected utcClock(of: string): string {
    return `CAST(${of} AS TIMESTAMP)`
  }

  protected datePart(of: string, part: DatePart): string {
    return `CAST(date_part('${DATE_PARTS[part]}', ${of}) AS BIGINT)`
  }

  protected match(how: 'contains' | 'startsWith' | 'endsWith', of: string, text: string): string {
    if (how === 'contains') return `(strpos(${of}, ${text}) > 0)`
    return how === 'startsWith' ? `starts_with(${of}, ${text})` : `(right(${of}, length(${text})) = ${text})`
  }

  protected override shiftRight(of: string, by: string): string {
    // Shifts count bits modulo the width, in 32 bits.
    return `(CAST(${of} AS BIGINT) >> CAST(least(${by}, 63) AS INTEGER))`
  }

  protected override aggregateCall(expr: Aggregate, arg: string | null): string {
    if (arg !== null) {
      if (expr.fn.name === 'stddev') return `stddev_samp(CAST(${arg} AS DOUBLE PRECISION))`
      if (expr.fn.name === 'approx_count_distinct') return `count(DISTINCT ${arg})`
    }
    return super.aggregateCall(expr, arg)
  }
}

/** Whether keys are made that have few values by what they are. */
function makesKeys({ columns, groupBy, limit, offset }: Select, as: string, grouped: Select): boolean {
  if (groupBy.length > 0 || limit !== null || offset !== null) return false
  const keys = grouped.groupingSets?.flat() ?? grouped.groupBy
  const names = new Set(keys.flatMap((key) => (key.kind === 'column' && key.table === as ? [key.name] : [])))
  return columns.some(({ expr, as: name }) => names.has(name) && (expr.kind === 'case' || expr.kind === 'truncate' || expr.kind === 'date_part'))
}

/**
 * A text beside what it may equal, without the cast that makes it exact, where its own equality is. Two columns of different collations
 * have no equality of their own.
 */
function asItIs(text: Expr, others: readonly Expr[]): Expr {
  if (text.kind !== 'exact_text' || text.collation === undefined) return text
  const { collation } = text
  const areLike = others.every((other) => other.kind === 'param' || (other.kind === 'exact_text' && other.collation === collation))
  return areLike ? text.of : text
}

/** No text of the engine holds a NUL, so none equals or contains one that does: a character that no text means stands for it. */
function withoutNul(text: string): string {
  return text.replaceAll('\0', '\uffff')
}

/** A month later than the calendar's own start, truncated, and moved back. */
function shifted(clock: string, grain: 'week' | 'quarter' | 'year', by: string): string {
  return `(date_trunc('${grain}', ${clock} - ${by}) + ${by})`
}

export const postgresDialect = new PostgresPrinter()
