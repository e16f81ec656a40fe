import { LIFECYCLE_STATES } from '../../src/model/types.ts'
import type { Period } from '../../src/base/period.ts'
import type { Activity, Membership, MembershipWindow, Model } from '../../src/model/types.ts'
import type { Predicate } from '../../src/model/predicate.ts'
import type { CohortMoment } from '../../src/plan/ask.ts'
import { EVER, acquired, behavior, between, cohort, cohortModel, did, having, is, lifecycle, list, member, periodOf, sequence, subscribed, trailing, wasInvoiced } from './cohorts-world.ts'
import type { World } from './cohorts-world.ts'

// Random data, and random set algebra of every kind of membership.

export const NOW = Date.UTC(2025, 2, 10, 15, 30)

export interface Asked { readonly metric: string; readonly period: Period; readonly predicate: Predicate; readonly moment: CohortMoment; readonly series: boolean }

export interface RandomCohorts {
  readonly world: World
  readonly model: Model
  pick<T>(items: readonly T[]): T
  times<T>(count: number, make: (index: number) => T): T[]
  /** @param attributes Dimensions that rows of the table reach. */
  anyPredicate(depth: number, attributes: readonly string[]): Predicate
  anyAsk(): Asked
}

/** Mulberry32. */
function randomFrom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

