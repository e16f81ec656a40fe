import { KpiqlError } from '../../src/base/errors.ts'
import { refuseLoops } from '../sync-kit/refuse-loops.ts'
import { FullReadNeeded } from '../sync-contract.ts'
import type { Json, ReadRequest, Stream, SyncDeps, SyncPage } from '../sync-contract.ts'
import { companiesTable, companyRecord } from './directory.ts'
import type { Listed } from './directory.ts'
import type { IntercomApi } from './intercom-api.ts'

const HOUR_MS = 3_600_000
/** What an unused scroll lives. */
const SCROLL_LIFE_MS = 60_000
const SCROLLS = 5

/** A list without changes to ask for: read whole each time, so that what is gone goes. */
export function listStream({ path, key, table, record }: Listed, api: IntercomApi): Stream {
  return {
    name: table.name,
    tables: [table],
    showsAll: true,
    ignoresSince: true,
    async *read(request) {
      if (!isDue(request, 0)) return
      const items = await api.list(path, key, request.signal)
      yield { writes: [{ kind: 'upsert', table: table.name, records: items.map(record) }], cursor: ended(request), done: 1, completeUntilUtcMs: request.nowUtcMs }
    },
  }
}

/** All companies. Lists of them end at 10,000, so they are scrolled, one scroll at a time. */
export function companyStream(api: IntercomApi, everyHours: number, deps: SyncDeps): Stream {
  return { name: 'companies', tables: [companiesTable], showsAll: true, ignoresSince: true, read: (request) => readCompanies(api, everyHours, deps, request) }
}

async function* readCompanies(api: IntercomApi, everyHours: number, { wait, log }: SyncDeps, request: ReadRequest): AsyncGenerator<SyncPage> {
  if (!isDue(request, everyHours)) return
  const { signal, nowUtcMs } = request
  let guard = refuseLoops('Intercom')
  let token: string | null = null
  for (let scroll = 1; ; ) {
    const page = await api.scroll(token, signal)
    if (page.kind === 'page') {
      const writes = [{ kind: 'upsert', table: companiesTable.name, records: page.items.map(companyRecord) }] as const
      if (page.next === null) return yield { writes: page.items.length > 0 ? writes : [], cursor: ended(request), done: 1, completeUntilUtcMs: nowUtcMs }
      // The same scroll may show its next page under the same name, so that a page that is none of the next ones is what goes in a circle.
      guard([page.next, ...page.items.map(({ id }) => String(id))])
      token = page.next
      yield { writes, cursor: { reading: nowUtcMs }, done: null }
      continue
    }
    if (++scroll > SCROLLS) throw new KpiqlError('SOURCE_BUSY', { message: 'Intercom would not let all companies be scrolled.', hint: 'There is one scroll a workspace: check whether another integration reads companies at this time.' })
    log.info({ why: page.kind }, 'Companies are scrolled from the beginning again')
    if (page.kind === 'taken') await wait(SCROLL_LIFE_MS, signal)
    guard = refuseLoops('Intercom')
    token = null
  }
}

/** @throws FullReadNeeded once a whole reading lies far enough back. A reading that was cut off begins again. */
function isDue({ cursor, nowUtcMs }: ReadRequest, everyHours: number): boolean {
  const { read } = typeof cursor === 'object' && cursor !== null && !Array.isArray(cursor) ? (cursor as { readonly [name: string]: Json }) : {}
  if (typeof read !== 'number') return true
  if (nowUtcMs - read < everyHours * HOUR_MS || nowUtcMs === read) return false
  throw new FullReadNeeded('Lists are read whole.')
}

function ended({ nowUtcMs }: ReadRequest): Json {
  return { read: nowUtcMs }
}
