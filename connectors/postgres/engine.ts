import { KpiqlError } from '../../src/base/errors.ts'
import { postgresDialect } from '../../src/sql/dialects/postgres.ts'
import type { Statement, TableInfo, TableStatistics } from '../contract.ts'
import type { RunCost, RunOptions, SqlEngine } from '../sql-kit/engine.ts'
import type { RowSink } from '../sql-kit/row-sink.ts'
import { hiddenTables, readTables, type Ask } from './catalogue.ts'
import { addressOf } from './connection-string.ts'
import type { PostgresOptions } from './options.ts'
import { runStatement } from './run-statement.ts'
import { Sessions } from './sessions.ts'
import { readStatistics } from './statistics.ts'
import { translateError } from './translate-error.ts'
import { readVersions } from './versions.ts'

const SHOWN_HIDDEN = 5
const MOST_PARAMS = 65_535

/** PostgreSQL behind its driver `pg`. */
export class PostgresEngine implements SqlEngine {
  readonly dialect = postgresDialect
  readonly cancels = true
  readonly byRow = true
  readonly #source: string
  readonly #schema: string
  readonly #sessions: Sessions

  constructor(source: string, options: PostgresOptions) {
    this.#source = source
    this.#schema = options.schema
    this.#sessions = new Sessions({ ...options, source, address: addressOf(options) })
  }

  async run(statement: Statement, sink: RowSink, { signal }: RunOptions): Promise<RunCost> {
    // The protocol counts them in 16 bits, and the driver would send the rest of a larger number.
    if (statement.params.length > MOST_PARAMS) {
      throw new KpiqlError('SOURCE_FAILED', { message: `A statement for source "${this.#source}" binds ${statement.params.length} values; the server takes ${MOST_PARAMS}.`, hint: 'Ask for fewer slices at once, or for shorter lists of values.' })
    }
    await this.#sessions.within(signal, (session) => runStatement(session, statement, sink, signal))
    return { rowsRead: null }
  }

  tables(signal: AbortSignal): Promise<readonly TableInfo[]> {
    return readTables(this.#asking(signal), this.#schema)
  }

  versions(tables: readonly string[], signal: AbortSignal): Promise<ReadonlyMap<string, string>> {
    return readVersions(this.#asking(signal), this.#schema, tables)
  }

  statistics(table: TableInfo, signal: AbortSignal): Promise<TableStatistics> {
    return readStatistics(this.#asking(signal), this.#schema, table)
  }

  async hello(signal: AbortSignal): Promise<string> {
    const ask = this.#asking(signal)
    const [[version] = []] = await ask("SELECT current_setting('server_version')")
    const name = `PostgreSQL ${String(version).split(' ')[0]}`
    const hidden = await hiddenTables(ask, this.#schema)
    if (hidden.length === 0) return name
    const shown = hidden.length > SHOWN_HIDDEN ? `${hidden.slice(0, SHOWN_HIDDEN).join(', ')} and ${hidden.length - SHOWN_HIDDEN} more` : hidden.join(', ')
    return `${name}, whose user lacks the permission to read ${shown},`
  }

  translate(error: unknown): KpiqlError {
    return translateError(error, this.#source)
  }

  close(): Promise<void> {
    return this.#sessions.close()
  }

  #asking(signal: AbortSignal): Ask {
    return async (text, ...params) => {
      const rows: (readonly (string | null)[])[] = []
      const keep = { begin: () => undefined, row: (cells: readonly (string | null)[]) => void rows.push([...cells]) }
      await this.#sessions.within(signal, (session) => runStatement(session, { text, params: params.map((value) => ({ value })) }, keep, signal))
      return rows
    }
  }
}
