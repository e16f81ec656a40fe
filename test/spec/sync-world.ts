import type { LandedTable, Landing, LandingCell, LandingCommit, LandingTable, KeptState, QuarantinedRecord } from '../../connectors/landing-contract.ts'
import { refuseStale } from '../../connectors/landing-fence.ts'
import type { Stream, SyncPage, SyncSource, SyncTable, WebhookReceiver } from '../../connectors/sync-contract.ts'
import { silentLog } from '../../src/base/log.ts'
import { createSyncs } from '../../src/jobs/sync/create-syncs.ts'
import type { SyncEngine, SyncSettings, SyncsDeps } from '../../src/jobs/sync/types.ts'

export const NOW = Date.UTC(2026, 10, 21, 12)

export type Row = Readonly<Record<string, LandingCell>>

/** A landing of plain maps, one row an object. */
export class MapLanding implements Landing {
  readonly #tables = new Map<string, { source: string; stream: string; table: LandingTable; rows: Map<string, { row: Row; generation: number }> }>()
  readonly #states = new Map<string, KeptState>()
  #quarantine: (QuarantinedRecord & { source: string; stream: string })[] = []
  commits: LandingCommit[] = []
  /** Called before a commit; what it throws is a failure that leaves nothing. */
  beforeCommit: (commit: LandingCommit) => Promise<void> | void = () => {}

  rows(table: string): readonly Row[] {
    return [...(this.#tables.get(table)?.rows.values() ?? [])].map(({ row }) => row)
  }

  /** One text a record. */
  get aside(): readonly string[] {
    return [...new Set(this.#quarantine.map(({ table, column, reason, content }) => JSON.stringify([table, column, reason, content])))]
  }

  states(source: string): Promise<ReadonlyMap<string, KeptState>> {
    return Promise.resolve(new Map([...this.#states].flatMap(([key, state]) => (key.startsWith(`${source}/`) ? [[key.slice(source.length + 1), state] as const] : []))))
  }

  async commit(commit: LandingCommit): Promise<{ written: number; removed: number }> {
    await this.beforeCommit(commit)
    this.commits.push(commit)
    const { source, stream, state } = commit
    const kept = this.#states.get(`${source}/${stream}`)
    refuseStale(commit, kept?.version ?? 0)
    const generation = state?.generation ?? kept?.generation ?? 0
    const total = { written: 0, removed: 0 }
    for (const table of commit.tables) this.#tables.set(table.name, { source, stream, table, rows: this.#tables.get(table.name)?.rows ?? new Map() })
    for (const write of commit.writes) {
      const at = this.#tables.get(write.table)
      if (!at) throw new Error(`No table ${write.table}.`)
      const keyOf = (cells: readonly LandingCell[]): string => JSON.stringify(cells.map(String))
      if (write.kind === 'delete') {
        for (const key of write.keys) if (at.rows.delete(keyOf(key))) total.removed++
        continue
      }
      if (write.kind === 'replace') {
        const { column, values } = write.where
        for (const [key, { row }] of at.rows) if (values.includes(row[column] ?? null)) at.rows.delete(key)
      }
      const seen = new Set<string>()
      for (let index = 0; index < write.rows.count; index++) {
        const row = Object.fromEntries(write.rows.names.map((name, column) => [name, write.rows.columns[column]?.[index] ?? null]))
        const key = keyOf(at.table.key.map((name) => row[name] ?? null))
        if (seen.has(key)) throw new Error(`A write to ${write.table} has the key ${key} twice.`)
        seen.add(key)
        at.rows.set(key, { row, generation })
        total.written++
      }
    }
    if (commit.sweeps) {
      for (const { name } of commit.tables) {
        const rows = this.#tables.get(name)?.rows ?? new Map()
        for (const [key, row] of rows) if (row.generation !== generation && rows.delete(key)) total.removed++
      }
    }
    this.#quarantine.push(...commit.quarantined.map((one) => ({ ...one, source, stream })))
    if (state) this.#states.set(`${source}/${stream}`, { ...state, cursor: JSON.parse(JSON.stringify(state.cursor)), version: (kept?.version ?? 0) + 1, quarantined: this.#quarantine.filter((one) => one.stream === stream).length })
    return total
  }

  tables(source: string): Promise<readonly LandedTable[]> {
    return Promise.resolve([...this.#tables.values()].flatMap(({ source: of, stream, table }) => (of === source ? [{ ...table, stream }] : [])))
  }

  rowCounts(source: string): Promise<ReadonlyMap<string, number>> {
    return Promise.resolve(new Map([...this.#tables.values()].flatMap(({ source: of, table, rows }) => (of === source ? [[table.name, rows.size] as const] : []))))
  }

  reset = (): Promise<never> => Promise.reject(new Error('not for these tests'))
  lookUp = this.reset
  rewrite = this.reset
  remove = this.reset
  overwrite = this.reset
  removeQuarantined = this.reset
  claim = (): Promise<string | null> => Promise.resolve(null)
  otherWriter = (): Promise<string | null> => Promise.resolve(null)
  quarantine = this.reset
  close = (): Promise<void> => Promise.resolve()
}

/** A tool whose streams are given; pages are what a function gives for a request. */
export function toolOf(streams: readonly Stream[], more: Partial<SyncSource> & { readonly receiver?: WebhookReceiver } = {}): SyncSource {
  return { name: 'tool', maxConcurrent: 2, test: () => Promise.resolve({ ok: true, message: 'It works.' }), streams: () => Promise.resolve(streams), close: () => Promise.resolve(), ...more }
}

export function streamOf(name: string, tables: readonly SyncTable[], read: Stream['read'], more: Partial<Stream> = {}): Stream {
  return { name, tables, showsAll: true, read, ...more }
}

/** Pages one after the other; the cursor is the number of pages read. */
export const pagesOf = (pages: readonly (Omit<SyncPage, 'cursor' | 'done'> & Partial<SyncPage>)[]): Stream['read'] =>
  async function* (request) {
    for (let at = Number(request.cursor ?? 0); at < pages.length; at++) {
      request.signal.throwIfAborted()
      yield { cursor: at + 1, done: (at + 1) / pages.length, ...pages[at] } as SyncPage
    }
  }

export const KEPT: SyncSettings = { sinceUtcMs: null, streams: null, personal: 'keep', hashKey: null }
export const NOBODY: SyncsDeps['forgotten'] = { any: () => false, has: () => false, keepOutUntil: () => Promise.resolve(), aliasOf: () => null, redacted: (text) => text, prepare: () => Promise.resolve() }

export function syncsOf(source: SyncSource, landing: Landing, more: Partial<SyncsDeps> & { readonly settings?: Partial<SyncSettings>; readonly name?: string } = {}): SyncEngine {
  const { settings, name = 'tool', ...deps } = more
  return createSyncs({ sources: [{ name, connector: 'synthetic', source, settings: { ...KEPT, ...settings } }], landing, clock: { nowMs: () => NOW }, log: silentLog, forgotten: NOBODY, ...deps })
}

/** Runs one sync to its end. */
export async function syncOnce(syncs: SyncEngine, ask: { readonly full?: boolean; readonly streams?: readonly string[] | null; readonly sinceUtcMs?: number | null; readonly source?: string } = {}): ReturnType<SyncEngine['settled']> {
  const source = ask.source ?? 'tool'
  await syncs.start({ source, full: ask.full ?? false, streams: ask.streams ?? null, sinceUtcMs: ask.sinceUtcMs ?? null })
  return syncs.settled(source)
}
