import { KpiqlError } from '../../src/base/errors.ts'
import { fraction } from '../../src/sql/printer.ts'
import type { Aggregate } from '../../src/sql/tree.ts'
import { isSomething, long, type Json, type JsonObject, type Stage } from './json.ts'
import type { ExprPrinter } from './print-expr.ts'

interface Kept {
  readonly aggregate: Aggregate
  readonly field: string
  /** The value it takes of each row; null leaves the row out. */
  readonly arg: Json
}

const one = (arg: Json): Json => ({ $cond: [isSomething(arg), long(1), long(0)] })
/** MongoDB adds integers as 64 bits, and goes on in doubles when they overflow; decimals of 34 digits stay exact. */
const exact = (arg: Json): Json => ({ $let: { vars: { of: arg }, in: { $cond: [{ $in: [{ $type: '$$of' }, ['int', 'long']] }, { $toDecimal: '$$of' }, '$$of'] } } })
/** Several of these can be made of those of smaller groups. */
const ADDS_UP: ReadonlySet<string> = new Set(['count', 'sum', 'sum_float', 'min', 'max', 'count_distinct', 'approx_count_distinct'])

/** Gathers the aggregates of one select, and prints the stages that compute them. */
export class AggregatePrinter {
  readonly #kept = new Map<string, Kept>()

  /** The value of an aggregate after the stages, as an expression. */
  after(aggregate: Aggregate, rows: ExprPrinter, id: string): Json {
    let kept = this.#kept.get(id)
    if (kept === undefined) {
      const { arg, filter } = aggregate
      const of: Json = arg === null ? true : rows.value(arg)
      kept = { aggregate, field: `a${this.#kept.size}`, arg: filter === null ? of : { $cond: [rows.truth(filter), of, null] } }
      this.#kept.set(id, kept)
    }
    return resultOf(kept)
  }

