import { setImmediate as nextTurn } from 'node:timers/promises'
import { DuckDBDateValue, DuckDBDecimalValue } from '@duckdb/node-api'
import type { DuckDBAppender } from '@duckdb/node-api'
import { parseDecimal } from '../../src/base/decimal-number.ts'
import type { FedColumn, FedTable, QuarantineReport, TableFeed } from '../contract.ts'
import { columnInfo } from './column-info.ts'
import type { Contents, Look, ReadableTable } from './contents.ts'
import type { Engine } from './engine.ts'
import { quoteName } from './sql-text.ts'
import { loadedStatistics } from './statistics.ts'

const WHOLE_DIGITS = 18
const ROWS_A_TURN = 5000
const DAY_MS = 86_400_000

/** Tables that the gateway hands over. One whose rows did not change is not written again. */
export class FedContents implements Contents {
  private readonly feed: TableFeed
  private readonly engine: Engine
  private readonly loaded = new Map<string, ReadableTable>()
  /** Tables of the engine that still hold rows. */
  private readonly physical = new Set<string>()
  private last: { readonly version: string; readonly look: Look } | null = null
  private count = 0

  constructor(feed: TableFeed, engine: Engine) {
    this.feed = feed
    this.engine = engine
  }

  async isBehind(look: Look): Promise<boolean> {
    return this.last?.look !== look || (await this.feed.version()) !== this.last.version
  }

  async refresh(signal: AbortSignal): Promise<Look> {
    if (this.last && (await this.feed.version()) === this.last.version) return this.last.look
    const { version, tables } = await this.feed.read()
    for (const table of tables) {
      signal.throwIfAborted()
      if (this.loaded.get(table.name)?.version !== table.version) this.loaded.set(table.name, await this.load(table))
    }
    const look = { tables: new Map(tables.flatMap(({ name }) => [...this.loaded].filter(([loaded]) => loaded === name))), problems: [] }
    this.last = { version, look }
    return look
  }

  quarantine(): Promise<QuarantineReport> {
    return Promise.resolve({ total: 0, entries: [], truncated: false })
  }

  async retire(visible: ReadonlySet<string>): Promise<void> {
    for (const target of this.physical) {
      if (visible.has(target)) continue
      await this.engine.loader.run(`DROP TABLE ${target}`)
      this.physical.delete(target)
    }
  }

  private async load({ name, version, columns, key, rows }: FedTable): Promise<ReadableTable> {
    const { loader, catalog } = this.engine
    const physical = `${name}__${++this.count}`
    const target = `${quoteName(catalog)}.main.${quoteName(physical)}`
    await loader.run(`CREATE TABLE ${target} (${columns.map((column) => `${quoteName(column.name)} ${nativeType(column)}${column.nullable ? '' : ' NOT NULL'}`).join(', ')})`)
    this.physical.add(target)
    const appender = await loader.connection.createAppender(physical, 'main', catalog)
    try {
      for (const [at, row] of rows.entries()) {
        // Requests are answered between: a hundred thousand rows take most of a second.
        if (at > 0 && at % ROWS_A_TURN === 0) await nextTurn()
        for (const [index, column] of columns.entries()) append(appender, column, row[index] ?? null)
        appender.endRow()
      }
    } finally {
      appender.closeSync()
    }
    const statistics = await loadedStatistics(loader, physical, rows.length, columns.map((column) => ({ name: column.name, unique: column.name === key })))
    return {
      name,
      target,
      version: `${name}:${version}`,
      info: { name, columns: columns.map((column) => columnInfo(column.name, nativeType(column), column.nullable)), primaryKey: [key] },
      rows: rows.length,
      newestFileMs: null,
      statistics: () => Promise.resolve(statistics),
    }
  }
}

function nativeType(column: FedColumn): string {
  if (column.kind === 'decimal') return `DECIMAL(${WHOLE_DIGITS + column.scale},${column.scale})`
  return column.kind === 'date' ? 'DATE' : 'VARCHAR'
}

function append(appender: DuckDBAppender, column: FedColumn, text: string | null): void {
  if (text === null) return appender.appendNull()
  switch (column.kind) {
    case 'text':
      return appender.appendVarchar(text)
    case 'date':
      return appender.appendDate(new DuckDBDateValue(Date.parse(`${text}T00:00:00Z`) / DAY_MS))
    case 'decimal': {
      const { units, scale } = parseDecimal(text)
      return appender.appendDecimal(new DuckDBDecimalValue(units * 10n ** BigInt(column.scale - scale), WHOLE_DIGITS + column.scale, column.scale))
    }
  }
}
