import { KpiqlError } from '../base/errors.ts'
import { stableText } from '../base/stable-hash.ts'
import type { Activity } from '../model/types.ts'
import { compare, integer } from '../sql/tree.ts'
import type { Expr } from '../sql/tree.ts'

/** Rows that serve a step of one of these kinds are counted an instant. */
export interface StepCount {
  readonly as: string
  /** Indexes of `kinds`. */
  readonly kinds: readonly number[]
}

export interface SequenceSteps {
  /** Different activities among the steps. */
  readonly kinds: readonly Activity[]
  readonly counts: readonly StepCount[]
  /** Conditions, of which all must hold, under which an instant has rows for the steps after `done` up to `step`. */
  enoughFor(done: number, step: number, columnOf: (name: string) => Expr): readonly Expr[]
}

const MOST_STEPS = 10
/** Kinds of one table that a row may serve alike: every set of them is counted. */
const MOST_ALIKE = 5

/** @throws KpiqlError `COHORT_INVALID` for no step, more than ten, or more than five kinds of rows of one table. */
export function sequenceSteps(steps: readonly Activity[]): SequenceSteps {
  if (steps.length === 0 || steps.length > MOST_STEPS) {
    throw new KpiqlError('COHORT_INVALID', { message: `A cohort by a sequence has ${steps.length} steps.`, hint: `Name 1 to ${MOST_STEPS}.` })
  }
  const byText = new Map(steps.map((step) => [stableText([step.semanticModel, step.filter, step.time]), step]))
  const texts = [...byText.keys()]
  const kinds = [...byText.values()]
  const kindOf = steps.map((step) => texts.indexOf(stableText([step.semanticModel, step.filter, step.time])))
  const counts = groupsOf(kinds).flatMap(subsetsOf).map((subset, index) => ({ as: `rows_${index + 1}`, kinds: subset }))
  return {
    kinds,
    counts,
    enoughFor: (done, step, columnOf) => {
      const taken = kindOf.slice(done, step)
      return counts.flatMap(({ as, kinds: served }) => {
        // A set with a kind that no step asks for says no more than the set without it.
        if (!served.every((kind) => taken.includes(kind))) return []
        return [compare(columnOf(as), '>=', integer(taken.filter((kind) => served.includes(kind)).length))]
      })
    },
  }
}

/** Kinds that one row may serve both: those of one table at one time, unless plain tests of one dimension tell them apart. */
function groupsOf(kinds: readonly Activity[]): readonly (readonly number[])[] {
  const groups: number[][] = []
  kinds.forEach((kind, index) => {
    const alike = groups.filter((group) => group.some((other) => mayShareRows(kind, kinds[other] ?? kind)))
    const joined = [...alike.flat(), index]
    for (const group of alike) groups.splice(groups.indexOf(group), 1)
    groups.push(joined)
  })
  const large = groups.find((group) => group.length > MOST_ALIKE)
  if (large !== undefined) {
    throw new KpiqlError('COHORT_INVALID', {
      message: `A cohort by a sequence has ${large.length} different steps whose rows overlap.`,
      hint: `At most ${MOST_ALIKE} steps may overlap; narrow the others by values of one dimension, so that no row serves two.`,
    })
  }
  return groups
}

function mayShareRows(a: Activity, b: Activity): boolean {
  return a.semanticModel === b.semanticModel && stableText(a.time) === stableText(b.time) && !apart(a, b)
}

/** Whether both ask one text dimension for exact values, and for different ones. */
function apart(a: Activity, b: Activity): boolean {
  return exactValues(a).some(([dimension, values]) => exactValues(b).some(([other, others]) => dimension === other && !others.some((value) => values.includes(value))))
}

function exactValues({ filter }: Activity): readonly (readonly [dimension: string, values: readonly string[]])[] {
  const parts = filter.kind === 'and' ? filter.of : [filter]
  return parts.flatMap((part) => {
    if (part.kind !== 'atom' || part.test.op !== 'in' || part.test.caseInsensitive) return []
    const texts = part.test.values.filter((value) => typeof value === 'string')
    return texts.length === part.test.values.length ? [[part.dimension, texts] as const] : []
  })
}

function subsetsOf(group: readonly number[]): readonly (readonly number[])[] {
  return Array.from({ length: 2 ** group.length - 1 }, (_, mask) => group.filter((_kind, bit) => ((mask + 1) >> bit) & 1))
}
