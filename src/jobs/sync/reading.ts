import type { KeptState } from '../../../connectors/landing-contract.ts'
import type { Backfilled, Json } from '../../../connectors/sync-contract.ts'

/** Where a reading begins, and what it may do at its end. */
export interface Reading {
  readonly cursor: Json
  readonly generation: number
  /** Whether the reading from the beginning of this generation has ended before. */
  readonly isWhole: boolean
  /** Null for all. */
  readonly sinceUtcMs: number | null
  /** Set where `sinceUtcMs` holds for this reading only. */
  readonly part: Part | null
}

/** A reading that only asks again for what is newer: it leaves older rows alone, and does not move the stream. */
interface Part {
  readonly sinceUtcMs: number
  /** Where the stream goes on once the part has ended. */
  readonly before: Json
  /** How far the stream was complete before. */
  readonly completeUntilUtcMs: number | null
}

/** Under this name a part stays with its stream until it ends, also across a restart. */
const PART = 'kpiql_since'

export interface ReadingAsk {
  readonly full: boolean
  /** Reads again what is newer; null: as configured. */
  readonly sinceUtcMs: number | null
}

/** A stream without a cursor begins from the beginning each time. */
export function readingOf(kept: KeptState | null, ask: ReadingAsk, configuredSinceUtcMs: number | null): Reading {
  const under = kept === null ? null : partOf(kept.cursor)
  const before = under === null ? (kept?.cursor ?? null) : under.before
  if (ask.sinceUtcMs !== null) {
    const part = { sinceUtcMs: ask.sinceUtcMs, before, completeUntilUtcMs: kept?.completeUntilUtcMs ?? null }
    // Of the same generation: what the part shows again is not swept by the reading that goes on behind it.
    return { cursor: null, generation: kept?.generation ?? 1, isWhole: kept?.isWhole ?? false, sinceUtcMs: ask.sinceUtcMs, part }
  }
  if (kept === null || ask.full) return fromBeginning(kept?.generation ?? 0, configuredSinceUtcMs)
  const { generation, isWhole, completeUntilUtcMs } = kept
  if (under !== null) return { cursor: under.cursor, generation, isWhole, sinceUtcMs: under.sinceUtcMs, part: { sinceUtcMs: under.sinceUtcMs, before, completeUntilUtcMs } }
  if (kept.cursor === null) return fromBeginning(generation, configuredSinceUtcMs)
  return { cursor: kept.cursor, generation, isWhole, sinceUtcMs: configuredSinceUtcMs, part: null }
}

export function fromBeginning(lastGeneration: number, sinceUtcMs: number | null): Reading {
  return { cursor: null, generation: lastGeneration + 1, isWhole: false, sinceUtcMs, part: null }
}

/** What a commit of a reading keeps of where it is; `read` is what the pages so far told. */
export function keptPlace({ part, isWhole }: Reading, read: { readonly cursor: Json; readonly completeUntilUtcMs: number | null; readonly backfilled: Backfilled | null }, isEnd: boolean): { readonly cursor: Json; readonly isWhole: boolean; readonly completeUntilUtcMs: number | null; readonly backfilled: Backfilled | null } {
  if (part === null) return { ...read, isWhole: isWhole || isEnd }
  const { before, sinceUtcMs, completeUntilUtcMs } = part
  const { backfilled } = read
  if (!isEnd) return { cursor: { [PART]: sinceUtcMs, cursor: read.cursor, before }, isWhole, completeUntilUtcMs, backfilled }
  // Without a gap between what was complete before and the part, the part's end counts.
  return { cursor: before, isWhole, completeUntilUtcMs: completeUntilUtcMs !== null && completeUntilUtcMs >= sinceUtcMs ? read.completeUntilUtcMs : completeUntilUtcMs, backfilled }
}

function partOf(cursor: Json): { readonly sinceUtcMs: number; readonly cursor: Json; readonly before: Json } | null {
  if (cursor === null || typeof cursor !== 'object' || Array.isArray(cursor) || !(PART in cursor)) return null
  const part = cursor as { readonly [PART]: number; readonly cursor: Json; readonly before?: Json }
  return { sinceUtcMs: part[PART], cursor: part.cursor, before: part.before ?? null }
}
