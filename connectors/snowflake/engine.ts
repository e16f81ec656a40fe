import { KpiqlError } from '../../src/base/errors.ts'
import type { Dialect } from '../../src/sql/dialect.ts'
import { snowflakeDialect } from '../../src/sql/dialects/snowflake.ts'
import type { Statement, TableInfo, TableStatistics } from '../contract.ts'
import type { RunCost, RunOptions, SqlEngine } from '../sql-kit/engine.ts'
import type { RowSink } from '../sql-kit/row-sink.ts'
import { knownOf, timeBounds, timesOf } from '../sql-kit/time-bounds.ts'
import { readTables, type TableFacts } from './list-tables.ts'
import type { SnowflakeOptions } from './options.ts'
import { Session } from './session.ts'
import { translateError } from './translate-error.ts'

export class SnowflakeEngine implements SqlEngine {
  readonly dialect: Dialect = snowflakeDialect
  readonly cancels = true
  readonly #source: string
  readonly #options: SnowflakeOptions
  readonly #session: Session
  /** As of the last list of tables. */
  #facts: ReadonlyMap<string, TableFacts> = new Map()

  constructor(source: string, options: SnowflakeOptions) {
    this.#source = source
    this.#options = options
    this.#session = new Session(source, options)
  }

  async run(statement: Statement, sink: RowSink, { signal }: RunOptions): Promise<RunCost> {
    await this.#session.run(statement, sink, signal)
    return { rowsRead: null }
  }

  async tables(signal: AbortSignal): Promise<readonly TableInfo[]> {
    this.#facts = await readTables(this.#session, this.#options.schema, signal)
    return [...this.#facts.values()].map(({ info }) => info)
  }

  /** `tables` has just asked for all that tells them: both are one look. */
  versions(tables: readonly string[]): Promise<ReadonlyMap<string, string>> {
    const versions = tables.flatMap((name): readonly (readonly [string, string])[] => {
      const facts = this.#facts.get(name)
      return facts?.isTable === true && facts.lastAltered !== null ? [[name, `altered ${facts.lastAltered}, ${facts.rows ?? '?'} rows`]] : []
    })
    return Promise.resolve(new Map(versions))
  }

  async statistics(table: TableInfo, signal: AbortSignal): Promise<TableStatistics> {
    const rows = this.#facts.get(table.name)?.rows ?? null
    if (rows !== null && (rows === 0 || timesOf(table).length === 0)) return knownOf(table, rows)
    const { statement, sink, statistics } = timeBounds(snowflakeDialect, this.#source, table)
    await this.#session.run(statement, sink, signal)
    return statistics(rows)
  }

  /** Signing in says nothing of a database, schema or warehouse that is not there: the session just has none. */
  async hello(signal: AbortSignal): Promise<string> {
    const [row] = await this.#session.rows('SELECT CURRENT_VERSION() AS version, CURRENT_DATABASE() AS database_name, CURRENT_SCHEMA() AS schema_name, CURRENT_WAREHOUSE() AS warehouse_name', [], signal)
    const missing = (['database', 'schema', 'warehouse'] as const).find((what) => (row?.[`${what}_name`] ?? null) === null)
    if (missing !== undefined) {
      throw new KpiqlError('SOURCE_FAILED', { message: `Snowflake has no such ${missing} for source "${this.#source}", or its role may not use it.`, hint: `Check \`${missing}\` and \`role\` of the source; grant the role USAGE on it.` })
    }
    return `Snowflake ${row?.['version'] ?? ''}`.trim()
  }

  translate(error: unknown): KpiqlError {
    return translateError(error, this.#source)
  }

  close(): Promise<void> {
    return this.#session.close()
  }
}
