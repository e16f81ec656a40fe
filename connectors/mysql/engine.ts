import type { Dialect } from '../../src/sql/dialect.ts'
import { mysqlDialect } from '../../src/sql/dialects/mysql.ts'
import type { KpiqlError } from '../../src/base/errors.ts'
import type { Statement, TableInfo, TableStatistics } from '../contract.ts'
import type { RunCost, RunOptions, SqlEngine } from '../sql-kit/engine.ts'
import type { RowSink } from '../sql-kit/row-sink.ts'
import { CATALOG_SQL, Catalog } from './catalog.ts'
import type { CollidingNames } from './colliding-names.ts'
import { Connections } from './connections.ts'
import type { MysqlOptions } from './options.ts'
import { runStatement, type Asked, type Outcome, type Taker } from './run-statement.ts'
import { asked, connect, hangUp, type Place, type Session } from './session.ts'
import { readStatistics } from './statistics.ts'
import { translateError } from './translate-error.ts'
import { VERSIONS_SQL } from './versions.ts'

/** Waits so long for a statement to be stopped by the server before its connection is cut. */
const KILL_WITHIN_MS = 3000

export class MysqlEngine implements SqlEngine {
  readonly dialect: Dialect = mysqlDialect
  readonly cancels = true
  readonly byRow = true
  readonly #source: string
  readonly #place: Place
  readonly #connections: Connections
  readonly #running = new Set<Promise<unknown>>()
  #collisions: CollidingNames | null = null
  #look: { readonly read: Promise<Catalog>; readonly signal: AbortSignal } | null = null

  constructor(source: string, options: MysqlOptions) {
    this.#source = source
    this.#place = { ...options, source }
    this.#connections = new Connections(this.#place)
  }

  async run({ text, params, columns }: Statement, sink: RowSink, { signal }: RunOptions): Promise<RunCost> {
    const catalog = await this.#known(signal)
    await this.#ask({ text: catalog.seenBy(text), params, columns }, sink, signal)
    return { rowsRead: null }
  }

  async tables(signal: AbortSignal): Promise<readonly TableInfo[]> {
    this.#look = null
    return (await this.#known(signal)).tables
  }

  refusal(table: string): KpiqlError | null {
    return this.#collisions?.refusal(table) ?? null
  }

  async versions(tables: readonly string[], signal: AbortSignal): Promise<ReadonlyMap<string, string>> {
    const wanted = new Set(tables)
    const rows = await this.#rows(VERSIONS_SQL, [], signal)
    return new Map(rows.flatMap(([table, version]) => (typeof table === 'string' && typeof version === 'string' && wanted.has(table) ? [[table, version] as const] : [])))
  }

  async statistics(table: TableInfo, signal: AbortSignal): Promise<TableStatistics> {
    const catalog = await this.#known(signal)
    return readStatistics(table, catalog, (text, params = []) => this.#rows(catalog.seenBy(text), params, signal))
  }

  async hello(signal: AbortSignal): Promise<string> {
    return this.#within(signal, async (session) => ({ result: session.flavour.name, outcome: await runStatement(session, { text: 'SELECT 1', params: [], columns: null }, NOBODY, signal, () => this.#kill(session)) }))
  }

  translate(error: unknown): KpiqlError {
    return translateError(error, this.#source)
  }

  async close(): Promise<void> {
    this.#connections.close()
    await Promise.allSettled(this.#running)
  }

  /** The catalogue as last read, or being read by whoever asked first. A failure is not remembered, nor is it that of those who wait. */
  async #known(signal: AbortSignal): Promise<Catalog> {
    for (;;) {
      const look = (this.#look ??= { read: this.#readCatalog(signal), signal })
      try {
        return await look.read
      } catch (error) {
        if (this.#look === look) this.#look = null
        if (look.signal === signal || !look.signal.aborted) throw error
        signal.throwIfAborted()
      }
    }
  }

  async #readCatalog(signal: AbortSignal): Promise<Catalog> {
    let collation = ''
    const rows = await this.#rows(CATALOG_SQL, [], signal, ({ flavour }) => {
      collation = flavour.collation
    })
    const catalog = new Catalog(this.#source, this.#place.database, collation, rows)
    this.#collisions = catalog.collisions
    return catalog
  }

  async #rows(text: string, params: readonly string[], signal: AbortSignal, seen: (session: Session) => void = () => undefined): Promise<readonly (readonly (string | null)[])[]> {
    const rows: (readonly (string | null)[])[] = []
    await this.#ask({ text, params: params.map((value) => ({ value, type: 'text' })), columns: null }, { begin: () => undefined, row: (cells) => rows.push(cells) }, signal, seen)
    return rows
  }

  async #ask(statement: Asked, taker: Taker, signal: AbortSignal, seen: (session: Session) => void = () => undefined): Promise<void> {
    await this.#within(signal, async (session) => {
      seen(session)
      return { result: undefined, outcome: await runStatement(session, statement, taker, signal, () => this.#kill(session)) }
    })
  }

  async #within<T>(signal: AbortSignal, work: (session: Session) => Promise<{ readonly result: T; readonly outcome: Outcome }>): Promise<T> {
    const session = await this.#connections.take(signal)
    const done = work(session)
    this.#running.add(done)
    const { result, outcome } = await done.finally(() => this.#running.delete(done))
    if (outcome.isReusable && !session.isBroken()) this.#connections.giveBack(session)
    else this.#connections.discard(session)
    if (outcome.failure !== null) throw outcome.failure.error
    return result
  }

  /** Stops what a session runs, over a connection of its own: the session's is taken. */
  async #kill({ threadId, connection }: Session): Promise<void> {
    try {
      const within = AbortSignal.timeout(KILL_WITHIN_MS)
      const own = await connect(this.#place, within)
      await asked(own, `KILL QUERY ${threadId}`, within).finally(() => hangUp(own))
    } catch {
      // Nobody answers, or the statement ended by itself: cutting its connection is all that is left.
    }
    hangUp(connection)
  }
}

const NOBODY: Taker = { begin: () => undefined, row: () => undefined }
