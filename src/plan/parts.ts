import { addDecimals, compareDecimals, decimalToText } from '../base/decimal-number.ts'
import type { DecimalNumber } from '../base/decimal-number.ts'
import type { Aggregation } from '../model/types.ts'
import { compare, integer, isNull, param } from '../sql/tree.ts'
import type { AggregateFunction, Expr } from '../sql/tree.ts'
import type { Facts } from './facts.ts'
import type { Measure, Part } from './read.ts'
import type { Relation } from './relation.ts'
import type { ScanValue } from './scan.ts'

/**
 * How an aggregate may be put together from finer pieces. `additive` parts add up over buckets, groups and cells; a `distinct`
 * count does not, since one customer may be in two of them; a `holistic` one needs all its rows at once.
 */
export type Family = 'additive' | 'distinct' | 'holistic'

const FAMILIES = {
  sum: 'additive',
  count: 'additive',
  average: 'additive',
  min: 'additive',
  max: 'additive',
  sum_boolean: 'additive',
  count_distinct: 'distinct',
  approx_count_distinct: 'holistic',
  median: 'holistic',
  percentile: 'holistic',
  stddev: 'holistic',
} as const satisfies Record<Aggregation, Family>

export function familyOf(measure: Measure): Family {
  return FAMILIES[measure.agg]
}

export type Combine = 'add' | 'min' | 'max' | 'never'

export interface PartSpec {
  readonly fn: AggregateFunction
  /** Over the base table; null counts rows. */
  readonly arg: Expr | null
  readonly combine: Combine
  /** Equal specs of one relation are computed once. */
  readonly id: string
}

/** The engine's aggregates a measure is made of, in the order of its parts: last, for money of floats, how many rows were no finite number. */
export function partsOf(measure: Measure, relation: Relation, facts: Facts): readonly PartSpec[] {
  const { rollup } = relation
  if (rollup === null) return specsOf(measure, facts, (expr) => relation.base(expr, plainName(expr) ?? 'value'))
  return partsWithin(measure, facts).map(({ id, fn, combine }) => ({ id, combine, ...relation.stored(id, fn) }))
}

/** What a measure is made of, whatever rows it is of: specs without their arguments. */
export function partsWithin(measure: Measure, facts: Facts): readonly Omit<PartSpec, 'arg'>[] {
  return specsOf(measure, facts, () => ({ kind: 'null' }))
}

function specsOf(measure: Measure, facts: Facts, baseOf: (expr: string) => Expr): readonly PartSpec[] {
  const { agg, expr } = measure
  if (expr === null) return [{ fn: { name: 'count' }, arg: null, combine: 'add', id: 'count|*' }]
  const base = baseOf(expr)
  const spec = (fn: AggregateFunction, combine: Combine, arg: Expr = base, note = ''): PartSpec => ({
    fn,
    arg,
    combine,
    id: `${fn.name}${'fraction' in fn ? fn.fraction : ''}|${note}|${expr}`,
  })
  switch (agg) {
    case 'sum':
      return sumSpecs(measure, expr, base, facts, spec)
    case 'average': {
      const [sum, ...spoilt] = sumSpecs(measure, expr, base, facts, spec)
      return [sum, spec({ name: 'count' }, 'add'), ...spoilt]
    }
    case 'count':
      return [spec({ name: 'count' }, 'add')]
    case 'sum_boolean':
      return [spec({ name: 'count' }, 'add', { kind: 'case', whens: [{ when: base, result: { kind: 'integer', value: 1 } }], otherwise: { kind: 'null' } }, 'true')]
    case 'min':
      return [spec({ name: 'min' }, 'min')]
    case 'max':
      return [spec({ name: 'max' }, 'max')]
    case 'median':
      return [spec({ name: 'median', ...orderedOf(measure, expr, facts) }, 'never')]
    case 'percentile':
      return [spec({ name: 'percentile', fraction: measure.percentile ?? 0.5, ...orderedOf(measure, expr, facts) }, 'never')]
    case 'stddev':
      return [spec({ name: 'stddev' }, 'never')]
    case 'approx_count_distinct':
      return [spec({ name: 'approx_count_distinct' }, 'never')]
    case 'count_distinct':
      return [spec({ name: 'count_distinct' }, 'never')]
  }
}

/**
 * Whether what has been added can be taken away again without a trace. Not so for floats: 1e16 + 1.5 − 1e16 is 2, and NaN stays
 * for ever; nor for extremes. An expression of unknown type may be a float.
 */
export function canSubtract(measure: Measure, facts: Facts): boolean {
  const { agg, expr } = measure
  if (agg === 'min' || agg === 'max') return false
  if ((agg !== 'sum' && agg !== 'average') || expr === null || measure.money) return true
  const type = facts.columnType(measure.semanticModel, expr)
  return type !== 'float' && type !== null
}

