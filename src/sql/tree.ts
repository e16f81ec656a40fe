import type { Calendar, DatePart, Grain } from '../base/grain.ts'

/**
 * A small SQL tree: what the planner needs to say, and nothing an engine could take differently. Values are `param` nodes,
 * bound when run; `integer` holds only numbers the planner made itself; `written` is text by the author of the model.
 */
export type Expr =
  | { readonly kind: 'column'; readonly table: string; readonly name: string }
  | {
      readonly kind: 'param'
      readonly value: string | number | bigint | boolean
      readonly type: SqlType
      /** A timestamp that is compared with instants rather than wall clocks; engines of one type for both need not care. */
      readonly isInstant?: boolean
    }
  | { readonly kind: 'integer'; readonly value: number | bigint }
  /** A number of 0 to 255 that rows are grouped by: engines group narrow columns faster. */
  | { readonly kind: 'tiny'; readonly value: number }
  | { readonly kind: 'null' }
  /** Always printed in parentheses. */
  | { readonly kind: 'written'; readonly sql: string }
  /** A column that is a text to us, compared and ordered by its bytes from here on: case, accents and blanks at its end count. */
  | {
      readonly kind: 'exact_text'
      readonly of: Expr
      /** Of a column whose own equality is that of its bytes: the collation it has, under which it equals what is bound or has the same. An index on it serves then. */
      readonly collation?: string
    }
  | { readonly kind: 'compare'; readonly op: CompareOp; readonly left: Expr; readonly right: Expr }
  | { readonly kind: 'and' | 'or'; readonly of: readonly Expr[] }
  | { readonly kind: 'not'; readonly of: Expr }
  /** Two-valued: false or unknown becomes false. */
  | { readonly kind: 'is_true'; readonly of: Expr }
  | { readonly kind: 'is_null'; readonly of: Expr }
  | { readonly kind: 'in'; readonly of: Expr; readonly values: readonly Expr[] }
  | { readonly kind: 'match'; readonly how: 'contains' | 'startsWith' | 'endsWith'; readonly of: Expr; readonly text: Expr }
  | { readonly kind: 'lower'; readonly of: Expr }
  | { readonly kind: 'case'; readonly whens: readonly { readonly when: Expr; readonly result: Expr }[]; readonly otherwise: Expr }
  /**
   * For the whole numbers `from`, `from + 1` … what the list has for each, `otherwise` for all others and null. The list only repeats
   * what `otherwise` would find: engines that are no faster with lists leave it out.
   */
  | { readonly kind: 'lookup'; readonly of: Expr; readonly from: number; readonly values: readonly (number | bigint)[]; readonly otherwise: Expr }
  /**
   * Which of `count` months a date lies in, from the month that is number `first` since year 0 on: `from` where `before` says that it
   * lies before all of them, `from + 1` in the first, and `from + count` in the last, after it, and for null. It only repeats what
   * `otherwise` would find: engines that count no faster than they compare leave it out.
   */
  | { readonly kind: 'counted_months'; readonly of: Expr; readonly before: Expr; readonly first: number; readonly count: number; readonly from: number; readonly otherwise: Expr }
  | { readonly kind: 'greatest'; readonly of: readonly Expr[] }
  | { readonly kind: 'cast'; readonly of: Expr; readonly to: SqlType }
  /** Start of the calendar bucket of a date or wall-clock timestamp, as the same type. */
  | { readonly kind: 'truncate'; readonly of: Expr; readonly grain: Grain; readonly calendar: Calendar }
  /** Whole seconds since 1970 of a date or wall-clock timestamp, as an integer. */
  | { readonly kind: 'epoch'; readonly of: Expr }
  | { readonly kind: 'add_seconds'; readonly of: Expr; readonly seconds: Expr }
  /** Seconds from one date or wall clock to another, with their fractions, as a float. */
  | { readonly kind: 'seconds_between'; readonly from: Expr; readonly to: Expr }
  /** An instant as the wall-clock timestamp of UTC. */
  | { readonly kind: 'utc_clock'; readonly of: Expr }
  | { readonly kind: 'date_part'; readonly of: Expr; readonly part: DatePart }
  /** Integer with this bit set where the condition holds, else 0. */
  | { readonly kind: 'bit_when'; readonly bit: number; readonly when: Expr }
  /** Adds integers of disjoint bits. */
  | { readonly kind: 'sum_of'; readonly of: readonly Expr[] }
  | { readonly kind: 'bit_test'; readonly of: Expr; readonly bit: number }
  /** Whether any bit of the mask is set; the mask is not negative. */
  | { readonly kind: 'bits_overlap'; readonly of: Expr; readonly mask: bigint }
  /** An integer that is not negative, moved so many bits to the right. */
  | { readonly kind: 'shift_right'; readonly of: Expr; readonly by: Expr }
  /** Exact where its sides are. */
  | { readonly kind: 'arithmetic'; readonly op: '+' | '-' | '*'; readonly left: Expr; readonly right: Expr }
  /** The first that is not null. */
  | { readonly kind: 'coalesce'; readonly of: readonly Expr[] }
  /** A date or wall-clock timestamp so many calendar units later (earlier where negative), as a wall clock; the 31st of a shorter month is its last day. */
  | { readonly kind: 'add_units'; readonly of: Expr; readonly count: number; readonly unit: Grain }
  | WindowExpr
  /** Largest or smallest value among the rows of the same keys, on every row. */
  | { readonly kind: 'extreme_of_group'; readonly which: 'min' | 'max'; readonly of: Expr; readonly keys: readonly Expr[] }
  | Aggregate

