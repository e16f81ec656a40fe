import type { BigQuery } from '@google-cloud/bigquery'
import type { KpiqlError } from '../../src/base/errors.ts'
import type { Dialect } from '../../src/sql/dialect.ts'
import { bigqueryDialect } from '../../src/sql/dialects/bigquery.ts'
import type { ConnectorLog, Statement, TableInfo, TableStatistics } from '../contract.ts'
import type { RunCost, RunOptions, SqlEngine } from '../sql-kit/engine.ts'
import type { RowSink } from '../sql-kit/row-sink.ts'
import { openClient } from './client.ts'
import { readDataset, readTables, tableInfoOf, versionOf, type DatasetAsked, type TableResource } from './list-tables.ts'
import type { BigqueryOptions } from './options.ts'
import { readStatistics } from './read-statistics.ts'
import { estimateBytes, runQuery, type QueryPlace } from './run-query.ts'
import { translateError } from './translate-error.ts'

export class BigqueryEngine implements SqlEngine {
  readonly dialect: Dialect = bigqueryDialect
  readonly cancels = true
  readonly #source: string
  readonly #options: BigqueryOptions
  readonly #log: ConnectorLog
  #client: Promise<BigQuery> | null = null
  /** As of the last list of tables. */
  #resources: ReadonlyMap<string, TableResource> = new Map()

  constructor(source: string, options: BigqueryOptions, log: ConnectorLog) {
    this.#source = source
    this.#options = options
    this.#log = log
  }

  async run(statement: Statement, sink: RowSink, { signal }: RunOptions): Promise<RunCost> {
    const cost = await runQuery(await this.#place(signal), statement, sink)
    this.#log.debug({ source: this.#source, ...cost }, 'BigQuery ran a statement')
    return { rowsRead: null }
  }

  async tables(signal: AbortSignal): Promise<readonly TableInfo[]> {
    const found = await readTables(await this.#asked(signal))
    this.#resources = new Map(found.map((resource) => [resource.tableReference.tableId, resource]))
    return found.map(tableInfoOf)
  }

  /** `tables` has just asked for all that tells them: both are one look. */
  versions(tables: readonly string[]): Promise<ReadonlyMap<string, string>> {
    const versions = new Map<string, string>()
    for (const name of tables) {
      const resource = this.#resources.get(name)
      const version = resource === undefined ? null : versionOf(resource)
      if (version !== null) versions.set(name, version)
    }
    return Promise.resolve(versions)
  }

  async statistics(table: TableInfo, signal: AbortSignal): Promise<TableStatistics> {
    return readStatistics(await this.#place(signal), table, this.#resources.get(table.name))
  }

  /** Shows that the dataset is there, and that jobs may be run and paid for; both for nothing. */
  async hello(signal: AbortSignal): Promise<string> {
    const { location } = await readDataset(await this.#asked(signal))
    await estimateBytes(await this.#place(signal), { text: 'SELECT 1', params: [], columns: ['integer'] })
    return location === undefined ? 'BigQuery' : `BigQuery in ${location}`
  }

  translate(error: unknown): KpiqlError {
    return translateError(error, { source: this.#source, maximumBytesBilled: this.#options.maximumBytesBilled })
  }

  /** Requests stand alone: there is no connection to close. */
  close(): Promise<void> {
    this.#client = null
    return Promise.resolve()
  }

  async #asked(signal: AbortSignal): Promise<DatasetAsked> {
    this.#client ??= openClient(this.#options)
    return { client: await this.#client, options: this.#options, signal }
  }

  async #place(signal: AbortSignal): Promise<QueryPlace> {
    return { ...(await this.#asked(signal)), source: this.#source }
  }
}
