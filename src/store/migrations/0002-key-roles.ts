import type { Kysely } from 'kysely'

/** API keys have a role; those that were made before read only. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema.alterTable('api_keys').addColumn('role', 'text', (column) => column.notNull().defaultTo('viewer')).execute()
}
