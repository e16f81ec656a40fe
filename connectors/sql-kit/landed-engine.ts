import type { KpiqlError } from '../../src/base/errors.ts'
import type { Dialect } from '../../src/sql/dialect.ts'
import type { Statement, TableInfo, TableStatistics } from '../contract.ts'
import type { RunCost, RunOptions, SqlEngine } from './engine.ts'
import type { RowSink } from './row-sink.ts'

/** What is known of a landed table beside what the database tells of it. */
export interface LandedSign {
  /** Another text with every commit that changed the table, and only then. */
  readonly version: string
  readonly key: readonly string[]
}

/** An engine that shows the tables which were landed, and nothing else that lies beside them. */
export class LandedEngine implements SqlEngine {
  readonly dialect: Dialect
  readonly cancels: boolean
  readonly #engine: SqlEngine
  readonly #signs: (signal: AbortSignal) => Promise<ReadonlyMap<string, LandedSign>>
  #seen: ReadonlyMap<string, LandedSign> = new Map()

  constructor(engine: SqlEngine, signs: (signal: AbortSignal) => Promise<ReadonlyMap<string, LandedSign>>) {
    this.dialect = engine.dialect
    this.cancels = engine.cancels
    this.#engine = engine
    this.#signs = signs
  }

  run(statement: Statement, sink: RowSink, options: RunOptions): Promise<RunCost> {
    return this.#engine.run(statement, sink, options)
  }

  async tables(signal: AbortSignal): Promise<readonly TableInfo[]> {
    const signs = await this.#signs(signal)
    this.#seen = signs
    if (signs.size === 0) return []
    return (await this.#engine.tables(signal)).flatMap((table) => {
      const sign = signs.get(table.name)
      return sign === undefined ? [] : [{ ...table, primaryKey: sign.key }]
    })
  }

  /** As `tables` has just found them: rows that were read since then are of these versions or of later ones. */
  versions(tables: readonly string[]): Promise<ReadonlyMap<string, string>> {
    return Promise.resolve(
      new Map(
        tables.flatMap((name) => {
          const sign = this.#seen.get(name)
          return sign === undefined ? [] : [[name, sign.version] as const]
        }),
      ),
    )
  }

  statistics(table: TableInfo, signal: AbortSignal): Promise<TableStatistics> {
    return this.#engine.statistics(table, signal)
  }

  hello(signal: AbortSignal): Promise<string> {
    return this.#engine.hello(signal)
  }

  translate(error: unknown): KpiqlError {
    return this.#engine.translate(error)
  }

  close(): Promise<void> {
    return this.#engine.close()
  }
}
