import type { Calendar, DatePart, Grain } from '../../base/grain.ts'
import { fitsInt64 } from '../../base/int64.ts'
import type { PrintedQuery } from '../dialect.ts'
import { Printing, SqlPrinter } from '../printer.ts'
import { integer } from '../tree.ts'
import type { Aggregate, Expr, From, Query, Select, SqlType } from '../tree.ts'
import { rankPercentiles } from './rank-percentiles.ts'
import { aggregatesOf, replaceExpr } from './replace-expr.ts'
import { uniteGroupings } from './unite-groupings.ts'

const TYPE_NAMES = {
  text: 'CHAR',
  boolean: 'SIGNED',
  integer: 'SIGNED',
  float: 'DOUBLE',
  decimal: 'DECIMAL(38, 9)',
  date: 'DATE',
  timestamp: 'DATETIME(6)',
} as const satisfies Record<SqlType, string>

/** A limit that cuts nothing. */
const ALL_ROWS = Number.MAX_SAFE_INTEGER

/** Words that stand for a value by themselves, and are no columns. */
const VALUES: ReadonlySet<string> = new Set(['null', 'true', 'false', 'default', 'current_date', 'current_time', 'current_timestamp', 'localtime', 'localtimestamp', 'utc_date', 'utc_time', 'utc_timestamp', 'current_user', 'current_role'])

/** Stands for a parameter until the whole text is there; no name holds a NUL. */
const MARK = /\0(\d+)\0/g

/**
 * MySQL 8 and MariaDB 10.6, in a session of UTC whose quotes are those of the standard and whose texts are compared by their bytes;
 * the connector sets it up, and hands over columns of tables in that collation. Parameters are `?` in the order of the text.
 */
class MysqlPrinter extends SqlPrinter {
  readonly name = 'mysql'

  override print(query: Query): PrintedQuery {
    const { text, params } = super.print(query)
    // A part that is written twice needs its parameters twice.
    const placed: PrintedQuery['params'][number][] = []
    const shown = text.replaceAll(MARK, (_, number: string) => {
      const param = params[Number(number) - 1]
      if (param !== undefined) placed.push(param)
      return '?'
    })
    return { text: shown, params: placed }
  }

  protected typeName(type: SqlType): string {
    return TYPE_NAMES[type]
  }

  protected override placeholder(index: number, type: SqlType): string {
    return `CAST(\0${index}\0 AS ${TYPE_NAMES[type]})`
  }

  /** SIGNED would make -1 of the largest BIGINT UNSIGNED; a decimal compares exactly with integers of either sign, by their index. */
  protected override param(expr: Expr & { kind: 'param' }, printing: Printing): string {
    if (expr.type !== 'integer' || fitsInt64(BigInt(expr.value))) return super.param(expr, printing)
    return `CAST(\0${printing.bind(expr.value, 'decimal')}\0 AS DECIMAL(65, 0))`
  }

  /** A column alone is quoted, since words such as `load` and `rank` are reserved here and not elsewhere. */
  protected override written(sql: string): string {
    const word = sql.trim()
    return isWord(word) && !VALUES.has(word.toLowerCase()) ? this.identifier(word) : super.written(sql)
  }

  protected override get once(): string {
    return ''
  }

  protected override query(query: Query, printing: Printing): string {
    if (query.kind === 'with') return super.query({ ...query, tables: query.tables.map((table) => ({ ...table, query: keptApart(table.query) })) }, printing)
    if (query.kind === 'select') return super.query(query, printing)
    return query.parts.map((part) => (standsAlone(part) ? this.query(part, printing) : `(${this.query(part, printing)})`)).join('\nUNION ALL\n')
  }

  protected override select(query: Select, printing: Printing): string {
    const { groupingSets } = query
    if (groupingSets !== null) return this.query(uniteGroupings({ ...query, groupingSets }), printing)
    // An offset needs a limit.
    const limit = query.offset !== null && query.limit === null ? ALL_ROWS : query.limit
    const ranked = rankPercentiles(query)
    const text = super.select({ ...ranked, limit }, printing)
    return isLookedUp(ranked.from) ? `SELECT STRAIGHT_JOIN${text.slice('SELECT'.length)}` : text
  }

