import { KpiqlError } from '../../src/base/errors.ts'
import type { ConnectorDeps } from '../contract.ts'
import type { KeptRollup, RollupHost, RollupMaker } from '../rollup-contract.ts'
import { SqlSource } from '../sql-kit/sql-source.ts'
import { ClickhouseEngine } from './engine.ts'
import type { AskRows } from './engine.ts'
import type { ClickhouseOptions } from './options.ts'
import { findRollups } from './rollup-book.ts'
import { ClickhouseRollupMaker } from './rollup-maker.ts'

/** A database of ClickHouse, with the rollups that its views keep up. */
export class ClickhouseSource extends SqlSource {
  readonly rollups: RollupHost & { readonly maker: RollupMaker }

  constructor(name: string, options: ClickhouseOptions, deps: ConnectorDeps) {
    const engine = new ClickhouseEngine(name, options)
    super(name, engine, options, deps)
    const ask = engine.asking(new AbortController().signal)
    const rows: AskRows = (sql, params) => ask(sql, params).catch((error: unknown) => Promise.reject(error instanceof KpiqlError ? error : engine.translate(error)))
    const maker = new ClickhouseRollupMaker({ source: name, options, rows, dataVersion: (tables) => this.dataVersion(tables, true) })
    const refused = (): Promise<never> => Promise.reject(new KpiqlError('NOT_SUPPORTED', { message: `Rollups of source "${name}" are made by: kpiql rollups apply` }))
    this.rollups = {
      maker,
      mayKeep: () => false,
      build: refused,
      drop: refused,
      list: async () =>
        Promise.all(
          (await findRollups(rows)).map(async ({ table, book, rows: count, bytes }): Promise<KeptRollup> => {
            // Before the look: what is changed between the two is of a later version.
            const version = await this.dataVersion([book.of], false)
            const dataVersion = (await maker.holdsAll({ book })) ? version : ''
            return { name: book.name, definition: book.definition, table, tables: [book.of], dataVersion, rows: count, bytes, builtUtcMs: book.builtUtcMs, buildMs: book.buildMs }
          }),
        ),
    }
  }
}
