import { rm, mkdir } from 'node:fs/promises'
import { KpiqlError } from '../../src/base/errors.ts'
import type { ConnectorDeps, QuarantineReport } from '../contract.ts'
import { columnInfo } from './column-info.ts'
import type { Contents, Look, ReadableTable } from './contents.ts'
import type { Engine } from './engine.ts'
import { findFiles, type DataFile, type TableFiles, type TableProblem } from './find-files.ts'
import { quarantineReport, type LedgerEntry } from './ledger.ts'
import { TableProblems, loadTable } from './load-table.ts'
import type { TableSpec } from './options.ts'
import { problemOfError } from './problem-of-error.ts'
import { quoteName } from './sql-text.ts'

const ATTEMPTS = 3
/** How much of loading is copying its lines; the engine's share is reported when it is done. */
const COPYING_SHARE = 0.4

/** A folder of files, loaded into the working database. A table whose files are as they were when it was loaded is not read again. */
export class FolderContents implements Contents {
  private readonly folder: string
  private readonly specs: readonly TableSpec[]
  private readonly engine: Engine
  private readonly deps: ConnectorDeps
  private readonly book: Map<string, LedgerEntry>
  private lastLoad: number
  private last: Look | null = null

  constructor(folder: string, specs: readonly TableSpec[], engine: Engine, deps: ConnectorDeps) {
    this.folder = folder
    this.specs = specs
    this.engine = engine
    this.deps = deps
    this.book = new Map(engine.entries.map((entry) => [entry.table, entry]))
    this.lastLoad = Math.max(0, ...engine.entries.map(({ load }) => load))
  }

  async refresh(signal: AbortSignal): Promise<Look> {
    const { tables, problems: found } = await findFiles(this.folder, this.specs)
    const problems = [...found]
    const changed = tables.filter((table) => this.book.get(table.spec.name)?.fingerprint !== table.fingerprint)
    const progress = this.progressOf(changed)
    // No CHECKPOINT follows: it fails while queries run, and the engine makes its own when it can.
    for (const table of changed) {
      signal.throwIfAborted()
      const outcome = await this.load(table, progress, signal)
      if (Array.isArray(outcome)) problems.push(...outcome)
    }
    const failed = new Set(problems.map(({ table }) => table))
    const readable = new Map<string, ReadableTable>()
    for (const { spec } of tables) {
      const entry = this.book.get(spec.name)
      if (entry && !failed.has(spec.name)) readable.set(spec.name, this.readableOf(entry))
    }
    const look = { tables: readable, problems }
    if (!this.last || stateOf(this.last) !== stateOf(look)) this.last = look
    return this.last
  }

  quarantine(tables: readonly ReadableTable[]): Promise<QuarantineReport> {
    return quarantineReport(this.engine.reader, tables.flatMap(({ name }) => this.book.get(name) ?? []))
  }

  async retire(visible: ReadonlySet<string>): Promise<void> {
    await this.engine.ledger.forget([...this.book.values()], (physical) => visible.has(this.targetOf(physical)))
  }

  private targetOf(physical: string): string {
    return `${quoteName(this.engine.catalog)}.main.${quoteName(physical)}`
  }

  private readableOf(entry: LedgerEntry): ReadableTable {
    const columns = entry.columns.map(({ name, nativeType, required }) => ({
      ...columnInfo(name, nativeType, !required),
      // Loading turned every timestamp into UTC, so each is an instant although its type carries no zone.
      ...(nativeType.startsWith('TIMESTAMP') ? { zoned: true } : {}),
    }))
    return {
      name: entry.table,
      target: this.targetOf(entry.physical),
      version: `${entry.table}:${entry.fingerprint}:${entry.load}`,
      info: { name: entry.table, columns, primaryKey: entry.columns.filter(({ unique, required }) => unique && required).slice(0, 1).map(({ name }) => name) },
      rows: entry.rows,
      newestFileMs: entry.newestFileMs,
      statistics: () => Promise.resolve(entry.statistics),
    }
  }

  /** Loads until the files stand still meanwhile: half of one version and half of the next would be neither. */
  private async load(asked: TableFiles, progress: Progress, signal: AbortSignal): Promise<LedgerEntry | TableProblem[]> {
    const { loader, ledger, loadFolder } = this.engine
    const name = asked.spec.name
    let table = asked
    try {
      for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
        const load = ++this.lastLoad
        const physical = `${name}__${load}`
        const started = performance.now()
        await mkdir(loadFolder, { recursive: true, mode: 0o700 })
        const loaded = await loadTable(table, physical, load, { session: loader, folder: loadFolder, onBytes: progress.copied, signal })
        const again = await findFiles(this.folder, [asked.spec])
        const now = again.tables[0]
        if (now?.fingerprint !== table.fingerprint) {
          if (!now) return again.problems
          table = now
          continue
        }
        const entry = await ledger.enter(table, load, physical, loaded)
        this.book.set(name, entry)
        progress.finished(table)
        this.deps.log.info({ table: name, rows: loaded.rows, quarantined: loaded.quarantined, ms: Math.round(performance.now() - started) }, 'Loaded a table from its files.')
        if (loaded.quarantined > 0) this.deps.log.warn({ table: name, quarantined: loaded.quarantined }, 'Some rows did not fit; they are listed in the quarantine.')
        return entry
      }
      return [{ table: name, file: null, column: null, message: `The files of table "${name}" keep changing while they are read.`, hint: 'Write a file under another name, and rename it when it is whole.' }]
    } catch (error) {
      if (signal.aborted) throw error
      if (error instanceof TableProblems) return [...error.problems]
      if (error instanceof KpiqlError && error.code !== 'DATA_INVALID') throw error
      const problem = problemOfError(error, table)
      if (!problem) throw error
      this.deps.log.warn({ table: name, err: error }, 'A table cannot be loaded.')
      return [problem]
    } finally {
      for (const file of table.files) progress.forget(file)
      await rm(loadFolder, { recursive: true, force: true })
    }
  }

  private progressOf(changed: readonly TableFiles[]): Progress {
    const { onProgress } = this.deps
    const total = changed.reduce((sum, { files }) => sum + files.reduce((bytes, file) => bytes + file.bytes, 0), 0)
    const copying = new Map<string, number>()
    let finishedBytes = 0
    let told = 0
    const tell = (what: string): void => {
      const underWay = [...copying.values()].reduce((sum, bytes) => sum + bytes, 0)
      // A file that is read a second time, because it changed meanwhile, does not turn the bar back.
      told = Math.max(told, total === 0 ? 1 : Math.min(1, (finishedBytes + underWay * COPYING_SHARE) / total))
      onProgress?.(told, what)
    }
    return {
      copied: (file, bytes) => {
        copying.set(file.name, bytes)
        tell(file.name)
      },
      finished: (table) => {
        finishedBytes += table.files.reduce((bytes, file) => bytes + file.bytes, 0)
        for (const file of table.files) copying.delete(file.name)
        tell(table.spec.name)
      },
      forget: (file) => {
        copying.delete(file.name)
      },
    }
  }
}

const stateOf = ({ tables, problems }: Look): string => JSON.stringify([[...tables.values()].map(({ version }) => version), problems])

/** Fractions of all bytes to load, 0…1. */
interface Progress {
  copied(file: DataFile, bytes: number): void
  finished(table: TableFiles): void
  forget(file: DataFile): void
}
