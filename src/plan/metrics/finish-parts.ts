import type { Aggregation } from '../../model/types.ts'
import { ZERO, amountOfPart, amountOfText, combine, divide, none } from '../amount.ts'
import type { Amount } from '../amount.ts'
import type { Part } from '../read.ts'

const ZERO_WHEN_EMPTY: ReadonlySet<Aggregation> = new Set<Aggregation>(['count', 'count_distinct', 'approx_count_distinct', 'sum_boolean'])

/** Where the parts of a sum or an average count the rows that are no finite number (see `partsOf`). */
const SPOILT_AT: Partial<Record<Aggregation, number>> = { sum: 1, average: 2 }

/** The number of one bucket from its parts, in the order of `partsOf`; undefined parts are no row at all. */
export function finishParts(agg: Aggregation, parts: readonly Part[] | undefined): Amount {
  if (ZERO_WHEN_EMPTY.has(agg)) return parts?.[0] == null ? ZERO : amountOfPart(parts[0])
  const first = firstOfParts(agg, parts)
  if (agg !== 'average') return first
  const count = countOfParts(parts)
  return count.value === null || count.value.isZero() ? none('NO_ROWS') : divide(first, count)
}

/** The first part, the sum of an average. None where some row was no finite number. */
export function firstOfParts(agg: Aggregation, parts: readonly Part[] | undefined): Amount {
  if (isSpoilt(agg, parts)) return none('OVERFLOW', 'Some amounts are no finite numbers, or too large for money. Correct them in the source.')
  return amountOfPart(parts?.[0] ?? null)
}

/** How many values an average is of. */
export function countOfParts(parts: readonly Part[] | undefined): Amount {
  return amountOfPart(parts?.[1] ?? null)
}

/** Whether any row has a value; rows of nothing but nulls have none. */
export function hasValue(agg: Aggregation, parts: readonly Part[]): boolean {
  return parts[0] != null || isSpoilt(agg, parts)
}

function isSpoilt(agg: Aggregation, parts: readonly Part[] | undefined): boolean {
  const at = SPOILT_AT[agg]
  return at !== undefined && Number(parts?.[at] ?? 0) > 0
}

/** Mean of daily closes. Where nothing holds, a sum or a count has closed at nothing; an extreme or an average has not closed at all. */
export function meanOfCloses(agg: Aggregation, closes: readonly Amount[]): Amount {
  const closesAtZero = agg === 'sum' || ZERO_WHEN_EMPTY.has(agg)
  const spoilt = closes.find(({ value, reason }) => value === null && reason !== 'NO_ROWS')
  if (spoilt) return spoilt
  const known = closes.flatMap((close) => (close.value !== null ? [close] : closesAtZero ? [ZERO] : []))
  if (known.length === 0) return none('NO_ROWS')
  return divide(known.reduce((sum, close) => combine(sum, close, '+')), amountOfText(String(known.length)))
}
