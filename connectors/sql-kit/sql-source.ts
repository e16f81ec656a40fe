import { createHash } from 'node:crypto'
import { KpiqlError } from '../../src/base/errors.ts'
import { nearest } from '../../src/base/nearest.ts'
import { Places } from '../../src/base/places.ts'
import { ownLooks } from '../../src/base/source-looks.ts'
import type { SourceLooks } from '../../src/base/source-looks.ts'
import type { Dialect } from '../../src/sql/dialect.ts'
import { integer, select, written } from '../../src/sql/tree.ts'
import type { ConnectorDeps, QuarantineReport, QueryCapabilities, QueryOptions, QueryResult, QuerySource, Statement, TableInfo, TableStatistics, Verdict } from '../contract.ts'
import type { SqlEngine } from './engine.ts'
import type { CommonOptions } from './options.ts'
import { RowSink } from './row-sink.ts'
import { verdictOn } from './verdict-on.ts'

/** What was found at one look at the database. */
interface Look {
  readonly atUtcMs: number
  readonly tables: ReadonlyMap<string, TableInfo>
  /** By table, as the database keeps them; tables with a `refresh_key` have none here. */
  readonly versions: ReadonlyMap<string, string>
  /** By table, the values of the keys that were asked for since; a failure is not kept. */
  readonly keys: Map<string, Promise<string>>
}

/** A database as a source: places, deadlines, versions and their trust; the engine brings the rest. */
export class SqlSource implements QuerySource {
  readonly name: string
  readonly can: QueryCapabilities
  readonly dialect: Dialect
  readonly #engine: SqlEngine
  readonly #options: CommonOptions
  readonly #deps: ConnectorDeps
  readonly #places: Places
  /** Of what runs and waits now. */
  readonly #stops = new Set<AbortController>()
  readonly #statistics = new Map<string, { readonly version: string; readonly found: Promise<TableStatistics> }>()
  readonly #looks: SourceLooks
  #look: { readonly atUtcMs: number; readonly found: Promise<Look> } | null = null
  #closed: Promise<void> | null = null

  constructor(name: string, engine: SqlEngine, options: CommonOptions, deps: ConnectorDeps) {
    this.name = name
    this.dialect = engine.dialect
    this.can = { snapshot: false, cancel: engine.cancels, maxConcurrent: options.maxConcurrent, byRow: engine.byRow ?? false }
    this.#engine = engine
    this.#options = options
    this.#deps = deps
    this.#places = new Places({ count: options.maxConcurrent })
    this.#looks = deps.looks ?? ownLooks()
  }

