import { KpiqlError } from '../../src/base/errors.ts'
import type { Printing } from '../../src/sql/printer.ts'
import type { CompareOp, Expr } from '../../src/sql/tree.ts'
import { branch, isNothing, isSomething, long, orBeyond, type Check, type Json } from './json.ts'
import { lowerCase } from './lower-case.ts'
import { parseWritten } from './parse-written.ts'
import { castTo } from './print-cast.ts'
import { epochOf, later, partOf, secondsBetween, secondsLater, truncated } from './print-time.ts'
import type { Located, Scope } from './scope.ts'

/** Answers for expressions that the stages around compute: keys of groups, aggregates, windows. Null for all others. */
export type Computed = (expr: Expr) => Json | null

const NEGATED = { '=': '=', '<': '>=', '<=': '>', '>': '<=', '>=': '<' } as const satisfies Record<CompareOp, CompareOp>

const ARITHMETIC = { '+': '$add', '-': '$subtract', '*': '$multiply' } as const

/**
 * Expressions of the tree as MongoDB's. In values, null is SQL's null, and a condition has three values; where only its truth matters,
 * `truth` and `falsity` print conditions that are never null. MongoDB orders null before all else, and takes null for equal to null:
 * sides that may be null are lifted beyond everything instead, so that no comparison with them holds.
 */
export class ExprPrinter {
  readonly #printing: Printing
  readonly #checks: Check[]
  readonly #scope: Scope
  readonly #computed: Computed

  constructor(printing: Printing, checks: Check[], scope: Scope, computed: Computed = () => null) {
    this.#printing = printing
    this.#checks = checks
    this.#scope = scope
    this.#computed = computed
  }

