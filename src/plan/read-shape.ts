import { localMsAt, utcMsOf } from '../base/time-zone.ts'
import type { Grain } from '../base/grain.ts'
import { and, dimensionsOf } from '../model/predicate.ts'
import type { Predicate } from '../model/predicate.ts'
import type { AskKey } from './ask.ts'
import type { Edge } from './axis.ts'
import { isMembership } from './membership.ts'
import { modelsBehind, placeMembership } from './membership-reach.ts'
import type { AnyRead } from './read.ts'
import { chooseRollup, edgesRead } from './rollups/choose-rollup.ts'
import { partsDays } from './rollups/reaches-rollup.ts'
import type { RollupTable } from './rollups/rollup.ts'
import type { PlanContext } from './rows.ts'

const DAY_MS = 86_400_000
const HOUR_MS = 3_600_000
const YEAR_MS = 366 * DAY_MS

/** What a read is like, by names and never by values: reads that differ only in what they filter for, and when, are of one shape. */
export interface ReadShape {
  readonly semanticModel: string
  readonly kind: AnyRead['measure']['kind']
  /** Id of the measure. */
  readonly measure: string
  /** Dimensions that slices and the filters of metrics test, sorted. */
  readonly tested: readonly string[]
  /** Entities by whose keys cohorts are told, sorted. */
  readonly entities: readonly string[]
  /** Whether only the table itself can tell who is in a cohort of the read. */
  readonly needsTable: boolean
  readonly by: readonly AskKey[]
  readonly zone: string
  readonly grain: Grain | null
  /** Whether all edges of its buckets lie on midnights of the zone, and whether on whole hours of UTC. */
  readonly edges: { readonly midnights: boolean; readonly hours: boolean }
}

export function shapeOfRead(context: PlanContext, read: AnyRead): ReadShape {
  const { measure, predicate, by, period, grain } = read
  const names = [...new Set([...dimensionsOf(predicate), ...(measure.kind === 'active' ? dimensionsOf(measure.activity.filter) : [])])].sort()
  const cohorts = names.filter(isMembership).map((name) => entityTelling(context, measure.semanticModel, name))
  return {
    semanticModel: measure.semanticModel,
    kind: measure.kind,
    measure: measure.id,
    tested: names.filter((name) => !isMembership(name)),
    entities: [...new Set(cohorts.filter((entity) => entity !== null))].sort(),
    needsTable: cohorts.includes(null),
    by,
    zone: period.zone,
    grain,
    edges: edgesOf(context, read),
  }
}

/** The entity by whose key a cohort is told from other tables; null where the table itself is needed. */
function entityTelling(context: PlanContext, semanticModel: string, name: string): string | null {
  const place = placeMembership(context, semanticModel, name)
  if (place.kind === 'key') return place.entity
  if (place.kind !== 'joined' && place.kind !== 'pushed') return null
  return modelsBehind(context, semanticModel, name).includes(semanticModel) ? null : place.membership.entity
}

function edgesOf(context: PlanContext, read: AnyRead): ReadShape['edges'] {
  const edges = edgesRead(context, read)
  const { zone } = read.period
  return { midnights: edges.every((edge) => isMidnight(zone, edge)), hours: edges.every(({ utcMs }) => utcMs % HOUR_MS === 0) }
}

function isMidnight(zone: string, edge: Edge): boolean {
  return edge.localMs % DAY_MS === 0 && partsDays(zone, edge)
}

/** The smallest rollup that answers reads of a shape as the table would; null where none does. */
export function rollupForShape(context: PlanContext, shape: ReadShape, example: AnyRead): RollupTable | null {
  return shape.needsTable ? null : chooseRollup(context, readLike(context, shape, example))
}

/**
 * A read of a shape, for asking what could answer it: of the measure of the example, with tests of the same dimensions, over one bucket
 * a year ago whose edges lie as well as those of the shape. What it would find is of no meaning.
 */
function readLike(context: PlanContext, shape: ReadShape, example: AnyRead): AnyRead {
  const { zone, grain, tested, entities } = shape
  const startUtcMs = momentLike(shape, context.nowUtcMs - YEAR_MS)
  const endUtcMs = momentLike(shape, startUtcMs + DAY_MS)
  const span = { startUtcMs, endUtcMs, startLocalMs: localMsAt(zone, startUtcMs), endLocalMs: localMsAt(zone, endUtcMs) }
  const predicate: Predicate = and(tested.map((dimension) => ({ kind: 'atom', dimension, test: { op: 'isNull' } })))
  return {
    ...example,
    key: '',
    predicate,
    period: { zone, ...span },
    grain,
    buckets: [{ ...span, cut: false, key: 0 }],
    by: [...shape.by, ...entities.map((entity) => ({ kind: 'entity', entity }) as const)],
  }
}

/** The first moment from then on that lies as the edges of the shape do, and no better. */
function momentLike({ zone, edges }: ReadShape, fromUtcMs: number): number {
  const firstLocalMs = Math.ceil(localMsAt(zone, fromUtcMs) / DAY_MS) * DAY_MS
  for (let day = 0; day < MOST_DAYS; day++) {
    const localMs = firstLocalMs + day * DAY_MS
    const utcMs = utcMsOf(zone, localMs)
    if (edges.midnights && isMidnight(zone, { utcMs, localMs }) && (utcMs % HOUR_MS === 0) === edges.hours) return utcMs
    const onHour = Math.ceil(utcMsOf(zone, localMs + 5 * HOUR_MS) / HOUR_MS) * HOUR_MS
    if (!edges.midnights) return edges.hours ? onHour : onHour + 61_001
  }
  // What is all in the future has no edges, and any will do.
  return utcMsOf(zone, firstLocalMs)
}

/** Zones that are off the hour for a part of the year are on it for the rest. */
const MOST_DAYS = 800
