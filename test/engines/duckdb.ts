import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import type { ColumnInfo, ColumnStatistics, QueryOptions, QueryResult, Statement, TableInfo, TableStatistics } from '../../connectors/contract.ts'
import { bindAll, runStatement } from '../../connectors/duckdb/run-statement.ts'
import { OWN_BITS, slotBudget } from '../../connectors/duckdb/slot-budget.ts'
import { duckdbDialect } from '../../src/sql/dialects/duckdb.ts'
import type { Cell, Row } from '../oracle/row-test.ts'
import { rememberingTrees } from '../sql/tree-of-statement.ts'
import type { Columns, ColumnType, TableSpec, TestSource } from './open-test-source.ts'

const KINDS: Readonly<Record<ColumnType, ColumnInfo['kind']>> = {
  VARCHAR: 'text',
  BIGINT: 'integer',
  'DECIMAL(12,2)': 'decimal',
  DOUBLE: 'float',
  BOOLEAN: 'boolean',
  DATE: 'date',
  TIMESTAMP: 'timestamp',
  TIMESTAMPTZ: 'timestamp',
}

/**
 * DuckDB in memory with tables made for a test. Rows read come from the engine's profile.
 *
 * @param rowGroupSize rows of one block, the smallest unit the engine skips; small ones let a small table behave like a large one.
 */
export async function openDuckdbSource(name: string, tables: Readonly<Record<string, TableSpec>>, rowGroupSize?: number): Promise<TestSource> {
  const folder = mkdtempSync(join(tmpdir(), 'kpiql-oracle-'))
  const instance = await DuckDBInstance.create(':memory:', { threads: '2' })
  const connection = await instance.connect()
  const profileFile = join(folder, 'profile.json')
  if (rowGroupSize !== undefined) await connection.run(`ATTACH '${join(folder, 'data.duckdb')}' AS data (ROW_GROUP_SIZE ${rowGroupSize}); USE data`)
  await connection.run("SET TimeZone = 'UTC'")
  const statistics = new Map<string, TableStatistics>()
  for (const [table, { columns, rows }] of Object.entries(tables)) {
    await connection.run(`CREATE TABLE "${table}" (${Object.entries(columns).map(([column, type]) => `"${column}" ${type}`).join(', ')})`)
    if (typeof rows === 'string') await connection.run(`INSERT INTO "${table}" ${rows}`)
    else if (rows.length > 0) await connection.run(`INSERT INTO "${table}" VALUES ${rows.map((row) => `(${Object.entries(columns).map(([column, type]) => literal(row[column] ?? null, type)).join(', ')})`).join(', ')}`)
  }
  if (rowGroupSize !== undefined) await connection.run('CHECKPOINT data')
  for (const [table, { columns }] of Object.entries(tables)) statistics.set(table, await readStatistics(table, columns))
  await connection.run("SET enable_profiling = 'json'")
  await connection.run(`SET profiling_output = '${profileFile}'`)
  const lent = { connection, profileFile, slots: await slotBudget(connection), slotBits: OWN_BITS, catalog: null }

  async function readStatistics(table: string, columns: Columns): Promise<TableStatistics> {
    const names = Object.keys(columns)
    const list = names.map((column) => `count(DISTINCT "${column}"), CAST(min("${column}") AS VARCHAR), CAST(max("${column}") AS VARCHAR), count(*) - count("${column}")`)
    const reader = await connection.runAndReadAll(`SELECT count(*), ${list.join(', ')} FROM "${table}"`)
    const [row = []] = reader.getRows()
    const ofColumn = (column: string, index: number): [string, ColumnStatistics] => {
      const at = (offset: number): unknown => row[1 + index * 4 + offset] ?? null
      const bound = (value: unknown): string | null => {
        if (value === null || columns[column] === 'VARCHAR') return null
        const text = String(value)
        return /^\d{4}-\d\d-\d\d \d\d/.test(text) ? `${text.slice(0, 19).replace(' ', 'T')}Z` : text
      }
      return [column, { distinct: Number(at(0)), min: bound(at(1)), max: bound(at(2)), hasNulls: Number(at(3)) > 0 }]
    }
    return { rows: Number(row[0] ?? 0), columns: Object.fromEntries(names.map(ofColumn)) }
  }

  // One connection runs one statement at a time.
  let last: Promise<unknown> = Promise.resolve()
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const next = last.then(work, work)
    last = next
    return next
  }

  const source: TestSource = {
    name,
    dialect: rememberingTrees(duckdbDialect),
    can: { snapshot: true, cancel: true, maxConcurrent: 1 },
    statements: [],
    rowsReadOf: [],
    version: '1',
    watermarks: new Map(),
    test: () => Promise.resolve({ ok: true, message: 'ready' }),
    discover: () => Promise.resolve(Object.entries(tables).map(([table, { columns }]): TableInfo => ({ name: table, columns: Object.entries(columns).map(columnInfo), primaryKey: [] }))),
    query: (statement: Statement, options: QueryOptions = {}): Promise<QueryResult> =>
      inTurn(async () => {
        source.statements.push(statement)
        const result = await runStatement(lent, statement, options, name)
        source.rowsReadOf.push(result.rowsRead ?? 0)
        return result
      }),
    dataVersion: () => Promise.resolve(source.version),
    statistics: (table) => Promise.resolve(statistics.get(table) ?? { rows: 0, columns: {} }),
    quarantine: () => Promise.resolve({ total: 0, entries: [], truncated: false }),
    watermark: (table) => Promise.resolve(source.watermarks.get(table) ?? null),
    close: async () => {
      await last.catch(() => undefined)
      connection.closeSync()
      instance.closeSync()
      rmSync(folder, { recursive: true, force: true })
    },
    run: (sql) => inTurn(async () => void (await connection.run(sql))),
    keep: (table, { text, params }, columnNames) =>
      inTurn(async () => {
        const prepared = await connection.prepare(`CREATE TABLE "${table}" AS SELECT * FROM (${text}) AS kept(${columnNames.map((one) => `"${one}"`).join(', ')})`)
        bindAll(prepared, params)
        await prepared.run()
        prepared.destroySync()
      }),
    explain: ({ text, params }) => inTurn(async () => void (await runStatement(lent, { text: `EXPLAIN ${text}`, params, columns: ['text', 'text'] }, {}, name))),
    rows: (table) =>
      inTurn(async () => {
        const columns = tables[table]?.columns ?? {}
        const shown = Object.entries(columns).map(([column, type]) => (type === 'DOUBLE' || type === 'BOOLEAN' ? `"${column}"` : type === 'BIGINT' ? `CAST("${column}" AS DOUBLE) AS "${column}"` : `CAST("${column}" AS VARCHAR) AS "${column}"`))
        const reader = await connection.runAndReadAll(`SELECT ${shown.join(', ')} FROM "${table}"`)
        return reader.getRowObjects() as unknown as readonly Row[]
      }),
  }
  return source
}

function columnInfo([name, type]: [string, ColumnType]): ColumnInfo {
  return { name, nativeType: type, kind: KINDS[type], nullable: true, ...(KINDS[type] === 'timestamp' ? { zoned: type === 'TIMESTAMPTZ' } : {}) }
}

function literal(cell: Cell, type: ColumnType): string {
  if (cell === null) return 'NULL'
  if (typeof cell === 'boolean' || typeof cell === 'number') return String(cell)
  return `'${cell.replaceAll("'", "''")}${type === 'TIMESTAMPTZ' ? '+00' : ''}'`
}
