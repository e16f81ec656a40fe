import type { Kysely } from 'kysely'
import { sql } from 'kysely'

/** What statements were seen to find and to take, for the choice between forms. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('observed')
    .addColumn('key', 'text', (column) => column.primaryKey())
    .addColumn('asked', 'integer', (column) => column.notNull())
    .addColumn('figure', 'real', (column) => column.notNull())
    .addColumn('last_ms', 'integer', (column) => column.notNull())
    .modifyEnd(sql`without rowid`)
    .execute()
}
