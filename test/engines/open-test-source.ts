import type { QuerySource, Statement } from '../../connectors/contract.ts'
import type { Row } from '../oracle/row-test.ts'

/** Types of columns as DuckDB writes them; other engines take their nearest. */
export type ColumnType = 'VARCHAR' | 'BIGINT' | 'DECIMAL(12,2)' | 'DOUBLE' | 'BOOLEAN' | 'DATE' | 'TIMESTAMP' | 'TIMESTAMPTZ'
export type Columns = Readonly<Record<string, ColumnType>>

export interface TableSpec {
  readonly columns: Columns
  /** Rows to insert, or a query in DuckDB's SQL that yields the columns in order. */
  readonly rows: readonly Row[] | string
}

export interface TestSource extends QuerySource {
  /** Every statement run, in order. */
  readonly statements: Statement[]
  readonly rowsReadOf: number[]
  /** Moving it makes all that was read outdated. */
  version: string
  watermarks: Map<string, number>
  /** Runs SQL of a test's own. */
  run(sql: string): Promise<void>
  /** Keeps what a statement yields as a table of the names given; only DuckDB does. */
  keep?(table: string, statement: Statement, columnNames: readonly string[]): Promise<void>
  /** Lets the engine plan a statement without running it; rejects where it cannot. */
  explain(statement: Statement): Promise<void>
  /** The rows of a table as the oracle wants them. */
  rows(table: string): Promise<readonly Row[]>
}

/** The engines that property tests and goldens run on, one project of the test runner each. */
export const ENGINES = ['duckdb', 'postgres', 'mariadb', 'clickhouse', 'bigquery', 'snowflake', 'mongodb'] as const
export type EngineName = (typeof ENGINES)[number]

export const ENGINE: EngineName = ENGINES.find((name) => name === process.env['KPIQL_TEST_ENGINE']) ?? 'duckdb'

/** Whether the engine's own profile says how many rows a statement read, and a test may count on it. */
export const TELLS_ROWS_READ = ENGINE === 'duckdb' || ENGINE === 'clickhouse'

/** ClickHouse counts the rows of lists that are spelled out and of results it keeps, too: a small table's are lost among them. */
export const COUNTS_TABLES_ONLY = ENGINE === 'duckdb'

/**
 * A source with tables made for a test, in the engine that the project of the test runner names.
 *
 * @param rowGroupSize rows of one block, the smallest unit the engine skips; small ones let a small table behave like a large one. Only DuckDB has them.
 */
export async function openTestSource(name: string, tables: Readonly<Record<string, TableSpec>>, rowGroupSize?: number): Promise<TestSource> {
  switch (ENGINE) {
    case 'duckdb':
      return (await import('./duckdb.ts')).openDuckdbSource(name, tables, rowGroupSize)
    case 'postgres':
      return (await import('./postgres.ts')).openPostgresSource(name, tables)
    case 'mariadb':
      return (await import('./mariadb.ts')).openMariadbSource(name, tables)
    case 'clickhouse':
      return (await import('./clickhouse.ts')).openClickhouseSource(name, tables)
    case 'mongodb':
      return (await import('./mongodb.ts')).openMongodbSource(name, tables)
    case 'bigquery':
    case 'snowflake':
      return (await import('./warehouses.ts')).openWarehouseSource(ENGINE, name, tables, rowGroupSize)
  }
}
