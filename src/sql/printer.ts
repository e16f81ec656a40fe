import type { DatePart, Grain, Calendar } from '../base/grain.ts'
import { KpiqlError } from '../base/errors.ts'
import type { Dialect, PrintedQuery } from './dialect.ts'
import { expandPortable } from './portable.ts'
import type { Aggregate, Expr, From, Query, Select, SqlType, WindowExpr } from './tree.ts'

/** What one printing gathers: a printer holds no state between queries. */
export class Printing {
  readonly params: { value: string | number | bigint | boolean; type: SqlType }[] = []

  bind(value: string | number | bigint | boolean, type: SqlType): number {
    return this.params.push({ value, type })
  }
}

/** Prints the tree in standard SQL. A dialect overrides only what its engine does otherwise. */
export abstract class SqlPrinter implements Dialect {
  abstract readonly name: string

  print(query: Query): PrintedQuery {
    const printing = this.begin()
    const text = this.query(query, printing)
    return { text, params: printing.params }
  }

  protected begin(): Printing {
    return new Printing()
  }

  protected abstract typeName(type: SqlType): string
  protected abstract truncate(of: string, grain: Grain, calendar: Calendar): string
  protected abstract epoch(of: string): string
  protected abstract addSeconds(of: string, seconds: string): string
  protected abstract utcClock(of: string): string
  protected abstract datePart(of: string, part: DatePart): string
  protected abstract match(how: 'contains' | 'startsWith' | 'endsWith', of: string, text: string): string

  protected abstract secondsBetween(from: string, to: string): string
  protected abstract addUnits(of: string, count: number, unit: Grain): string
  /** A table of one text column from a JSON array of texts. */
  protected abstract textList(json: string, column: string, as: string): string

  protected identifier(name: string): string {
    if (name.includes('\0')) throw new KpiqlError('PLAN_BROKEN', { message: 'A name holds a NUL character.' })
    return name.includes('"') ? `"${name.replaceAll('"', '""')}"` : `"${name}"`
  }

  protected tiny(value: string): string {
    return value
  }

  /** The author's own SQL, with what is portable in this engine's form. */
  protected written(sql: string): string {
    // Most expressions are a column, printed for every statement.
    return /^\w+$/.test(sql) ? sql : expandPortable(sql, { seconds_between: (from = '', to = '') => this.secondsBetween(from, to) })
  }

  /** `schema.table` keeps its dot. */
  protected tableName(name: string): string {
    return name.split('.').map((part) => this.identifier(part)).join('.')
  }

  protected placeholder(index: number, type: SqlType): string {
    return `CAST($${index} AS ${this.typeName(type)})`
  }

  protected param(expr: Expr & { kind: 'param' }, printing: Printing): string {
    return this.placeholder(printing.bind(expr.value, expr.type), expr.type)
  }

  /** For engines that compare texts by their bytes anyway. */
  protected exactText(of: string): string {
    return of
  }

  protected lower(of: string): string {
    return `lower(${of})`
  }

  protected cast(of: string, to: SqlType): string {
    return `CAST(${of} AS ${this.typeName(to)})`
  }

  protected shiftRight(of: string, by: string): string {
    return `(${of} >> ${by})`
  }

  protected query(query: Query, printing: Printing): string {
    if (query.kind === 'union_all') return query.parts.map((part) => this.query(part, printing)).join('\nUNION ALL\n')
    if (query.kind === 'with') {
      const tables = query.tables.map((table) => `${this.identifier(table.name)} AS ${this.once}(\n${indent(this.query(table.query, printing))}\n)`)
      return `WITH ${tables.join(', ')}\n${this.query(query.body, printing)}`
    }
    return this.select(query, printing)
  }

  /** What makes an engine compute a named result once. */
  protected get once(): string {
    return 'MATERIALIZED '
  }

  protected select(query: Select, printing: Printing): string {
    const columns = query.columns.map(({ expr, as }) => `${this.expr(expr, printing)} AS ${this.identifier(as)}`)
    const lines = [`SELECT ${columns.join(', ')}`, `FROM ${this.from(query.from, printing)}`]
    if (query.where) lines.push(`WHERE ${this.expr(query.where, printing)}`)
    if (query.groupingSets) {
      const sets = query.groupingSets.map((set) => `(${set.map((key) => this.expr(key, printing)).join(', ')})`)
      lines.push(`GROUP BY GROUPING SETS (${sets.join(', ')})`)
    } else if (query.groupBy.length > 0) {
      lines.push(`GROUP BY ${query.groupBy.map((key) => this.expr(key, printing)).join(', ')}`)
    }
    if (query.orderBy.length > 0) {
      const keys = query.orderBy.map(({ expr, direction }) => this.orderKey(this.expr(expr, printing), direction))
      lines.push(`ORDER BY ${keys.join(', ')}`)
    }
    if (query.limit !== null) lines.push(`LIMIT ${wholeNumber(query.limit)}`)
    if (query.offset !== null) lines.push(`OFFSET ${this.offset(wholeNumber(query.offset))}`)
    return lines.join('\n')
  }

