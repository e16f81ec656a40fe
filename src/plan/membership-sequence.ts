import { KpiqlError } from '../base/errors.ts'
import { aggregate, allOf, column, compare, integer, isNull, select } from '../sql/tree.ts'
import type { Expr, OutputColumn, Query } from '../sql/tree.ts'
import { PASS_KEY } from './membership-pass.ts'
import type { PassColumn, RelationOf } from './membership-pass.ts'
import type { RelationContext } from './relation.ts'
import { stepMoments } from './sequence-moments.ts'
import { sequenceSteps } from './sequence-steps.ts'
import type { SequenceSteps } from './sequence-steps.ts'

/**
 * Who took all steps in order. Rows are gathered by instant; then, step by step, each instant at which the step can be taken
 * gets the latest moment at which a chain of all steps up to it can have begun: who has the latest beginning misses no window.
 * Several steps may fall on one instant where it has rows enough, one a step (Hall's theorem: for every set of the steps there
 * are at least as many rows that serve one of them).
 */
export function sequencePass(context: RelationContext, relationOf: RelationOf, { membership, as }: PassColumn): Query {
  const { of } = membership
  if (of.kind !== 'sequence') throw new KpiqlError('PLAN_BROKEN', { message: `A membership by ${of.kind} was planned as a sequence.` })
  const steps = sequenceSteps(of.steps)
  let query = stepMoments(context, relationOf, membership, of, steps)
  for (let step = 1; step <= of.steps.length; step++) query = withStep(query, steps, step)
  const last = column('steps', begun(of.steps.length))
  const inTime: Expr = of.within === null ? { kind: 'not', of: isNull(last) } : compare(column('steps', 'clock'), '<', { kind: 'add_units', of: last, count: of.within.count, unit: of.within.unit })
  const key = column('steps', PASS_KEY)
  return select({
    columns: [
      { expr: key, as: PASS_KEY },
      { expr: compare(aggregate({ name: 'count' }, null, inTime), '>', integer(0)), as },
    ],
    from: { kind: 'query', query, as: 'steps' },
    groupBy: [key],
  })
}

/** Column: the latest beginning of a chain whose step of this number, from 1, falls on the instant; null where none does. */
const begun = (step: number): string => `begun_${step}`
/** Column: the same over all earlier instants. */
const before = (step: number): string => `before_${step}`

/** Adds the column of a step to the instants. */
function withStep(query: Query, steps: SequenceSteps, step: number): Query {
  const outer = (name: string): Expr => column('instants', name)
  const kept = [PASS_KEY, 'at', 'clock', ...steps.counts.map(({ as }) => as), ...Array.from({ length: Math.max(0, step - 2) }, (_, index) => before(index + 1))]
  const columns: OutputColumn[] = kept.map((as) => ({ expr: outer(as), as }))
  if (step > 1) {
    const earliest: Expr = { kind: 'window', fn: 'max', arg: outer(begun(step - 1)), partitionBy: [outer(PASS_KEY)], orderBy: [{ expr: outer('at'), direction: 'ASC' }], frame: 'before' }
    columns.push({ expr: earliest, as: before(step - 1) })
  }
  const instants = select({ columns, from: { kind: 'query', query, as: 'instants' } })
  const inner = (name: string): Expr => column('taken', name)
  // A chain that begins later began with fewer steps behind it: the fewest come first.
  const whens = Array.from({ length: step }, (_, done) => {
    const enough = steps.enoughFor(done, step, inner)
    const chain = done === 0 ? inner('clock') : inner(before(done))
    return { when: allOf(done === 0 ? enough : [...enough, { kind: 'not', of: isNull(chain) }]) ?? { kind: 'not', of: isNull(chain) }, result: chain }
  })
  const chain: Expr = { kind: 'case', whens, otherwise: { kind: 'null' } }
  const shown = [...kept, ...(step > 1 ? [before(step - 1)] : [])].map((as) => ({ expr: inner(as), as }))
  return select({ columns: [...shown, { expr: chain, as: begun(step) }], from: { kind: 'query', query: instants, as: 'taken' } })
}
