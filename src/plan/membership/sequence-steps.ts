import { KpiqlError } from '../../base/errors.ts'
import { stableText } from '../../base/stable-hash.ts'
import type { Activity } from '../../model/types.ts'
import { compare, integer } from '../../sql/tree.ts'
import type { Expr } from '../../sql/tree.ts'
import type { ResolvedWindow } from './membership.ts'

/** Rows that may serve a step: those of an activity in a window. */
export interface StepRows {
  readonly activity: Activity
  readonly window: ResolvedWindow
}

/** Columns that count, an instant, the rows that serve any of some kinds of steps. Sequences of one pass share them. */
export class StepCounts {
  readonly kinds: StepRows[] = []
  /** `kinds` are indexes into the kinds above. */
  readonly columns: { readonly as: string; readonly kinds: readonly number[] }[] = []
  readonly #kindByText = new Map<string, number>()
  readonly #columnBySet = new Map<string, string>()

  kindOf(rows: StepRows): number {
    const { activity, window } = rows
    const text = stableText([activity.semanticModel, activity.filter, activity.time, window])
    const index = this.#kindByText.get(text) ?? this.kinds.push(rows) - 1
    this.#kindByText.set(text, index)
    return index
  }

  columnOf(kinds: readonly number[]): string {
    const set = kinds.toSorted((a, b) => a - b).join()
    let as = this.#columnBySet.get(set)
    if (as === undefined) {
      as = `rows_${this.columns.length + 1}`
      this.columns.push({ as, kinds })
      this.#columnBySet.set(set, as)
    }
    return as
  }
}

/** Conditions, of which all must hold, under which an instant has rows for the steps after `done` up to `step`. */
export type EnoughRows = (done: number, step: number, columnOf: (name: string) => Expr) => readonly Expr[]

const MOST_STEPS = 10
/** Kinds of one table that a row may serve alike: every set of them is counted. */
const MOST_ALIKE = 5

/**
 * @param counts Gets the columns that the conditions need.
 * @throws KpiqlError `COHORT_INVALID` for no step, more than ten, or more than five kinds of rows of one table.
 */
export function enoughRows(steps: readonly Activity[], window: ResolvedWindow, counts: StepCounts): EnoughRows {
  if (steps.length === 0 || steps.length > MOST_STEPS) {
    throw new KpiqlError('COHORT_INVALID', { message: `A cohort by a sequence has ${steps.length} steps.`, hint: `Name 1 to ${MOST_STEPS}.` })
  }
  const kindOf = steps.map((activity) => counts.kindOf({ activity, window }))
  const byKind = new Map(steps.map((activity, index) => [kindOf[index] ?? -1, activity]))
  const sets = groupsOf(byKind).flatMap(subsetsOf).map((kinds) => ({ kinds, as: counts.columnOf(kinds) }))
  return (done, step, columnOf) => {
    const taken = kindOf.slice(done, step)
    return sets.flatMap(({ as, kinds }) => {
      // A set with a kind that no step asks for says no more than the set without it.
      if (!kinds.every((kind) => taken.includes(kind))) return []
      return [compare(columnOf(as), '>=', integer(taken.filter((kind) => kinds.includes(kind)).length))]
    })
  }
}

/** Kinds that one row may serve both: those of one table at one time, unless plain tests of one dimension tell them apart. */
function groupsOf(kinds: ReadonlyMap<number, Activity>): readonly (readonly number[])[] {
  const groups: { kinds: readonly number[]; activities: readonly Activity[] }[] = []
  for (const [kind, activity] of kinds) {
    const alike = groups.filter(({ activities }) => activities.some((other) => mayShareRows(activity, other)))
    for (const group of alike) groups.splice(groups.indexOf(group), 1)
    groups.push({ kinds: [...alike.flatMap((group) => group.kinds), kind], activities: [...alike.flatMap((group) => group.activities), activity] })
  }
  const large = groups.find((group) => group.kinds.length > MOST_ALIKE)
  if (large !== undefined) {
    throw new KpiqlError('COHORT_INVALID', {
      message: `A cohort by a sequence has ${large.kinds.length} different steps whose rows overlap.`,
      hint: `At most ${MOST_ALIKE} steps may overlap; narrow the others by values of one dimension, so that no row serves two.`,
    })
  }
  return groups.map((group) => group.kinds)
}

function mayShareRows(a: Activity, b: Activity): boolean {
  return a.semanticModel === b.semanticModel && stableText(a.time) === stableText(b.time) && !areApart(a, b)
}

/** Whether both ask one text dimension for exact values, and for different ones. */
function areApart(a: Activity, b: Activity): boolean {
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
