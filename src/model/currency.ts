import type { Metric } from './types.ts'

/** The currency that every value of a metric is in; null where it follows from rows, or there is none. */
export function constantCurrency({ currency }: Pick<Metric, 'currency'>): string | null {
  return currency !== null && 'code' in currency ? currency.code : null
}