  protected offset(rows: string): string {
    return rows
  }

  /** Nulls come last, whatever the direction. */
  protected orderKey(key: string, direction: 'ASC' | 'DESC'): string {
    return `${key} ${direction} NULLS LAST`
  }

  protected from(from: From, printing: Printing): string {
    switch (from.kind) {
      case 'table':
        return this.tableName(from.name)
      case 'named':
        return `${this.identifier(from.name)} AS ${this.identifier(from.as)}`
      case 'text_list': {
        const json = this.placeholder(printing.bind(JSON.stringify(from.values), 'text'), 'text')
        return this.textList(json, this.identifier(from.column), this.identifier(from.as))
      }
      case 'written':
        return `(${this.written(from.sql)}\n) AS ${this.identifier(from.as)}`
      case 'query':
        return `(\n${indent(this.query(from.query, printing))}\n) AS ${this.identifier(from.as)}`
      case 'left_join':
        return `${this.from(from.left, printing)}\nLEFT JOIN ${this.from(from.right, printing)} ON ${this.expr(from.on, printing)}`
      case 'inner_join':
        return `${this.from(from.left, printing)}\nJOIN ${this.from(from.right, printing)} ON ${this.expr(from.on, printing)}`
      case 'values': {
        const rows = from.rows.map((row) => `(${row.map((value) => this.expr(value, printing)).join(', ')})`)
        const columns = from.columns.map((name) => this.identifier(name))
        return `(VALUES ${rows.join(', ')}) AS ${this.identifier(from.as)}(${columns.join(', ')})`
      }
    }
  }

  protected expr(expr: Expr, printing: Printing): string {
    switch (expr.kind) {
      case 'column':
        return `${this.identifier(expr.table)}.${this.identifier(expr.name)}`
      case 'param':
        return this.param(expr, printing)
      case 'integer':
        return wholeNumber(expr.value)
      case 'tiny':
        return this.tiny(wholeNumber(expr.value))
      case 'null':
        return 'NULL'
      case 'written':
        return `(${this.written(expr.sql)})`
      case 'exact_text':
        return this.exactText(this.expr(expr.of, printing))
      case 'compare':
        return `${this.expr(expr.left, printing)} ${expr.op} ${this.expr(expr.right, printing)}`
      case 'and':
      case 'or':
        return `(${expr.of.map((part) => this.expr(part, printing)).join(expr.kind === 'and' ? ' AND ' : ' OR ')})`
      case 'not':
        return `NOT (${this.expr(expr.of, printing)})`
      case 'is_true':
        return `((${this.expr(expr.of, printing)}) IS TRUE)`
      case 'is_null':
        return `(${this.expr(expr.of, printing)} IS NULL)`
      case 'in':
        return `${this.expr(expr.of, printing)} IN (${expr.values.map((value) => this.expr(value, printing)).join(', ')})`
      case 'match': {
        const of = this.expr(expr.of, printing)
        return this.match(expr.how, of, this.expr(expr.text, printing))
      }
      case 'lower':
        return this.lower(this.expr(expr.of, printing))
      case 'case': {
        const whens = expr.whens.map(({ when, result }) => `WHEN ${this.expr(when, printing)} THEN ${this.expr(result, printing)}`)
        return `CASE ${whens.join(' ')} ELSE ${this.expr(expr.otherwise, printing)} END`
      }
      case 'lookup':
      case 'counted_months':
        return this.expr(expr.otherwise, printing)
      case 'greatest':
        return `greatest(${expr.of.map((part) => this.expr(part, printing)).join(', ')})`
      case 'cast':
        return this.cast(this.expr(expr.of, printing), expr.to)
      case 'truncate':
        return this.truncate(this.expr(expr.of, printing), expr.grain, expr.calendar)
      case 'epoch':
        return this.epoch(this.expr(expr.of, printing))
      case 'add_seconds': {
        const of = this.expr(expr.of, printing)
        return this.addSeconds(of, this.expr(expr.seconds, printing))
      }
      case 'utc_clock':
        return this.utcClock(this.expr(expr.of, printing))
      case 'date_part':
        return this.datePart(this.expr(expr.of, printing), expr.part)
      case 'bit_when':
        return `CASE WHEN ${this.expr(expr.when, printing)} THEN ${1n << BigInt(expr.bit)} ELSE 0 END`
      case 'sum_of':
        return `(${expr.of.map((part) => this.expr(part, printing)).join(' + ')})`
      case 'bit_test':
        return `((${this.expr(expr.of, printing)} & ${1n << BigInt(expr.bit)}) <> 0)`
      case 'bits_overlap':
        return `((${this.expr(expr.of, printing)} & ${expr.mask}) <> 0)`
      case 'shift_right': {
        const of = this.expr(expr.of, printing)
        return this.shiftRight(of, this.expr(expr.by, printing))
      }
      case 'seconds_between': {
        const from = this.expr(expr.from, printing)
        return this.secondsBetween(from, this.expr(expr.to, printing))
      }
      case 'arithmetic':
        return `(${this.expr(expr.left, printing)} ${expr.op} ${this.expr(expr.right, printing)})`
      case 'coalesce':
        return `coalesce(${expr.of.map((part) => this.expr(part, printing)).join(', ')})`
      case 'add_units':
        return this.addUnits(this.expr(expr.of, printing), expr.count, expr.unit)
      case 'window':
        return this.window(expr, printing)
      case 'extreme_of_group': {
        const of = this.expr(expr.of, printing)
        const keys = expr.keys.map((key) => this.expr(key, printing))
        return `${expr.which}(${of}) OVER (${keys.length === 0 ? '' : `PARTITION BY ${keys.join(', ')}`})`
      }
      case 'aggregate':
        return this.aggregate(expr, printing)
    }
  }

