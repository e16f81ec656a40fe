import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { KpiqlError } from '../../src/base/errors.ts'
import { Places } from '../../src/base/places.ts'
import type { ConnectorLog } from '../contract.ts'
import type { KeptRollup, KeptRows, RollupBuild } from '../rollup-contract.ts'
import { narrowedColumns } from './narrow-columns.ts'
import type { PooledConnection } from './pool.ts'
import { bindAll } from './run-statement.ts'
import type { Session } from './session.ts'
import { quoteName, quoteText } from './sql-text.ts'
import { watched } from './watch-build.ts'

/** Under which the engine knows the database of rollups; statements name their tables by it. */
export const ROLLUPS = 'kpiql_rollups'
const BOOK = `${ROLLUPS}.main._rollups`
/** Whoever planned with a table that was replaced has asked by then. */
const GRACE_MS = 60_000
/**
 * Rows lie month by month, in a month by dimensions and then by time: a slice of few values and a stretch of few days both lie in few
 * of these groups, and the engine skips the others by their ranges.
 */
const ROWS_A_GROUP = 8_192

interface Booked {
  readonly name: string
  readonly definition: string
  readonly table_name: string
  readonly tables: string
  readonly data_version: string
  readonly rows: bigint
  readonly bytes: bigint
  readonly built_ms: bigint
  readonly build_ms: bigint
}

/** Where rollups are kept beside the data; null where nothing outlives the process. */
export function rollupFile(folder: string): string | null {
  return folder === '' ? null : join(resolve(folder), 'rollups.duckdb')
}

export function hasRollupFile(folder: string): boolean {
  const file = rollupFile(folder)
  return file !== null && existsSync(file)
}

export interface RollupStoreOptions {
  /** Used by nobody else. */
  readonly session: Session
  /** Where they are kept, which the engine must be allowed to write; null where they end with the process. */
  readonly file: string | null
  readonly source: string
  readonly log: ConnectorLog
}

/** Tables of rollups in a database beside the data, and the book of them. Opened by whoever asks first. One build at a time. */
export class RollupStore {
  /** The connection that builds, to be given what it shall see. */
  readonly lent: PooledConnection
  readonly #session: Session
  readonly #options: RollupStoreOptions
  readonly #retired = new Map<string, number>()
  readonly #turns = new Places({ count: 1 })
  #opening: Promise<void> | null = null
  #count = 0

  constructor(options: RollupStoreOptions) {
    this.#options = options
    this.#session = options.session
    this.lent = { connection: options.session.connection, profileFile: '', slots: null, slotBits: 0, catalog: null }
  }

