import { KpiqlError } from '../src/base/errors.ts'
import type { Interval } from '../src/model/interval.ts'
import { and, not, or } from '../src/model/predicate.ts'
import { gapsOf } from '../src/model/predicate-gaps.ts'
import type { Predicate } from '../src/model/predicate.ts'
import type { Activity, Membership, MembershipWindow } from '../src/model/types.ts'
import { askedActivity } from './activity-input.ts'
import type { ActivityInput, BehaviorInput, CohortInput, SequenceInput, WindowInput } from './types/cohort-inputs.ts'
import type { WhereContext } from './where-context.ts'

/** A cohort composed in a query: of which entity, by which rule, and how it reads. */
export interface ComposedCohort {
  readonly entity: string
  readonly predicate: Predicate
  readonly definition: string
}

/** Reads the `where` inside a cohort; passed in, since a `Where` may hold cohorts in turn. */
export type ReadWhere = (where: unknown, context: WhereContext, path: string) => Predicate

const MOST_STEPS = 10
const MOST_IDS = 10_000
const MOST_TIMES = 1_000_000

/**
 * What a `CohortInput` means. GraphQL lets exactly one field through.
 *
 * @param path Names the place in errors, like `where.cohort.is`.
 * @throws KpiqlError `COHORT_UNKNOWN`, `COHORT_INVALID`, `METRIC_UNKNOWN`, `FILTER_INVALID`.
 */
export function composeCohort(input: CohortInput, context: WhereContext, path: string, readWhere: ReadWhere): ComposedCohort {
  const inner = (part: CohortInput, place: string): ComposedCohort => composeCohort(part, context, `${path}.${place}`, readWhere)
  const activity = (written: ActivityInput, entity: string, place: string): Activity =>
    askedActivity(context.model, written.metric, readWhere(written.where, context, `${path}.${place}.where`), entity, `${path}.${place}`)
  if (input.name) return namedCohort(input.name, context)
  if (input.saved) return savedCohort(input.saved, context)
  if (input.attribute) {
    const { entity, where } = input.attribute
    const predicate = readWhere(where, context, `${path}.attribute.where`)
    return { ...member({ kind: 'members', entity, of: entity, where: predicate, match: 'any' }), definition: 'by attributes' }
  }
  if (input.behavior) return behavior(input.behavior, activity(input.behavior.activity, input.behavior.entity, 'behavior.activity'), path)
  if (input.sequence) {
    const { entity, steps } = input.sequence
    return sequence(input.sequence, steps.map((step, index) => activity(step, entity, `sequence.steps[${index}]`)), path)
  }
  if (input.acquired) {
    const { entity, window } = input.acquired
    const first = activity(input.acquired.activity, entity, 'acquired.activity')
    const span = windowOf(window, `${path}.acquired.window`)
    return { ...member({ kind: 'acquired', entity, activity: first, window: span }), definition: `first ${first.metric} ${windowText(span)}` }
  }
  if (input.lifecycle) {
    const { entity, state, window } = input.lifecycle
    const regular = activity(input.lifecycle.activity, entity, 'lifecycle.activity')
    return { ...member({ kind: 'lifecycle', entity, state, activity: regular, window }), definition: `${state} by ${regular.metric}, ${intervalText(window)}` }
  }
  if (input.ids) {
    const { entity, ids } = input.ids
    if (ids.length > MOST_IDS) throw invalid(`${path}.ids lists ${ids.length} keys; ${MOST_IDS} are the most.`, 'Upload longer lists with the mutation uploadCohort.')
    return { ...member({ kind: 'list', entity, version: '', ids: [...new Set(ids)].toSorted() }), definition: `${ids.length} listed` }
  }
  if (input.anyOf) return together(input.anyOf.map((part, index) => inner(part, `anyOf[${index}]`)), or, ' or ', `${path}.anyOf`)
  if (input.allOf) return together(input.allOf.map((part, index) => inner(part, `allOf[${index}]`)), and, ' and ', `${path}.allOf`)
  const [first, ...rest] = (input.difference ?? []).map((part, index) => inner(part, `difference[${index}]`))
  if (first === undefined) throw invalid(`${path} is empty.`, 'Give exactly one of its fields, and lists at least one cohort.')
  return together([first, ...rest.map((one) => ({ ...one, predicate: not(one.predicate) }))], and, ' without ', `${path}.difference`)
}

