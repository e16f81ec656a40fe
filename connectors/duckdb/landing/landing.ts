import { setTimeout } from 'node:timers/promises'
import { KpiqlError } from '../../../src/base/errors.ts'
import type { QuarantineReport } from '../../contract.ts'
import { backfillOf } from '../../landing-contract.ts'
import type { CellTest, KeptState, LandedTable, Landing, LandingCell, LandingCommit, LandingRows, LandingTable, Overwriting } from '../../landing-contract.ts'
import { refuseStale } from '../../landing-fence.ts'
import { closedError } from '../pool.ts'
import type { Session } from '../session.ts'
import { quoteName } from '../sql-text.ts'
import { translateError } from '../translate-error.ts'
import { ensureTable, keepState, keptPlace, moveTable, readStates, readTables, STREAMS, TABLES, type BookedTable } from './book.ts'
import { cellOf } from './cell-of.ts'
import { Touched } from './changes.ts'
import type { LandingPlace } from './place.ts'
import { readQuarantine, removeMentions, setAside } from './quarantine.ts'
import { appendRows, applyWrite, columnOf, overwriteCells, stageValues, type Stamp } from './write-rows.ts'

const CHECKPOINT_ATTEMPTS = 20
const CHECKPOINT_PAUSE_MS = 100

/** Lands records in the embedded engine. Commits are written one after the other; readers see what was committed before. */
export class DuckdbLanding implements Landing {
  readonly #name: string
  readonly #place: LandingPlace
  readonly #now: () => number

  constructor(name: string, place: LandingPlace, now: () => number) {
    this.#name = name
    this.#place = place
    this.#now = now
  }

  /** Whoever has the file open has the right. */
  async claim(): Promise<string | null> {
    try {
      await this.#place.opened()
      return null
    } catch (error) {
      if (error instanceof KpiqlError && error.code === 'SOURCE_BUSY') return 'another process of this machine'
      throw error
    }
  }

  /** Nothing could be asked of the place while another had it. */
  otherWriter(): Promise<null> {
    return Promise.resolve(null)
  }

  states(source: string): Promise<ReadonlyMap<string, KeptState>> {
    return this.#read((reader) => readStates(reader, source))
  }

  commit(commit: LandingCommit): Promise<{ readonly written: number; readonly removed: number }> {
    return this.#write((writer) => applyCommit(writer, commit, this.#now()))
  }

