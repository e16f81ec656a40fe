import { benchCase } from './bench-case.ts'
import type { BenchCase } from './bench-case.ts'
import { eventsWithMasks, longMembers, maskedMembers, membersASlice } from './forms/cohorts.ts'
import { countABucket, endsAsBits, transitions } from './forms/live-entities.ts'
import { closesAMetric, daysJoined, sparseDeltas } from './forms/movement.ts'
import { comparedBucket, countedMonth, sharedWindow, truncatedBucket } from './forms/sql-text.ts'
import { monthFromFirst, monthToMs } from './forms/stock.ts'
import { countADay, daysAsBits, leadDeltas } from './forms/trailing.ts'
import { byCohort, wholeOf2025, wholeOf36Months } from './slices.ts'
import type { BenchAsk } from './slices.ts'

const MOVEMENTS = ['new_mrr', 'expansion_mrr', 'contraction_mrr', 'churned_mrr', 'reactivation_mrr'] as const

export function movements(): BenchCase {
  const metrics = MOVEMENTS.map((name) => ({ name, agg: 'movement', column: 'monthly_price' }) as const)
  const ask: BenchAsk = { table: 'subscriptions', grain: 'month', metrics, slices: wholeOf36Months }
  const truncated = truncatedBucket(ask, 'day')
  return benchCase('movement', 'new, expansion, contraction, churned and reactivated price of all subscriptions × 36 months, changes netted by customer and day', ask, 3, 'sparse deltas, first day of all, year × 12 + month', 'sparse deltas, date_trunc', {
    'sparse deltas, date_trunc': sparseDeltas(ask, truncated, 'the first above 0'),
    'sparse deltas, year × 12 + month': sparseDeltas(ask, countedMonth('day'), 'the first above 0'),
    'sparse deltas, first day of all, year × 12 + month': sparseDeltas(ask, countedMonth('day'), 'the first'),
    'days joined with all rows': daysJoined(ask),
  }, closesAMetric(ask))
}

export function liveEntities(): BenchCase {
  const ask: BenchAsk = { table: 'subscriptions', grain: 'month', metrics: [{ name: 'live_customers', agg: 'live_distinct', column: 'customer_id' }], slices: wholeOf36Months }
  const { start } = sharedWindow(ask)
  return benchCase('live-customers', 'customers with a live subscription at the end of 36 months', ask, 2, 'ends as bits, per customer', '± 1 transitions by the day, date_trunc', {
    '± 1 transitions by the day, date_trunc': transitions(ask, (column) => column, (step) => `date_trunc('month', greatest(${step}, DATE '${start}'))`, truncatedBucket(ask, 'step').toMs),
    '± 1 transitions by the month': transitions(ask, (column) => monthFromFirst(ask, column), (step) => step, monthToMs),
    'ends as bits, per customer': endsAsBits(ask),
  }, countABucket(ask))
}

export function trailingActives(): BenchCase {
  const ask: BenchAsk = { table: 'events', grain: 'day', metrics: [{ name: 'trailing_users', agg: 'trailing_distinct', column: 'user_id' }], slices: wholeOf2025 }
  return benchCase('trailing-actives', 'users active in the 28 days up to each of 365 days', ask, 5, 'lead() over events, ± deltas', 'lead() over days, ± deltas', {
    'lead() over days, ± deltas': leadDeltas(ask, 'distinct'),
    'lead() over events, ± deltas': leadDeltas(ask, 'all'),
    'days as bits, 32 a word': daysAsBits(ask),
  }, countADay(ask))
}

export function cohorts(): BenchCase {
  const ask: BenchAsk = { table: 'events', grain: 'month', metrics: [{ name: 'revenue', agg: 'sum', column: 'amount' }], slices: byCohort }
  const [truncated, compared] = [truncatedBucket(ask, 'ts'), comparedBucket(ask, 'ts')]
  return benchCase('cohorts', 'a sum of 50 overlapping cohorts of users, by what they did in the last 28 days, × 12 months', ask, 3, 'events joined to masks', 'users × months joined to long membership, date_trunc', {
    'users × months joined to long membership, date_trunc': longMembers(ask, truncated),
    'users × months joined to long membership, compared months': longMembers(ask, compared),
    'users × months joined to masks': maskedMembers(ask, compared),
    'events joined to masks': eventsWithMasks(ask, compared),
  }, membersASlice(ask))
}
