import type { Json, ReadRequest, Stream, SyncPage, SyncRecord, TableWrite } from '../../connectors/sync-contract.ts'

/** Landed tables in memory: rows by key, in the order in which they came first. */
export class Collected {
  readonly #tables = new Map<string, { readonly key: readonly string[]; readonly rows: Map<string, SyncRecord> }>()
  cursor: Json = null
  /** All pages, in order. */
  readonly pages: SyncPage[] = []

  rows(table: string): readonly SyncRecord[] {
    return [...(this.#tables.get(table)?.rows.values() ?? [])]
  }

  declare({ tables }: Stream): void {
    for (const { name, key } of tables) if (!this.#tables.has(name)) this.#tables.set(name, { key, rows: new Map() })
  }

  /** Reads a stream from where the last reading ended, and applies what it writes; `pages` cuts it off as a kill would. */
  async read(stream: Stream, request: Partial<ReadRequest> & Pick<ReadRequest, 'nowUtcMs'>, pages = Infinity): Promise<readonly SyncPage[]> {
    this.declare(stream)
    const read: SyncPage[] = []
    if (pages <= 0) return read
    for await (const page of stream.read({ sinceUtcMs: null, signal: new AbortController().signal, cursor: this.cursor, ...request })) {
      for (const write of page.writes) this.#apply(write)
      // As a commit does: what does not survive JSON is no cursor.
      this.cursor = JSON.parse(JSON.stringify(page.cursor)) as Json
      this.pages.push(page)
      if (read.push(page) >= pages) break
    }
    return read
  }

  /** Applies what a webhook brought, of streams that are declared. */
  apply(writes: readonly TableWrite[]): void {
    for (const write of writes) this.#apply(write)
  }

  #apply(write: TableWrite): void {
    const table = this.#tables.get(write.table)
    if (!table) throw new Error(`No stream declares the table ${write.table}.`)
    const keyOf = (record: SyncRecord): string => JSON.stringify(table.key.map((column) => String(record[column])))
    if (write.kind === 'delete') for (const values of write.keys) table.rows.delete(JSON.stringify(values.map(String)))
    else {
      if (write.kind === 'replace') {
        const gone = new Set(write.where.values.map(String))
        for (const [key, row] of table.rows) if (gone.has(String(row[write.where.column]))) table.rows.delete(key)
      }
      for (const record of write.records) {
        for (const column of table.key) if (record[column] === null || record[column] === undefined) throw new Error(`A record of ${write.table} has no ${column}.`)
        table.rows.set(keyOf(record), record)
      }
    }
  }
}
