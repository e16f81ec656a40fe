import { localMsAt, utcMsOf } from '../../base/time-zone.ts'
import { and } from '../../model/predicate.ts'
import type { Predicate } from '../../model/predicate.ts'
import { column, select, written } from '../../sql/tree.ts'
import type { OutputColumn, Query } from '../../sql/tree.ts'
import type { Edge } from '../axis.ts'
import type { AnyRead } from '../read.ts'
import type { PlanContext } from '../rows.ts'
import { startsBefore } from '../time-column.ts'
import { rollupColumns, rowsBetween } from './rollup-query.ts'
import { BUCKET } from './rollup.ts'
import type { RollupShape, RollupTable } from './rollup.ts'

const DAY_MS = 86_400_000
const HOUR_MS = 3_600_000

/** The last day (or hour) of a read that ends within it: a rollup cannot part its rows, so the table tells them. Half-open. */
export interface RollupTail {
  readonly from: Edge
  readonly until: Edge
}

/** Where a read ends, and the read without the test that says so: whoever reads no row from there on may leave it out. */
export interface EndOfRead {
  readonly until: Edge
  readonly read: AnyRead
}

/** @param edges of the read, at least one. */
export function endOf(read: AnyRead, edges: readonly Edge[]): EndOfRead {
  const { measure, predicate, period } = read
  const last = edges.reduce((latest, edge) => (edge.utcMs > latest.utcMs ? edge : latest))
  if (measure.kind !== 'aggregate' || measure.time.kind !== 'event') return { until: last, read }
  const { dimension } = measure.time
  const parts = predicate.kind === 'and' ? predicate.of : [predicate]
  const ends = new Map(parts.map((part) => [part, endTested(part, dimension)]))
  const untilUtcMs = Math.min(last.utcMs, ...[...ends.values()].filter((end) => end !== null))
  const rest = { ...read, predicate: and(parts.filter((part) => ends.get(part) === null)) }
  return { until: { utcMs: untilUtcMs, localMs: localMsAt(period.zone, untilUtcMs) }, read: rest }
}

/** The moment that a test of a time asks rows to lie before, as that of the present does; null for any other test. */
function endTested(part: Predicate, dimension: string): number | null {
  if (part.kind !== 'atom' || part.dimension !== dimension || part.test.op !== 'range') return null
  const { from, to } = part.test
  if (from !== null || to === null || to.inclusive || typeof to.value !== 'string') return null
  return /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,3})?Z$/.test(to.value) ? Date.parse(to.value) : null
}

/** Start of the day (or hour) of a rollup in which a moment lies. */
export function startWithin({ grain, zone }: Pick<RollupShape, 'grain' | 'zone'>, readIn: string, { utcMs, localMs }: Edge): Edge {
  if (grain === 'hour') {
    const startUtcMs = Math.floor(utcMs / HOUR_MS) * HOUR_MS
    return { utcMs: startUtcMs, localMs: localMsAt(readIn, startUtcMs) }
  }
  const startLocalMs = Math.floor(localMs / DAY_MS) * DAY_MS
  return { utcMs: utcMsOf(zone, startLocalMs), localMs: startLocalMs }
}

/**
 * The rows of a rollup before a tail, and those of the tail as the rollup would have them: columns as in the rollup's table. Rows
 * without a time are left out, since they lie before no moment.
 *
 * @param context that of the table.
 */
export function rowsWithTail(context: PlanContext, { shape, table, measures }: RollupTable, { from, until }: RollupTail): Query {
  const columns = rollupColumns(shape).map((name): OutputColumn => ({ expr: written(name), as: name }))
  const kind = shape.grain === 'day' ? 'date' : 'clock'
  const before = startsBefore({ expr: written(BUCKET), kind, zone: 'UTC' }, from.utcMs, from.localMs)
  const kept = select({ columns, from: { kind: 'table', name: table }, where: before })
  const rest = rowsBetween(context, shape, measures, { startUtcMs: from.utcMs, startLocalMs: from.localMs, endUtcMs: until.utcMs, endLocalMs: until.localMs })
  return { kind: 'union_all', parts: [kept, select({ columns: columns.map(({ as }) => ({ expr: column('tail', as), as })), from: { kind: 'query', query: rest, as: 'tail' } })] }
}
