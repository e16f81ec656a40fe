import type { ReadRequest, SyncPage } from '../sync-contract.ts'
import { findArchived } from './find-archived.ts'
import { readCursor, writeCursor } from './cursor.ts'
import type { ObjectCursor } from './cursor.ts'
import { deletesOf, loadPage } from './load-page.ts'
import type { ObjectReading } from './object-reading.ts'

const SECOND_MS = 1_000

interface SearchAnswer {
  readonly total: number
  readonly results: readonly { readonly id: string }[]
}

interface Filter {
  readonly propertyName: string
  readonly operator: 'GT' | 'LT' | 'GTE' | 'LTE'
  readonly value: string
}

/**
 * Reads one kind of records: first from the highest id to the lowest, then what was modified since, and what was archived. All of
 * them, whatever day is the first that is wanted: a deal that nobody touched for a year is as open as the others.
 *
 * Searches tell ids only, and always begin beyond an id instead of paging: HubSpot pages no further than 10,000 results, and a
 * batch of its own can give any number of records one modification time. The records themselves are read by id, from the
 * database that the search's index follows with a lag; the overlap of windows covers the lag for what the index does not know yet.
 */
export async function* readObjects(reading: ObjectReading, request: ReadRequest): AsyncGenerator<SyncPage> {
  const { nowUtcMs, signal } = request
  const { kind, client, overlapSeconds, pageSize, stages } = reading
  const search = async (filters: readonly Filter[], direction: 'ASCENDING' | 'DESCENDING'): Promise<SearchAnswer> =>
    client.search(client.paths.objects(kind.object, '/search'), { filterGroups: filters.length === 0 ? [] : [{ filters }], sorts: [{ propertyName: 'hs_object_id', direction }], properties: ['hs_object_id'], limit: pageSize }, signal)
  let at: ObjectCursor = readCursor(request.cursor, stages) ?? { phase: 'first', startedUtcMs: nowUtcMs, beforeId: null, seen: 0 }
  // Of pairs that were merged while the index still shows both.
  const merged = new Set<string>()

  while (at.phase === 'first') {
    const { total, results } = await search(at.beforeId === null ? [] : [idFilter('LT', at.beforeId)], 'DESCENDING')
    const last = results.at(-1)
    const writes = await loadPage(reading, results.map(({ id }) => id), merged, signal)
    const seen: number = at.seen + results.length
    const done = last === undefined ? 1 : seen / Math.max(1, seen + total - results.length)
    at = last === undefined ? { phase: 'changes', untilUtcMs: at.startedUtcMs, window: null } : { ...at, beforeId: last.id, seen }
    yield { writes, cursor: writeCursor(at, stages), done, completeUntilUtcMs: at.phase === 'changes' ? at.untilUtcMs - overlapSeconds * SECOND_MS : null }
  }
  if (at.untilUtcMs >= nowUtcMs && at.window === null) return

  while (at.untilUtcMs < nowUtcMs || at.window !== null) {
    const { toUtcMs, afterId }: { toUtcMs: number; afterId: string } = at.window ?? { toUtcMs: nowUtcMs, afterId: '0' }
    const fromUtcMs = at.untilUtcMs - overlapSeconds * SECOND_MS
    const { total, results } = await search(
      [{ propertyName: kind.modified, operator: 'GTE', value: String(fromUtcMs) }, { propertyName: kind.modified, operator: 'LTE', value: String(toUtcMs) }, idFilter('GT', afterId)],
      'ASCENDING',
    )
    const last = results.at(-1)
    if (last === undefined) {
      for await (const ids of findArchived(reading, signal)) yield { writes: deletesOf(kind, ids), cursor: writeCursor(at, stages), done: null }
      at = { phase: 'changes', untilUtcMs: Math.max(at.untilUtcMs, toUtcMs), window: null }
      yield { writes: [], cursor: writeCursor(at, stages), done: at.untilUtcMs >= nowUtcMs ? 1 : null, completeUntilUtcMs: at.untilUtcMs - overlapSeconds * SECOND_MS }
      continue
    }
    const writes = await loadPage(reading, results.map(({ id }) => id), merged, signal)
    at = { ...at, window: { toUtcMs, afterId: last.id } }
    yield { writes, cursor: writeCursor(at, stages), done: total <= results.length ? null : results.length / total }
  }
}

function idFilter(operator: 'GT' | 'LT', value: string): Filter {
  return { propertyName: 'hs_object_id', operator, value }
}