  value(expr: Expr): Json {
    const computed = this.#computed(expr)
    if (computed !== null) return computed
    switch (expr.kind) {
      case 'column':
        return this.#located(expr.table, expr.name).at
      case 'param':
        return { $param: this.#printing.bind(expr.value, expr.type) }
      case 'integer':
      case 'tiny':
        return long(expr.value)
      case 'null':
        return null
      case 'written':
        return this.value(this.#parsed(expr.sql))
      case 'is_true':
      case 'is_null':
        return this.truth(expr)
      case 'compare':
      case 'and':
      case 'or':
      case 'not':
      case 'in':
      case 'match':
      case 'bit_test':
      case 'bits_overlap':
        return { $cond: [this.truth(expr), true, { $cond: [this.falsity(expr), false, null] }] }
      case 'lower':
        return lowerCase(this.value(expr.of))
      case 'case':
        return { $switch: { branches: expr.whens.map(({ when, result }) => branch(this.truth(when), this.value(result))), default: this.value(expr.otherwise) } }
      case 'lookup':
      case 'counted_months':
        return this.value(expr.otherwise)
      case 'greatest':
        return { $max: expr.of.map((part) => this.value(part)) }
      case 'cast':
        return castTo(this.value(expr.of), expr.to)
      case 'truncate':
        return truncated(this.value(expr.of), expr.grain, expr.calendar)
      case 'epoch':
        return epochOf(this.value(expr.of))
      case 'add_seconds':
        return secondsLater(this.value(expr.of), this.value(expr.seconds))
      case 'seconds_between':
        return secondsBetween(this.value(expr.from), this.value(expr.to))
      case 'utc_clock':
      case 'exact_text':
        return this.value(expr.of)
      case 'date_part':
        return partOf(this.value(expr.of), expr.part)
      case 'bit_when':
        return { $cond: [this.truth(expr.when), long(1n << BigInt(expr.bit)), long(0)] }
      case 'sum_of':
        return { $add: expr.of.map((part) => this.value(part)) }
      case 'shift_right':
        return { $toLong: { $trunc: { $divide: [{ $toDecimal: this.value(expr.of) }, { $pow: [{ $numberDecimal: '2' }, this.value(expr.by)] }] } } }
      case 'arithmetic':
        for (const side of [expr.left, expr.right]) this.#mustBeNumber(side)
        return { [ARITHMETIC[expr.op]]: [this.value(expr.left), this.value(expr.right)] }
      case 'coalesce':
        return { $ifNull: [...expr.of.map((part) => this.value(part)), null] }
      case 'add_units':
        return later(this.value(expr.of), expr.count, expr.unit)
      case 'window':
      case 'extreme_of_group':
      case 'aggregate':
        throw new KpiqlError('PLAN_BROKEN', { message: `A ${expr.kind} stands where rows are not yet together.` })
    }
  }

  /** True where the condition is true; false where it is false or unknown. */
  truth(expr: Expr): Json {
    if (this.#computed(expr) !== null) return { $eq: [this.value(expr), true] }
    switch (expr.kind) {
      case 'written':
        return this.truth(this.#parsed(expr.sql))
      case 'compare':
        return this.#compare(expr.op, expr.left, expr.right)
      case 'and':
        return { $and: expr.of.map((part) => this.truth(part)) }
      case 'or':
        return { $or: expr.of.map((part) => this.truth(part)) }
      case 'not':
        return this.falsity(expr.of)
      case 'is_true':
        return this.truth(expr.of)
      case 'is_null':
        return isNothing(this.value(expr.of))
      case 'in':
        return { $in: [this.value(expr.of), expr.values.map((value) => this.#beside(expr.of, value))] }
      case 'match':
        return this.#match(expr, true)
      case 'bit_test':
        return this.#bits(this.value(expr.of), 1n << BigInt(expr.bit), '$gt')
      case 'bits_overlap':
        return this.#bits(this.value(expr.of), expr.mask, '$gt')
      default:
        return { $eq: [this.value(expr), true] }
    }
  }

  /** True where the condition is false; false where it is true or unknown. */
  falsity(expr: Expr): Json {
    if (this.#computed(expr) !== null) return { $eq: [this.value(expr), false] }
    switch (expr.kind) {
      case 'written':
        return this.falsity(this.#parsed(expr.sql))
      case 'compare':
        return expr.op === '=' ? this.#differ(expr.left, expr.right) : this.#compare(NEGATED[expr.op], expr.left, expr.right)
      case 'and':
        return { $or: expr.of.map((part) => this.falsity(part)) }
      case 'or':
        return { $and: expr.of.map((part) => this.falsity(part)) }
      case 'not':
        return this.truth(expr.of)
      case 'is_true':
        return { $not: [this.truth(expr.of)] }
      case 'is_null':
        return isSomething(this.value(expr.of))
      case 'in': {
        const values = expr.values.map((value) => this.#beside(expr.of, value))
        return { $let: { vars: { of: this.value(expr.of) }, in: { $and: [isSomething('$$of'), { $not: [{ $in: ['$$of', values] }] }] } } }
      }
      case 'match':
        return this.#match(expr, false)
      case 'bit_test':
        return this.#bits(this.value(expr.of), 1n << BigInt(expr.bit), '$eq')
      case 'bits_overlap':
        return this.#bits(this.value(expr.of), expr.mask, '$eq')
      default:
        return { $eq: [this.value(expr), false] }
    }
  }

  /** Where a column is stored, when the expression is no more than one. */
  stored(expr: Expr): Located['stored'] {
    if (expr.kind === 'written') return this.stored(this.#parsed(expr.sql))
    if (expr.kind === 'exact_text') return this.stored(expr.of)
    return expr.kind === 'column' && this.#computed(expr) === null ? this.#located(expr.table, expr.name).stored : null
  }

  #compare(op: CompareOp, left: Expr, right: Expr): Json {
    this.#mustBeAlike(left, right)
    const [a, b] = [this.#beside(right, left), this.#beside(left, right)]
    if (op === '=') return isBound(left) || isBound(right) ? { $eq: [a, b] } : { $eq: [orBeyond(a), b] }
    if (op === '<' || op === '<=') return { [op === '<' ? '$lt' : '$lte']: [isBound(left) ? a : orBeyond(a), b] }
    return { [op === '>' ? '$gt' : '$gte']: [a, isBound(right) ? b : orBeyond(b)] }
  }

  #differ(left: Expr, right: Expr): Json {
    this.#mustBeAlike(left, right)
    const [a, b] = [this.#beside(right, left), this.#beside(left, right)]
    return { $let: { vars: { a, b }, in: { $and: [isSomething('$$a'), isSomething('$$b'), { $ne: ['$$a', '$$b'] }] } } }
  }

  #match({ how, of, text }: Extract<Expr, { kind: 'match' }>, holds: boolean): Json {
    if (how === 'endsWith') {
      const rest: Json = { $subtract: [{ $strLenCP: '$$of' }, { $strLenCP: '$$end' }] }
      const ends: Json = { $let: { vars: { rest }, in: { $and: [{ $gte: ['$$rest', 0] }, { $eq: [{ $substrCP: ['$$of', { $max: ['$$rest', 0] }, { $strLenCP: '$$end' }] }, '$$end'] }] } } }
      return { $let: { vars: { of: this.value(of), end: this.value(text) }, in: { $and: [isSomething('$$of'), isSomething('$$end'), holds ? ends : { $not: [ends] }] } } }
    }
    const found: Json = { $indexOfBytes: [this.value(of), this.value(text)] }
    if (how === 'contains') return holds ? { $gte: [found, 0] } : { $eq: [found, -1] }
    return holds ? { $eq: [found, 0] } : { $ne: [{ $ifNull: [found, 0] }, 0] }
  }

  #bits(of: Json, mask: bigint, op: '$gt' | '$eq'): Json {
    return { [op]: [{ $bitAnd: [{ $toLong: of }, long(mask)] }, long(0)] }
  }

  /** A bound value beside a stored column takes the column's type: a text that is compared with a date is one. */
  #beside(other: Expr, expr: Expr): Json {
    const stored = expr.kind === 'param' ? this.stored(other) : null
    return stored === null || expr.kind !== 'param' ? this.value(expr) : { $param: this.#printing.bind(expr.value, expr.type), beside: { ...stored } }
  }

  #mustBeAlike(left: Expr, right: Expr): void {
    const [a, b] = [this.stored(left), this.stored(right)]
    if (a !== null && b !== null) this.#checks.push({ rule: 'alike', ...a, other: b })
  }

  #mustBeNumber(side: Expr): void {
    const stored = this.stored(side)
    if (stored !== null) this.#checks.push({ rule: 'number', ...stored })
    if (side.kind === 'param' && (side.type === 'text' || side.type === 'date' || side.type === 'timestamp')) throw new KpiqlError('NOT_SUPPORTED', { message: 'An expression adds to a text or a date.', hint: 'Make a view in MongoDB that holds it as a field.' })
  }

  #located(table: string, name: string): Located {
    const locate = this.#scope.get(table)
    if (locate === undefined) throw new KpiqlError('PLAN_BROKEN', { message: `Nothing is called "${table}" where a column of it is asked.` })
    return locate(name)
  }

  /** Written expressions stand over one table. */
  #parsed(sql: string): Expr {
    const [table = ''] = this.#scope.keys()
    return parseWritten(sql, table)
  }
}

function isBound(expr: Expr): boolean {
  return expr.kind === 'param' || expr.kind === 'integer' || expr.kind === 'tiny'
}
