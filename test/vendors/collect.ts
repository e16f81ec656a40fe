import { FullReadNeeded } from '../../connectors/sync-contract.ts'
import type { Json, ReadRequest, Stream, SyncPage, SyncRecord, TableWrite } from '../../connectors/sync-contract.ts'

interface Row {
  readonly record: SyncRecord
  readonly generation: number
}

/** Landed tables in memory: rows by key, in the order in which they came first. */
export class Collected {
  readonly #tables = new Map<string, { readonly key: readonly string[]; readonly rows: Map<string, Row> }>()
  #generation = 0
  cursor: Json = null
  /** All pages, in order. */
  readonly pages: SyncPage[] = []

  rows(table: string): readonly SyncRecord[] {
    return [...(this.#tables.get(table)?.rows.values() ?? [])].map(({ record }) => record)
  }

  declare({ tables }: Stream): void {
    for (const { name, key } of tables) if (!this.#tables.has(name)) this.#tables.set(name, { key, rows: new Map() })
  }

  /** Reads a stream from where the last reading ended, and applies what it writes; `pages` cuts it off as a kill would. */
  async read(stream: Stream, request: Partial<ReadRequest> & Pick<ReadRequest, 'nowUtcMs'>, pages = Infinity): Promise<readonly SyncPage[]> {
    this.declare(stream)
    const read: SyncPage[] = []
    if (pages <= 0) return read
    if (this.cursor === null) this.#generation++
    for await (const page of stream.read({ sinceUtcMs: null, signal: new AbortController().signal, cursor: this.cursor, ...request })) {
      for (const write of page.writes) this.#apply(write)
      // As a commit does: what does not survive JSON is no cursor.
      this.cursor = JSON.parse(JSON.stringify(page.cursor)) as Json
      this.pages.push(page)
      if (read.push(page) >= pages) break
    }
    return read
  }

  /** A whole sync: begins anew where the stream asks for it, and removes what a stream that shows all did not show. */
  async sync(stream: Stream, request: Partial<ReadRequest> & Pick<ReadRequest, 'nowUtcMs'>): Promise<readonly SyncPage[]> {
    let pages: readonly SyncPage[]
    try {
      pages = await this.read(stream, request)
    } catch (error) {
      if (!(error instanceof FullReadNeeded)) throw error
      this.cursor = null
      pages = await this.read(stream, request)
    }
    if (stream.showsAll) for (const { name } of stream.tables) this.#sweep(name)
    return pages
  }

  /** Applies what a webhook brought, of streams that are declared. */
  apply(writes: readonly TableWrite[]): void {
    for (const write of writes) this.#apply(write)
  }

  #sweep(name: string): void {
    const rows = this.#tables.get(name)?.rows
    for (const [key, { generation }] of rows ?? []) if (generation < this.#generation) rows?.delete(key)
  }

  #apply(write: TableWrite): void {
    const table = this.#tables.get(write.table)
    if (!table) throw new Error(`No stream declares the table ${write.table}.`)
    const keyOf = (record: SyncRecord): string => JSON.stringify(table.key.map((column) => String(record[column])))
    if (write.kind === 'delete') for (const values of write.keys) table.rows.delete(JSON.stringify(values.map(String)))
    else {
      if (write.kind === 'replace') {
        const gone = new Set(write.where.values.map(String))
        for (const [key, { record }] of table.rows) if (gone.has(String(record[write.where.column]))) table.rows.delete(key)
      }
      for (const record of write.records) {
        for (const column of table.key) if (record[column] === null || record[column] === undefined) throw new Error(`A record of ${write.table} has no ${column}.`)
        table.rows.set(keyOf(record), { record, generation: this.#generation })
      }
    }
  }
}