  protected override orderKey(key: string, direction: 'ASC' | 'DESC'): string {
    // Nulls are the smallest here.
    return direction === 'ASC' ? `${key} IS NULL, ${key}` : `${key} DESC`
  }

  protected override from(from: From, printing: Printing): string {
    if (from.kind === 'left_join' || from.kind === 'inner_join') {
      const { right } = from
      return super.from(right.kind === 'query' && !isJoinedByPlainColumns(right, from.on) ? { ...from, right: { ...right, query: keptApart(right.query) } } : from, printing)
    }
    if (from.kind === 'text_list') {
      const json = this.placeholder(printing.bind(JSON.stringify(from.values), 'text'), 'text')
      return this.textList(json, this.identifier(from.column), this.identifier(from.as), widthOf(from.values))
    }
    if (from.kind !== 'values') return super.from(from, printing)
    const rows = from.rows.map((row, index) => {
      const cells = row.map((value, position) => `${this.expr(value, printing)}${index === 0 ? ` AS ${this.identifier(from.columns[position] ?? '')}` : ''}`)
      return `SELECT ${cells.join(', ')}`
    })
    return `(${rows.join(' UNION ALL ')}) AS ${this.identifier(from.as)}`
  }

  protected override expr(expr: Expr, printing: Printing): string {
    // One null among its arguments would make it null.
    if (expr.kind === 'greatest' && expr.of.length > 1) {
      const parts = expr.of.map((part) => this.expr(part, printing))
      return `greatest(${parts.map((_, index) => `coalesce(${[...parts.slice(index), ...parts.slice(0, index)].join(', ')})`).join(', ')})`
    }
    return super.expr(expr, printing)
  }

  protected override aggregate(expr: Aggregate, printing: Printing): string {
    const { fn, arg, filter } = expr
    if (filter === null) return super.aggregate(expr, printing)
    const kept: Expr = { kind: 'case', whens: [{ when: filter, result: arg ?? integer(1) }], otherwise: { kind: 'null' } }
    return super.aggregate({ kind: 'aggregate', fn, arg: kept, filter: null }, printing)
  }

  protected override aggregateCall(expr: Aggregate, arg: string | null): string {
    if (arg !== null) {
      if (expr.fn.name === 'approx_count_distinct') return `count(DISTINCT ${arg})`
      // Of no values it would be 0, and of any it has no sign.
      if (expr.fn.name === 'bit_or') return `CASE WHEN count(${arg}) > 0 THEN CAST(bit_or(${arg}) AS SIGNED) END`
    }
    return super.aggregateCall(expr, arg)
  }

  protected truncate(of: string, grain: Grain, calendar: Calendar): string {
    const day = `CAST(${of} AS DATE)`
    switch (grain) {
      case 'minute':
        return `timestamp(${day}, maketime(hour(${of}), minute(${of}), 0))`
      case 'hour':
        return `timestamp(${day}, maketime(hour(${of}), 0, 0))`
      case 'day':
        return day
      case 'week':
        return `(${day} - INTERVAL ${modulo(`weekday(${of})`, 1 - calendar.weekStart, 7)} DAY)`
      case 'month':
        return firstOfMonth(of, day)
      case 'quarter':
      case 'year':
        return `(${firstOfMonth(of, day)} - INTERVAL ${modulo(`month(${of})`, -calendar.fiscalYearStart, grain === 'quarter' ? 3 : 12)} MONTH)`
    }
  }

  protected epoch(of: string): string {
    // unix_timestamp ends in 2038 and begins in 1970.
    return `timestampdiff(SECOND, DATE'1970-01-01', ${of})`
  }

  protected addSeconds(of: string, seconds: string): string {
    return `(${of} + INTERVAL ${seconds} SECOND)`
  }

  protected secondsBetween(from: string, to: string): string {
    return `(timestampdiff(MICROSECOND, ${from}, ${to}) / 1000000e0)`
  }

  protected addUnits(of: string, count: number, unit: Grain): string {
    const [sign, size] = count < 0 ? ['-', -count] : ['+', count]
    return `(${of} ${sign} INTERVAL ${size} ${unit.toUpperCase()})`
  }

