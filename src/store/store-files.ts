import { closeSync, mkdirSync, openSync } from 'node:fs'
import { dirname } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { DatabaseSync } from 'node:sqlite'
import { Kysely, SqliteDialect } from 'kysely'
import type { SqliteDatabase } from 'kysely'
import { Migrator } from 'kysely/migration'
import { KpiqlError } from '../base/errors.ts'
import { cohortRows } from './cohort-rows.ts'
import type { CohortRows } from './cohort-rows.ts'
import { migrations } from './migrations/all.ts'
import { forKysely, openSqlite } from './sqlite.ts'
import { isBusy, storeError } from './store-error.ts'
import type { StoreReader, StoreTables, StoreWriter } from './tables.ts'

/** How long a writer waits for another. */
const LONGEST_WAIT_MS = 10_000
/** "KPIQ": tells our files from other programs'. */
const APPLICATION_ID = 0x4b504951

/** What is read as a whole again when it has changed. */
export type Revised = 'cost' | 'revenue' | 'cohorts'

/** The store's tables. Readers see what is committed, all of it or nothing; a writer never makes a reader wait. */
export interface StoreFiles {
  readonly read: StoreReader
  /** How often what has this name was changed, as of now, also while a reader's transaction stands still; some microseconds. */
  revision(name: Revised): number
  readonly cohorts: CohortRows
  /** One transaction after the other, also among several processes; what `work` throws undoes all of it. */
  write<Result>(work: (writer: StoreWriter) => Promise<Result>): Promise<Result>
  close(): Promise<void>
}

/**
 * Opens a store file, made where there is none, and brings its layout up to date.
 *
 * @throws KpiqlError `STORE_UNAVAILABLE` where it cannot be opened, written, or got hold of for ten seconds; `STORE_INVALID` for
 * a damaged file, one of a newer version, and one of another program.
 */
export async function openStoreFiles(file: string): Promise<StoreFiles> {
  create(file)
  const databases: DatabaseSync[] = []
  const opened = (readOnly: boolean): DatabaseSync => {
    const database = openSqlite(file, { readOnly })
    databases.push(database)
    return database
  }
  const closeAll = (): void => {
    for (const database of databases.splice(0)) if (database.isOpen) database.close()
  }
  const [writing, reading, watching] = await whenFree(async () => {
    try {
      const first = opened(false)
      await migrate(first)
      return [first, opened(true), opened(true)] as const
    } catch (error) {
      closeAll()
      throw error
    }
  })
  const revisions = watching.prepare('SELECT value FROM revisions WHERE name = ?')
  const writer = kyselyOver(forKysely(writing, { readOnly: false }))
  const read = kyselyOver(forKysely(reading, { readOnly: true }))
  return {
    read,
    cohorts: cohortRows(watching),
    revision(name) {
      try {
        return Number(revisions.get(name)?.['value'] ?? 0)
      } catch (error) {
        throw storeError(error)
      }
    },
    write: (work) => whenFree(() => writer.transaction().execute(work)),
    async close() {
      await Promise.all([read.destroy(), writer.destroy()])
      // Kysely closes only what it has used.
      closeAll()
    },
  }
}

function kyselyOver(database: SqliteDatabase): Kysely<StoreTables> {
  return new Kysely<StoreTables>({ dialect: new SqliteDialect({ database }) })
}

/** Costs and revenue are nobody's business but the gateway's user's. */
function create(file: string): void {
  try {
    mkdirSync(dirname(file), { recursive: true })
    closeSync(openSync(file, 'a', 0o600))
  } catch (error) {
    throw storeError(error)
  }
}

async function whenFree<Result>(work: () => Promise<Result>): Promise<Result> {
  const until = performance.now() + LONGEST_WAIT_MS
  for (;;) {
    try {
      return await work()
    } catch (error) {
      if (!isBusy(error) || performance.now() > until) throw error
      await delay(5 + Math.random() * 45)
    }
  }
}

/** All steps or none: two processes that start at once migrate one after the other. */
async function migrate(database: DatabaseSync): Promise<void> {
  try {
    database.exec('BEGIN IMMEDIATE')
    // The connection outlives this use of it.
    const db = kyselyOver({ ...forKysely(database, { readOnly: false }), close() {} })
    refuseForeign(database)
    const { error } = await new Migrator({ db, provider: { getMigrations: async () => ({ ...migrations }) } }).migrateToLatest()
    if (error !== undefined) throw error
    database.exec(`PRAGMA application_id = ${APPLICATION_ID}; COMMIT`)
    await db.destroy()
  } catch (error) {
    if (database.isTransaction) database.exec('ROLLBACK')
    throw storeError(error)
  }
}

function refuseForeign(database: DatabaseSync): void {
  const names = database.prepare("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'").all().map(({ name }) => String(name))
  if (names.length === 0) return
  const { application_id: id } = database.prepare('PRAGMA application_id').get() ?? {}
  if (id !== APPLICATION_ID) throw new KpiqlError('STORE_INVALID', { message: 'The file of the gateway’s store belongs to another program.', hint: 'Name another file as `store.path`.' })
  const done = database.prepare('SELECT name FROM kysely_migration').all().map(({ name }) => String(name))
  if (done.every((name) => Object.hasOwn(migrations, name))) return
  throw new KpiqlError('STORE_INVALID', { message: 'The gateway’s store was written by a newer version of KPIQL.', hint: 'Run that version, or name another file as `store.path`.' })
}

/** Counts one change of what has this name; part of the transaction that changes it. */
export async function countChange(writer: StoreWriter, name: Revised): Promise<void> {
  await writer
    .insertInto('revisions')
    .values({ name, value: 1 })
    .onConflict((conflict) => conflict.column('name').doUpdateSet(({ eb }) => ({ value: eb('revisions.value', '+', 1) })))
    .execute()
}
