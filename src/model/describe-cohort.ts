import type { CohortData } from './cohort-file.ts'
import { conditionText } from './condition.ts'
import type { ActivityData } from './file-parts.ts'

/** Who belongs, in words, with names and conditions as written. Parts that must all hold are joined by "and". */
export function describeCohort({ where, behavior, sequence, acquired, lifecycle, any_of: anyOf, all_of: allOf, none_of: noneOf }: CohortData): string {
  const parts = [
    where === undefined ? null : conditionText(where),
    behavior ? `${timesOf(behavior)} ${activityText(behavior.event)}${windowText(behavior.within, behavior.between)}` : null,
    sequence ? `${sequence.steps.map(activityText).join(', then ')}${sequence.within === undefined ? '' : `, all within ${sequence.within}`}${windowText(sequence.during, sequence.between)}` : null,
    acquired ? `first ${activityText(acquired.event)}${windowText(acquired.within, acquired.between)}` : null,
    lifecycle ? `${lifecycle.state} by ${activityText(lifecycle.event)} with a window of ${lifecycle.window}` : null,
    anyOf ? `in any of ${anyOf.join(', ')}` : null,
    allOf ? `in all of ${allOf.join(', ')}` : null,
    noneOf ? `in none of ${noneOf.join(', ')}` : null,
  ].filter((part) => part !== null)
  return parts.length === 1 ? parts.join('') : parts.map((part) => `(${part})`).join(' and ')
}

function timesOf({ at_least: least, at_most: most }: NonNullable<CohortData['behavior']>): string {
  if (most === 0) return 'no'
  if (most === undefined) return `at least ${least ?? 1} ×`
  if (least === undefined) return `at most ${most} ×`
  return least === most ? `exactly ${most} ×` : `${least} to ${most} ×`
}

function activityText(activity: ActivityData): string {
  if (typeof activity === 'string') return activity
  return activity.filter === undefined ? activity.metric : `${activity.metric} where ${conditionText(activity.filter)}`
}

function windowText(span: string | undefined, between: readonly [string, string] | undefined): string {
  if (span !== undefined) return `, in the last ${span}`
  return between === undefined ? '' : `, from ${between[0]} until before ${between[1]}`
}
