import { KpiqlError } from '../base/errors.ts'
import type { Metric } from '../model/types.ts'
import { toExactText, toFinite } from '../plan/amount.ts'
import type { Calculator, Components } from './calculator.ts'
import { evaluateMetric } from './evaluate-metric.ts'
import { isList, numberGiven, worth } from './given.ts'
import type { Given } from './given.ts'
import { readInputs } from './read-inputs.ts'
import type { CalculationInput } from './read-inputs.ts'

/** A number worked out of given ones, and the metric that it is. */
export interface Calculation {
  readonly metric: Metric
  /** In the metric's unit. */
  readonly value: number
  /** Every digit; null for quotients, which have none. */
  readonly exact: string | null
  /** ISO 4217 of money, where the client named one. */
  readonly currency: string | null
  readonly formula: string | null
  /** Further fields: another calculation, an input as given, or null. */
  readonly besides: ReadonlyMap<string, Calculation | number | null>
}

/**
 * Works a calculator out. Pure: no source is read.
 *
 * @param metrics The packs' metrics, whose definitions hold the formulas.
 * @param currency ISO 4217 of the money in the inputs; nothing is converted.
 * @throws KpiqlError `CALCULATION_INVALID` for inputs that cannot be.
 */
export function calculate(metrics: ReadonlyMap<string, Metric>, calculator: Calculator, input: CalculationInput, currency: string | null = null): Calculation {
  const given = readInputs(calculator, input, currency)
  const besides = new Map(
    calculator.besides.map((beside): readonly [string, Calculation | number | null] => {
      if (beside.kind === 'input') return [beside.name, toFinite(numberGiven(given, beside.name))]
      const isKnown = beside.needs.every((name) => numberGiven(given, name).value !== null)
      return [beside.name, isKnown ? { ...workedOut(metrics, beside.metric, beside.components, given), besides: new Map() } : null]
    }),
  )
  const result = workedOut(metrics, calculator.metric, calculator.components, given)
  return { ...result, formula: calculator.formula ?? result.formula, besides }
}

function workedOut(metrics: ReadonlyMap<string, Metric>, name: string, components: Components, given: Given): Omit<Calculation, 'besides'> {
  const metric = metrics.get(name)
  if (metric === undefined) throw new KpiqlError('PLAN_BROKEN', { message: `The packs have no metric "${name}".` })
  const amount = evaluateMetric(metrics, name, boundTo(components, given))
  const value = toFinite(amount)
  if (value === null) throw new KpiqlError('CALCULATION_INVALID', { message: `These numbers give no ${metric.label}: ${amount.reason ?? 'OVERFLOW'}.`, hint: 'Check the numbers.' })
  return { metric, value, exact: toExactText(amount), currency: metric.unit === 'currency' ? amount.currency : null, formula: metric.formula }
}

function boundTo(components: Components, given: Given): Given {
  return new Map(
    Object.entries(components).map(([component, text]) => {
      const list = given.get(text)
      return [component, list !== undefined && isList(list) ? list : worth(text, given)]
    }),
  )
}
