import { KpiqlError } from '../../src/base/errors.ts'
import { FullReadNeeded } from '../sync-contract.ts'
import { utcMsOfIso } from '../../src/base/instants.ts'
import type { ObjectReading } from './read-page.ts'

const MINUTE_MS = 60_000
/** The log is asked by whole minutes, and for more than one. */
const LEAST_MS = 10 * MINUTE_MS
const KEPT_MS = 15 * 86_400_000
/** Nothing is asked of a minute that has hardly begun by a clock that goes otherwise than ours. */
const MARGIN_MS = MINUTE_MS
/** From here on a refusal of the range means that it begins too early. */
const NEARLY_KEPT_MS = 14 * 86_400_000

interface DeletedAnswer {
  readonly deletedRecords: readonly { readonly id: string; readonly deletedDate: string }[]
  readonly earliestDateAvailable: string
  readonly latestDateCovered: string
}

export interface Deleted {
  readonly ids: readonly string[]
  /** From where the log was asked. */
  readonly fromUtcMs: number
  /** From where to ask next time. */
  readonly untilUtcMs: number
  /** Whether the log still had all of the range. */
  readonly isWhole: boolean
}

/**
 * Ids from the log of deletions, which also has records that were purged from the recycle bin.
 *
 * @throws FullReadNeeded where the range begins before what Salesforce keeps: 15 days.
 */
export async function readDeleted({ object, described, client }: ObjectReading, fromUtcMs: number, toUtcMs: number, signal: AbortSignal): Promise<Deleted> {
  if (toUtcMs - fromUtcMs > KEPT_MS) throw new FullReadNeeded(`Salesforce tells deletions of ${object.name} for 15 days only.`)
  if (!described.replicateable) return { ids: [], fromUtcMs, untilUtcMs: toUtcMs, isWhole: true }
  const end = Math.floor((toUtcMs - MARGIN_MS) / MINUTE_MS) * MINUTE_MS
  const start = Math.min(Math.floor(fromUtcMs / MINUTE_MS) * MINUTE_MS, end - LEAST_MS)
  try {
    const answer = await client.get<DeletedAnswer>(`/sobjects/${object.name}/deleted/`, { start: isoOf(start), end: isoOf(end) }, signal)
    const covered = utcMsOfIso(answer.latestDateCovered) ?? end
    return { ids: answer.deletedRecords.map(({ id }) => id), fromUtcMs: start, untilUtcMs: Math.min(covered, end), isWhole: (utcMsOfIso(answer.earliestDateAvailable) ?? start) <= start }
  } catch (error) {
    if (error instanceof KpiqlError && error.data?.errorCode === 'INVALID_REPLICATION_DATE' && toUtcMs - fromUtcMs > NEARLY_KEPT_MS) throw new FullReadNeeded(`Salesforce no longer tells the deletions of ${object.name} since the last sync.`)
    throw error
  }
}

function isoOf(utcMs: number): string {
  return `${new Date(utcMs).toISOString().slice(0, 19)}+00:00`
}
