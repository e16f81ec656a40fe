import type { Bucket } from '../base/bucket.ts'
import { none, shownCurrency, toExactText, toFinite } from '../plan/amount.ts'
import type { Amount } from '../plan/amount.ts'
import type { Compiled, Unavailable } from '../plan/metrics/compile-metric.ts'
import { groupId } from '../plan/read.ts'
import type { AnyRead, ReadResult } from '../plan/read.ts'
import type { Reason } from '../plan/reason.ts'
import type { Cell, Group, GroupValue, MetricAnswer, Provenance } from './types.ts'

/** What to do about a null when nothing closer to the cause says more. */
const REMEDIES = {
  NO_ROWS: 'No row of the data falls into this slice and period. Widen one of them, or check that the data is loaded.',
  DIVISION_BY_ZERO: 'The denominator is zero in this slice and period. Widen one of them.',
  DIMENSION_NOT_AVAILABLE: 'Slice by a dimension the catalog lists for this metric.',
  SOURCE_MISSING: 'Connect the source this metric reads.',
  SOURCE_FAILED: 'The source did not answer. Ask again later.',
  WINDOW_NOT_COVERED: 'The data does not reach over the whole window. Ask a later or shorter period.',
  BEFORE_FIRST_DATA: 'The data begins later. Load its history, or ask a later period.',
  AFTER_WATERMARK: 'The data does not reach this far yet. Ask an earlier period, or refresh the source.',
  BACKFILLING: 'The first reading of the data goes on. Wait for its end; syncStatus shows how far it is.',
  MIXED_CURRENCIES: 'The slice holds several currencies. Filter by one.',
  OVERFLOW: 'The number is too large for a float. Read `exact`.',
  COSTS_NOT_RECORDED: 'Record the costs with the mutation recordCost, or connect the source that holds them.',
  REVENUE_NOT_RECORDED: 'Record the revenue with the mutation recordRevenue, or connect the source that holds it.',
  EVENTS_NOT_TRACKED: 'Connect the source that tracks these events.',
  SURVEYS_NOT_TRACKED: 'Connect the source that holds the answers to surveys.',
  PERIOD_CUTS_FACTS: 'Ask whole periods of the facts behind this metric.',
  PERIOD_CUTS_RATE: 'Ask whole base periods of this rate.',
  NOT_ADDITIVE: 'Ask a series at a grain in which this metric is recorded.',
  EXCHANGE_RATE_MISSING: 'Add the rate to the table of exchange rates.',
} as const satisfies Record<Reason, string>

export function cellOf(amount: Amount, partial: boolean): Cell {
  const value = toFinite(amount)
  const reason = amount.value === null ? (amount.reason ?? 'NO_ROWS') : value === null ? 'OVERFLOW' : null
  return {
    value,
    exact: toExactText(amount),
    quality: value === null ? 'INSUFFICIENT_DATA' : amount.estimated ? 'ESTIMATED' : 'ACTUAL',
    reason,
    remedy: reason === null ? null : (amount.remedy ?? REMEDIES[reason]),
    partial,
    currency: shownCurrency(amount.currency),
    assumptions: amount.assumptions,
  }
}

export function unavailableAnswer(found: Unavailable, grouped: boolean, provenance: Provenance): MetricAnswer {
  const cell = cellOf(none(found.reason, found.remedy), false)
  // Groups are unknown where the question could not be asked; one without values still carries the reason.
  const groups: readonly Group[] = [{ values: [], cells: found.buckets.map(() => cell) }]
  return { buckets: found.buckets, groups: grouped ? [] : groups, unavailable: { reason: found.reason, remedy: found.remedy }, provenance }
}

export function computedAnswer(compiled: Compiled, resultOf: (read: AnyRead) => ReadResult, grouped: boolean, provenance: Provenance): MetricAnswer {
  const { groups, at } = compiled.evaluate(resultOf)
  const found = grouped ? [...groups] : [[groupId([]), []] as const]
  const answered = found.map(([id, values]): Group => {
    const amounts = at(id)
    return { values, cells: compiled.buckets.map((_: Bucket, index) => cellOf(amounts[index] as Amount, compiled.partial[index] ?? false)) }
  })
  return { buckets: compiled.buckets, groups: answered.toSorted((a, b) => compareKeys(a.values, b.values)), unavailable: null, provenance }
}

/** Value by value; numbers before texts by size, nulls last. Total, so that equal questions have equally ordered answers. */
export function compareKeys(a: readonly GroupValue[], b: readonly GroupValue[]): number {
  for (let index = 0; index < Math.max(a.length, b.length); index++) {
    const order = compareValues(a[index] ?? null, b[index] ?? null)
    if (order !== 0) return order
  }
  return 0
}

export function compareValues(a: GroupValue, b: GroupValue): number {
  if (a === b) return 0
  if (a === null) return 1
  if (b === null) return -1
  if (typeof a === typeof b) return a < b ? -1 : 1
  return typeof a < typeof b ? -1 : 1
}
