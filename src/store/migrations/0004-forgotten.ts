import type { Kysely } from 'kysely'

/** Who asked to be forgotten, as keyed hashes. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('forgotten')
    .addColumn('hash', 'text', (column) => column.primaryKey())
    .addColumn('created_at', 'text', (column) => column.notNull())
    .execute()
}
