import { sql } from 'kysely'
import type { Kysely } from 'kysely'

/** Cohorts that are sent: what each destination was told of whom, and how each run went. */
export async function up(db: Kysely<unknown>): Promise<void> {
  const { schema } = db
  await schema
    .createTable('activation_audiences')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('destination', 'text', (column) => column.notNull())
    .addColumn('cohort', 'text', (column) => column.notNull())
    .addColumn('entity', 'text', (column) => column.notNull())
    .addColumn('runs', 'integer', (column) => column.notNull())
    .addUniqueConstraint('activation_audiences_key', ['destination', 'cohort', 'entity'])
    .execute()
  await schema
    .createTable('activation_members')
    .addColumn('audience_id', 'text', (column) => column.notNull().references('activation_audiences.id').onDelete('cascade'))
    .addColumn('member', 'text', (column) => column.notNull())
    .addColumn('told', 'text', (column) => column.notNull())
    .addColumn('pending', 'text')
    .addColumn('number', 'integer')
    .addColumn('reason', 'text')
    .addPrimaryKeyConstraint('activation_members_key', ['audience_id', 'member'])
    .modifyEnd(sql`without rowid`)
    .execute()
  await sql`CREATE INDEX activation_members_pending ON activation_members (audience_id, member) WHERE pending IS NOT NULL`.execute(db)
  await schema
    .createTable('activation_reports')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('destination', 'text', (column) => column.notNull())
    .addColumn('cohort', 'text', (column) => column.notNull())
    .addColumn('state', 'text', (column) => column.notNull())
    .addColumn('owner', 'text', (column) => column.notNull())
    .addColumn('alive_until', 'integer', (column) => column.notNull())
    .addColumn('report', 'text', (column) => column.notNull())
    .execute()
}
