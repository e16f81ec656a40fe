import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { KpiqlError } from '../../../src/base/errors.ts'
import type { ConnectorLog } from '../../contract.ts'
import { lockDown, profiledConnections, rollupStore, settingsOf, type QueryEngine } from '../engine.ts'
import type { DuckdbOptions } from '../options.ts'
import { ConnectionPool } from '../pool.ts'
import { Session } from '../session.ts'
import { MAX_CONCURRENT } from '../source.ts'
import { isDamage, translateError } from '../translate-error.ts'
import { makeBook } from './book.ts'

/** Those of the connector that say what the engine may use. */
export type LandingOptions = Partial<Pick<DuckdbOptions, 'memoryLimit' | 'threads'>>

export const DEFAULT_MEMORY = '1GB'

export interface LandingEngine extends QueryEngine {
  /** For commits; used by one at a time. */
  readonly writer: Session
  /** For looking things up beside running commits. */
  readonly reader: Session
  /** The database's name inside the engine. */
  readonly catalog: string
}

const FILE = 'synced.duckdb'
/**
 * Less than a block of the engine: whenever it takes one, what its allocators hold free is given back. Commits and checkpoints take and
 * free all the time, and left some 50 MB free but resident, more with every million records.
 */
const GIVES_BACK_AT = '128KB'

/** The engine locks its file against other processes only: a second instance in this one would write over the first. */
const openFiles = new Set<string>()

/**
 * @param stateFolder where the file is; empty: nothing outlives the process.
 * @throws KpiqlError `SOURCE_BUSY` where another process has the file, `SOURCE_FAILED` where it is damaged: it is never deleted,
 * because only the tools could fill it again; `SOURCE_UNAVAILABLE` where it cannot be written.
 */
export async function openLandingFile(name: string, options: LandingOptions, stateFolder: string, log: ConnectorLog): Promise<LandingEngine> {
  const folder = stateFolder === '' ? null : resolve(stateFolder)
  const file = folder === null ? ':memory:' : join(folder, FILE)
  if (folder !== null && openFiles.has(file)) throw new KpiqlError('SOURCE_BUSY', { message: `The file ${FILE} of source "${name}" is already open in this process.`, hint: 'Close it first, or give the second one another state folder.' })
  if (folder !== null) openFiles.add(file)
  const workFolder = await mkdtemp(join(tmpdir(), 'kpiql-landing-'))
  let instance: DuckDBInstance | null = null
  const release = async (): Promise<void> => {
    instance?.closeSync()
    instance = null
    openFiles.delete(file)
    await rm(workFolder, { recursive: true, force: true })
  }
  try {
    if (folder !== null) await mkdir(folder, { recursive: true })
    const settings = settingsOf({ memoryLimit: DEFAULT_MEMORY, ...options }, folder === null ? join(workFolder, 'spilled') : `${file}.spilled`)
    instance = await DuckDBInstance.create(file, { ...settings, allocator_bulk_deallocation_flush_threshold: GIVES_BACK_AT })
    const sessions: Session[] = []
    const connect = async (opened: DuckDBInstance): Promise<Session> => {
      const session = new Session(await opened.connect())
      sessions.push(session)
      return session
    }
    const [writer, reader, loader] = [await connect(instance), await connect(instance), await connect(instance)]
    await writer.run(`SET GLOBAL TimeZone = 'UTC'`)
    await makeBook(writer)
    const [{ catalog } = { catalog: 'memory' }] = await writer.rows<{ catalog: string }>('SELECT current_database() AS catalog')
    const connections = await profiledConnections(instance, MAX_CONCURRENT, workFolder)
    const rollups = await rollupStore(instance, stateFolder, { source: name, log })
    await lockDown(writer, [workFolder], rollups.files)
    return {
      writer,
      reader,
      loader,
      catalog,
      pool: new ConnectionPool(connections, name),
      rollups: rollups.store,
      // What was copied from the tools cannot be copied again at will.
      markDamaged: () => Promise.resolve(),
      close: async () => {
        for (const { connection } of connections) connection.closeSync()
        await Promise.all([...sessions.map((session) => session.close()), rollups.store.close()])
        await release()
      },
    }
  } catch (error) {
    await release()
    throw openingError(name, error)
  }
}

function openingError(name: string, error: unknown): KpiqlError {
  const ours = translateError(error, { source: name })
  const text = error instanceof Error ? error.message : ''
  if (ours.code === 'SOURCE_BUSY') {
    const holder = /\(PID (\d+)\)/.exec(text)?.[1]
    return new KpiqlError('SOURCE_BUSY', {
      message: `The file ${FILE} of source "${name}" is in use by another process${holder === undefined ? '' : ` (${holder})`}.`,
      hint: 'Stop the other kpiql process, or sync through the one that runs.',
      cause: error,
    })
  }
  if (error instanceof KpiqlError || !isDamage(error) || /cannot open file/i.test(text)) return ours
  return new KpiqlError('SOURCE_FAILED', {
    message: `The file ${FILE} of source "${name}" is damaged. It was left as it is: what it holds can only be read from the tools again.`,
    hint: `Restore ${FILE} and ${FILE}.wal from a backup; or move both away and run \`kpiql sync\`, which reads everything that the tools still have.`,
    cause: error,
  })
}
