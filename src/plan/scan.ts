import type { GroupSlots } from '../../connectors/contract.ts'
import type { Query } from '../sql/tree.ts'
import type { SeenColumn } from './observed.ts'
import type { AnyRead, ReadResult } from './read.ts'

/** How a result column is read. `number` is exact where the engine is exact. */
export type ScanColumn = 'seconds' | 'id' | 'text' | 'boolean' | 'integer' | 'number' | 'date' | 'timestamp'

export type ScanValue = null | boolean | number | bigint | string | { readonly units: bigint; readonly scale: number }

/** One statement that answers one or many reads, with the way back from its rows to each of them. */
export interface Scan {
  readonly semanticModel: string
  readonly form: ScanForm
  /** Why this form, for `explain`. */
  readonly why: string
  /** Names of the rollups it reads in place of tables. */
  readonly rollups?: readonly string[] | undefined
  /** What questions it is the form of, for whom it matters what that takes. */
  readonly shape?: string | undefined
  /** Columns of the result that hold columns of a table as they stand. */
  readonly seen?: readonly SeenColumn[] | undefined
  readonly query: Query
  /** Where its groups are whole numbers that lie close, and about as many as its rows: see `GroupSlots`. */
  readonly slots?: GroupSlots | undefined
  readonly columns: readonly ScanColumn[]
  readonly reads: readonly AnyRead[]
  /** Result of each read, in the order of `reads`; in steps where many rows may make it long. */
  fold(columns: readonly (readonly ScanValue[])[], rowCount: number): readonly ReadResult[] | Folding
}

/** Yields whenever others may have their turn. */
export type Folding = Generator<undefined, readonly ReadResult[]>

export const SCAN_FORMS = {
  grouped: 'group by the columns the slices test, folded into slices afterwards',
  stepped: 'group by the columns as they stand, then these groups by the stretches the slices test',
  masked: 'group by a bit mask of the slices each row is in',
  distinct: 'bit mask of slices per bucket and entity',
  keys: 'the very keys, integers as bits of words, put together and counted afterwards',
  turned: 'bit mask of buckets per slice and entity',
  deltas: 'changes at the start and end of each interval, summed up over time',
  layered: 'disjoint slices side by side in one grouping, several groupings a pass',
  movement: 'changes netted per entity and day, classified against the whole history',
  active: 'days of activity turned into spans that a window covers, summed up over time',
  conversion: 'both events in one order per entity, the last base event before each conversion',
  retention: 'periods of activity per entity, counted from its start',
  funnel: 'moments of each step per entity, followed through the steps',
} as const
export type ScanForm = keyof typeof SCAN_FORMS