function orderedOf({ semanticModel }: Measure, expr: string, facts: Facts): { readonly of?: 'integer' } {
  return facts.columnType(semanticModel, expr) === 'integer' ? { of: 'integer' } : {}
}

type MakeSpec = (fn: AggregateFunction, combine: Combine, arg?: Expr, note?: string) => PartSpec

/**
 * Money is summed as decimals whatever its column is; other floats by the engine's compensated sum. What no decimal holds (NaN,
 * infinities, the huge) would fail the whole statement: it is left out of the sum, and counted beside it.
 */
function sumSpecs(measure: Measure, expr: string, base: Expr, facts: Facts, spec: MakeSpec): readonly [PartSpec, ...PartSpec[]] {
  const type = facts.columnType(measure.semanticModel, expr)
  if (type === 'integer' || type === 'decimal') return [spec({ name: 'sum', of: type }, 'add')]
  if (!measure.money) return [type === 'float' ? spec({ name: 'sum_float' }, 'add') : spec({ name: 'sum' }, 'add')]
  const amount: Expr = { kind: 'cast', of: base, to: 'decimal' }
  if (type === 'text') return [spec(DECIMALS, 'add', amount, 'decimal')]
  const float: Expr = type === 'float' ? base : { kind: 'cast', of: base, to: 'float' }
  // NaN compares as false, or as larger than all: either way it lies outside.
  const fits: Expr = { kind: 'and', of: [compare(float, '<', param(MOST, 'float')), compare(float, '>', param(-MOST, 'float'))] }
  const unfit: Expr = { kind: 'case', whens: [{ when: isNull(base), result: { kind: 'null' } }, { when: fits, result: { kind: 'null' } }], otherwise: integer(1) }
  return [
    spec(DECIMALS, 'add', { kind: 'case', whens: [{ when: fits, result: amount }], otherwise: { kind: 'null' } }, 'decimal'),
    spec({ name: 'count' }, 'add', unfit, 'unfit'),
  ]
}

/** Amounts from here on fit no money: a decimal of 38 digits keeps nine behind the point, and its sums need room. */
const MOST = 1e24
const DECIMALS: AggregateFunction = { name: 'sum', of: 'decimal' }

/** `amount` for `amount`, null for anything that is more than a name. */
function plainName(expr: string): string | null {
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(expr) ? expr : null
}

/** A part as the engine gave it; integers of any size and decimals stay exact, floats may be NaN or infinite. */
export function partValue(value: ScanValue): Part {
  if (value === null || typeof value === 'number' || typeof value === 'bigint') return value
  if (typeof value === 'object') return value
  throw new TypeError(`An aggregate came back as ${typeof value}.`)
}

/** Null is no part at all; NaN and infinities are kept, so that no finite number stands for rows one of which was none. */
export function combineParts(a: Part, b: Part, how: Combine): Part {
  if (a === null) return b
  if (b === null) return a
  switch (how) {
    case 'add':
      return addParts(a, b)
    case 'min':
      return compareParts(a, b) <= 0 ? a : b
    case 'max':
      return compareParts(a, b) >= 0 ? a : b
    case 'never':
      throw new TypeError('These parts do not add up.')
  }
}

type Known = number | bigint | DecimalNumber

function addParts(a: Known, b: Known): Known {
  if (typeof a === 'bigint' && typeof b === 'bigint') return a + b
  if (typeof a === 'number' || typeof b === 'number') return toNumber(a) + toNumber(b)
  return addDecimals(toDecimal(a), toDecimal(b))
}

/** NaN is larger than all numbers, as the engine has it: so the extreme of a whole is that of its pieces, however it was cut. */
function compareParts(a: Known, b: Known): number {
  if (typeof a === 'number' || typeof b === 'number') return compareNumbers(toNumber(a), toNumber(b))
  return compareDecimals(toDecimal(a), toDecimal(b))
}

function compareNumbers(a: number, b: number): number {
  if (Number.isNaN(a) || Number.isNaN(b)) return Number(Number.isNaN(a)) - Number(Number.isNaN(b))
  return a < b ? -1 : a > b ? 1 : 0
}

function toDecimal(value: bigint | DecimalNumber): DecimalNumber {
  return typeof value === 'bigint' ? { units: value, scale: 0 } : value
}

export function toNumber(value: Known): number {
  if (typeof value === 'number') return value
  if (typeof value === 'bigint') return Number(value)
  // Through text: dividing would round twice.
  return Number(decimalToText(value))
}

export function negatePart(value: Part): Part {
  if (value === null) return null
  if (typeof value === 'object') return { units: -value.units, scale: value.scale }
  return -value
}