export type Aggregate = {
  readonly kind: 'aggregate'
  readonly fn: AggregateFunction
  /** Null counts rows. */
  readonly arg: Expr | null
  readonly filter: Expr | null
}

/** A value from the rows around: no row is lost. Nulls in `orderBy` come last. */
export type WindowExpr = {
  readonly kind: 'window'
  readonly fn: 'sum' | 'min' | 'max' | 'count' | 'first_value' | 'row_number' | 'lag' | 'lead'
  /** Null for `row_number`, and counts rows for `count`. `lag` and `lead` reach one row. Of `first_value` never null in any row. */
  readonly arg: Expr | null
  readonly partitionBy: readonly Expr[]
  readonly orderBy: readonly { readonly expr: Expr; readonly direction: 'ASC' | 'DESC' }[]
  /**
   * `partition`: all rows of the partition. `peers`: from its first row to the last that is equal in `orderBy`. `rows`: from its
   * first row to this one. `before`: to the row before this one. `row_number`, `lag` and `lead` take `partition`.
   */
  readonly frame: 'partition' | 'peers' | 'rows' | 'before'
}

export type AggregateFunction =
  | {
      readonly name: 'sum'
      /** The numbers that are added, where they are known: some engines add up one kind cheaply, and must guard another. */
      readonly of?: 'integer' | 'decimal'
    }
  | { readonly name: 'count' | 'min' | 'max' | 'count_distinct' | 'approx_count_distinct' | 'stddev' | 'bit_or' | 'sum_float' }
  /** `of`: where the values are known to be integers, which some engines order faster than what they would be made of otherwise. */
  | { readonly name: 'median'; readonly of?: 'integer' }
  | { readonly name: 'percentile'; readonly fraction: number; readonly of?: 'integer' }

export type CompareOp = '=' | '<' | '<=' | '>' | '>='

export type SqlType = 'text' | 'boolean' | 'integer' | 'float' | 'decimal' | 'date' | 'timestamp'

export interface OutputColumn {
  readonly expr: Expr
  readonly as: string
}

export interface Select {
  readonly kind: 'select'
  readonly columns: readonly OutputColumn[]
  readonly from: From
  readonly where: Expr | null
  readonly groupBy: readonly Expr[]
  /** Instead of `groupBy`: several groupings in one pass; columns outside a set are null there. */
  readonly groupingSets: readonly (readonly Expr[])[] | null
  readonly orderBy: readonly { readonly expr: Expr; readonly direction: 'ASC' | 'DESC' }[]
  readonly limit: number | null
  readonly offset: number | null
}

export interface UnionAll {
  readonly kind: 'union_all'
  readonly parts: readonly Query[]
}

/** Named results that the body, and later names, may read several times; each is computed once. */
export interface With {
  readonly kind: 'with'
  readonly tables: readonly { readonly name: string; readonly query: Query }[]
  readonly body: Query
}

export type Query = Select | UnionAll | With

export type From =
  | { readonly kind: 'table'; readonly name: string }
  /** A name of the `with` around it. */
  | { readonly kind: 'named'; readonly name: string; readonly as: string }
  /** A list of texts of any length, bound as one parameter; one column. */
  | { readonly kind: 'text_list'; readonly values: readonly string[]; readonly column: string; readonly as: string }
  /** A query by the author of the model. */
  | { readonly kind: 'written'; readonly sql: string; readonly as: string }
  | { readonly kind: 'query'; readonly query: Query; readonly as: string }
  | { readonly kind: 'left_join'; readonly left: From; readonly right: From; readonly on: Expr }
  /** Each pair of rows for which `on` holds. */
  | { readonly kind: 'inner_join'; readonly left: From; readonly right: From; readonly on: Expr }
  /** Rows spelled out; at least one. */
  | { readonly kind: 'values'; readonly rows: readonly (readonly Expr[])[]; readonly columns: readonly string[]; readonly as: string }

export const column = (table: string, name: string): Expr => ({ kind: 'column', table, name })
export const param = (value: string | number | bigint | boolean, type: SqlType): Expr => ({ kind: 'param', value, type })
export const integer = (value: number | bigint): Expr & { kind: 'integer' } => ({ kind: 'integer', value })
/** The narrowest literal that holds a small number. */
export const small = (value: number): Expr => (value >= 0 && value <= 255 ? { kind: 'tiny', value } : integer(value))
export const written = (sql: string): Expr => ({ kind: 'written', sql })
export const compare = (left: Expr, op: CompareOp, right: Expr): Expr => ({ kind: 'compare', op, left, right })
export const isNull = (of: Expr): Expr => ({ kind: 'is_null', of })
export const arithmetic = (left: Expr, op: '+' | '-' | '*', right: Expr): Expr => ({ kind: 'arithmetic', op, left, right })
/** Null, which is no condition, where nothing is left; nulls among the parts are left out. */
export function allOf(parts: readonly (Expr | null)[]): Expr | null {
  const of = parts.filter((part) => part !== null)
  return of.length > 1 ? { kind: 'and', of } : (of[0] ?? null)
}
export const aggregate = (fn: AggregateFunction, arg: Expr | null, filter: Expr | null = null): Aggregate => ({ kind: 'aggregate', fn, arg, filter })

/** A select with everything optional left out. */
export function select(parts: Pick<Select, 'columns' | 'from'> & Partial<Select>): Select {
  return { kind: 'select', where: null, groupBy: [], groupingSets: null, orderBy: [], limit: null, offset: null, ...parts }
}