  protected window(expr: WindowExpr, printing: Printing): string {
    const arg = expr.arg === null ? (expr.fn === 'row_number' ? '' : '*') : this.expr(expr.arg, printing)
    const keys = expr.partitionBy.map((key) => this.expr(key, printing))
    const order = expr.orderBy.map((key) => this.orderKey(this.expr(key.expr, printing), key.direction))
    const over = [...(keys.length === 0 ? [] : [`PARTITION BY ${keys.join(', ')}`]), ...(order.length === 0 ? [] : [`ORDER BY ${order.join(', ')}`]), ...frameOf(expr)]
    return `${this.windowCall(expr.fn, arg)} OVER (${over.join(' ')})`
  }

  protected windowCall(fn: WindowExpr['fn'], arg: string): string {
    return `${fn}(${arg})`
  }

  protected aggregate(expr: Aggregate, printing: Printing): string {
    const arg = expr.arg === null ? null : this.expr(expr.arg, printing)
    const call = this.aggregateCall(expr, arg)
    return expr.filter === null ? call : `${call} FILTER (WHERE ${this.expr(expr.filter, printing)})`
  }

  protected aggregateCall(expr: Aggregate, arg: string | null): string {
    const { fn } = expr
    if (arg === null) {
      if (fn.name === 'count') return 'count(*)'
      throw new KpiqlError('PLAN_BROKEN', { message: `Aggregate ${fn.name} has no argument.` })
    }
    switch (fn.name) {
      case 'sum_float':
        return `sum(${arg})`
      case 'count_distinct':
        return `count(DISTINCT ${arg})`
      case 'median':
        return `percentile_cont(0.5) WITHIN GROUP (ORDER BY ${arg})`
      case 'percentile':
        return `percentile_cont(${fraction(fn.fraction)}) WITHIN GROUP (ORDER BY ${arg})`
      case 'stddev':
        return `stddev_samp(${arg})`
      default:
        return `${fn.name}(${arg})`
    }
  }
}

function frameOf({ fn, frame }: WindowExpr): readonly string[] {
  // These three refuse a frame in some engines and ignore it in others.
  if (fn === 'row_number' || fn === 'lag' || fn === 'lead') return []
  if (frame === 'partition') return ['ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING']
  if (frame === 'before') return ['ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING']
  return [`${frame === 'peers' ? 'RANGE' : 'ROWS'} BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW`]
}

function wholeNumber(value: number | bigint): string {
  if (typeof value === 'number' && !Number.isSafeInteger(value)) {
    throw new KpiqlError('PLAN_BROKEN', { message: `${value} is not a whole number.` })
  }
  return value.toString()
}

export function fraction(value: number): string {
  if (!(value >= 0 && value <= 1)) throw new KpiqlError('PLAN_BROKEN', { message: `${value} is no fraction.` })
  return String(value)
}

function indent(text: string): string {
  return `  ${text.replaceAll('\n', '\n  ')}`
}
