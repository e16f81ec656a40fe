import type { KeptState } from '../../../connectors/landing-contract.ts'
import type { Json } from '../../../connectors/sync-contract.ts'

/** Where a reading begins, and what it may do at its end. */
export interface Reading {
  readonly cursor: Json
  readonly generation: number
  /** Whether the reading from the beginning of this generation has ended before. */
  readonly isWhole: boolean
  /** Null for all. */
  readonly sinceUtcMs: number | null
  /** Whether `sinceUtcMs` holds for this reading only, which leaves older rows alone. */
  readonly isPart: boolean
}

/** Of a reading that only some asked for: the moment stays with it until it ends, also across a restart. */
const PART = 'kpiql_since'

export interface ReadingAsk {
  readonly full: boolean
  /** Reads again what is newer; null: as configured. */
  readonly sinceUtcMs: number | null
}

/** A stream without a cursor begins from the beginning each time. */
export function readingOf(kept: KeptState | null, ask: ReadingAsk, configuredSinceUtcMs: number | null): Reading {
  const isPart = ask.sinceUtcMs !== null
  if (kept === null || ask.full || isPart) return fromBeginning(kept?.generation ?? 0, isPart ? ask.sinceUtcMs : configuredSinceUtcMs, isPart)
  const { cursor, generation, isWhole } = kept
  if (cursor === null) return fromBeginning(generation, configuredSinceUtcMs, false)
  if (typeof cursor === 'object' && !Array.isArray(cursor) && PART in cursor) {
    const part = cursor as { readonly [PART]: number; readonly cursor: Json }
    return { cursor: part.cursor, generation, isWhole, sinceUtcMs: part[PART], isPart: true }
  }
  return { cursor, generation, isWhole, sinceUtcMs: configuredSinceUtcMs, isPart: false }
}

export function fromBeginning(lastGeneration: number, sinceUtcMs: number | null, isPart: boolean): Reading {
  return { cursor: null, generation: lastGeneration + 1, isWhole: false, sinceUtcMs, isPart }
}

/** The cursor as it is kept while the reading goes on. */
export function keptCursor({ isPart, sinceUtcMs }: Reading, cursor: Json): Json {
  return isPart && cursor !== null ? { [PART]: sinceUtcMs, cursor } : cursor
}
