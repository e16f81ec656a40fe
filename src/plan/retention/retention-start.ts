import { stableText } from '../../base/stable-hash.ts'
import type { Predicate } from '../../model/predicate.ts'
import { aggregate, allOf } from '../../sql/tree.ts'
import type { Expr, From, OutputColumn, Query } from '../../sql/tree.ts'
import { activityTime } from '../metrics/activity-rows.ts'
import { planKeys } from '../group-keys.ts'
import type { PlannedKey } from '../group-keys.ts'
import { predicateSql } from '../predicate-sql.ts'
import type { Read, RetentionMeasure } from '../read.ts'
import { Relation } from '../relation.ts'
import { activityTimes, whenever } from './retention-times.ts'
import type { ActivityTimes } from './retention-times.ts'
import { spanOf } from '../rows.ts'
import type { PlanContext } from '../rows.ts'
import { distinctPredicates } from '../forms/slice-keys.ts'
import { startsBefore } from '../time-column.ts'
import type { Span, TimeColumn } from '../time-column.ts'

/** What all forms of a retention statement share: whose rows are read, and what of them says when an entity started. */
export interface RetentionPlan {
  readonly context: PlanContext
  readonly reads: readonly Read<RetentionMeasure>[]
  readonly measure: RetentionMeasure
  readonly span: Span
  readonly slices: readonly { readonly predicate: Predicate; readonly reads: readonly number[] }[]
  readonly start: StartRows
  /** Null where the activity reads the rows of the start's own table. */
  readonly other: { readonly relation: Relation; readonly entity: Expr } | null
  readonly activity: ActivityTimes
  /** Start and activity are the same rows. */
  readonly isSame: boolean
}

export interface StartRows {
  readonly relation: Relation
  readonly entity: Expr
  readonly times: ActivityTimes
  readonly keys: readonly PlannedKey[]
}

/** How an entity's start and slices are found in a form's result, and which ranges of periods it was active in. */
export interface Followed {
  readonly tables: readonly { readonly name: string; readonly query: Query }[]
  /** One row an entity, and with keys one an entity and group. */
  readonly from: From
  readonly first: TimeColumn
  /** Whether the first start has rows of the slice, one a slice; null for all. */
  readonly isOfSlice: readonly (Expr | null)[]
  readonly keys: readonly Expr[]
  /** Integers whose bits tell of activity, to be carried to the count. */
  readonly words: readonly Expr[]
  /** Whether the entity was active in the range, by those words. */
  isActive(range: number, words: readonly Expr[]): Expr
}

export function retentionPlan(context: PlanContext, reads: readonly Read<RetentionMeasure>[]): RetentionPlan {
  const [first] = reads
  if (first === undefined) throw new TypeError('A scan needs at least one read.')
  const { measure, by } = first
  const span = spanOf(reads)
  const relation = new Relation(context, measure.start.semanticModel)
  const isOther = measure.activity.semanticModel !== measure.start.semanticModel
  const otherRelation = isOther ? new Relation(context, measure.activity.semanticModel) : null
  const times = activityTimes(context, relation, measure.start, span.zone)
  const isSame = stableText([measure.start.semanticModel, measure.start.filter, measure.start.time]) === stableText([measure.activity.semanticModel, measure.activity.filter, measure.activity.time])
  return {
    context,
    reads,
    measure,
    span,
    slices: distinctPredicates(reads),
    start: {
      relation,
      entity: relation.entity(measure.entity),
      times,
      keys: planKeys(by, { relation, reach: (name) => relation.dimension(name), span }, { time: startTime(context, measure) }, context),
    },
    other: otherRelation === null ? null : { relation: otherRelation, entity: otherRelation.entity(measure.entity) },
    activity: isSame ? times : activityTimes(context, otherRelation ?? relation, measure.activity, span.zone),
    isSame,
  }
}

/** A start is a moment, also that of an interval. */
function startTime({ model }: PlanContext, { start }: RetentionMeasure): { kind: 'event'; dimension: string; granularity: null } {
  const time = activityTime(model, start)
  return { kind: 'event', dimension: time.kind === 'stock' ? time.start : time.dimension, granularity: null }
}

/** Rows that may be an entity's first start before the span ends. */
export function isStart({ start, span }: RetentionPlan): Expr {
  return allOf([start.times.where, startsBefore(start.times.from, span.endUtcMs, span.endLocalMs)]) as Expr
}

/**
 * Columns that find the first start, and the first of each slice: an entity is of a slice when both are the same moment.
 *
 * @param moment When a row started; null where it is no start.
 */
export function startColumns({ slices, start }: RetentionPlan, moment: Expr): readonly OutputColumn[] {
  const reach = (name: string): ReturnType<Relation['dimension']> => start.relation.dimension(name)
  const ofSlices = slices.flatMap(({ predicate }, index): readonly OutputColumn[] =>
    predicate.kind === 'all' ? [] : [{ expr: whenever(predicateSql(predicate, reach), moment), as: `first_${index + 1}` }],
  )
  return [{ expr: moment, as: 'first' }, ...ofSlices]
}

export function earliest(columns: readonly OutputColumn[]): readonly OutputColumn[] {
  return columns.map(({ expr, as }) => ({ expr: aggregate({ name: 'min' }, expr), as }))
}
