import * as fc from 'fast-check'
import type { Predicate } from '../../src/model/predicate.ts'
import type { Activity } from '../../src/model/types.ts'
import { activityOn } from './activity.ts'
import { ZONES } from './random-asks.ts'
import type { RetentionQuestion } from './retention.ts'

/** Questions of retention over the shop, for fast-check. */

const ALL: Predicate = { kind: 'all' }
export const eq = (dimension: string, ...values: (string | boolean)[]): Predicate => ({ kind: 'atom', dimension, test: { op: 'in', values, caseInsensitive: false } })

const ACTIVITIES: readonly Activity[] = [
  activityOn('orders', 'orders', 'ordered_at'),
  activityOn('orders', 'orders', 'ordered_at', eq('status', 'paid')),
  activityOn('orders_placed', 'orders', 'placed_at'),
  activityOn('orders_at_shop', 'orders', 'shop_clock', eq('rush', true)),
  activityOn('orders_by_date', 'orders', 'order_date'),
  { metric: 'leases_out', semanticModel: 'leases', filter: ALL, time: { kind: 'interval', start: 'leased_at', end: 'returned_at', endInclusive: false } },
  { metric: 'members', semanticModel: 'memberships', filter: ALL, time: { kind: 'interval', start: 'member_since', end: 'member_until', endInclusive: true } },
  { metric: 'subscriptions', semanticModel: 'subscriptions', filter: eq('plan', 'pro', 'max'), time: { kind: 'interval', start: 'start_date', end: 'end_date', endInclusive: false } },
]
/** Reached from the rows of every activity. */
export const SLICES: readonly Predicate[] = [ALL, ALL, eq('segment', 'SMB'), { kind: 'not', of: eq('segment', 'SMB') }, eq('vip', true), eq('continent', 'Europe'), { kind: 'none' }]
const ORDER_SLICES: readonly Predicate[] = [ALL, eq('status', 'paid'), { kind: 'not', of: eq('status', 'paid') }, eq('channel', 'web')]

const LENGTHS = { day: 20, week: 12, month: 8, quarter: 5, year: 2 } as const

export function questionsAt(year: number, activities: readonly Activity[] = ACTIVITIES): fc.Arbitrary<RetentionQuestion> {
  const date = (offset: number): string => new Date(Date.UTC(year, 0, 1 + offset)).toISOString().slice(0, 10)
  return fc
    .record({
      start: fc.constantFrom(...activities),
      other: fc.constantFrom(null, null, ...activities),
      unit: fc.constantFrom<keyof typeof LENGTHS>('day', 'week', 'week', 'month', 'month', 'month', 'quarter', 'year'),
      clock: fc.constantFrom<'calendar' | 'hours_24'>('calendar', 'calendar', 'hours_24'),
      mode: fc.constantFrom<RetentionQuestion['mode']>('bounded', 'bounded', 'unbounded', 'bracket'),
      brackets: fc.uniqueArray(fc.nat(30), { minLength: 1, maxLength: 4 }).map((ends) => ends.toSorted((a, b) => a - b)),
      slice: fc.nat(100),
      zone: fc.constantFrom(...ZONES),
      offset: fc.nat(500),
      length: fc.integer({ min: 1, max: 200 }),
      cut: fc.constantFrom('', '', 'T04:30'),
      long: fc.nat(9),
    })
    .map(({ start, other, unit, clock, mode, brackets, slice, zone, offset, length, cut, long }) => {
      const slices = start.semanticModel === 'orders' ? [...SLICES, ...ORDER_SLICES] : SLICES
      const isHours = clock === 'hours_24' && (unit === 'day' || unit === 'week')
      return {
        start,
        activity: other ?? start,
        unit,
        clock: isHours ? clock : 'calendar',
        mode,
        // Some have more periods than one word has bits.
        periods: long === 0 ? 70 : LENGTHS[unit],
        brackets,
        predicate: slices[slice % slices.length] ?? ALL,
        zone,
        from: date(offset),
        to: `${date(offset + (unit === 'day' ? Math.min(length, 40) : length))}${cut}`,
      }
    })
}