  /** One piece of work after the other. */
  inTurn<T>(signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
    return this.#turns.within(signal, async () => {
      this.#opening ??= this.#open().catch((error: unknown) => {
        this.#opening = null
        throw error
      })
      await this.#opening
      return work()
    })
  }

  /** What another process holds, or is damaged, is only added up from the data: it is built anew. */
  async #open(): Promise<void> {
    const { file, source, log } = this.#options
    const attach = (place: string): Promise<number> => this.#session.run(`ATTACH ${quoteText(place)} AS ${ROLLUPS} (ROW_GROUP_SIZE ${ROWS_A_GROUP})`)
    try {
      await attach(file ?? ':memory:')
    } catch (err) {
      if (file === null) throw err
      log.warn({ source, err }, 'The rollups kept before cannot be opened; they are built anew and end with this process.')
      await attach(':memory:')
    }
    await this.#session.run(`CREATE TABLE IF NOT EXISTS ${BOOK} (name VARCHAR, definition VARCHAR, table_name VARCHAR, tables VARCHAR, data_version VARCHAR, rows BIGINT, bytes BIGINT, built_ms BIGINT, build_ms BIGINT)`)
    // Builds that a stop cut short, and what an earlier process had replaced.
    const leftovers = await this.#session.rows<{ table_name: string }>(`SELECT table_name FROM duckdb_tables() WHERE database_name = '${ROLLUPS}' AND table_name <> '_rollups' AND table_name NOT IN (SELECT table_name FROM ${BOOK})`)
    for (const { table_name } of leftovers) await this.#session.run(`DROP TABLE ${ROLLUPS}.main.${quoteName(table_name)}`)
  }

  /** Stops what is built. */
  async close(): Promise<void> {
    const stop = setInterval(() => this.#session.connection.interrupt(), 20)
    await this.#turns.within(undefined, () => this.#session.close())
    clearInterval(stop)
  }

  async list(): Promise<readonly KeptRollup[]> {
    await this.#sweep()
    const rows = await this.#session.rows<Booked>(`SELECT * FROM ${BOOK} ORDER BY name`)
    return rows.map(keptOf)
  }

  /** Writes the table; nobody knows of it before it is booked. Runs in whatever transaction its connection is in. */
  async write(build: RollupBuild, signal: AbortSignal, progress: (share: number) => void = () => undefined): Promise<string> {
    const table = `r_${Date.now().toString(36)}_${++this.#count}_${build.name}`
    const stop = (): void => this.#session.connection.interrupt()
    signal.addEventListener('abort', stop, { once: true })
    const columns = build.columnNames.map(quoteName).join(', ')
    const rows = `SELECT ${columns} FROM (${build.statement.text}) AS built(${columns})${build.keeps === null ? '' : ` UNION ALL SELECT ${columns} FROM ${placeOf(build.keeps.table)} WHERE ${stays(build.keeps)}`}`
    const watch = watched(this.#session, progress)
    try {
      if (signal.aborted) throw new KpiqlError('CANCELLED', { message: `The rollup "${build.name}" of source "${this.#options.source}" is not wanted any more.` })
      const [place, wide] = [`${ROLLUPS}.main.${quoteName(table)}`, `${ROLLUPS}.main.${quoteName(`${table}_wide`)}`]
      const prepared = await this.#session.connection.prepare(`CREATE TABLE ${wide} AS ${rows}`)
      try {
        bindAll(prepared, build.statement.params)
        await prepared.run()
      } finally {
        prepared.destroySync()
      }
      watch.written()
      const [time = '', ...others] = build.columnNames.map(quoteName)
      await this.#session.run(`CREATE TABLE ${place} AS SELECT ${(await narrowedColumns(this.#session, wide)).join(', ')} FROM ${wide} ORDER BY ${[`date_trunc('month', ${time})`, ...others, time].join(', ')}`)
      await this.#session.run(`DROP TABLE ${wide}`)
      return table
    } finally {
      watch.stop()
      signal.removeEventListener('abort', stop)
    }
  }

  /** Puts a table in the place of the one before. */
  async book(build: RollupBuild, table: string, buildMs: number): Promise<KeptRollup> {
    const [counted] = await this.#session.rows<{ rows: bigint }>(`SELECT count(*) AS rows FROM ${ROLLUPS}.main.${quoteName(table)}`)
    const [width] = await this.#session.rows<{ bytes: bigint }>(`SELECT CAST(coalesce(sum(CASE WHEN data_type IN ('VARCHAR', 'HUGEINT') OR numeric_precision > 18 AND data_type LIKE 'DECIMAL%' THEN 16 ELSE 8 END), 0) AS BIGINT) AS bytes FROM duckdb_columns() WHERE database_name = '${ROLLUPS}' AND table_name = ?`, [table])
    const rows = counted?.rows ?? 0n
    const booked: Booked = {
      name: build.name,
      definition: build.definition,
      table_name: table,
      tables: JSON.stringify(build.tables),
      data_version: build.dataVersion,
      rows,
      bytes: rows * (width?.bytes ?? 0n),
      built_ms: BigInt(Date.now()),
      build_ms: BigInt(Math.round(buildMs)),
    }
    await this.#replace(build.name, booked)
    return keptOf(booked)
  }

  async drop(name: string): Promise<void> {
    await this.#replace(name, null)
  }

  /** Removes what nobody reads any more. */
  async #sweep(): Promise<void> {
    const now = performance.now()
    for (const [table, atMs] of this.#retired) {
      if (now - atMs < GRACE_MS) continue
      await this.#session.run(`DROP TABLE IF EXISTS ${ROLLUPS}.main.${quoteName(table)}`)
      this.#retired.delete(table)
    }
  }

  async #replace(name: string, next: Booked | null): Promise<void> {
    const before = await this.#session.rows<Booked>(`SELECT * FROM ${BOOK} WHERE name = ?`, [name])
    await this.#session.run('BEGIN TRANSACTION')
    try {
      await this.#session.run(`DELETE FROM ${BOOK} WHERE name = ?`, [name])
      if (next !== null) await this.#session.run(`INSERT INTO ${BOOK} VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`, [next.name, next.definition, next.table_name, next.tables, next.data_version, next.rows, next.bytes, next.built_ms, next.build_ms])
      await this.#session.run('COMMIT')
    } catch (error) {
      await this.#session.run('ROLLBACK')
      throw error
    }
    for (const { table_name } of before) this.#retired.set(table_name, performance.now())
    await this.#sweep()
  }
}

function keptOf(row: Booked): KeptRollup {
  return {
    name: row.name,
    definition: row.definition,
    table: `${ROLLUPS}.${row.table_name}`,
    tables: JSON.parse(row.tables) as string[],
    dataVersion: row.data_version,
    rows: Number(row.rows),
    bytes: Number(row.bytes),
    builtUtcMs: Number(row.built_ms),
    buildMs: Number(row.build_ms),
  }
}

/** As statements name it, in the engine's words. */
function placeOf(table: string): string {
  return `${ROLLUPS}.main.${quoteName(table.slice(ROLLUPS.length + 1))}`
}

function stays({ column, outside }: KeptRows): string {
  const at = quoteName(column)
  return [`${at} IS NOT NULL`, ...outside.map(({ from, until }) => `NOT (${at} >= ${quoteText(from)} AND ${at} < ${quoteText(until)})`)].join(' AND ')
}
