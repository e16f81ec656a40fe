import { createHash } from 'node:crypto'
import { KpiqlError } from '../../src/base/errors.ts'
import { nearest } from '../../src/base/nearest.ts'
import { duckdbDialect } from '../../src/sql/dialects/duckdb.ts'
import type { Backfill, ConnectorDeps, QuarantineReport, QueryOptions, QueryResult, QuerySource, Statement, TableInfo, TableStatistics, Verdict } from '../contract.ts'
import type { Contents, Look, ReadableTable } from './contents.ts'
import { DatabaseContents } from './database-contents.ts'
import { openEngine, type Engine, type QueryEngine } from './engine.ts'
import { FedContents } from './fed-contents.ts'
import type { TableProblem } from './find-files.ts'
import { FolderContents } from './folder-contents.ts'
import type { DuckdbOptions } from './options.ts'
import { cancelledError, closedError, useCatalog, type PooledConnection } from './pool.ts'
import type { RollupHost, TableChange } from '../rollup-contract.ts'
import { hasRollupFile, type RollupStore } from './rollup-store.ts'
import { runStatement } from './run-statement.ts'
import { isBlockDamage, translateError } from './translate-error.ts'
import { Versions, type Version } from './versions.ts'

export const MAX_CONCURRENT = 4
/** Longer than any request runs. */
export const REPLACED_GRACE_MS = 60_000
const PROBLEMS_IN_MESSAGE = 3

export interface Opened {
  readonly engine: QueryEngine
  readonly contents: Contents
  readonly versions: Versions
}

/** Tables of a folder of files, of a database file, or of the gateway itself, in an engine of our own process. */
export class DuckdbSource implements QuerySource {
  readonly dialect = duckdbDialect
  readonly can = { snapshot: true, cancel: true, maxConcurrent: MAX_CONCURRENT }
  readonly name: string

  private readonly options: DuckdbOptions
  private readonly deps: ConnectorDeps
  private readonly closing = new AbortController()
  /** What was said of each version, by the tables asked: every request asks. */
  private readonly digests = new WeakMap<Version, Map<string, string>>()
  private opening: Promise<Opened> | null = null
  private looking: Promise<void> | null = null
  private lookedAt = -Infinity
  /** The moment that instances agreed on for the last look. */
  private agreedMoment = -Infinity
  private closed: Promise<void> | null = null

  constructor(name: string, options: DuckdbOptions, deps: ConnectorDeps) {
    this.name = name
    this.options = options
    this.deps = deps
  }

  async test(): Promise<Verdict> {
    try {
      const { contents, version } = await this.looked()
      const { tables, problems } = version.look
      if (problems.length > 0) return { ok: false, message: problemsText(problems) }
      const rows = [...tables.values()].reduce((sum, table) => sum + table.rows, 0)
      const { total } = await contents.quarantine([...tables.values()])
      const aside = total === 0 ? '' : `; ${total} ${total === 1 ? 'row' : 'rows'} in quarantine`
      return { ok: true, message: `${tables.size} ${tables.size === 1 ? 'table' : 'tables'} with ${rows} rows${aside}.` }
    } catch (error) {
      const { message, hint } = this.ours(error)
      return { ok: false, message: hint === undefined ? message : `${message} ${hint}` }
    }
  }

  /** @throws KpiqlError `DATA_INVALID` with all `data.problems` as long as one table cannot be loaded; the others can be queried all the same. */
  async discover(): Promise<readonly TableInfo[]> {
    const { tables, problems } = (await this.looked()).version.look
    if (problems.length > 0) throw problemsError(this.name, problems)
    return [...tables.values()].map(({ info }) => info)
  }

  /** Reads what the last look found; only `dataVersion` looks again, so that the statements of a request do not see several versions by chance. */
  async query(statement: Statement, options: QueryOptions = {}): Promise<QueryResult> {
    const { signal } = options
    if (isAborted(signal)) throw cancelledError(this.name)
    const { engine, versions } = await this.unlessAborted(this.lookedOnce(), signal)
    const connection = await engine.pool.acquire(signal)
    try {
      const version = versions.enter(options.dataVersion)
      try {
        await useCatalog(connection, version.catalog)
        return await this.reading(connection, options.dataVersion, () => runStatement(connection, statement, options, this.name))
      } catch (error) {
        const ours = translateError(error, { source: this.name, cancelled: isAborted(signal) })
        throw ours.code === 'TABLE_MISSING' ? this.becauseOf(version.look.problems, ours) : ours
      } finally {
        versions.leave(version)
      }
    } catch (error) {
      if (isBlockDamage(error instanceof KpiqlError ? error.cause : error)) await engine.markDamaged()
      throw this.ours(error)
    } finally {
      engine.pool.release(connection)
    }
  }

