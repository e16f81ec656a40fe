import { DatabaseSync } from 'node:sqlite'
import type { SQLInputValue } from 'node:sqlite'
import type { SqliteDatabase } from 'kysely'
import { storeError } from './store-error.ts'

/** Short, since waiting here stops the whole process; whoever writes asks again, without blocking. */
const LOCK_WAIT_MS = 20

interface Access {
  readonly readOnly: boolean
}

/** Opens a SQLite file in WAL mode with foreign keys. @throws KpiqlError `STORE_UNAVAILABLE`, `STORE_INVALID`. */
export function openSqlite(file: string, { readOnly }: Access): DatabaseSync {
  let database: DatabaseSync | null = null
  try {
    database = new DatabaseSync(file, { enableForeignKeyConstraints: true, timeout: LOCK_WAIT_MS })
    // A reader of a WAL file writes beside it, so that the connection itself cannot be opened for reading only.
    database.exec(readOnly ? 'PRAGMA query_only = ON' : 'PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL')
    return database
  } catch (error) {
    database?.close()
    throw storeError(error)
  }
}

/** Node's SQLite as Kysely's SQLite dialect wants it: the shape of better-sqlite3, which would be a package to compile. */
export function forKysely(database: DatabaseSync, { readOnly }: Access): SqliteDatabase {
  return {
    close: () => {
      if (database.isOpen) database.close()
    },
    prepare(sql) {
      // A transaction that reads first and writes later could not wait for its lock, so a writer's takes it when it begins.
      const statement = translated(() => database.prepare(sql === 'begin' && !readOnly ? 'begin immediate' : sql))
      return {
        reader: statement.columns().length > 0,
        all: (parameters) => translated(() => statement.all(...toInputs(parameters))),
        run: (parameters) => translated(() => statement.run(...toInputs(parameters))),
        iterate: (parameters) => translated(() => statement.iterate(...toInputs(parameters))),
      }
    },
  }
}

function translated<T>(work: () => T): T {
  try {
    return work()
  } catch (error) {
    throw storeError(error)
  }
}

function toInputs(parameters: readonly unknown[]): SQLInputValue[] {
  return parameters.map((value) => {
    if (value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'bigint') return value
    throw new TypeError(`A ${typeof value} cannot be stored.`)
  })
}
