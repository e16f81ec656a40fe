import { KpiqlError } from '../src/base/errors.ts'
import { resolvePeriod } from '../src/base/period.ts'
import { and, dimensionsOf, not, or } from '../src/model/predicate.ts'
import { gapsOf } from '../src/model/predicate-gaps.ts'
import type { Predicate } from '../src/model/predicate.ts'
import { faultOfReach } from '../src/model/reach.ts'
import type { Activity, Membership, MembershipWindow, Model } from '../src/model/types.ts'
import { askedActivity } from './activity-input.ts'
import { checkSpan } from './check-span.ts'
import { predicateWords } from './cohort-words.ts'
import type { ActivityInput, BehaviorInput, CohortInput, IdListInput, SequenceInput, WindowInput } from './types/cohort-inputs.ts'
import type { WhereContext } from './where-context.ts'

/** A cohort composed in a query: of which entity, and by which rule. */
export interface ComposedCohort {
  readonly entity: string
  readonly predicate: Predicate
  /** How it reads, with all that decides. */
  definition(): string
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
 * @throws KpiqlError `COHORT_UNKNOWN`; `COHORT_INVALID`, also for windows that are none; `METRIC_UNKNOWN`, `NOT_SUPPORTED`;
 *   `FILTER_INVALID`, also for what the rows tested do not reach.
 */
export function composeCohort(input: CohortInput, context: WhereContext, path: string, readWhere: ReadWhere): ComposedCohort {
  const { model } = context
  const inner = (part: CohortInput, place: string): ComposedCohort => composeCohort(part, context, `${path}.${place}`, readWhere)
  const member = (of: Membership): ComposedCohort => memberOf(model, of)
  const activity = (written: ActivityInput, entity: string, place: string): Activity =>
    askedActivity(model, written.metric, readWhere(written.where, context, `${path}.${place}.where`), entity, `${path}.${place}`)
  if (input.name) return namedCohort(input.name, context)
  if (input.saved) return savedCohort(input.saved, context)
  if (input.attribute) {
    const { entity } = input.attribute
    const where = readWhere(input.attribute.where, context, `${path}.attribute.where`)
    checkAttributes(model, entity, where, `${path}.attribute`)
    return member({ kind: 'members', entity, of: entity, where, match: 'any' })
  }
  if (input.behavior) {
    const { entity, window } = input.behavior
    const done = activity(input.behavior.activity, entity, 'behavior.activity')
    return member({ kind: 'behavior', entity, activity: done, ...timesOf(input.behavior, `${path}.behavior`), window: windowOf(window, context, `${path}.behavior.window`) })
  }
  if (input.sequence) {
    const { entity, within, window } = input.sequence
    checkSequence(input.sequence, `${path}.sequence`)
    const steps = input.sequence.steps.map((step, index) => activity(step, entity, `sequence.steps[${index}]`))
    return member({ kind: 'sequence', entity, steps, within: within ?? null, window: windowOf(window, context, `${path}.sequence.window`) })
  }
  if (input.acquired) {
    const { entity, window } = input.acquired
    const first = activity(input.acquired.activity, entity, 'acquired.activity')
    return member({ kind: 'acquired', entity, activity: first, window: windowOf(window, context, `${path}.acquired.window`) })
  }
  if (input.lifecycle) {
    const { entity, state, window } = input.lifecycle
    checkSpan(window, 'COHORT_INVALID', `${path}.lifecycle.window`)
    return member({ kind: 'lifecycle', entity, state, activity: activity(input.lifecycle.activity, entity, 'lifecycle.activity'), window })
  }
  if (input.ids) return member({ kind: 'list', entity: input.ids.entity, version: '', ids: keysOf(input.ids, `${path}.ids.ids`) })
  if (input.anyOf) return together(model, input.anyOf.map((part, index) => inner(part, `anyOf[${index}]`)), or, ' or ', `${path}.anyOf`)
  if (input.allOf) return together(model, input.allOf.map((part, index) => inner(part, `allOf[${index}]`)), and, ' and ', `${path}.allOf`)
  const [first, ...rest] = (input.difference ?? []).map((part, index) => inner(part, `difference[${index}]`))
  if (first === undefined) throw invalid(`${path} is empty.`, 'Give exactly one of its fields, and lists at least one cohort.')
  return together(model, [first, ...rest.map((one) => ({ ...one, predicate: not(one.predicate) }))], and, ' without ', `${path}.difference`)
}

function namedCohort(name: string, { model }: WhereContext): ComposedCohort {
  const cohort = model.cohorts.get(name)
  if (!cohort) throw new KpiqlError('COHORT_UNKNOWN', { message: `The model has no cohort "${name}".` })
  return { entity: cohort.entity, predicate: { kind: 'cohort', cohort: name }, definition: () => cohort.label }
}

function savedCohort(id: string, { model, savedCohorts }: WhereContext): ComposedCohort {
  const saved = savedCohorts.get(id)
  if (!saved) throw new KpiqlError('COHORT_UNKNOWN', { message: `There is no saved cohort "${id}".`, hint: 'List them with { savedCohorts { id name } }.' })
  const gaps = gapsOf(model, saved.predicate)
  if (gaps.length > 0) throw invalid(`The saved cohort "${saved.name}" names what the model no longer has: ${gaps.join(', ')}.`, 'Save it anew from what the model has now.')
  return { entity: saved.entity, predicate: saved.predicate, definition: () => `${saved.name}: ${predicateWords(model, saved.predicate)}` }
}

function checkAttributes(model: Model, entity: string, where: Predicate, path: string): void {
  const home = model.entities.get(entity)?.primaryModel ?? null
  if (home === null) throw invalid(`${path}.entity is "${entity}", which has no table of its own in the model, so nothing lists its members.`, 'Ask by what they did: `behavior`, `acquired` or `lifecycle`.')
  for (const dimension of dimensionsOf(where)) {
    const fault = faultOfReach(model, home, dimension)
    if (fault) throw new KpiqlError('FILTER_INVALID', { message: `${path}.where: ${fault.message}`, hint: fault.hint ?? `Test dimensions of ${entity}, or of what its table is joined to; what members did is a \`behavior\`.` })
  }
}

function timesOf({ atLeast, atMost }: BehaviorInput, path: string): { readonly atLeast: number | null; readonly atMost: number | null } {
  for (const [name, bound] of [['atLeast', atLeast], ['atMost', atMost]] as const) {
    if (bound !== null && bound !== undefined && (bound < 0 || bound > MOST_TIMES)) throw invalid(`${path}.${name} is ${bound}; it goes from 0 to ${MOST_TIMES}.`, 'Count in whole times.')
  }
  const least = atLeast ?? (atMost === null || atMost === undefined ? 1 : null)
  const most = atMost ?? null
  if (least !== null && most !== null && least > most) throw invalid(`${path} asks for at least ${least} and at most ${most}.`, 'Nobody is both: swap them.')
  return { atLeast: least, atMost: most }
}

function checkSequence({ steps, within }: SequenceInput, path: string): void {
  if (steps.length < 2 || steps.length > MOST_STEPS) throw invalid(`${path} has ${steps.length} steps; it takes 2 to ${MOST_STEPS}.`, 'One thing alone is a behavior.')
  if (within) checkSpan(within, 'COHORT_INVALID', `${path}.within`)
}

function keysOf({ ids }: IdListInput, path: string): readonly string[] {
  if (ids.length > MOST_IDS) throw invalid(`${path} lists ${ids.length} keys; ${MOST_IDS} are the most.`, 'Upload longer lists with the mutation uploadCohort.')
  const broken = ids.findIndex((id) => !id.isWellFormed() || id.includes('\0'))
  if (broken >= 0) throw invalid(`${path}[${broken}] is no text that a source could hold: it has half a character, or a NUL.`, 'Write the key as the source does, in Unicode.')
  return [...new Set(ids)].toSorted()
}

function together(model: Model, parts: readonly ComposedCohort[], combine: (predicates: readonly Predicate[]) => Predicate, word: string, path: string): ComposedCohort {
  const [first] = parts
  if (first === undefined) throw invalid(`${path} is empty.`, 'List at least one cohort.')
  const other = parts.find(({ entity }) => entity !== first.entity)
  if (other) throw invalid(`${path} mixes cohorts of ${first.entity} and of ${other.entity}.`, 'Combine cohorts of one entity; filter by the others with `where` or `cohorts`.')
  if (parts.length === 1) return first
  // One cohort, not several: of a customer's users one must meet all of it.
  const whole = memberOf(model, { kind: 'members', entity: first.entity, of: first.entity, where: combine(parts.map((part) => part.predicate)), match: 'any' })
  return { ...whole, definition: () => parts.map(({ definition }) => `(${definition()})`).join(word) }
}

function memberOf(model: Model, of: Membership): ComposedCohort {
  const predicate: Predicate = { kind: 'member', of }
  return { entity: of.entity, predicate, definition: () => predicateWords(model, predicate) }
}

function windowOf(window: WindowInput | null | undefined, context: WhereContext, path: string): MembershipWindow {
  if (window?.last) {
    const { count, unit } = window.last
    if (count < 1 || count > 10_000) throw invalid(`${path}.last.count is ${count}; it goes from 1 to 10000.`, 'Leave the window out for ever.')
    checkSpan({ count, unit }, 'COHORT_INVALID', `${path}.last`)
    return { kind: 'trailing', interval: { count, unit } }
  }
  if (!window?.between) return { kind: 'ever' }
  const { start, end } = window.between
  try {
    resolvePeriod({ between: { start, end } }, context)
  } catch (error) {
    if (!(error instanceof KpiqlError) || error.code !== 'INVALID_PERIOD') throw error
    throw new KpiqlError('COHORT_INVALID', { message: error.message.replace(/^period\b/, path), hint: error.hint, cause: error })
  }
  return { kind: 'between', start, end }
}

function invalid(message: string, hint: string): KpiqlError {
  return new KpiqlError('COHORT_INVALID', { message, hint })
}