  /** @throws KpiqlError `DATA_INVALID` where one of these tables cannot be loaded, `TABLE_MISSING` where there is none of that name. */
  async dataVersion(tables: readonly string[], revalidate: boolean): Promise<string> {
    const { versions, version } = await this.looked(revalidate)
    const asked = tables.join('\n')
    const known = this.digests.get(version)?.get(asked)
    if (known !== undefined) return known
    const wanted = [...new Set(tables)].sort()
    const problems = version.look.problems.filter(({ table }) => wanted.includes(table))
    if (problems.length > 0) throw problemsError(this.name, problems)
    const found = wanted.map((name) => this.table(version.look, name))
    const dataVersion = digestOf(found.map((table) => table.version))
    this.told(dataVersion, found)
    versions.handOut(dataVersion, version)
    const digests = this.digests.get(version) ?? new Map<string, string>()
    this.digests.set(version, digests.set(asked, dataVersion))
    return dataVersion
  }

  async statistics(table: string): Promise<TableStatistics> {
    const { version } = await this.looked()
    try {
      return await this.table(version.look, table).statistics()
    } catch (error) {
      throw this.ours(error)
    }
  }

  async quarantine(): Promise<QuarantineReport> {
    const { contents, version } = await this.looked()
    try {
      return await contents.quarantine([...version.look.tables.values()])
    } catch (error) {
      throw this.ours(error)
    }
  }

  /** When the newest file of the table was written, or the source's own present where that is earlier. */
  async watermark(table: string): Promise<number | null> {
    const { version } = await this.looked()
    const { newestFileMs } = this.table(version.look, table)
    if (newestFileMs === null) return null
    const now = this.options.now === undefined ? Infinity : Date.parse(this.options.now)
    return Math.floor(Math.min(newestFileMs, now))
  }

  async backfill(table: string): Promise<Backfill | null> {
    const { version } = await this.looked()
    return this.table(version.look, table).backfill ?? null
  }

  /** Beside the tables; what the gateway itself keeps is too small for any. */
  get rollups(): RollupHost | undefined {
    if (this.options.feed !== undefined) return undefined
    const ofStore = async <T>(signal: AbortSignal | undefined, work: (store: RollupStore, opened: Opened) => Promise<T>): Promise<T> => {
      const opened = await this.lookedOnce()
      const { rollups } = opened.engine
      if (rollups === null) throw new KpiqlError('NOT_SUPPORTED', { message: `Source "${this.name}" keeps no rollups.` })
      try {
        return await rollups.inTurn(signal, () => work(rollups, opened))
      } catch (error) {
        throw translateError(error, { source: this.name, cancelled: isAborted(signal) })
      }
    }
    return {
      mayKeep: () => hasRollupFile(this.deps.stateFolder),
      list: () => ofStore(undefined, (store) => store.list()),
      drop: (name) => ofStore(undefined, (store) => store.drop(name)),
      build: (build, signal, progress) =>
        ofStore(signal, async (store, { versions }) => {
          const startedMs = performance.now()
          const version = versions.enter(build.dataVersion)
          try {
            await useCatalog(store.lent, version.catalog)
            const table = await this.reading(store.lent, build.dataVersion, () => store.write(build, signal, progress), true)
            return await store.book(build, table, performance.now() - startedMs)
          } finally {
            versions.leave(version)
          }
        }),
    }
  }

  close(): Promise<void> {
    this.closed ??= this.shutDown()
    return this.closed
  }

  private async shutDown(): Promise<void> {
    this.closing.abort()
    const opened = await settled(this.opening)
    if (!opened) return
    const { engine } = opened
    // Loading cannot see the signal inside one long statement of the engine.
    const stop = setInterval(() => engine.loader.connection.interrupt(), 20)
    await settled(this.looking)
    clearInterval(stop)
    await engine.pool.close()
    await engine.close()
  }

  /** The engine, opened once; a failed start is tried again by the next call. */
  private opened(): Promise<Opened> {
    if (this.closed) return Promise.reject(closedError(this.name))
    this.opening ??= this.open().catch((error: unknown) => {
      this.opening = null
      throw this.ours(error)
    })
    return this.opening
  }

  protected async open(): Promise<Opened> {
    const { database, feed } = this.options
    const isCopied = database === undefined && feed === undefined
    const engine = await openEngine({ source: this.name, options: this.options, stateFolder: isCopied ? this.deps.stateFolder : '', maxConcurrent: MAX_CONCURRENT, rollupFolder: feed === undefined ? this.deps.stateFolder : null, log: this.deps.log })
    const contents = this.contentsOf(engine)
    return { engine, contents, versions: new Versions(engine.loader, this.name, database === undefined ? REPLACED_GRACE_MS : 0) }
  }

  /** What changed since an earlier version is known only where tables change in place. */
  changes(_tables: readonly string[], _since: string, _until: string): Promise<readonly TableChange[] | null> {
    return Promise.resolve(null)
  }

  /** Called with each data version before anybody is told of it, and the tables it is of. */
  protected told(_dataVersion: string, _tables: readonly ReadableTable[]): void {}

  /** Runs a statement; where tables change in place, so that it reads the version named and no other. `keeps`: it writes beside them. */
  protected reading<T>(_connection: PooledConnection, _dataVersion: string | undefined, run: () => Promise<T>, _keeps = false): Promise<T> {
    return run()
  }

