import type { Kysely } from 'kysely'
import { sql } from 'kysely'

/** What was read of sources, by day and shape. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('query_log')
    .addColumn('day', 'text', (column) => column.notNull())
    .addColumn('shape', 'text', (column) => column.notNull())
    .addColumn('rollup', 'text', (column) => column.notNull())
    .addColumn('detail', 'text', (column) => column.notNull())
    .addColumn('reads', 'integer', (column) => column.notNull())
    .addColumn('rows', 'real')
    .addColumn('ms', 'real', (column) => column.notNull())
    .addColumn('last_ms', 'integer', (column) => column.notNull())
    .addPrimaryKeyConstraint('query_log_key', ['day', 'shape', 'rollup'])
    .modifyEnd(sql`without rowid`)
    .execute()
}