  reset(source: string): Promise<void> {
    return this.#write(async (writer) => {
      await writer.run(`UPDATE ${STREAMS} SET cursor = 'null', is_whole = false, complete_until_ms = NULL, backfilled_from_ms = NULL, backfilled_until_ms = NULL, version = version + 1 WHERE source = ?`, [source])
      await writer.run(`UPDATE ${TABLES} SET version = version + 1 WHERE source = ?`, [source])
    })
  }

  async tables(source: string): Promise<readonly LandedTable[]> {
    const tables = await this.#read((reader) => readTables(reader, 'source = ?', [source]))
    return tables.map(({ name, stream, columns, key }) => ({ name, stream, columns, key }))
  }

  async rowCounts(source: string): Promise<ReadonlyMap<string, number>> {
    const tables = await this.#read((reader) => readTables(reader, 'source = ?', [source]))
    return new Map(tables.map(({ name, rows }) => [name, rows]))
  }

  lookUp(table: string, columns: readonly string[], where: { readonly column: string; readonly values: readonly LandingCell[] }): Promise<readonly (readonly LandingCell[])[]> {
    // The values are staged in a table of the session, so no other reading may be under way on it.
    return this.#write(async (writer) => {
      const booked = await tableOf(writer, table)
      const wanted = columns.map((name) => columnOf(booked, name))
      await stageValues(writer, columnOf(booked, where.column), where.values)
      const rows = await writer.rows<Record<string, unknown>>(
        `SELECT DISTINCT ${columns.map((name, index) => `t.${quoteName(name)} AS c${index}`).join(', ')} FROM ${quoteName(table)} AS t WHERE t.${quoteName(where.column)} IN (SELECT value FROM temp._staged_values)`,
      )
      return rows.map((row) => wanted.map((column, index) => cellOf(row[`c${index}`], column)))
    }, false)
  }

  rewrite(source: string, table: LandingTable, rows: AsyncIterable<LandingRows> | Iterable<LandingRows>): Promise<void> {
    return this.#write(async (writer) => {
      const [there] = await readTables(writer, 'name = ? AND source = ?', [table.name, source])
      // A table that is derived has whatever columns it is derived with now.
      if (there && there.stream === null && JSON.stringify([there.columns, there.key]) !== JSON.stringify([table.columns, table.key])) {
        await writer.run(`DROP TABLE ${quoteName(table.name)}`)
        await writer.run(`DELETE FROM ${TABLES} WHERE name = ?`, [table.name])
      }
      await ensureTable(writer, source, null, table)
      const before = there?.version ?? 0n
      const booked = await tableOf(writer, table.name)
      let count = -(await writer.run(`DELETE FROM ${quoteName(table.name)}`))
      for await (const piece of rows) {
        await appendRows(writer, piece, booked, { syncedUtcMs: this.#now(), generation: 0 })
        count += piece.count
      }
      await moveTable(writer, table.name, count)
      // A table that was made anew goes on counting.
      await writer.run(`UPDATE ${TABLES} SET version = greatest(version, CAST(? AS BIGINT)) WHERE name = ?`, [before + 1n, table.name])
    })
  }

  remove(table: string, where: { readonly column: string; readonly values: readonly LandingCell[] }, only: readonly CellTest[] = []): Promise<number> {
    return this.#write(async (writer) => {
      const booked = await tableOf(writer, table)
      await stageValues(writer, columnOf(booked, where.column), where.values)
      const passes = only.map(({ column, among }) => ` AND (${[...(among.includes(null) ? [`t.${quoteName(column)} IS NULL`] : []), ...among.flatMap((text) => (text === null ? [] : [`t.${quoteName(column)} = ?`]))].join(' OR ') || 'false'})`).join('')
      const texts = only.flatMap(({ among }) => among.filter((text) => text !== null))
      const removed = await writer.run(`DELETE FROM ${quoteName(table)} AS t WHERE t.${quoteName(where.column)} IN (SELECT value FROM temp._staged_values)${passes}`, texts)
      if (removed > 0) await moveTable(writer, table, -removed)
      if (only.length === 0) await removeMentions(writer, { column: 'table_name', value: table }, where.values.flatMap((value) => (value === null ? [] : [String(value)])))
      return removed
    })
  }

  overwrite(table: string, change: Overwriting): Promise<number> {
    return this.#write(async (writer) => {
      const changed = await overwriteCells(writer, await tableOf(writer, table), change)
      if (changed > 0) await moveTable(writer, table, 0)
      return changed
    })
  }

  removeQuarantined(source: string, mentions: readonly string[]): Promise<number> {
    return this.#write((writer) => removeMentions(writer, { column: 'source', value: source }, mentions))
  }

  quarantine(source: string | null): Promise<QuarantineReport> {
    return this.#read((reader) => readQuarantine(reader, source))
  }

  checkpoint(): Promise<boolean> {
    return this.#place.inTurn(async ({ writer }) => {
      // The engine refuses while a transaction reads.
      for (let attempt = 0; attempt < CHECKPOINT_ATTEMPTS; attempt++) {
        if (attempt > 0) await setTimeout(CHECKPOINT_PAUSE_MS)
        const done = await writer.run('CHECKPOINT').then(
          () => true,
          () => false,
        )
        if (done) return true
      }
      return false
    })
  }

  close(): Promise<void> {
    return this.#place.close()
  }

  async #read<T>(work: (reader: Session) => Promise<T>): Promise<T> {
    if (this.#place.isClosed) throw closedError(this.#name)
    try {
      return await work((await this.#place.opened()).reader)
    } catch (error) {
      throw this.#ours(error)
    }
  }

  /** Everything in one transaction, after whatever is being written now. */
  async #write<T>(work: (writer: Session) => Promise<T>, changes = true): Promise<T> {
    if (this.#place.isClosed) throw closedError(this.#name)
    try {
      return await this.#place.inTurn(async ({ writer }) => {
        await writer.run('BEGIN TRANSACTION')
        try {
          const result = await work(writer)
          await writer.run('COMMIT')
          if (changes) this.#place.committed()
          return result
        } catch (error) {
          // Whatever failed is told, not that a transaction which the engine gave up already cannot be rolled back.
          await writer.run('ROLLBACK').catch(() => 0)
          throw error
        }
      })
    } catch (error) {
      throw this.#ours(error)
    }
  }

  #ours(error: unknown): unknown {
    if (this.#place.isClosed) return closedError(this.#name)
    // What the rows' own source throws stays its own.
    return error instanceof Error && /^[A-Z][A-Za-z ]{1,30} Error:/.test(error.message) ? translateError(error, { source: this.#name }) : error
  }
}

async function tableOf(session: Session, name: string): Promise<BookedTable> {
  const [table] = await readTables(session, 'name = ?', [name])
  if (!table) throw new Error(`Catalog Error: Table with name ${name} does not exist!`)
  return table
}

/** What a commit does to a table. */
interface Moved {
  readonly table: BookedTable
  grown: number
  changed: boolean
  readonly touched: Touched | null
}

async function applyCommit(writer: Session, commit: LandingCommit, nowUtcMs: number): Promise<{ written: number; removed: number }> {
  const { source, stream, tables, writes, quarantined, state, sweeps } = commit
  const kept = await keptPlace(writer, source, stream)
  refuseStale(commit, kept.version)
  const stamp: Stamp = { syncedUtcMs: state?.committedUtcMs ?? nowUtcMs, generation: state?.generation ?? kept.generation }
  for (const table of tables) await ensureTable(writer, source, stream, table)
  const total = { written: 0, removed: 0 }
  const moved = new Map<string, Moved>()
  const entryOf = async (name: string): Promise<Moved> => {
    const known = moved.get(name)
    if (known !== undefined) return known
    const table = await tableOf(writer, name)
    // While a first reading goes on rows come from everywhere.
    const entry = { table, grown: 0, changed: false, touched: kept.reach?.isWhole === true ? new Touched(writer, table) : null }
    moved.set(name, entry)
    return entry
  }
  for (const write of writes) {
    const entry = await entryOf(write.table)
    const { written, removed, grown } = await applyWrite(writer, write, { ...entry.table, rows: entry.table.rows + entry.grown }, stamp, entry.touched)
    total.written += written
    total.removed += removed
    entry.grown += grown
    entry.changed ||= written + removed > 0
  }
  if (sweeps) {
    for (const { name } of tables) {
      const swept = await writer.run(`DELETE FROM ${quoteName(name)} WHERE _generation <> ?`, [BigInt(stamp.generation)])
      if (swept === 0) continue
      const entry = await entryOf(name)
      total.removed += swept
      entry.grown -= swept
      entry.changed = true
      entry.touched?.anywhere()
    }
  }
  // Whoever asks must hear that a table is complete from elsewhere on, also where no row has changed.
  const before = kept.reach === null ? null : backfillOf(kept.reach)
  const after = state === null ? before : backfillOf(state)
  if (before?.completeFromUtcMs !== after?.completeFromUtcMs) for (const { name } of tables) (await entryOf(name)).changed = true
  for (const [name, { grown, changed, touched }] of moved) {
    if (!changed) continue
    await moveTable(writer, name, grown)
    await touched?.keep()
  }
  await setAside(writer, source, stream, quarantined, stamp.syncedUtcMs)
  if (state !== null) await keepState(writer, source, stream, state)
  return total
}
