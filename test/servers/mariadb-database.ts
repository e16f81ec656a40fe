import { randomBytes } from 'node:crypto'
import { createConnection, type Connection } from 'mysql2/promise'
import type { ConnectorDeps, QuerySource, TableHints } from '../../connectors/contract.ts'
import type { ServerAddress } from './test-server.ts'
import mysql from '../../connectors/mysql/index.ts'

export interface TestDatabase {
  /** May do everything, in a session of UTC with the standard's quotes. */
  readonly owner: Connection
  readonly name: string
  /** May read this database, and nothing else. */
  readonly reader: { readonly user: string; readonly password: string }
  /** The connector over it. @param tables that the model reads. */
  open(options?: object, hints?: ReadonlyMap<string, TableHints>, tables?: readonly string[]): QuerySource
  /** Sessions of the reader on the server, with what they run. */
  sessions(): Promise<readonly { readonly id: number; readonly runs: string | null }[]>
  dispose(): Promise<void>
}

export const QUIET: ConnectorDeps['log'] = { debug() {}, info() {}, warn() {} }

/** A database of its own, and a user who may read it. */
export async function testDatabase({ host, port, user, password }: ServerAddress): Promise<TestDatabase> {
  const name = `own_${randomBytes(6).toString('hex')}`
  const reader = { user: `reader_${randomBytes(6).toString('hex')}`, password: `pass?word'"${randomBytes(6).toString('hex')}` }
  const owner = await createConnection({ host, port, user, password, charset: 'utf8mb4', supportBigNumbers: true, bigNumberStrings: true, dateStrings: true })
  await owner.query("SET time_zone = '+00:00', sql_mode = 'ANSI_QUOTES,NO_BACKSLASH_ESCAPES,STRICT_ALL_TABLES'")
  await owner.query(`CREATE DATABASE "${name}"`)
  await owner.query(`USE "${name}"`)
  await owner.query(`CREATE USER '${reader.user}'@'%' IDENTIFIED BY '${reader.password.replaceAll("'", "''")}'`)
  await owner.query(`GRANT SELECT ON "${name}".* TO '${reader.user}'@'%'`)
  return {
    owner,
    name,
    reader,
    open: (options = {}, hints = new Map(), tables = []) => mysql.open('own', mysql.options.parse({ host, port, database: name, ...reader, maxConcurrent: 3, ...options }), { log: QUIET, stateFolder: '', hints, tables }),
    sessions: async () => {
      const [rows] = await owner.query('SELECT id, info FROM information_schema.processlist WHERE user = ?', [reader.user])
      return (rows as { id: string; info: string | null }[]).map(({ id, info }) => ({ id: Number(id), runs: info }))
    },
    dispose: async () => {
      await owner.query(`DROP DATABASE IF EXISTS "${name}"`)
      await owner.query(`DROP USER IF EXISTS '${reader.user}'@'%'`)
      await owner.end()
    },
  }
}
