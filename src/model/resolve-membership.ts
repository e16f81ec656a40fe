import type { CohortData } from './cohort-file.ts'
import { resolveInterval } from './metric-scope.ts'
import { blameSources, resolveActivity } from './resolve-activity.ts'
import type { ActivitySurroundings } from './resolve-activity.ts'
import type { Section } from './section.ts'
import { parseDateLiteral, parseInstantLiteral } from './time-literal.ts'
import type { Membership, MembershipWindow } from './types.ts'

type Kind = 'behavior' | 'sequence' | 'acquired' | 'lifecycle'

const EVER: MembershipWindow = { kind: 'ever' }
const MAX_STEPS = 10

/** Who belongs by what they did, as one key of a cohort says it; null where that is at fault. Faults go to the section. */
export function resolveMembership(cohort: Section<CohortData>, kind: Kind, activities: ActivitySurroundings): Membership | null {
  const { behavior, sequence, acquired, lifecycle, entity } = cohort.data
  switch (kind) {
    case 'behavior':
      return behavior === undefined ? null : behaviorOf(cohort.part(behavior), entity, activities)
    case 'sequence':
      return sequence === undefined ? null : sequenceOf(cohort.part(sequence), entity, activities)
    case 'acquired':
      return acquired === undefined ? null : acquiredOf(cohort.part(acquired), entity, activities)
    case 'lifecycle':
      return lifecycle === undefined ? null : lifecycleOf(cohort.part(lifecycle), entity, activities)
  }
}

type Data<Key extends Kind> = Section<NonNullable<CohortData[Key]>>

/** Without bounds: at least once. With an upper bound alone those who never did are in as well. */
function behaviorOf(section: Data<'behavior'>, entity: string, activities: ActivitySurroundings): Membership | null {
  const { data } = section
  const activity = resolveActivity(section, ['event'], data.event, entity, activities)
  const window = windowOf(section, 'within', data.within, data.between)
  const atMost = data.at_most ?? null
  const atLeast = data.at_least ?? (atMost === null ? 1 : null)
  if (atLeast !== null && atMost !== null && atLeast > atMost) section.blame(['at_most'], `Nobody does something at least ${atLeast} and at most ${atMost} times.`, 'Swap the two.')
  return activity && window ? { kind: 'behavior', entity, activity, atLeast, atMost, window } : null
}

function sequenceOf(section: Data<'sequence'>, entity: string, activities: ActivitySurroundings): Membership | null {
  const { data } = section
  if (data.steps.length < 2 || data.steps.length > MAX_STEPS) section.blame(['steps'], `A sequence has 2 to ${MAX_STEPS} steps, not ${data.steps.length}.`, data.steps.length === 1 ? 'Write `behavior` for a single one.' : null)
  const steps = data.steps.flatMap((step, index) => resolveActivity(section, ['steps', index], step, entity, activities) ?? [])
  blameSources(section, ['steps'], steps, activities.model)
  const within = data.within === undefined ? null : resolveInterval(section, ['within'], data.within)
  const window = windowOf(section, 'during', data.during, data.between)
  return steps.length === data.steps.length && window ? { kind: 'sequence', entity, steps, within, window } : null
}

function acquiredOf(section: Data<'acquired'>, entity: string, activities: ActivitySurroundings): Membership | null {
  const { data } = section
  const activity = resolveActivity(section, ['event'], data.event, entity, activities)
  if (!section.has('within') && !section.has('between')) section.blame([], 'When were they acquired?', 'Write within: 3 months, or between: [2025-01-01, 2025-04-01]; whoever ever did it is a `behavior`.')
  const window = windowOf(section, 'within', data.within, data.between)
  return activity && window ? { kind: 'acquired', entity, activity, window } : null
}

function lifecycleOf(section: Data<'lifecycle'>, entity: string, activities: ActivitySurroundings): Membership | null {
  const { data } = section
  const activity = resolveActivity(section, ['event'], data.event, entity, activities)
  const window = resolveInterval(section, ['window'], data.window)
  return activity && window ? { kind: 'lifecycle', entity, state: data.state, activity, window } : null
}

function windowOf(section: Section<object>, key: 'within' | 'during', span: string | undefined, between: readonly [string, string] | undefined): MembershipWindow | null {
  if (span !== undefined && between !== undefined) section.blame(['between'], `A window is \`${key}\` or \`between\`, not both.`, 'Keep one of the two.')
  if (span !== undefined) {
    const interval = resolveInterval(section, [key], span)
    return interval ? { kind: 'trailing', interval } : null
  }
  if (between === undefined) return EVER
  const [start, end] = between.map((text, index) => momentOf(section, ['between', index], text))
  if (!start || !end) return null
  if (instantOf(start) >= instantOf(end)) section.blame(['between', 1], 'The window ends before it starts.', 'The end is the first day after the window.')
  return { kind: 'between', start, end }
}

/** A date as `YYYY-MM-DD`, an instant as UTC; one without an offset is UTC. */
function momentOf(section: Section<object>, keys: readonly (string | number)[], text: string): string | null {
  const moment = parseDateLiteral(text) ?? parseInstantLiteral(text)?.utc ?? null
  if (moment === null) section.blame(keys, `"${text}" is no date or instant.`, 'Write one like 2024-01-31 or 2024-01-31T18:00:00Z.')
  return moment
}

function instantOf(moment: string): number {
  return Date.parse(moment)
}