  async test(): Promise<Verdict> {
    try {
      const what = await this.#within(undefined, (signal) => this.#engine.hello(signal))
      const look = await this.#looked(true)
      const refusals = new Map<string, KpiqlError>()
      await Promise.all(
        (this.#deps.tables ?? []).map(async (name) => {
          const refusal = await this.#refusal(look, name)
          if (refusal !== null) refusals.set(name, refusal)
        }),
      )
      return verdictOn(what, look.tables.size, refusals)
    } catch (error) {
      const { message, hint } = this.#ours(error)
      return { ok: false, message: hint === undefined ? message : `${message} ${hint}` }
    }
  }

  async discover(): Promise<readonly TableInfo[]> {
    return [...(await this.#looked(false)).tables.values()]
  }

  async query(statement: Statement, { signal, maxRows = Number.POSITIVE_INFINITY }: QueryOptions = {}): Promise<QueryResult> {
    const startedMs = performance.now()
    const sink = new RowSink(statement.columns, maxRows, this.name)
    const { rowsRead } = await this.#within(signal, (stop) => this.#engine.run(statement, sink, { signal: stop }))
    return { columns: sink.columns, rowCount: sink.rowCount, rowsRead, elapsedMs: performance.now() - startedMs }
  }

  async dataVersion(tables: readonly string[], revalidate: boolean): Promise<string> {
    const look = await this.#looked(revalidate)
    const parts = await Promise.all([...new Set(tables)].sort().map(async (name) => [name, await this.#version(look, this.#table(look, name).name)]))
    return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 24)
  }

  async statistics(name: string): Promise<TableStatistics> {
    const look = await this.#looked(false)
    const table = this.#table(look, name)
    const version = await this.#version(look, name)
    let known = this.#statistics.get(name)
    if (known?.version !== version) {
      known = { version, found: this.#within(undefined, (signal) => this.#engine.statistics(table, signal)) }
      this.#statistics.set(name, known)
      known.found.catch(() => this.#statistics.delete(name))
    }
    return known.found
  }

  quarantine(): Promise<QuarantineReport> {
    return Promise.resolve({ total: 0, entries: [], truncated: false })
  }

  /** What the model's `watermark` says of the table; null where it says nothing. */
  async watermark(table: string): Promise<number | null> {
    const sql = this.#deps.hints?.get(table)?.watermark ?? null
    if (sql === null) return null
    const text = await this.#overTable(table, sql, 'timestamp')
    return text === null ? null : Date.parse(text)
  }

  close(): Promise<void> {
    if (this.#closed === null) {
      const reason = closedError(this.name)
      for (const stop of this.#stops) stop.abort(reason)
      this.#closed = this.#engine.close()
    }
    return this.#closed
  }

  async #looked(revalidate: boolean): Promise<Look> {
    const atUtcMs = await this.#looks.moment(this.#options.ttlSeconds * 1000, revalidate)
    if (this.#look === null || this.#look.atUtcMs < atUtcMs) {
      const look = { atUtcMs, found: this.#read(atUtcMs) }
      this.#look = look
      look.found.catch(() => {
        if (this.#look === look) this.#look = null
      })
    }
    return this.#look.found
  }

  async #read(atUtcMs: number): Promise<Look> {
    const tables = new Map((await this.#within(undefined, (signal) => this.#engine.tables(signal))).map((table) => [table.name, table]))
    const unkeyed = [...tables.keys()].filter((name) => this.#refreshKey(name) === null)
    const versions = await this.#within(undefined, (signal) => this.#engine.versions(unkeyed, signal))
    return { atUtcMs, tables, versions, keys: new Map() }
  }

  /** Keys are asked for tables that are asked for: a wrong one, or a slow one, is no affair of the others. */
  #version(look: Look, name: string): Promise<string> {
    const refreshKey = this.#refreshKey(name)
    if (refreshKey === null) return Promise.resolve(look.versions.get(name) ?? `at ${look.atUtcMs}`)
    let key = look.keys.get(name)
    if (key === undefined) {
      key = this.#keyOf(name, refreshKey)
      look.keys.set(name, key)
      key.catch(() => look.keys.delete(name))
    }
    return key
  }

  async #keyOf(name: string, refreshKey: string): Promise<string> {
    try {
      return `key ${await this.#overTable(name, refreshKey, 'text')}`
    } catch (error) {
      const { code, retry, message, hint, data } = this.#ours(error)
      throw new KpiqlError(retry ? code : 'SOURCE_FAILED', {
        message: `The \`refresh_key\` of table "${name}" in source "${this.name}" gave no value: ${message}`,
        hint: retry ? hint : 'Check `refresh_key` in the model: it makes one value of all rows of the table, such as max(updated_at).',
        data,
        cause: error,
      })
    }
  }

  #refreshKey(name: string): string | null {
    return this.#deps.hints?.get(name)?.refreshKey ?? null
  }

  /** The value of an expression by the author of the model, which makes one row of a table. */
  async #overTable(name: string, sql: string, kind: 'text' | 'timestamp'): Promise<string | null> {
    const { text, params } = this.dialect.print(select({ columns: [{ expr: written(sql), as: 'value' }], from: { kind: 'table', name } }))
    const { columns } = await this.query({ text, params, columns: [kind] }, { maxRows: 1 })
    const value = columns[0]?.[0] ?? null
    return value === null ? null : String(value)
  }

  /** Why a table cannot be read, by a statement that reads no rows; null where it can. */
  async #refusal(look: Look, name: string): Promise<KpiqlError | null> {
    const one = integer(1)
    const { text, params } = this.dialect.print(select({ columns: [{ expr: one, as: 'one' }], from: { kind: 'table', name }, where: { kind: 'compare', op: '=', left: one, right: integer(0) } }))
    try {
      await this.query({ text, params, columns: ['integer'] })
    } catch (error) {
      const refusal = this.#ours(error)
      // The server does not answer: that is no fault of a table.
      if (refusal.retry) throw refusal
      // Read with a filter alone, as the gateway reads it.
      if (refusal.data?.['needsFilter'] === true) return null
      if (refusal.code !== 'TABLE_MISSING' || look.tables.has(name)) return refusal
    }
    return look.tables.has(name) ? null : this.#missing(look, name)
  }

  #table(look: Look, name: string): TableInfo {
    const table = look.tables.get(name)
    if (table === undefined) throw this.#missing(look, name)
    return table
  }

  #missing({ tables }: Look, name: string): KpiqlError {
    const refusal = this.#engine.refusal?.(name) ?? null
    if (refusal !== null) return refusal
    const near = nearest(name, tables.keys(), 3)
    return new KpiqlError('TABLE_MISSING', { message: `Source "${this.name}" has no table "${name}"${near.length > 0 ? ` (closest: ${near.join(', ')})` : ''}.`, hint: 'Check `table` in the model, and that the user of the connection may read it.' })
  }

  /** Work with a place and a time limit; stopped by the caller, the limit, or the end of the source, and says which. */
  async #within<T>(signal: AbortSignal | undefined, work: (stop: AbortSignal) => Promise<T>): Promise<T> {
    const { statementTimeoutMs } = this.#options
    const stop = new AbortController()
    const leave = (): void => stop.abort(signal?.reason)
    let clock: NodeJS.Timeout | undefined
    if (this.#closed !== null) stop.abort(closedError(this.name))
    else if (signal?.aborted === true) leave()
    this.#stops.add(stop)
    signal?.addEventListener('abort', leave, { once: true })
    try {
      return await this.#places.within(stop.signal, () => {
        clock = setTimeout(() => stop.abort(timeoutError(this.name, statementTimeoutMs)), statementTimeoutMs)
        return work(stop.signal)
      })
    } catch (error) {
      // What came first counts: the limit may also pass while the statement of a caller who left is being stopped.
      if (stop.signal.aborted && stop.signal.reason !== signal?.reason) throw this.#ours(stop.signal.reason)
      if (signal?.aborted === true) throw new KpiqlError('CANCELLED', { message: `The query to source "${this.name}" was cancelled.`, cause: error })
      throw this.#ours(error)
    } finally {
      clearTimeout(clock)
      this.#stops.delete(stop)
      signal?.removeEventListener('abort', leave)
    }
  }

  #ours(error: unknown): KpiqlError {
    return error instanceof KpiqlError ? error : this.#engine.translate(error)
  }
}

export function closedError(source: string): KpiqlError {
  return new KpiqlError('SOURCE_UNAVAILABLE', { message: `Source "${source}" is closed.` })
}

function timeoutError(source: string, timeoutMs: number): KpiqlError {
  return new KpiqlError('SOURCE_TIMEOUT', { message: `Source "${source}" took longer than ${timeoutMs} ms and was stopped.`, hint: 'Ask for less, or raise `statementTimeoutMs` of the source.', data: { timeoutMs } })
}