  private contentsOf(engine: Engine): Contents {
    const { folder, database, feed, tables } = this.options
    if (feed !== undefined) return new FedContents(feed, engine)
    return database === undefined ? new FolderContents(folder ?? '.', tables, engine, this.deps) : new DatabaseContents(database, engine, this.name)
  }

  private async lookedOnce(): Promise<Opened> {
    const opened = await this.opened()
    return opened.versions.current ? opened : this.looked()
  }

  /**
   * What the last look at the files gave. Looks again when that is older than the time trusted, or when asked to; one look serves all who wait
   * for it. While files are loaded again, callers who need no fresh look are served what is there.
   */
  private async looked(revalidate = false): Promise<Opened & { readonly version: Version }> {
    const opened = await this.opened()
    const trustMs = this.options.ttlSeconds * 1000
    const moment = (await this.deps.looks?.moment(trustMs, revalidate)) ?? -Infinity
    const fresh = performance.now() - this.lookedAt < trustMs && moment <= this.agreedMoment
    if (!opened.versions.current || revalidate || (!fresh && !this.looking)) {
      this.agreedMoment = Math.max(moment, this.agreedMoment)
      await this.oneLook(opened)
    }
    // A look under way may have begun before the change that is asked for.
    while (opened.versions.current && (await opened.contents.isBehind?.(opened.versions.current.look)) === true) await this.oneLook(opened)
    // A closed source may have been waited for in vain.
    const version = opened.versions.current
    if (!version) throw closedError(this.name)
    return { ...opened, version }
  }

  /** The look under way, or a new one. */
  private oneLook(opened: Opened): Promise<void> {
    this.looking ??= this.look(opened).finally(() => {
      this.looking = null
    })
    return this.looking
  }

  private async look({ engine, contents, versions }: Opened): Promise<void> {
    const started = performance.now()
    try {
      const before = versions.current
      await versions.publish(await contents.refresh(this.closing.signal))
      const visible = (await versions.retire()) ?? (versions.current === before ? null : versions.visible())
      if (visible) await contents.retire(visible)
      // Counted from the look's beginning: what is written while files are loaded is newer than what was seen.
      this.lookedAt = started
    } catch (error) {
      if (isBlockDamage(error)) await engine.markDamaged()
      throw this.closing.signal.aborted ? closedError(this.name) : this.ours(error)
    }
  }

  private table(look: Look, name: string): ReadableTable {
    const table = look.tables.get(name)
    if (table) return table
    const problems = look.problems.filter((problem) => problem.table === name)
    if (problems.length > 0) throw problemsError(this.name, problems)
    const near = nearest(name, look.tables.keys(), 3)
    throw new KpiqlError('TABLE_MISSING', {
      message: `Source "${this.name}" has no table "${name}".`,
      hint: near.length > 0 ? `Closest: ${near.join(', ')}.` : `Its tables: ${[...look.tables.keys()].slice(0, 20).join(', ') || 'none'}.`,
    })
  }

  /** A table that is missing because it could not be loaded is told as that. */
  private becauseOf(all: readonly TableProblem[], missing: KpiqlError): KpiqlError {
    const problems = all.filter(({ table }) => missing.message.endsWith(`no table "${table}".`))
    return problems.length > 0 ? problemsError(this.name, problems) : missing
  }

  private ours(error: unknown): KpiqlError {
    return translateError(error, { source: this.name })
  }

  /** A caller who gives up does not wait for a load that others need. */
  private unlessAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
    if (!signal) return work
    return new Promise((resolve, reject) => {
      const onAbort = (): void => reject(cancelledError(this.name))
      signal.addEventListener('abort', onAbort, { once: true })
      work.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort))
    })
  }
}

/** The data version of tables, by the versions of each in the order of their names. */
export function digestOf(parts: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 24)
}

const isAborted = (signal: AbortSignal | undefined): boolean => signal?.aborted === true

async function settled<T>(work: Promise<T> | null): Promise<T | null> {
  if (!work) return null
  const [outcome] = await Promise.allSettled([work])
  // Whoever started the work was told of its failure.
  return outcome.status === 'fulfilled' ? outcome.value : null
}

function problemsText(problems: readonly TableProblem[]): string {
  const shown = problems.slice(0, PROBLEMS_IN_MESSAGE).map(({ message, hint }) => (hint === null ? message : `${message} ${hint}`))
  return problems.length > shown.length ? `${shown.join(' ')} And ${problems.length - shown.length} more.` : shown.join(' ')
}

function problemsError(source: string, problems: readonly TableProblem[]): KpiqlError {
  const [first] = problems
  const more = problems.length > 1 ? ` (and ${problems.length - 1} more)` : ''
  return new KpiqlError('DATA_INVALID', { message: `Source "${source}": ${first?.message ?? 'its data cannot be used.'}${more}`, hint: first?.hint ?? undefined, data: { problems } })
}
