import type { Atom, Bound, Predicate, Scalar } from '../model/predicate.ts'
import type { DimensionKind } from '../model/types.ts'
import { integer, isNull, param } from '../sql/tree.ts'
import type { Expr, SqlType } from '../sql/tree.ts'
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
      const values = test.values.map((value) => scalarParam(test.caseInsensitive ? lowerCase(value) : value, reached))
      const of: Expr = test.caseInsensitive ? { kind: 'lower', of: expr } : expr
      return values.length === 1 ? { kind: 'compare', op: '=', left: of, right: values[0] as Expr } : { kind: 'in', of, values }
    }
    case 'range': {
      const parts: Expr[] = []
      if (test.from) parts.push(boundSql(expr, test.from, reached, 'from'))
      if (test.to) parts.push(boundSql(expr, test.to, reached, 'to'))
      return parts.length === 0 ? { kind: 'not', of: isNull(expr) } : { kind: 'and', of: parts }
    }
    default: {
      const text = param(test.caseInsensitive ? test.text.toLowerCase() : test.text, 'text')
      return { kind: 'match', how: test.op, of: test.caseInsensitive ? { kind: 'lower', of: expr } : expr, text }
    }
  }
}

export function boundSql(expr: Expr, bound: Bound, reached: ReachedDimension, side: 'from' | 'to'): Expr {
  const op = side === 'from' ? (bound.inclusive ? '>=' : '>') : bound.inclusive ? '<=' : '<'
  return { kind: 'compare', op, left: expr, right: scalarParam(bound.value, reached) }
}

function lowerCase(value: Scalar): Scalar {
  return typeof value === 'string' ? value.toLowerCase() : value
}

/** Instants become wall clocks of the column's zone, so that the raw column is compared. */
export function scalarParam(value: Scalar, { dimension }: ReachedDimension): Expr {
  if (dimension.kind === 'timestamp' && typeof value === 'string') {
    const utcMs = Date.parse(value)
    const ms = dimension.timezone === null ? utcMs : clockMsOf(dimension.timezone, utcMs)
    return param(timestampText(ms), 'timestamp')
  }
  if (dimension.kind === 'decimal') return param(String(value), 'decimal')
  // An integer column compared with 2.5 keeps the fraction: the engine must not round it away.
  if (dimension.kind === 'integer' && typeof value === 'number' && !Number.isInteger(value)) return param(String(value), 'decimal')
  return param(value, SQL_TYPES[dimension.kind])
}