  /** @param width characters of the longest; null where no index could hold them. */
  protected textList(json: string, column: string, as: string, width: number | null = null): string {
    const size = width === null ? '' : `(${width})`
    // The cast gives the collation of the session, which compares bytes.
    return `(SELECT CAST("item" AS CHAR${size}) AS ${column} FROM JSON_TABLE(${json}, '$[*]' COLUMNS ("item" ${width === null ? 'LONGTEXT' : `VARCHAR${size}`} PATH '$')) AS "items" LIMIT ${ALL_ROWS}) AS ${as}`
  }

  protected utcClock(of: string): string {
    return of
  }

  protected datePart(of: string, part: DatePart): string {
    const whole = {
      hour_of_day: `hour(${of})`,
      day_of_week: `(weekday(${of}) + 1)`,
      day_of_month: `dayofmonth(${of})`,
      week_of_year: `week(${of}, 3)`,
      month_of_year: `month(${of})`,
      quarter_of_year: `quarter(${of})`,
      year: `year(${of})`,
    } satisfies Record<DatePart, string>
    return whole[part]
  }

  protected match(how: 'contains' | 'startsWith' | 'endsWith', of: string, text: string): string {
    if (how === 'contains') return `(locate(${text}, ${of}) > 0)`
    return `(${how === 'startsWith' ? 'left' : 'right'}(${of}, char_length(${text})) = ${text})`
  }
}

/**
 * Whether rows are joined to a table that was kept apart. Then joins keep their order: the other way round the rows, whose keys are
 * expressions, would be the ones to look up, and MariaDB has no hash for that.
 */
function isLookedUp(from: From): boolean {
  // What is dissolved into the statement around it takes the order along only where that keeps it too.
  if (from.kind === 'query') return from.query.kind === 'select' && isLookedUp(from.query.from)
  if (from.kind !== 'left_join' && from.kind !== 'inner_join') return false
  const { left, right, on } = from
  return right.kind === 'named' || right.kind === 'text_list' || (right.kind === 'query' && !isJoinedByPlainColumns(right, on)) || isLookedUp(left)
}

/**
 * The same rows as a table of their own. MariaDB would dissolve a plain select into the statement around it, and then joins by its
 * expressions, texts in another collation among them, by comparing every row with every row; the columns of a table it looks up.
 */
function keptApart(query: Query): Query {
  const isDissolved = query.kind === 'select' && query.groupBy.length === 0 && query.groupingSets === null && query.limit === null && !query.columns.some(({ expr }) => aggregatesOf(expr).length > 0)
  return isDissolved ? { ...query, limit: ALL_ROWS } : query
}

/** Whether a join compares nothing but bare columns of the right side's own table, which may have an index. */
function isJoinedByPlainColumns({ query, as }: From & { readonly kind: 'query' }, on: Expr): boolean {
  if (query.kind !== 'select' || query.from.kind !== 'table') return false
  let isPlain = true
  replaceExpr(on, (part) => {
    if (part.kind !== 'column' || part.table !== as) return null
    const { expr } = query.columns.find((one) => one.as === part.name) ?? { expr: part }
    if (expr.kind !== 'written' || !isWord(expr.sql)) isPlain = false
    return part
  })
  return isPlain
}

/** The width of a column for texts, of a few so that statements repeat; null beyond what an index holds. */
function widthOf(texts: readonly string[]): number | null {
  const longest = texts.reduce((most, text) => Math.max(most, text.length), 0)
  return [64, 255, 768].find((width) => longest <= width) ?? null
}

const isWord = (sql: string): boolean => /^[a-z_]\w*$/i.test(sql.trim())

/** Parts of a union that need no parentheses. */
function standsAlone(part: Query): boolean {
  return part.kind === 'union_all' || (part.kind === 'select' && part.orderBy.length === 0 && part.limit === null && part.offset === null)
}

/** The remainder of a number and an offset, never negative. */
function modulo(of: string, offset: number, by: number): string {
  const positive = ((offset % by) + by) % by
  return positive === 0 ? `${of} % ${by}` : `(${of} + ${positive}) % ${by}`
}

function firstOfMonth(of: string, day: string): string {
  return `(${day} - INTERVAL dayofmonth(${of}) - 1 DAY)`
}

export const mysqlDialect = new MysqlPrinter()
