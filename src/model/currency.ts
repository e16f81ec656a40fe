import { inputsOf } from './metric-inputs.ts'
import type { Metric, Model } from './types.ts'

/** The currency that every value of a metric is in; null where it follows from rows, or there is none. */
export function constantCurrency({ currency }: Pick<Metric, 'currency'>): string | null {
  return currency !== null && 'code' in currency ? currency.code : null
}

/** Whether values of a metric may be in different currencies: money whose rows tell theirs, or made of metrics of several. */
export function variesInCurrency(model: Model, metric: Metric): boolean {
  return metric.unit === 'currency' && (currenciesOf(model, metric).size > 1 || currenciesOf(model, metric).has(OF_ROWS))
}

/** The currency of all values of a metric, also of one made of others; null where they vary, or the model states none. */
export function onlyCurrency(model: Model, metric: Metric): string | null {
  if (metric.unit !== 'currency') return null
  const [only = null, ...others] = currenciesOf(model, metric)
  return others.length > 0 || only === OF_ROWS || only === UNSTATED ? null : only
}

const OF_ROWS = 'of rows'
const UNSTATED = 'unstated'

function currenciesOf(model: Model, metric: Metric): ReadonlySet<string> {
  const found = new Set<string>()
  const visited = new Set<string>()
  const visit = (one: Metric): void => {
    if (visited.has(one.name)) return
    visited.add(one.name)
    const { currency, unit, implementations, implementedBy, estimate } = one
    const own = implementations.filter((_, index) => implementedBy[index] === null)
    if (currency !== null) found.add('code' in currency ? currency.code : OF_ROWS)
    const inputs = [...own.flatMap(inputsOf), ...(estimate?.inputs ?? [])]
    if (currency === null && unit === 'currency' && own.length > 0 && inputs.length === 0) found.add(UNSTATED)
    for (const name of [...inputs.map(({ metric }) => metric), ...implementedBy]) {
      const inner = model.metrics.get(name ?? '')
      if (inner !== undefined) visit(inner)
    }
  }
  visit(metric)
  return found
}
