import type { DuckDBConnection, DuckDBValue } from '@duckdb/node-api'

/** Our own statements on one connection: loading and book-keeping, never a client's query. */
export class Session {
  readonly connection: DuckDBConnection

  constructor(connection: DuckDBConnection) {
    this.connection = connection
  }

  /** @returns Rows changed. @throws The engine's own errors. */
  async run(sql: string, params: readonly DuckDBValue[] = []): Promise<number> {
    const result = await this.connection.run(sql, [...params])
    return result.rowsChanged
  }

  /** @returns Rows as objects: 64-bit integers as `bigint`, decimals and times as the driver's values. @throws The engine's own errors. */
  async rows<Row>(sql: string, params: readonly DuckDBValue[] = []): Promise<Row[]> {
    const reader = await this.connection.runAndReadAll(sql, [...params])
    return reader.getRowObjects() as Row[]
  }
}
