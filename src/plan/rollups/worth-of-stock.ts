import { stableHash } from '../../base/stable-hash.ts'
import type { StockMeasure } from '../movement/movement-history.ts'
import type { Measure } from '../read.ts'

/** What a stock that is followed is worth, as the sum of a stock: its changes are what movements are made of. */
export function worthOf({ semanticModel, expr, money, validity }: StockMeasure): Measure {
  const time = { kind: 'stock', ...validity, asOf: 'period_end' } as const
  return { kind: 'aggregate', id: stableHash([semanticModel, 'sum', expr, null, money, time]), semanticModel, agg: 'sum', expr, percentile: null, money, time }
}
