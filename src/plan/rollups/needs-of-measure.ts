import type { Predicate } from '../../model/predicate.ts'
import { familyOf } from '../parts.ts'
import type { AnyMeasure, Measure, RetentionMeasure } from '../read.ts'
import type { PlanContext } from '../rows.ts'
import { semanticModelOf } from '../relation.ts'
import type { RollupTime } from './rollup.ts'
import { worthOf } from './worth-of-stock.ts'

/** What a rollup of one semantic model must keep for a measure, besides what the slice tests. */
export interface Needs {
  /** When its rows lie in time; null where it does not matter. */
  readonly time: RollupTime | null
  /** Filters whose dimensions it tests row by row. */
  readonly tested: readonly Predicate[]
  readonly entities: readonly string[]
  /** Aggregates of which it needs the parts, or the keys counted. */
  readonly measures: readonly Measure[]
}

/** Whether a measure reads rows of a semantic model other than to slice them. */
export function isReadOf(measure: AnyMeasure, semanticModel: string): boolean {
  return measure.semanticModel === semanticModel || (measure.kind === 'retention' && measure.activity.semanticModel === semanticModel)
}

/** What it needs, or, as a text for people, why no rollup of the semantic model can keep it. */
export function needsOf(context: PlanContext, measure: AnyMeasure, semanticModel: string): Needs | string {
  switch (measure.kind) {
    case 'aggregate':
      return needsOfAggregate(context, measure)
    case 'active': {
      const { activity, entity } = measure
      if (activity.time.kind !== 'event') return 'it follows intervals'
      return { time: { kind: 'event', dimension: activity.time.dimension }, tested: [activity.filter], entities: [entity], measures: [] }
    }
    case 'retention':
      return needsOfRetention(measure, semanticModel)
    case 'movement':
    case 'followed': {
      const type = context.facts.columnType(measure.semanticModel, measure.expr)
      if (type !== 'integer' && type !== 'decimal') return 'its amounts are neither integers nor decimals by their column, and are made exact row by row'
      return { time: { kind: 'stock', ...measure.validity }, tested: [measure.filter], entities: [measure.entity], measures: [worthOf(measure)] }
    }
    default:
      return `a ${measure.kind} needs the rows of the table`
  }
}

function needsOfAggregate({ model }: PlanContext, measure: Measure): Needs | string {
  const { time } = measure
  const family = familyOf(measure)
  if (family === 'holistic') return `a ${measure.agg} needs all rows at once`
  const common = { tested: [], entities: [], measures: [measure] }
  switch (time.kind) {
    case 'timeless':
      return { ...common, time: null }
    case 'event':
      return { ...common, time: { kind: 'event', dimension: time.dimension } }
    case 'stock':
      return { ...common, time: { kind: 'stock', start: time.start, end: time.end, endInclusive: time.endInclusive } }
    case 'semi_additive': {
      const kind = semanticModelOf(model, measure.semanticModel).dimensions.find(({ publicName }) => publicName === time.dimension)?.kind
      if (kind !== 'date' || time.at !== time.dimension) return 'it takes the last moment of each bucket, which only a date tells by the day'
      return { ...common, time: { kind: 'event', dimension: time.dimension }, entities: time.groupings }
    }
  }
}

function needsOfRetention({ start, activity, entity }: RetentionMeasure, semanticModel: string): Needs | string {
  const read = [start, activity].filter((one) => one.semanticModel === semanticModel)
  const [first] = read
  if (first === undefined) return `it reads nothing of "${semanticModel}"`
  const moments = read.flatMap(({ time }) => (time.kind === 'event' ? [time.dimension] : []))
  if (moments.length < read.length) return 'it follows intervals'
  const [dimension = ''] = moments
  if (moments.some((other) => other !== dimension)) return 'its starts lie in time by another dimension than what follows them'
  return { time: { kind: 'event', dimension }, tested: read.map(({ filter }) => filter), entities: [entity], measures: [] }
}