/** Equal seeds, equal data and questions. */
export function randomCohorts(seed: number): RandomCohorts {
  const random = randomFrom(seed)
  const upTo = (count: number): number => Math.floor(random() * count)
  const pick = <T>(items: readonly T[]): T => {
    const found = items[upTo(items.length)]
    if (found === undefined) throw new Error('Nothing to pick from.')
    return found
  }
  const times = <T>(count: number, make: (index: number) => T): T[] => Array.from({ length: count }, (_, index) => make(index))

  /** Half of the days lie five apart from each other, and from the ends of periods and windows. */
  const someDay = (count: number): number => (random() < 0.5 ? 5 * upTo(Math.ceil(count / 5)) : upTo(count))
  const day = (offset: number): string => new Date(Date.UTC(2024, 11, 1) + offset * 86_400_000).toISOString().slice(0, 10)
  const CUSTOMERS = 7
  const maybeCustomer = (): number | null => (random() < 0.08 ? null : 1 + upTo(CUSTOMERS + 1))

  const world: World = {
    customers: times(CUSTOMERS, (index) => ({ customer_id: index + 1, segment: pick(['Enterprise', 'SMB', null]) })),
    users: times(12, (index) => ({ user_id: `u${index + 1}`, customer_id: maybeCustomer(), country: pick(['DE', 'FR', null]) })),
    events: times(110, (index) => ({
      event_id: index,
      user_id: random() < 0.05 ? null : `u${1 + upTo(14)}`,
      name: pick(['visit', 'visit', 'export', 'invite']),
      // Few different instants, so that several things happen at one.
      happened: `${day(someDay(115))} ${pick(['00:00:00', '03:00:00', '04:30:00', '15:00:00', '16:00:00'])}`,
      amount: `${upTo(100)}.${10 + upTo(90)}`,
    })),
    invoices: times(30, (index) => ({ invoice_id: index, customer_id: maybeCustomer(), day: day(someDay(110)), amount: `${upTo(500)}.50` })),
    subscriptions: times(16, (index) => {
      const started = someDay(100)
      return { subscription_id: index, customer_id: maybeCustomer(), started: day(started), ended: random() < 0.35 ? null : day(started + someDay(45)), price: `${10 + upTo(90)}.25` }
    }),
  }

  const model = cohortModel([
    cohort('enterprise', 'customer', is('segment', 'Enterprise')),
    cohort('german_users', 'user', is('country', 'DE')),
    cohort('all_german', 'user', is('country', 'DE'), 'all'),
    cohort('exporters', 'user', member(behavior('user', did('export'), 1))),
    cohort('only_visitors', 'user', { kind: 'and', of: [{ kind: 'not', of: { kind: 'cohort', cohort: 'exporters' } }, member(behavior('user', did('visit'), 1))] }, 'all'),
    cohort('idle', 'user', { kind: 'not', of: { kind: 'cohort', cohort: 'exporters' } }),
    cohort('idle_customers', 'customer', { kind: 'not', of: member(behavior('customer', wasInvoiced, 2)) }),
    cohort('payers', 'customer', { kind: 'or', of: [{ kind: 'cohort', cohort: 'enterprise' }, member(behavior('customer', wasInvoiced, 2))] }),
    cohort('french_exporters', 'user', { kind: 'and', of: [is('country', 'FR', 'DE'), { kind: 'cohort', cohort: 'exporters' }] }),
  ])

  function anyWindow(): MembershipWindow {
    const kind = upTo(4)
    if (kind === 0) return EVER
    if (kind === 1) return random() < 0.5 ? trailing(1 + upTo(8), 'week') : trailing(5 * (1 + upTo(8)), 'day')
    if (kind === 2) return trailing(1 + upTo(3), pick(['month', 'day', 'hour'] as const))
    const start = someDay(90)
    return between(day(start), day(start + 5 + someDay(40)))
  }

  const activityOf = (entity: string): Activity => pick([did(null), did('visit'), did('export'), did('invite'), ...(entity === 'customer' ? [wasInvoiced, subscribed, { ...did('visit'), filter: is('segment', 'SMB') }] : [{ ...did('visit'), filter: { kind: 'and', of: [is('country', 'DE'), is('name', 'visit', 'export')] } as const }])])

  function anyMembership(entity: string, depth: number): Membership {
    switch (pick(['behavior', 'behavior', 'sequence', 'acquired', 'lifecycle', 'list', 'members'] as const)) {
      case 'behavior': {
        const kind = upTo(4)
        if (kind === 0) return behavior(entity, activityOf(entity), null, 0, anyWindow())
        if (kind === 1) return behavior(entity, activityOf(entity), 1 + upTo(3), 3 + upTo(4), anyWindow())
        if (kind === 2) return behavior(entity, activityOf(entity), null, 1 + upTo(4), anyWindow())
        return behavior(entity, activityOf(entity), 1 + upTo(4), null, anyWindow())
      }
      case 'sequence':
        return sequence(entity, times(2 + upTo(3), () => activityOf(entity)), pick([null, { count: 1 + upTo(20), unit: 'day' as const }, { count: 5 * (1 + upTo(6)), unit: 'day' as const }, { count: 1, unit: 'month' as const }, { count: 5 + upTo(90), unit: 'hour' as const }]), anyWindow())
      case 'acquired':
        return acquired(entity, activityOf(entity), anyWindow())
      case 'lifecycle':
        return lifecycle(entity, pick(LIFECYCLE_STATES), activityOf(entity), pick([{ count: 2, unit: 'week' }, { count: 1, unit: 'month' }, { count: 20, unit: 'day' }] as const))
      case 'list':
        return list(entity, times(1 + upTo(5), () => (entity === 'user' ? `u${1 + upTo(14)}` : String(1 + upTo(9)))))
      case 'members':
        return entity === 'customer' && depth > 0 ? having('user', anyPredicate(depth - 1, ['country']), pick(['any', 'all'] as const)) : behavior(entity, activityOf(entity), 1)
    }
  }

  /** @param attributes Dimensions that rows of the table reach. */
  function anyPredicate(depth: number, attributes: readonly string[]): Predicate {
    const kind = depth === 0 ? 3 + upTo(5) : upTo(8)
    if (kind === 0) return { kind: 'and', of: [anyPredicate(depth - 1, attributes), anyPredicate(depth - 1, attributes)] }
    if (kind === 1) return { kind: 'or', of: [anyPredicate(depth - 1, attributes), anyPredicate(depth - 1, attributes)] }
    if (kind === 2) return { kind: 'not', of: anyPredicate(depth - 1, attributes) }
    if (kind === 3) {
      const dimension = pick(attributes)
      return dimension === 'segment' ? is('segment', pick(['Enterprise', 'SMB'])) : is('country', pick(['DE', 'FR']))
    }
    if (kind === 4) return { kind: 'cohort', cohort: pick([...model.cohorts.keys()]) }
    return member(anyMembership(pick(['customer', 'user']), Math.max(0, depth - 1)))
  }


  const METRICS = ['events', 'event_amount', 'event_users', 'event_median', 'invoices', 'invoiced', 'payers', 'mrr', 'subscribers']
  const ofUsers = new Set(['events', 'event_amount', 'event_users', 'event_median'])

  function anyAsk(): Asked {
    const metric = pick(METRICS)
    const start = pick(['2025-01-01', '2025-01-15', '2025-02-01'])
    const end = pick(['2025-02-12', '2025-03-01', '2025-03-09', '2025-04-01'])
    return {
      metric,
      period: periodOf(start, end, pick(['UTC', 'UTC', 'America/New_York'])),
      predicate: anyPredicate(2, ofUsers.has(metric) ? ['segment', 'country'] : ['segment']),
      moment: pick(['period_end', 'period_end', 'now', 'each_bucket'] as const),
      series: random() < 0.4,
    }
  }
  return { world, model, pick, times, anyPredicate, anyAsk }
}
