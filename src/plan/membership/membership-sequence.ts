import { KpiqlError } from '../../base/errors.ts'
import type { Interval } from '../../model/interval.ts'
import { aggregate, allOf, column, compare, integer, isNull, select } from '../../sql/tree.ts'
import type { Expr, OutputColumn, Query } from '../../sql/tree.ts'
import { PASS_KEY } from './membership-pass.ts'
import type { PassColumn, RelationOf } from './membership-pass.ts'
import type { RelationContext } from '../relation.ts'
import { stepMoments } from './sequence-moments.ts'
import { StepCounts, enoughRows } from './sequence-steps.ts'
import type { EnoughRows } from './sequence-steps.ts'
import { SUB_DAY } from '../time-column.ts'

interface Sequence {
  /** Numbers its columns. */
  readonly number: number
  readonly as: string
  readonly steps: number
  readonly within: Interval | null
  readonly enough: EnoughRows
}

/** Whether `within` is elapsed time or a count on the calendar. */
export function measureOf(within: Interval | null): 'elapsed' | 'calendar' {
  return within !== null && SUB_DAY.has(within.unit) ? 'elapsed' : 'calendar'
}

/**
 * Who took all steps in order. Rows are gathered by instant; then, step by step, each instant at which the step can be taken
 * gets the latest moment at which a chain of all steps up to it can have begun: who has the latest beginning misses no window.
 * Several steps may fall on one instant where it has rows enough, one a step (Hall's theorem: for every set of the steps there
 * are at least as many rows that serve one of them). The same step of all sequences is worked out side by side.
 */
export function sequencePass(context: RelationContext, relationOf: RelationOf, columns: readonly PassColumn[]): Query {
  const counts = new StepCounts()
  const sequences = columns.map(({ membership, as }, index): Sequence => {
    const { of, window } = membership
    if (of.kind !== 'sequence') throw new KpiqlError('PLAN_BROKEN', { message: `A membership by ${of.kind} was planned as a sequence.` })
    return { number: index + 1, as, steps: of.steps.length, within: of.within, enough: enoughRows(of.steps, window, counts) }
  })
  const [first] = columns
  if (first === undefined) throw new KpiqlError('PLAN_BROKEN', { message: 'A pass of no sequences was planned.' })
  const { entity, moment } = first.membership
  let query = stepMoments(context, relationOf, { entity, zone: moment.zone, measure: measureOf(sequences[0]?.within ?? null), counts })
  const longest = Math.max(...sequences.map(({ steps }) => steps))
  for (let step = 1; step <= longest; step++) query = withStep(query, counts, sequences, step)
  const key = column('steps', PASS_KEY)
  return select({
    columns: [{ expr: key, as: PASS_KEY }, ...sequences.map((sequence) => ({ expr: compare(aggregate({ name: 'count' }, null, arrivesInTime(sequence)), '>', integer(0)), as: sequence.as }))],
    from: { kind: 'query', query, as: 'steps' },
    groupBy: [key],
  })
}

function arrivesInTime(sequence: Sequence): Expr {
  const { within, steps } = sequence
  const last = column('steps', begun(sequence, steps))
  return within === null ? { kind: 'not', of: isNull(last) } : compare(column('steps', 'clock'), '<', { kind: 'add_units', of: last, count: within.count, unit: within.unit })
}

/** Column: the latest beginning of a chain whose step of this number, from 1, falls on the instant; null where none does. */
const begun = ({ number }: Sequence, step: number): string => `begun_${number}_${step}`
/** Column: the same over all earlier instants. */
const before = ({ number }: Sequence, step: number): string => `before_${number}_${step}`

/** Adds the columns of a step to the instants. */
function withStep(query: Query, counts: StepCounts, sequences: readonly Sequence[], step: number): Query {
  const going = sequences.filter(({ steps }) => steps >= step)
  const done = sequences.filter(({ steps }) => steps < step)
  const kept = [
    PASS_KEY,
    'at',
    'clock',
    ...counts.columns.map(({ as }) => as),
    ...done.map((sequence) => begun(sequence, sequence.steps)),
    ...going.flatMap((sequence) => Array.from({ length: Math.max(0, step - 2) }, (_, index) => before(sequence, index + 1))),
  ]
  const outer = (name: string): Expr => column('instants', name)
  const earlier = step === 1 ? [] : going.map((sequence): OutputColumn => ({ expr: { kind: 'window', fn: 'max', arg: outer(begun(sequence, step - 1)), partitionBy: [outer(PASS_KEY)], orderBy: [{ expr: outer('at'), direction: 'ASC' }], frame: 'before' }, as: before(sequence, step - 1) }))
  const instants = select({ columns: [...kept.map((as) => ({ expr: outer(as), as })), ...earlier], from: { kind: 'query', query, as: 'instants' } })
  const inner = (name: string): Expr => column('taken', name)
  return select({
    columns: [...[...kept, ...earlier.map(({ as }) => as)].map((as) => ({ expr: inner(as), as })), ...going.map((sequence) => ({ expr: latestBeginning(sequence, step, inner), as: begun(sequence, step) }))],
    from: { kind: 'query', query: instants, as: 'taken' },
  })
}

/** A chain that begins later has fewer steps behind it: the fewest come first. */
function latestBeginning(sequence: Sequence, step: number, inner: (name: string) => Expr): Expr {
  const whens = Array.from({ length: step }, (_, done) => {
    const enough = sequence.enough(done, step, inner)
    const chain = done === 0 ? inner('clock') : inner(before(sequence, done))
    const isThere: Expr = { kind: 'not', of: isNull(chain) }
    return { when: allOf(done === 0 ? enough : [...enough, isThere]) ?? isThere, result: chain }
  })
  return { kind: 'case', whens, otherwise: { kind: 'null' } }
}
