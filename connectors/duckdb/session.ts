import type { DuckDBConnection, DuckDBValue } from '@duckdb/node-api'

/** Our own statements on one connection: loading and book-keeping, never a client's query. */
export class Session {
  readonly connection: DuckDBConnection
  readonly #running = new Set<Promise<unknown>>()

  constructor(connection: DuckDBConnection) {
    this.connection = connection
  }

  /** @returns Rows changed. @throws The engine's own errors. */
  async run(sql: string, params: readonly DuckDBValue[] = []): Promise<number> {
    return (await this.#counted(this.connection.run(sql, [...params]))).rowsChanged
  }

  /** @returns Rows as objects: 64-bit integers as `bigint`, decimals and times as the driver's values. @throws The engine's own errors. */
  async rows<Row>(sql: string, params: readonly DuckDBValue[] = []): Promise<Row[]> {
    return (await this.#counted(this.connection.runAndReadAll(sql, [...params]))).getRowObjects() as Row[]
  }

  /** Waits for the statements that run: the engine's client crashes where a connection is closed under one. */
  async close(): Promise<void> {
    while (this.#running.size > 0) await Promise.allSettled(this.#running)
    this.connection.closeSync()
  }

  async #counted<T>(statement: Promise<T>): Promise<T> {
    this.#running.add(statement)
    try {
      return await statement
    } finally {
      this.#running.delete(statement)
    }
  }
}
