import { mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { KpiqlError } from '../../src/base/errors.ts'
import type { ConnectorLog } from '../contract.ts'
import { Ledger, type LedgerEntry } from './ledger.ts'
import type { DuckdbOptions } from './options.ts'
import { ConnectionPool, type PooledConnection } from './pool.ts'
import { rollupFile, RollupStore } from './rollup-store.ts'
import { Session } from './session.ts'
import { OWN_BITS, SLOT_SETTING, slotBudget } from './slot-budget.ts'
import type { SlotBudget } from './slot-budget.ts'
import { quoteText } from './sql-text.ts'
import { isDamage, translateError } from './translate-error.ts'

/** One DuckDB instance, and what statements need of it. */
export interface QueryEngine {
  /** For loading and book-keeping; used by one piece of work at a time. */
  readonly loader: Session
  readonly pool: ConnectionPool
  /** Null where none are kept. */
  readonly rollups: RollupStore | null
  /** Makes the next start build the working database anew, where it can be. */
  markDamaged(): Promise<void>
  close(): Promise<void>
}

/** An instance that is locked down: it reads the data folder and its own work folder, and nothing else of the machine or the network. */
export interface Engine extends QueryEngine {
  /** For looking things up beside running loads. */
  readonly reader: Session
  readonly ledger: Ledger
  readonly entries: readonly LedgerEntry[]
  /** The working database's name inside the engine. */
  readonly catalog: string
  /** Private and empty at the start; holds copies while files are loaded. */
  readonly loadFolder: string
}

export interface EngineDeps {
  readonly source: string
  readonly options: DuckdbOptions
  /** Empty: nothing outlives the process. */
  readonly stateFolder: string
  readonly maxConcurrent: number
  /** Folder for rollups; empty: they end with the process. Null where none are kept. */
  readonly rollupFolder: string | null
  readonly log: ConnectorLog
}

/** Raised when the ledger's tables change: a file of another layout is left alone, and a new one is built. */
const LAYOUT = 1

/** The engine locks its file against other processes only: a second instance in this one would write over the first. */
const openFiles = new Set<string>()

/**
 * @throws KpiqlError `SOURCE_BUSY` where another process (or another source) has the working database, `SOURCE_UNAVAILABLE` where it
 * cannot be written. A damaged one is only a copy of the files: it is built anew, with a warning in the log.
 */
export async function openEngine(deps: EngineDeps): Promise<Engine> {
  const { source, stateFolder, log } = deps
  const kept = stateFolder !== ''
  try {
    const folder = kept ? resolve(stateFolder) : await mkdtemp(join(tmpdir(), 'kpiql-'))
    if (kept) await mkdir(folder, { recursive: true })
    const base = join(folder, `kpiql_${source.replaceAll(/[^\w-]/g, '_')}_${LAYOUT}`)
    if (!kept) return await openFile(':memory:', base, folder, deps)
    const file = `${base}.duckdb`
    if (await exists(`${file}.damaged`)) {
      log.warn({ source }, 'The working copy of the data files was found damaged and is built anew from the files.')
      await removeDatabase(file)
    }
    try {
      return await openFile(file, base, null, deps)
    } catch (error) {
      if (error instanceof KpiqlError || !isDamage(error)) throw error
      log.warn({ source, err: error }, 'The working copy of the data files cannot be opened and is built anew from the files.')
      await removeDatabase(file)
      return await openFile(file, base, null, deps)
    }
  } catch (error) {
    throw translateError(error, { source })
  }
}

async function exists(path: string): Promise<boolean> {
  try {
    await stat(path)
    return true
  } catch {
    // Not there, or not to be seen: opening it will say which.
    return false
  }
}

async function removeDatabase(file: string): Promise<void> {
  for (const ending of ['', '.wal', '.damaged']) await rm(`${file}${ending}`, { force: true })
}

async function openFile(file: string, base: string, ownFolder: string | null, deps: EngineDeps): Promise<Engine> {
  const { source, options, maxConcurrent, log } = deps
  const isFile = file !== ':memory:'
  if (isFile && openFiles.has(file)) {
    throw new KpiqlError('SOURCE_BUSY', { message: `Source "${source}" is already open in this process.`, hint: 'Close it first, or give the second one another name or state folder.' })
  }
  if (isFile) openFiles.add(file)
  let instance: DuckDBInstance | null = null
  const loadFolder = `${base}.loading`
  const spillFolder = `${base}.spilled`
  const profileFolder = await mkdtemp(join(tmpdir(), 'kpiql-profile-'))
  const release = async (): Promise<void> => {
    instance?.closeSync()
    instance = null
    openFiles.delete(file)
    for (const folder of [profileFolder, loadFolder, spillFolder]) await rm(folder, { recursive: true, force: true })
    if (ownFolder !== null) await rm(ownFolder, { recursive: true, force: true })
  }
  try {
    instance = await DuckDBInstance.create(file, settingsOf(options, spillFolder))
    // The lock on the file is ours from here on, so whatever lies here is a crashed process's.
    await rm(loadFolder, { recursive: true, force: true })
    await mkdir(loadFolder, { recursive: true, mode: 0o700 })

    const loader = new Session(await instance.connect())
    const reader = new Session(await instance.connect())
    const ledger = new Ledger(loader)
    const entries = await ledger.open()
    const [{ catalog } = { catalog: 'memory' }] = await loader.rows<{ catalog: string }>('SELECT current_database() AS catalog')
    await loader.run(`SET GLOBAL TimeZone = 'UTC'`)
    const connections = await profiledConnections(instance, maxConcurrent, profileFolder)
    const rollups = deps.rollupFolder === null ? null : await rollupStore(instance, deps.rollupFolder, deps)
    await lockDown(loader, [loadFolder, profileFolder, ...(options.folder === undefined ? [] : [resolve(options.folder)])], [...(options.database === undefined ? [] : [options.database]), ...(rollups?.files ?? [])])
    log.debug({ source }, 'The embedded engine is open.')
    return {
      loader,
      reader,
      pool: new ConnectionPool(connections, source),
      rollups: rollups?.store ?? null,
      ledger,
      entries,
      catalog,
      loadFolder,
      markDamaged: async () => {
        if (isFile) await writeFile(`${file}.damaged`, '')
      },
      close: async () => {
        for (const { connection } of connections) connection.closeSync()
        await Promise.all([loader.close(), reader.close()])
        await rollups?.store.close()
        await release()
      },
    }
  } catch (error) {
    await release()
    throw error
  }
}

export function settingsOf(options: Pick<DuckdbOptions, 'memoryLimit' | 'threads'>, spillFolder: string): Record<string, string> {
  return {
    memory_limit: options.memoryLimit,
    temp_directory: spillFolder,
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
    allow_community_extensions: 'false',
    // Give back what loading took: 319 MB were resident after the demo company's files without these, 233 with them.
    allocator_background_threads: 'true',
    allocator_flush_threshold: '1MB',
    // At 1MB the tables of distinct counts would be given back piece by piece: 914 ms of the processor against 818. Within 4 seconds as much is back.
    allocator_bulk_deallocation_flush_threshold: '64MB',
    ...(options.threads === undefined ? {} : { threads: String(options.threads) }),
  }
}

/** Connections that write what each of their statements read into a file of their own. */
export async function profiledConnections(instance: DuckDBInstance, count: number, profileFolder: string): Promise<readonly PooledConnection[]> {
  const connections: PooledConnection[] = []
  let slots: SlotBudget | null = null
  for (let index = 0; index < count; index++) {
    const connection = await instance.connect()
    const profileFile = join(profileFolder, `${index}.json`)
    // The Node client cannot ask for a profile; a file of one figure an operator costs a tenth of a millisecond a query.
    await connection.run(`SET enable_profiling = 'json'`)
    await connection.run(`SET profiling_output = ${quoteText(profileFile)}`)
    await connection.run(`SET custom_profiling_settings = '{"CUMULATIVE_ROWS_SCANNED": "true"}'`)
    slots ??= await slotBudget(connection)
    connections.push({ connection, profileFile, slots, slotBits: OWN_BITS, catalog: null })
  }
  return connections
}

/** Rollups beside the data, with a connection of their own for building them. */
export async function rollupStore(instance: DuckDBInstance, folder: string, { source, log }: Pick<EngineDeps, 'source' | 'log'>): Promise<{ readonly store: RollupStore; readonly files: readonly string[] }> {
  const session = new Session(await instance.connect())
  // The engine tells how far a build is; it shall print nothing.
  await session.run('SET enable_progress_bar = true')
  await session.run('SET enable_progress_bar_print = false')
  if (folder !== '') await mkdir(folder, { recursive: true })
  const file = rollupFile(folder)
  return { store: new RollupStore({ session, file, source, log }), files: file === null ? [] : [file] }
}

/** @param files of databases that are attached, or will be. */
export async function lockDown(session: Session, folders: readonly string[], files: readonly string[]): Promise<void> {
  await session.run(`SET GLOBAL allowed_directories = [${folders.map(quoteText).join(', ')}]`)
  const paths = files.flatMap((file) => [file, `${file}.wal`, `${file}.wal.checkpoint`, `${file}.wal.recovery`])
  if (paths.length > 0) await session.run(`SET GLOBAL allowed_paths = [${paths.map((path) => quoteText(resolve(path))).join(', ')}]`)
  await session.run('SET GLOBAL enable_external_access = false')
  await session.run(`SET GLOBAL allowed_configs = [${quoteText(SLOT_SETTING)}]`)
  await session.run('SET GLOBAL lock_configuration = true')
}
