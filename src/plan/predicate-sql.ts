import { KpiqlError } from '../base/errors.ts'
import { doubleOrder, exactOrder, plainNumber, textOrder } from '../base/scalar.ts'
import type { ScalarOrder } from '../base/scalar.ts'
import type { Atom, Bound, Predicate, Scalar } from '../model/predicate.ts'
import type { DimensionKind, ModelDimension } from '../model/types.ts'
import { integer, isNull, param } from '../sql/tree.ts'
import type { Expr, SqlType } from '../sql/tree.ts'
import { isMembership } from './membership/membership.ts'
import { clockMsOf, timestampText } from './time-column.ts'
import type { ReachedDimension } from './relation.ts'

const SQL_TYPES = {
  text: 'text',
  integer: 'integer',
  decimal: 'decimal',
  float: 'float',
  boolean: 'boolean',
  date: 'date',
  timestamp: 'timestamp',
} as const satisfies Record<DimensionKind, SqlType>

const TRUE: Expr = { kind: 'compare', op: '=', left: integer(1), right: integer(1) }
const FALSE: Expr = { kind: 'compare', op: '=', left: integer(1), right: integer(0) }

export type Reach = (dimension: string) => ReachedDimension

/** A predicate as SQL that is true exactly for its rows; elsewhere false or unknown, as WHERE and CASE take alike. */
export function predicateSql(predicate: Predicate, reach: Reach): Expr {
  switch (predicate.kind) {
    case 'all':
      return TRUE
    case 'none':
      return FALSE
    case 'and':
    case 'or':
      return { kind: predicate.kind, of: predicate.of.map((part) => predicateSql(part, reach)) }
    case 'not':
      return { kind: 'not', of: { kind: 'is_true', of: predicateSql(predicate.of, reach) } }
    case 'atom':
      return atomSql(predicate, reach(predicate.dimension))
    case 'member':
      throw new TypeError(`A membership by ${predicate.of.kind} was not resolved before planning.`)
    case 'cohort':
      throw new TypeError(`Cohort "${predicate.cohort}" was not resolved before planning.`)
  }
}

export function atomSql(atom: Atom, reached: ReachedDimension): Expr {
  const { expr } = reached
  const { test } = atom
  switch (test.op) {
    case 'isNull':
      return isNull(expr)
    case 'in': {
      if (test.values.length === 0) return FALSE
      // A membership is a condition as it stands.
      if (isMembership(atom.dimension) && test.values.length === 1 && test.values[0] === true) return expr
      const params = test.values.map((value) => scalarParam(value, reached))
      const values = test.caseInsensitive ? params.map(lower) : params
      const of = test.caseInsensitive ? lower(expr) : expr
      return values.length === 1 ? { kind: 'compare', op: '=', left: of, right: values[0] as Expr } : { kind: 'in', of, values }
    }
    case 'range': {
      const parts: Expr[] = []
      if (test.from) parts.push(boundSql(expr, test.from, reached, 'from'))
      if (test.to) parts.push(boundSql(expr, test.to, reached, 'to'))
      return parts.length === 0 ? { kind: 'not', of: isNull(expr) } : { kind: 'and', of: parts }
    }
    default: {
      const text = param(test.text, 'text')
      return { kind: 'match', how: test.op, of: test.caseInsensitive ? lower(expr) : expr, text: test.caseInsensitive ? lower(text) : text }
    }
  }
}

export function boundSql(expr: Expr, bound: Bound, reached: ReachedDimension, side: 'from' | 'to'): Expr {
  const op = side === 'from' ? (bound.inclusive ? '>=' : '>') : bound.inclusive ? '<=' : '<'
  return { kind: 'compare', op, left: expr, right: scalarParam(bound.value, reached) }
}

/** The engine lowers both sides: its letters and JavaScript's part ways over "İ". */
function lower(of: Expr): Expr {
  return { kind: 'lower', of }
}

/** How values of a dimension compare once they are bound, so that what is decided here and what the engine decides agree. It remembers what it worked out: keep it for one plan, not longer. */
export function orderOf(dimension: ModelDimension): ScalarOrder {
  switch (dimension.kind) {
    case 'integer':
    case 'decimal':
      return exactOrder
    case 'float':
      return doubleOrder
    case 'timestamp': {
      // One instant is written with milliseconds or without, and two instants of a repeated hour share a wall clock.
      const clocks = new Map<Scalar, string>()
      const clock = (value: Scalar): string => {
        let text = clocks.get(value)
        if (text === undefined) clocks.set(value, (text = clockText(String(value), dimension)))
        return text
      }
      return { id: clock, compare: (a, b) => textOrder.compare(clock(a), clock(b)) }
    }
    default:
      return textOrder
  }
}

/** Instants become wall clocks of the column's zone, so that the raw column is compared. */
export function scalarParam(value: Scalar, { dimension }: ReachedDimension): Expr {
  if (dimension.kind === 'timestamp' && typeof value === 'string') return param(clockText(value, dimension), 'timestamp')
  if (dimension.kind === 'decimal') return decimalParam(plainNumber(value))
  if (dimension.kind === 'integer') {
    const plain = plainNumber(value)
    // An integer column compared with 2.5 keeps the fraction: the engine must not round it away.
    return plain.includes('.') ? decimalParam(plain) : param(Number.isSafeInteger(value) ? value : BigInt(plain), 'integer')
  }
  return param(value, SQL_TYPES[dimension.kind])
}

/** Sources bind decimals with nine digits after the point; rounding one would compare with another number. */
function decimalParam(plain: string): Expr {
  if (/\.\d{9}\d*[1-9]/.test(plain)) {
    throw new KpiqlError('FILTER_INVALID', { message: `A filter compares with ${plain}, which has more than 9 digits after the point.`, hint: 'Round it to 9 digits, keeping the side of it that the filter means.' })
  }
  return param(plain, 'decimal')
}

function clockText(instant: string, { timezone }: ModelDimension): string {
  const utcMs = Date.parse(instant)
  return timestampText(timezone === null ? utcMs : clockMsOf(timezone, utcMs))
}
