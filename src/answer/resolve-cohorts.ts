import { KpiqlError } from '../base/errors.ts'
import { nearest } from '../base/nearest.ts'
import { resolvePeriod } from '../base/period.ts'
import { and, not, or } from '../model/predicate.ts'
import type { Predicate } from '../model/predicate.ts'
import type { Activity, Cohort, Membership, MembershipWindow } from '../model/types.ts'
import { earlier, registerMembership, windowBetween } from '../plan/membership/membership.ts'
import type { Memberships, Moment, ResolvedWindow } from '../plan/membership/membership.ts'
import type { PlanContext } from '../plan/rows.ts'

/**
 * Puts the definitions of cohorts where their names stand, and tests of boolean dimensions of the request where memberships do:
 * who belongs as at the moment. What holds neither stays the object it is.
 *
 * @throws KpiqlError `COHORT_UNKNOWN`, `COHORT_INVALID` for cohorts that hold themselves, `INVALID_PERIOD` for a window's bounds.
 */
export function resolveCohorts(context: PlanContext, predicate: Predicate, moment: Moment): Predicate {
  return holdsCohorts(predicate) ? resolved(context, predicate, moment, []) : predicate
}

function holdsCohorts(predicate: Predicate): boolean {
  switch (predicate.kind) {
    case 'and':
    case 'or':
      return predicate.of.some(holdsCohorts)
    case 'not':
      return holdsCohorts(predicate.of)
    default:
      return predicate.kind === 'cohort' || predicate.kind === 'member'
  }
}

const known = new WeakMap<Memberships, WeakMap<Cohort | Membership, Map<string, Predicate>>>()

/** One slice is asked for many metrics: a definition is resolved once a request and moment. */
function once({ memberships }: PlanContext, definition: Cohort | Membership, moment: Moment, resolve: () => Predicate): Predicate {
  const ofRequest = known.get(memberships) ?? new WeakMap<Cohort | Membership, Map<string, Predicate>>()
  known.set(memberships, ofRequest)
  const byMoment = ofRequest.get(definition) ?? new Map<string, Predicate>()
  ofRequest.set(definition, byMoment)
  const key = `${moment.zone}|${moment.utcMs}|${moment.localMs}`
  const test = byMoment.get(key) ?? resolve()
  byMoment.set(key, test)
  return test
}

function resolved(context: PlanContext, predicate: Predicate, moment: Moment, inside: readonly string[]): Predicate {
  switch (predicate.kind) {
    case 'and':
      return and(predicate.of.map((part) => resolved(context, part, moment, inside)))
    case 'or':
      return or(predicate.of.map((part) => resolved(context, part, moment, inside)))
    case 'not':
      return not(resolved(context, predicate.of, moment, inside))
    case 'cohort': {
      const cohort = cohortOf(context, predicate.cohort, inside)
      return once(context, cohort, moment, () => cohortTest(context, cohort, moment, [...inside, cohort.name]))
    }
    case 'member':
      return once(context, predicate.of, moment, () => membershipTest(context, predicate.of, moment, inside))
    default:
      return predicate
  }
}

function cohortOf({ model }: PlanContext, name: string, inside: readonly string[]): Cohort {
  const cohort = model.cohorts.get(name)
  if (cohort === undefined) {
    throw new KpiqlError('COHORT_UNKNOWN', {
      message: `Cohort "${name}" is not in the model.`,
      hint: `Closest: ${nearest(name, model.cohorts.keys(), 3).join(', ') || 'none'}. List all with { catalog { cohorts { name } } }.`,
    })
  }
  if (inside.includes(name)) {
    throw new KpiqlError('COHORT_INVALID', { message: `Cohort "${name}" is defined by itself: ${[...inside, name].join(' → ')}.`, hint: 'Define one of them without the others.' })
  }
  return cohort
}

/** A cohort keeps its entity, so that metrics of another one can ask which of its members belong. */
function cohortTest(context: PlanContext, { entity, where, match }: Cohort, moment: Moment, inside: readonly string[]): Predicate {
  const test = resolved(context, where, moment, inside)
  if (test.kind === 'all' || test.kind === 'none') return test
  const alone = test.kind === 'atom' ? context.memberships.get(test.dimension) : undefined
  if (alone?.entity === entity && alone.match === match) return test
  return registerMembership(context, { entity, of: { kind: 'members', entity, of: entity, where: test, match: 'any' }, moment, window: windowBetween(null, moment), before: null, match })
}

function membershipTest(context: PlanContext, asked: Membership, moment: Moment, inside: readonly string[]): Predicate {
  const of = nested(asked, (predicate) => (holdsCohorts(predicate) ? resolved(context, predicate, moment, inside) : predicate))
  const plain = { entity: of.entity, of, moment, match: 'any', before: null } as const
  if (of.kind === 'lifecycle') {
    const start = earlier(moment, of.window, 1)
    return registerMembership(context, { ...plain, window: windowBetween(start, moment), before: windowBetween(earlier(moment, of.window, 2), start) })
  }
  return registerMembership(context, { ...plain, window: 'window' in of ? windowOf(context, of.window, moment) : windowBetween(null, moment) })
}

function nested(of: Membership, resolve: (predicate: Predicate) => Predicate): Membership {
  const activity = (one: Activity): Activity => ({ ...one, filter: resolve(one.filter) })
  switch (of.kind) {
    case 'behavior':
    case 'acquired':
    case 'lifecycle':
      return { ...of, activity: activity(of.activity) }
    case 'sequence':
      return { ...of, steps: of.steps.map(activity) }
    case 'members':
      return { ...of, where: resolve(of.where) }
    case 'list':
      return of
  }
}

function windowOf({ calendar, nowUtcMs }: PlanContext, window: MembershipWindow, moment: Moment): ResolvedWindow {
  switch (window.kind) {
    case 'ever':
      return windowBetween(null, moment)
    case 'trailing':
      return windowBetween(earlier(moment, window.interval, 1), moment)
    case 'between': {
      const { startUtcMs, endUtcMs, startLocalMs, endLocalMs } = resolvePeriod({ between: window }, { zone: moment.zone, nowUtcMs, calendar })
      return { startUtcMs, endUtcMs, startLocalMs, endLocalMs }
    }
  }
}