function namedCohort(name: string, { model }: WhereContext): ComposedCohort {
  const cohort = model.cohorts.get(name)
  if (!cohort) throw new KpiqlError('COHORT_UNKNOWN', { message: `The model has no cohort "${name}".` })
  return { entity: cohort.entity, predicate: { kind: 'cohort', cohort: name }, definition: cohort.label }
}

function savedCohort(id: string, { model, savedCohorts }: WhereContext): ComposedCohort {
  const saved = savedCohorts.get(id)
  if (!saved) throw new KpiqlError('COHORT_UNKNOWN', { message: `There is no saved cohort "${id}".`, hint: 'List them with { savedCohorts { id name } }.' })
  const gaps = gapsOf(model, saved.predicate)
  if (gaps.length > 0) throw invalid(`The saved cohort "${saved.name}" names what the model no longer has: ${gaps.join(', ')}.`, 'Save it anew from what the model has now.')
  return { entity: saved.entity, predicate: saved.predicate, definition: saved.name }
}

function behavior({ entity, atLeast, atMost, window }: BehaviorInput, activity: Activity, path: string): ComposedCohort {
  for (const [name, bound] of [['atLeast', atLeast], ['atMost', atMost]] as const) {
    if (bound !== null && bound !== undefined && (bound < 0 || bound > MOST_TIMES)) throw invalid(`${path}.behavior.${name} is ${bound}; it goes from 0 to ${MOST_TIMES}.`, 'Count in whole times.')
  }
  const least = atLeast ?? (atMost === null || atMost === undefined ? 1 : null)
  const most = atMost ?? null
  if (least !== null && most !== null && least > most) throw invalid(`${path}.behavior asks for at least ${least} and at most ${most}.`, 'Nobody is both: swap them.')
  const span = windowOf(window, `${path}.behavior.window`)
  const times = [...(least === null ? [] : [`at least ${least} times`]), ...(most === null ? [] : [`at most ${most} times`])].join(' and ')
  return { ...member({ kind: 'behavior', entity, activity, atLeast: least, atMost: most, window: span }), definition: `${activity.metric} ${times} ${windowText(span)}` }
}

function sequence({ entity, within, window }: SequenceInput, steps: readonly Activity[], path: string): ComposedCohort {
  if (steps.length < 2 || steps.length > MOST_STEPS) throw invalid(`${path}.sequence has ${steps.length} steps; it takes 2 to ${MOST_STEPS}.`, 'One thing alone is a behavior.')
  const span = windowOf(window, `${path}.sequence.window`)
  return { ...member({ kind: 'sequence', entity, steps, within: within ?? null, window: span }), definition: `${steps.map(({ metric }) => metric).join(', then ')} ${windowText(span)}` }
}

function together(parts: readonly ComposedCohort[], combine: (predicates: readonly Predicate[]) => Predicate, word: string, path: string): ComposedCohort {
  const [first] = parts
  if (first === undefined) throw invalid(`${path} is empty.`, 'List at least one cohort.')
  const other = parts.find(({ entity }) => entity !== first.entity)
  if (other) throw invalid(`${path} mixes cohorts of ${first.entity} and of ${other.entity}.`, 'Combine cohorts of one entity; filter by the others with `where` or `cohorts`.')
  if (parts.length === 1) return first
  // One cohort, not several: of a customer's users one must meet all of it.
  const { predicate } = member({ kind: 'members', entity: first.entity, of: first.entity, where: combine(parts.map((part) => part.predicate)), match: 'any' })
  return { entity: first.entity, predicate, definition: parts.map(({ definition }) => `(${definition})`).join(word) }
}

function member(of: Membership): { readonly entity: string; readonly predicate: Predicate } {
  return { entity: of.entity, predicate: { kind: 'member', of } }
}

function windowOf(window: WindowInput | null | undefined, path: string): MembershipWindow {
  if (window?.last) {
    const { count, unit } = window.last
    if (count < 1 || count > 10_000) throw invalid(`${path}.last.count is ${count}; it goes from 1 to 10000.`, 'Leave the window out for ever.')
    return { kind: 'trailing', interval: { count, unit } }
  }
  if (window?.between) return { kind: 'between', ...window.between }
  return { kind: 'ever' }
}

function windowText(window: MembershipWindow): string {
  if (window.kind === 'ever') return 'ever'
  return window.kind === 'trailing' ? `in the last ${intervalText(window.interval)}` : `from ${window.start} to ${window.end}`
}

function intervalText({ count, unit }: Interval): string {
  return `${count} ${unit}${count === 1 ? '' : 's'}`
}

function invalid(message: string, hint: string): KpiqlError {
  return new KpiqlError('COHORT_INVALID', { message, hint })
}
