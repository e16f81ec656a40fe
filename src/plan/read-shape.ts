import { localMsAt, utcMsOf } from '../base/time-zone.ts'
import type { Grain } from '../base/grain.ts'
import { and, dimensionsOf } from '../model/predicate.ts'
import type { Predicate } from '../model/predicate.ts'
import type { AskKey } from './ask.ts'
import type { Edge } from './axis.ts'
import { isMembership } from './membership/membership.ts'
import { placeMembership } from './membership/membership-reach.ts'
import type { AnyRead } from './read.ts'
import { chooseRollup, edgesRead } from './rollups/choose-rollup.ts'
import { partsDays } from './rollups/reaches-rollup.ts'
import { isDecidedThrough } from './rollups/reads-through.ts'
import { endOf, startWithin } from './rollups/rollup-tail.ts'
import type { RollupTable } from './rollups/rollup.ts'
import type { PlanContext } from './rows.ts'

const DAY_MS = 86_400_000
const HOUR_MS = 3_600_000
const YEAR_MS = 366 * DAY_MS

/** What a read is like, by names and never by values: reads that differ only in what they filter for, and when, are of one shape. */
export interface ReadShape {
  readonly semanticModel: string
  /** Of retention: the semantic model of what follows the starts. Null for all else. */
  readonly followedIn: string | null
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
  /** Where the edges of its buckets lie. */
  readonly edges: EdgesOnClock
  /** The same where the table tells the last day, or hour, and a rollup what lies before. */
  readonly before: EdgesOnClock
  /** Whether rows are tested to lie before some moment of the measure's own time, such as the present. */
  readonly endTested: boolean
}

/** Whether all edges lie on midnights of the zone, and whether on whole hours of UTC. */
export interface EdgesOnClock {
  readonly midnights: boolean
  readonly hours: boolean
}

export function shapeOfRead(context: PlanContext, read: AnyRead): ReadShape {
  const { measure, by, period, grain } = read
  const edges = edgesRead(context, read)
  const end = edges.length === 0 ? { until: null, read } : endOf(read, edges)
  const names = [...new Set([...dimensionsOf(end.read.predicate), ...(measure.kind === 'active' ? dimensionsOf(measure.activity.filter) : [])])].sort()
  const cohorts = names.filter(isMembership).map((name) => entityTelling(context, measure.semanticModel, name))
  const onClock = onClockOf(period.zone, edges)
  return {
    semanticModel: measure.semanticModel,
    followedIn: measure.kind === 'retention' ? measure.activity.semanticModel : null,
    kind: measure.kind,
    measure: measure.id,
    tested: names.filter((name) => !isMembership(name)),
    entities: [...new Set(cohorts.filter((entity) => entity !== null))].sort(),
    needsTable: cohorts.includes(null),
    by,
    zone: period.zone,
    grain,
    edges: onClock,
    before: end.until === null ? onClock : beforeEnd(read, edges, end.until),
    endTested: end.read.predicate !== read.predicate && dimensionsOf(end.read.predicate).size < dimensionsOf(read.predicate).size,
  }
}

/** The entity by whose key a cohort is told from other tables; null where the table itself is needed. */
function entityTelling(context: PlanContext, semanticModel: string, name: string): string | null {
  const place = placeMembership(context, semanticModel, name)
  if (place.kind === 'key') return place.entity
  if (place.kind !== 'joined' && place.kind !== 'pushed') return null
  return isDecidedThrough(context, place.membership, semanticModel) ? null : place.membership.entity
}

function onClockOf(zone: string, edges: readonly Edge[]): EdgesOnClock {
  return { midnights: edges.every((edge) => isMidnight(zone, edge)), hours: edges.every(({ utcMs }) => utcMs % HOUR_MS === 0) }
}

/** What lies in the last day, or hour, is told by the table; something must be left before it. */
function beforeEnd(read: AnyRead, edges: readonly Edge[], until: Edge): EdgesOnClock {
  const { zone, startUtcMs } = read.period
  const earlier = onClockOf(zone, edges.filter(({ utcMs }) => utcMs < until.utcMs))
  const leaves = (grain: 'day' | 'hour'): boolean => {
    const from = startWithin({ grain, zone }, zone, until)
    if (grain === 'day' && !isMidnight(zone, from)) return false
    return !isOfEvents(read) || startUtcMs < from.utcMs
  }
  return { midnights: earlier.midnights && leaves('day'), hours: earlier.hours && leaves('hour') }
}

function isOfEvents({ measure }: AnyRead): boolean {
  return measure.kind === 'aggregate' && measure.time.kind === 'event'
}

function isMidnight(zone: string, edge: Edge): boolean {
  return edge.localMs % DAY_MS === 0 && partsDays(zone, edge)
}

/** The smallest rollup from which reads of a shape are answered as exactly as from the table, but for a last day or hour that the table tells; null where none is. */
export function rollupForShape(context: PlanContext, shape: ReadShape, example: AnyRead): RollupTable | null {
  if (shape.needsTable) return null
  const { measure } = example
  const whole = chooseRollup(context, readLike(context, shape, shape.edges, example, shape.endTested && measure.kind === 'aggregate' && measure.time.kind === 'event' ? [measure.time.dimension] : []))
  const before = chooseRollup(context, readLike(context, shape, shape.before, example, []))
  return before === null || (whole !== null && whole.rows <= before.rows) ? whole : before
}

/**
 * A read of a shape, for asking what could answer it: of the measure of the example, with tests of the same dimensions, over one bucket
 * a year ago whose edges lie as asked, and no better. What it would find is of no meaning.
 */
function readLike(context: PlanContext, { zone, grain, tested, by, entities }: ReadShape, edges: EdgesOnClock, example: AnyRead, alsoTested: readonly string[]): AnyRead {
  const startUtcMs = momentLike(zone, edges, context.nowUtcMs - YEAR_MS)
  const endUtcMs = momentLike(zone, edges, startUtcMs + DAY_MS)
  const span = { startUtcMs, endUtcMs, startLocalMs: localMsAt(zone, startUtcMs), endLocalMs: localMsAt(zone, endUtcMs) }
  const predicate: Predicate = and([...tested, ...alsoTested].map((dimension) => ({ kind: 'atom', dimension, test: { op: 'isNull' } })))
  return {
    ...example,
    key: '',
    predicate,
    period: { zone, ...span },
    grain,
    buckets: [{ ...span, cut: false, key: 0 }],
    by: [...by, ...entities.map((entity) => ({ kind: 'entity', entity }) as const)],
  }
}

/** The first moment from then on that lies as asked. */
function momentLike(zone: string, edges: EdgesOnClock, fromUtcMs: number): number {
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
