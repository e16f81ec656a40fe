import { KpiqlError } from '../base/errors.ts'
import { parseDecimal } from '../base/decimal-number.ts'
import type { Aggregation, Metric, MetricDefinition, MetricInput } from '../model/types.ts'
import { Decimal, amountOfText, combine, divide } from '../plan/amount.ts'
import type { Amount } from '../plan/amount.ts'
import { finishConversion } from '../plan/metrics/compile-conversion.ts'
import { computedFormula, computedRatio } from '../plan/metrics/compile-inputs.ts'
import type { Computed } from '../plan/metrics/compile-inputs.ts'
import { finishParts } from '../plan/metrics/finish-parts.ts'
import type { Part } from '../plan/read.ts'
import { isList } from './given.ts'
import type { Given } from './given.ts'

/** A ratio in percent has them for aliases; a conversion rate is converted ÷ base events, an average sum ÷ count. */
const SIDES = ['numerator', 'denominator'] as const

/**
 * A metric by its own definition, with numbers in the place of what it would read. Only its first implementation is looked at.
 *
 * @param bound See `Components`. Aliases and sides are those of this metric; below it metrics go by their names.
 * @throws KpiqlError `PLAN_BROKEN` where something the definition needs is not bound: the table of calculators and the pack disagree.
 */
export function evaluateMetric(metrics: ReadonlyMap<string, Metric>, name: string, bound: Given): Amount {
  const own = boundNumber(bound, name)
  if (own !== null) return own
  const metric = metrics.get(name)
  const definition = metric?.implementations[0]
  if (metric === undefined || definition === undefined) throw new KpiqlError('PLAN_BROKEN', { message: `The packs have no metric "${name}".` })
  return ofRows(definition, bound) ?? computed(metrics, metric, definition, bound)
}

/** A metric of rows from its parts; null for one of other metrics. */
function ofRows(definition: MetricDefinition, bound: Given): Amount | null {
  const [numerator = null, denominator = null] = SIDES.map((side) => partOf(boundNumber(bound, side)))
  if (definition.type === 'conversion') return denominator === null ? null : finishConversion(definition.calculation, [denominator, numerator])
  if (definition.type !== 'simple') return null
  const values = bound.get('values')
  if (values !== undefined && isList(values)) return aggregated(definition.agg, values)
  return denominator === null ? null : finishParts(definition.agg, [numerator, denominator])
}

function computed(metrics: ReadonlyMap<string, Metric>, { name, ratePeriod }: Metric, definition: MetricDefinition, bound: Given): Amount {
  const formula = computedOf(definition)
  if (formula === null) throw new KpiqlError('PLAN_BROKEN', { message: `A calculator gives nothing for the metric "${name}".` })
  const below: Given = new Map([...bound].filter(([key]) => metrics.has(key)))
  const amounts = formula.inputs.map((input, side) => boundNumber(bound, definition.type === 'ratio' ? (SIDES[side] ?? '') : input.alias) ?? evaluateMetric(metrics, unchanged(input), below))
  return formula.compute(amounts, ratePeriod === null ? null : (boundNumber(bound, 'periods') ?? amountOfText('1')))
}

function computedOf(definition: MetricDefinition): Computed | null {
  if (definition.type === 'ratio') return computedRatio(definition)
  return definition.type === 'derived' ? computedFormula(definition.formula, definition.inputs) : null
}

/** An input that is filtered or shifted is another number than its metric. */
function unchanged({ metric, alias, filter, offsetWindow, offsetToGrain }: MetricInput): string {
  if (filter.kind === 'all' && offsetWindow === null && offsetToGrain === null) return metric
  throw new KpiqlError('PLAN_BROKEN', { message: `A calculator gives nothing for "${alias}", a part of the metric "${metric}".` })
}

function boundNumber(bound: Given, name: string): Amount | null {
  const found = bound.get(name)
  return found === undefined || isList(found) ? null : found
}

function partOf(amount: Amount | null): Part {
  return amount?.value ? parseDecimal(amount.value.toFixed()) : null
}

/** What a source's engine makes of the rows. Of an even number of values the median is the mean of the middle two. */
function aggregated(agg: Aggregation, values: readonly Amount[]): Amount {
  const sorted = values.toSorted((a, b) => (a.value ?? new Decimal(0)).comparedTo(b.value ?? new Decimal(0)))
  const at = (index: number): Amount => sorted[index] ?? amountOfText('0')
  const sum = (): Amount => sorted.reduce((total, value) => combine(total, value, '+'))
  switch (agg) {
    case 'median':
      return divide(combine(at(Math.floor((sorted.length - 1) / 2)), at(Math.floor(sorted.length / 2)), '+'), amountOfText('2'))
    case 'average':
      return divide(sum(), amountOfText(String(sorted.length)))
    case 'min':
      return at(0)
    case 'max':
      return at(sorted.length - 1)
    case 'sum':
      return sum()
    default:
      throw new KpiqlError('PLAN_BROKEN', { message: `No calculator takes the ${agg} of a list.` })
  }
}
