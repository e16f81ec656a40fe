import { FullReadNeeded } from '../sync-contract.ts'
import type { Json } from '../sync-contract.ts'
import type { Stage } from './object-reading.ts'

const LAYOUT = 'hubspot-objects-3'

/** How far a kind of records was read; all times UTC ms. */
export type ObjectCursor =
  /** The first reading, from the highest id to the lowest. */
  | { readonly phase: 'first'; readonly startedUtcMs: number; readonly beforeId: string | null; readonly seen: number }
  /** Modifications up to `untilUtcMs` were read; of the window that follows, up to `toUtcMs`, the ids up to `afterId`. */
  | { readonly phase: 'changes'; readonly untilUtcMs: number; readonly window: { readonly toUtcMs: number; readonly afterId: string } | null }

/** @param stages those that the histories were landed with. */
export function writeCursor(cursor: ObjectCursor, stages: readonly Stage[]): Json {
  return { layout: LAYOUT, ...cursor, stages: worthOf(stages) }
}

/**
 * @param stages as they are now.
 * @returns Null for null.
 * @throws FullReadNeeded for another layout, and where a stage is worth something else than when histories were landed: each has it
 * beside its amount, and those of records that are not modified would keep what was.
 */
export function readCursor(cursor: Json, stages: readonly Stage[]): ObjectCursor | null {
  if (cursor === null) return null
  if (typeof cursor !== 'object' || Array.isArray(cursor) || (cursor as { layout?: Json }).layout !== LAYOUT) throw new FullReadNeeded('The cursor has another layout.')
  const { stages: landed, ...rest } = cursor as unknown as ObjectCursor & { readonly stages: Readonly<Record<string, string>> }
  if (stages.length > 0 && Object.keys(landed).length === 0) throw new FullReadNeeded('Pipelines may be read from now on.')
  // A stage that is new is of no record that was read, and one that is gone keeps what it was.
  const changed = Object.entries(worthOf(stages)).find(([stage, worth]) => (landed[stage] ?? worth) !== worth)
  if (changed !== undefined) throw new FullReadNeeded(`The stage ${changed[0]} has another probability, or closes where it did not.`)
  return rest
}

function worthOf(stages: readonly Stage[]): Readonly<Record<string, string>> {
  return Object.fromEntries(stages.map(({ pipelineId, stageId, probability, isClosed }) => [`${pipelineId}/${stageId}`, `${probability ?? ''} ${isClosed}`]))
}
