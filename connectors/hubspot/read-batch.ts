import { KpiqlError } from '../../src/base/errors.ts'
import type { ObjectReading } from './object-reading.ts'

const BATCH = 100
/** With histories of properties. */
const BATCH_OF_HISTORIES = 50

/** A record as batches bring it. */
export interface CrmRecord {
  readonly id: string
  readonly properties: Readonly<Record<string, string | null>>
  readonly propertiesWithHistory?: Readonly<Record<string, readonly PastValue[]>>
  readonly createdAt: string
  readonly updatedAt: string
}

export interface PastValue {
  readonly value: string
  readonly timestamp: string
  readonly sourceType?: string
}

export interface BatchErrors {
  readonly errors?: readonly { readonly category?: string; readonly message?: string }[]
}

/** Records by id, those that there are: an id that was merged brings the record it was merged into, one that was archived nothing. */
export async function readBatch({ kind, client, columns }: ObjectReading, ids: readonly string[], signal: AbortSignal): Promise<readonly CrmRecord[]> {
  const size = kind.history === null ? BATCH : BATCH_OF_HISTORIES
  const read = async (some: readonly string[]): Promise<readonly CrmRecord[]> => {
    const answer = await client.post<BatchErrors & { readonly results: readonly CrmRecord[] }>(
      client.paths.objects(kind.object, '/batch/read'),
      {
        inputs: some.map((id) => ({ id })),
        properties: columns.map(({ property }) => property),
        ...(kind.history === null ? {} : { propertiesWithHistory: [kind.history.property] }),
      },
      signal,
    )
    refuseErrors(answer)
    return answer.results
  }
  const batches = Array.from({ length: Math.ceil(ids.length / size) }, (_, index) => ids.slice(index * size, (index + 1) * size))
  const records = (await Promise.all(batches.map(read))).flat()
  return [...new Map(records.map((record) => [record.id, record])).values()]
}

/**
 * Batches answer 207 where some of them failed. What was not found is an answer; anything else would be taken for a deletion.
 *
 * @throws KpiqlError `SOURCE_UNAVAILABLE`.
 */
export function refuseErrors({ errors = [] }: BatchErrors): void {
  const other = errors.find(({ category }) => category !== 'OBJECT_NOT_FOUND')
  if (other) throw new KpiqlError('SOURCE_UNAVAILABLE', { message: `HubSpot could not read a part of a batch: ${(other.message ?? other.category ?? 'no reason given').slice(0, 300)}` })
}
