import { refuseLoops } from '../sync-kit/refuse-loops.ts'
import { losersOf, MERGED } from './losers-of.ts'
import type { Losing } from './losers-of.ts'
import type { ObjectReading } from './object-reading.ts'

/** Most that a list returns. */
const PAGE = 100

export interface Listed<Item> {
  readonly results: readonly Item[]
  readonly paging?: { readonly next?: { readonly after?: string } }
}

/** Ids of records in the recycle bin, and of those that were merged into them, page by page. HubSpot cannot be asked for those of a time, and some have no `archivedAt`. */
export async function* findArchived({ kind, client }: ObjectReading, signal: AbortSignal): AsyncGenerator<readonly string[]> {
  const refuse = refuseLoops('HubSpot')
  let after: string | undefined
  do {
    refuse(after ?? null)
    const page: Listed<{ readonly id: string; readonly properties: Losing }> = await client.get(client.paths.objects(kind.object), { limit: PAGE, archived: true, properties: MERGED.join(','), after }, signal)
    if (page.results.length > 0) yield page.results.flatMap(({ id, properties }) => [id, ...losersOf(id, properties)])
    after = page.paging?.next?.after
  } while (after !== undefined)
}
