import type { TableChange } from '../../connectors/rollup-contract.ts'
import type { Bucket } from '../base/bucket.ts'
import { plainColumn } from '../model/expression.ts'
import { findEntityPath, findJoinPath } from '../model/join-path.ts'
import type { JoinStep } from '../model/join-path.ts'
import { dimensionsOf } from '../model/predicate.ts'
import type { Model } from '../model/types.ts'
import { isMembership } from '../plan/membership/membership.ts'
import type { Read } from '../plan/read.ts'
import { semanticModelOf } from '../plan/relation.ts'
import { ceilDay } from '../plan/time-column.ts'

const DAY_MS = 86_400_000

/** Tables besides its own whose rows a read joins; null where cohorts decide, which may read any. */
function joinedTables(model: Model, read: Read): ReadonlySet<string> | null {
  const names = [...dimensionsOf(read.predicate), ...read.by.flatMap((key) => (key.kind === 'dimension' ? [key.dimension] : key.kind === 'entity' || key.dimension === null ? [] : [key.dimension]))]
  if (names.some(isMembership)) return null
  const { semanticModel } = read.measure
  const steps: readonly JoinStep[] = [
    ...names.flatMap((name) => stepsOf(findJoinPath(model, semanticModel, name))),
    ...read.by.flatMap((key) => (key.kind === 'entity' ? stepsOf(findEntityPath(model, semanticModel, key.entity)) : [])),
  ]
  return new Set(steps.flatMap(({ to }) => tablesOf(model, to)))
}

function stepsOf(found: ReturnType<typeof findJoinPath> | ReturnType<typeof findEntityPath>): readonly JoinStep[] {
  return found.kind === 'path' ? found.path.steps : []
}

function tablesOf(model: Model, semanticModel: string): readonly string[] {
  const { relation } = semanticModelOf(model, semanticModel)
  return 'table' in relation ? [relation.table] : relation.tables
}

/**
 * Whether what a read found in a bucket holds still after these changes.
 *
 * @returns A test for buckets of this read; null where none holds for sure.
 */
export function unchangedBy(model: Model, read: Read, changes: readonly TableChange[]): ((bucket: Bucket) => boolean) | null {
  const own = semanticModelOf(model, read.measure.semanticModel)
  const { relation, dimensions } = own
  const joined = joinedTables(model, read)
  if (joined === null || !('table' in relation)) return null
  if (changes.some(({ table }) => joined.has(table))) return null
  const change = changes.find(({ table }) => table === relation.table)
  if (change === undefined) return () => true
  const { time } = read.measure
  const name = time.kind === 'event' ? time.dimension : time.kind === 'stock' ? time.start : null
  const dimension = dimensions.find(({ publicName }) => publicName === name)
  const column = dimension === undefined ? null : plainColumn(dimension.expr)
  const span = column === null ? undefined : change.spans?.get(column)
  if (dimension === undefined || span === undefined) return null
  // Rows without a time are in no bucket.
  if (span === null) return () => true
  const isDate = dimension.kind === 'date'
  // Clocks of any zone lie within a day of UTC.
  const margin = isDate || dimension.timezone === null || dimension.timezone === 'UTC' ? 0 : DAY_MS
  const [from, to] = [momentOf(span.from) - margin, momentOf(span.to) + margin]
  const startOf = (bucket: Bucket): number => (isDate ? ceilDay(bucket.startLocalMs) : bucket.startUtcMs)
  const endOf = (bucket: Bucket): number => (isDate ? ceilDay(bucket.endLocalMs) : bucket.endUtcMs)
  // What begins later has no part in a stock; what began earlier has one for as long as it lasts.
  if (time.kind === 'stock') return (bucket) => endOf(bucket) <= from
  return (bucket) => endOf(bucket) <= from || startOf(bucket) > to
}

/** UTC ms of a date or moment as sources write them; a clock without a zone is taken for UTC. */
export function momentOf(text: string): number {
  return Date.parse(text.length === 10 ? `${text}T00:00:00Z` : /(Z|[+-]\d\d:?\d\d)$/.test(text) ? text : `${text.replace(' ', 'T')}Z`)
}
