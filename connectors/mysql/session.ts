import type { Duplex } from 'node:stream'
import type { Connection, ConnectionOptions } from 'mysql2'
import { loadClient } from '../sql-kit/load-client.ts'
import { tlsSettings } from '../sql-kit/tls.ts'
import { tlsOf, type MysqlOptions } from './options.ts'

/** Where to connect, and for which source. */
export interface Place extends MysqlOptions {
  readonly source: string
}

/** Which of the two it is, and what that makes of a session. */
export interface Flavour {
  /** `MariaDB 10.11.19`. */
  readonly name: string
  /** Compares texts by their bytes, blanks at the end included. */
  readonly collation: 'utf8mb4_nopad_bin' | 'utf8mb4_0900_bin'
}

/** One connection, set up to read. */
export interface Session {
  readonly connection: Connection
  readonly threadId: number
  readonly flavour: Flavour
  /** True once the connection broke, also while nobody used it. */
  isBroken(): boolean
}

/**
 * What every session works under, whatever the server is set to. Quotes, backslashes and `||` mean what the standard says. Read-only:
 * the server refuses writes also to a user who may write.
 */
const COMMON = [
  "time_zone = '+00:00'",
  "sql_mode = 'ANSI_QUOTES,PIPES_AS_CONCAT,NO_BACKSLASH_ESCAPES,NO_UNSIGNED_SUBTRACTION,STRICT_ALL_TABLES'",
  // Quotients of decimals have this many digits more than their dividend; four by default.
  'div_precision_increment = 18',
  // Texts that differ only after so many bytes are sorted, and grouped, as one; 1024 by default.
  'max_sort_length = 65536',
  'sort_buffer_size = greatest(@@sort_buffer_size, 4194304)',
]

function settingsOf({ collation }: Flavour, statementTimeoutMs: number): readonly string[] {
  // Our own limit comes first and says more; this one holds when the gateway is gone.
  const latestMs = statementTimeoutMs + 2000
  return collation === 'utf8mb4_nopad_bin'
    ? [
        ...COMMON,
        `max_statement_time = ${latestMs / 1000}`,
        // Joins without an index by hash: by default every row is compared with every row, or looked up in an index made for the
        // statement, which took four times as long. A larger buffer reads the other side fewer times.
        'join_cache_level = 4',
        "optimizer_switch = 'join_cache_hashed=on,derived_with_keys=off'",
        'join_buffer_size = greatest(@@join_buffer_size, 33554432)',
        'join_buffer_space_limit = greatest(@@join_buffer_space_limit, 134217728)',
      ]
    : [...COMMON, `max_execution_time = ${latestMs}`, 'information_schema_stats_expiry = 0']
}

/** Opens a connection, not set up yet. Rejects with the driver's error, the signal's reason, or a KpiqlError where a file that is needed cannot be read. */
export async function connect(place: Place, signal: AbortSignal | null): Promise<Connection> {
  const { createConnection } = await loadClient('mysql2', 'mysql', () => import('mysql2'))
  const options = await driverOptions(place)
  signal?.throwIfAborted()
  const connection = createConnection(options)
  // Whoever waits for an answer is told; an error without a listener would end the process.
  connection.on('error', () => undefined)
  return new Promise((resolve, reject) => {
    const leave = (): void => {
      hangUp(connection)
      reject(signal?.reason)
    }
    signal?.addEventListener('abort', leave, { once: true })
    connection.connect((error) => {
      signal?.removeEventListener('abort', leave)
      if (error === null) resolve(connection)
      else {
        hangUp(connection)
        reject(error)
      }
    })
  })
}

/** Opens a connection and sets it up. Rejects as `connect` does, however far it came. */
export async function openSession(place: Place, signal: AbortSignal): Promise<Session> {
  const connection = await connect(place, signal)
  try {
    const [[version]] = (await asked(connection, 'SELECT version()', signal)) as [[string]]
    const flavour = flavourOf(version)
    await asked(connection, `SET NAMES utf8mb4 COLLATE ${flavour.collation}`, signal)
    await asked(connection, `SET SESSION ${settingsOf(flavour, place.statementTimeoutMs).join(', SESSION ')}`, signal)
    await asked(connection, 'SET SESSION TRANSACTION READ ONLY', signal)
    let isBroken = false
    for (const event of ['error', 'end']) {
      connection.on(event, () => {
        isBroken = true
      })
    }
    return { connection, threadId: connection.threadId ?? 0, flavour, isBroken: () => isBroken }
  } catch (error) {
    hangUp(connection)
    throw error
  }
}

/** A statement without parameters, on a connection that nothing else uses. Where the signal aborts, the connection is cut, and this rejects with the signal's reason. */
export function asked(connection: Connection, sql: string, signal: AbortSignal): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const leave = (): void => {
      hangUp(connection)
      reject(signal.reason)
    }
    if (signal.aborted) return leave()
    signal.addEventListener('abort', leave, { once: true })
    connection.query({ sql, rowsAsArray: true }, (error, result) => {
      signal.removeEventListener('abort', leave)
      if (error === null) resolve(result)
      else reject(error)
    })
  })
}

/** Cuts a connection. The driver by itself would only say that it sends no more, and take all that still comes. */
export function hangUp(connection: Connection): void {
  connection.destroy()
  const { stream } = connection as unknown as { readonly stream: Duplex }
  stream.destroy()
}

function flavourOf(version: string): Flavour {
  const number = /\d+\.\d+\.\d+/.exec(version.replace(/^5\.5\.5-/, ''))?.[0] ?? version
  return /mariadb/i.test(version) ? { name: `MariaDB ${number}`, collation: 'utf8mb4_nopad_bin' } : { name: `MySQL ${number}`, collation: 'utf8mb4_0900_bin' }
}

async function driverOptions(place: Place): Promise<ConnectionOptions> {
  const { host, port, socketPath, database, user, password, connectTimeoutMs } = place
  const tls = await tlsSettings(tlsOf(place), place, place.source)
  return {
    ...(socketPath === undefined ? { host, port } : { socketPath }),
    database,
    user,
    password,
    connectTimeout: connectTimeoutMs,
    ...(tls === false ? {} : { ssl: { ...tls, verifyIdentity: tls.rejectUnauthorized } }),
    charset: 'utf8mb4',
    // Without these the driver makes doubles of integers, and dates of the process's zone.
    supportBigNumbers: true,
    bigNumberStrings: true,
    dateStrings: true,
    jsonStrings: true,
    timezone: 'Z',
    multipleStatements: false,
    maxPreparedStatements: 8,
  }
}
