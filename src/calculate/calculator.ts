/**
 * A metric worked out of numbers that someone types in, without a source. It has no formula of its own: its inputs stand for
 * components of a metric of the packs, whose definition does the rest.
 */
export interface Calculator {
  /** The GraphQL field. */
  readonly name: string
  /** A metric of the packs: gives formula, label, unit, interpretation and benchmark. */
  readonly metric: string
  /** What it is for, and how it differs from the metric of a source where it does. */
  readonly description: string
  /** In words, where inputs stand for something else than the metric's own components; null: the metric's. */
  readonly formula: string | null
  readonly inputs: readonly CalculatorInput[]
  readonly components: Components
  readonly rules: readonly Rule[]
  readonly besides: readonly Beside[]
}

/** How an input is bounded. None is ever negative. */
export const INPUT_KINDS = ['money', 'count', 'number', 'percent', 'seconds'] as const
/** `count`: whole; `percent`: 0 to 100; `number`: any, fractions too. */
export type InputKind = (typeof INPUT_KINDS)[number]

export interface CalculatorInput {
  readonly name: string
  readonly kind: InputKind
  readonly description: string
  /** Null: required, unless `optional`. */
  readonly byDefault: string | null
  readonly optional: boolean
  /** Zero is impossible: something is divided by it. */
  readonly moreThanZero: boolean
  /** Several numbers in place of one. */
  readonly list: boolean
}

/**
 * What stands for the components of the metric: component → arithmetic over the inputs, as in the model's formulas. Components are
 * the metric itself; `numerator` and `denominator` of a ratio, a conversion rate (converted, base events) or an average (sum, count);
 * aliases of a formula's inputs, and `periods` of a rate; metrics below them; or `values`, a list for the metric's own aggregation.
 */
export type Components = Readonly<Record<string, string>>

/** What must hold between inputs; bounds are arithmetic over them. A rule over an input that is not given holds. */
export type Rule =
  | { readonly kind: 'within'; readonly field: string; readonly value: string; readonly least: string | null; readonly most: string | null; readonly why: string }
  | { readonly kind: 'exactly_one'; readonly fields: readonly [string, string]; readonly why: string }
  | { readonly kind: 'together'; readonly fields: readonly [string, string]; readonly why: string }

/** A further field of the answer: another metric of the same inputs, null where those it needs are not given; or an input, as given. */
export type Beside =
  | { readonly kind: 'metric'; readonly name: string; readonly metric: string; readonly description: string; readonly needs: readonly string[]; readonly components: Components }
  | { readonly kind: 'input'; readonly name: string; readonly description: string }

type Draft = Pick<Calculator, 'name' | 'metric' | 'description' | 'inputs' | 'components'> & Partial<Calculator>

export function calculator(draft: Draft): Calculator {
  return { formula: null, rules: [], besides: [], ...draft }
}

type InputOptions = Partial<Pick<CalculatorInput, 'byDefault' | 'optional' | 'moreThanZero' | 'list'>>

function inputOf(kind: InputKind): (name: string, description: string, options?: InputOptions) => CalculatorInput {
  return (name, description, options = {}) => ({ name, kind, description, byDefault: null, optional: false, moreThanZero: false, list: false, ...options })
}

export const money = inputOf('money')
export const count = inputOf('count')
export const number = inputOf('number')
export const percent = inputOf('percent')
export const seconds = inputOf('seconds')

export const MORE_THAN_ZERO = { moreThanZero: true } as const
export const ZERO_IF_LEFT_OUT = { byDefault: '0' } as const
export const OPTIONAL = { optional: true } as const

/** A part is not more than its whole. */
export function atMost(field: string, most: string, why: string, value = field): Rule {
  return { kind: 'within', field, value, least: null, most, why }
}
