import { sql } from 'kysely'
import type { StoreFiles } from './store-files.ts'

/** Something that was observed, under a name of its own. */
export interface ObservedRecord {
  readonly key: string
  readonly asked: number
  readonly figure: number
}

const MOST_ROWS = 5_000

/** What statements were seen to find and to take. Holds names of the model and figures, nothing of the data or of who asked. */
export class ObservedRecords {
  readonly #files: StoreFiles
  readonly #mostRows: number

  constructor(files: StoreFiles, mostRows = MOST_ROWS) {
    this.#files = files
    this.#mostRows = mostRows
  }

  /** Takes the place of what was known under the same keys; what nobody observed for longest goes first. */
  async put(records: readonly ObservedRecord[], nowUtcMs: number): Promise<void> {
    await this.#files.write(async (writer) => {
      for (const { key, asked, figure } of records) {
        await writer
          .insertInto('observed')
          .values({ key, asked, figure, last_ms: nowUtcMs })
          .onConflict((conflict) => conflict.column('key').doUpdateSet({ asked, figure, last_ms: nowUtcMs }))
          .execute()
      }
      await sql`DELETE FROM observed WHERE key IN (SELECT key FROM observed ORDER BY last_ms DESC, key LIMIT -1 OFFSET ${this.#mostRows})`.execute(writer)
    })
  }

  /** The latest last. */
  async all(): Promise<readonly ObservedRecord[]> {
    return this.#files.read.selectFrom('observed').select(['key', 'asked', 'figure']).orderBy('last_ms').orderBy('key').execute()
  }
}