  /**
   * @param keys expressions over the rows; after the stages they are `$_id.k0`, `$_id.k1`… Without any, all rows are one group, also
   * when there are none.
   */
  stages(keys: readonly Json[]): readonly Stage[] {
    const kept = [...this.#kept.values()]
    const id: JsonObject = Object.fromEntries(keys.map((key, index) => [`k${index}`, key]))
    const distinct = kept.filter(({ aggregate }) => DISTINCT.has(aggregate.fn.name))
    const values = new Set(distinct.map(({ arg }) => JSON.stringify(arg)))
    const [first] = distinct
    const stages = first !== undefined && values.size === 1 && kept.every(({ aggregate }) => ADDS_UP.has(aggregate.fn.name)) ? inTwo(kept, first.arg, id) : [group(id, kept.map((one) => accumulators(one)))]
    if (keys.length > 0) return stages
    const nothing: JsonObject = Object.fromEntries(kept.flatMap((one) => Object.entries(NOTHING(one))))
    return [...stages, { $union: { pipeline: [{ $documents: [nothing] }] } }, { $limit: 1 }]
  }
}

const DISTINCT: ReadonlySet<string> = new Set(['count_distinct', 'approx_count_distinct'])

function group(id: JsonObject, fields: readonly JsonObject[]): Stage {
  return { $group: Object.assign({ _id: Object.keys(id).length === 0 ? null : id }, ...fields) as JsonObject }
}

/** Distinct values are groups of their own first, so that no list of them must fit one document. */
function inTwo(kept: readonly Kept[], distinct: Json, id: JsonObject): readonly Stage[] {
  const outer: JsonObject = Object.fromEntries(Object.keys(id).map((key) => [key, `$_id.${key}`]))
  const inner = kept.filter(({ aggregate }) => !DISTINCT.has(aggregate.fn.name))
  const merged = kept.map(({ aggregate, field }): JsonObject => {
    switch (aggregate.fn.name) {
      case 'count_distinct':
      case 'approx_count_distinct':
        return { [field]: { $sum: one('$_id.distinct') } }
      case 'min':
      case 'max':
        return { [field]: { [`$${aggregate.fn.name}`]: `$${field}` } }
      case 'count':
        return { [field]: { $sum: `$${field}` } }
      default:
        return { [field]: { $sum: `$${field}` }, [`${field}n`]: { $sum: `$${field}n` } }
    }
  })
  return [group({ ...id, distinct }, inner.map((one) => accumulators(one))), group(outer, merged)]
}

function accumulators({ aggregate: { fn }, field, arg }: Kept): JsonObject {
  switch (fn.name) {
    case 'sum':
      return { [field]: { $sum: exact(arg) }, [`${field}n`]: { $sum: one(arg) } }
    case 'sum_float':
      return { [field]: { $sum: { $toDouble: arg } }, [`${field}n`]: { $sum: one(arg) } }
    case 'count':
      return { [field]: { $sum: one(arg) } }
    case 'min':
      return { [field]: { $min: arg } }
    case 'max':
      return { [field]: { $max: arg } }
    case 'count_distinct':
    case 'approx_count_distinct':
    case 'bit_or':
      return { [field]: { $addToSet: arg } }
    case 'median':
    case 'percentile':
      return { [field]: { $push: { $toDouble: arg } } }
    case 'stddev':
      return { [field]: { $stdDevSamp: { $toDouble: arg } } }
  }
}

/** What a group of no rows holds, before `resultOf`. */
const NOTHING = ({ aggregate: { fn }, field }: Kept): JsonObject => {
  switch (fn.name) {
    case 'sum':
    case 'sum_float':
      return { [field]: long(0), [`${field}n`]: long(0) }
    case 'count':
      return { [field]: long(0) }
    case 'count_distinct':
    case 'approx_count_distinct':
    case 'bit_or':
    case 'median':
    case 'percentile':
      return { [field]: [] }
    default:
      return { [field]: null }
  }
}

function resultOf({ aggregate: { fn, arg }, field }: Kept): Json {
  if (arg === null && fn.name !== 'count') throw new KpiqlError('PLAN_BROKEN', { message: `Aggregate ${fn.name} has no argument.` })
  const at = `$${field}`
  switch (fn.name) {
    case 'sum':
    case 'sum_float':
      return { $cond: [{ $gt: [`${at}n`, long(0)] }, at, null] }
    case 'count_distinct':
    case 'approx_count_distinct':
      // A number where two stages counted it.
      return { $toLong: { $cond: [{ $isArray: [at] }, { $size: { $filter: { input: at, as: 'one', cond: isSomething('$$one') } } }, at] } }
    case 'bit_or': {
      const masks: Json = { $filter: { input: at, as: 'one', cond: isSomething('$$one') } }
      return { $let: { vars: { masks }, in: { $cond: [{ $eq: ['$$masks', []] }, null, { $reduce: { input: '$$masks', initialValue: long(0), in: { $bitOr: ['$$value', { $toLong: '$$this' }] } } }] } } }
    }
    case 'median':
      return quantile(at, 0.5)
    case 'percentile':
      return quantile(at, Number(fraction(fn.fraction)))
    case 'stddev':
    case 'min':
    case 'max':
      return { $ifNull: [at, null] }
    case 'count':
      return at
  }
}

/** Between the two values around the place, as `percentile_cont`; MongoDB's own `$percentile` is approximate. */
function quantile(at: string, share: number): Json {
  const values: Json = { $sortArray: { input: { $filter: { input: at, as: 'one', cond: isSomething('$$one') } }, sortBy: 1 } }
  const place: Json = { $multiply: [{ $subtract: [{ $size: '$$values' }, 1] }, share] }
  const low: Json = { $arrayElemAt: ['$$values', { $floor: '$$place' }] }
  const high: Json = { $arrayElemAt: ['$$values', { $ceil: '$$place' }] }
  const between: Json = { $let: { vars: { low, high }, in: { $add: ['$$low', { $multiply: [{ $subtract: ['$$high', '$$low'] }, { $subtract: ['$$place', { $floor: '$$place' }] }] }] } } }
  return { $let: { vars: { values }, in: { $cond: [{ $eq: ['$$values', []] }, null, { $let: { vars: { place }, in: between } }] } } }
}
