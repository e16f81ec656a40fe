import { KpiqlError } from '../../src/base/errors.ts'
import type { ColumnKind, Param, QuarantineReport, QuerySource, Value } from '../contract.ts'
import type { CellTest, KeptState, LandedTable, LandingCell, LandingColumn, LandingCommit, LandingRows, LandingTable, Overwriting, QuarantinedRecord, StreamReach, StreamState } from '../landing-contract.ts'
import type { ReadLanding } from '../sql-kit/landed-source.ts'
import { refuseStale } from '../landing-fence.ts'
import { shapeChange, type LandedShape } from '../sql-kit/landed-shape.ts'
import { cellOf, readKind } from '../sql-kit/landing-cell.ts'
import { digestOf, mentioned } from '../sql-kit/quarantined.ts'
import type { Json } from '../sync-contract.ts'
import { arrayText } from './landing-arrays.ts'
import { applyShape, columnName, elementType, openBooks, quote } from './landing-tables.ts'
import { LandingWriter, lockName, WRITER_OF, writerName, type Write } from './landing-writer.ts'
import { applyWrite, deleteWhere, overwriteCells, putIn, sweep } from './landing-writes.ts'
import type { SessionSettings } from './session.ts'

const LISTED_ENTRIES = 1000
const LISTED_CHARACTERS = 200
const QUARANTINE_SLICE = 20_000

type Cells = readonly (readonly Value[])[]
type Where = { readonly column: string; readonly values: readonly LandingCell[] }

/** Synced records in a schema of PostgreSQL: each commit is one transaction. */
export class PostgresLanding implements ReadLanding {
  changes = 0
  readonly #source: QuerySource
  readonly #schema: string
  readonly #writer: LandingWriter
  #shapes: Map<string, LandedShape> = new Map()
  readonly #counted = new Map<string, { readonly version: bigint; readonly rows: Promise<number> }>()

  /** @param source reads the schema; it is closed with the landing. */
  constructor(source: QuerySource, settings: SessionSettings) {
    this.#source = source
    this.#schema = settings.schema
    this.#writer = new LandingWriter(settings, async (write) => {
      this.#shapes = await openBooks(write, settings.schema)
    })
  }

  async obstacle(): Promise<string | null> {
    const [[may] = []] = await this.#read("SELECT CASE WHEN EXISTS (SELECT FROM pg_namespace WHERE nspname = $1) THEN has_schema_privilege($1, 'CREATE') AND has_schema_privilege($1, 'USAGE') ELSE has_database_privilege(current_database(), 'CREATE') END", ['boolean'], this.#schema)
    return may === true ? null : `The user of "${this.#source.name}" may not write to schema "${this.#schema}". Make the schema and give it to the user (CREATE SCHEMA … AUTHORIZATION …), or grant CREATE on the database.`
  }

  claim(): Promise<string | null> {
    return this.#writer.claim()
  }

  async otherWriter(): Promise<string | null> {
    if (this.#writer.isHeld) return null
    const [[name] = []] = await this.#read(WRITER_OF, ['text'], lockName(this.#schema))
    return name === undefined ? null : writerName(String(name ?? ''))
  }

  async states(source: string): Promise<ReadonlyMap<string, KeptState>> {
    const rows = await this.#readBooks(
      `SELECT s.stream, s.cursor, s.generation, s.is_whole, s.complete_until_utc_ms, s.backfilled_from_utc_ms, s.backfilled_until_utc_ms, s.committed_utc_ms, s.version, (SELECT count(*) FROM _quarantine q WHERE q.source = s.source AND q.stream = s.stream)
       FROM _kpiql_streams s WHERE s.source = $1 ORDER BY s.stream`,
      ['text', 'text', 'integer', 'boolean', 'integer', 'integer', 'integer', 'integer', 'integer', 'integer'],
      source,
    )
    return new Map(
      rows.map(([stream, cursor, generation, isWhole, until, backfilledFrom, backfilledUntil, committed, version, quarantined]) => [
        String(stream),
        { cursor: JSON.parse(String(cursor)) as Json, generation: Number(generation), ...reach(isWhole, until, backfilledFrom, backfilledUntil), committedUtcMs: Number(committed), version: Number(version), quarantined: Number(quarantined) },
      ]),
    )
  }

  commit(commit: LandingCommit): Promise<{ readonly written: number; readonly removed: number }> {
    return this.#change(async (write, shapes) => {
      const { source, stream, state } = commit
      const [before] = (await write('SELECT generation, version FROM _kpiql_streams WHERE source = $1 AND stream = $2', source, stream)).rows
      refuseStale(commit, Number(before?.[1] ?? 0))
      const touched = new Set<string>()
      const changes = commit.tables.map((table) => shapeChange(shapes.get(table.name), table, commit))
      for (const change of changes) {
        if (change.isNew || change.added.length > 0 || shapes.get(change.name)?.stream !== change.shape.stream) await applyShape(write, change)
        if (change.added.length > 0) touched.add(change.name)
        shapes.set(change.name, change.shape)
      }
      const kept = state?.generation ?? Number(before?.[0] ?? 0)
      const marks = { syncedAtUtcMs: state?.committedUtcMs ?? Date.now(), generation: kept }
      let written = 0
      let removed = 0
      for (const one of commit.writes) {
        const gone = await applyWrite(write, one, shapeOf(shapes, one.table), marks)
        const put = one.kind === 'delete' ? 0 : one.rows.count
        if (gone + put > 0) touched.add(one.table)
        written += put
        removed += gone
      }
      for (const { name } of commit.sweeps ? commit.tables : []) {
        const gone = await sweep(write, name, kept)
        if (gone > 0) touched.add(name)
        removed += gone
      }
      await keepQuarantined(write, commit.quarantined, { source, stream, atUtcMs: marks.syncedAtUtcMs })
      await moveOn(write, touched)
      if (state !== null) await keepState(write, source, stream, state)
      return { written, removed }
    })
  }

  reset(source: string): Promise<void> {
    return this.#change(async (write) => void (await write("UPDATE _kpiql_streams SET cursor = 'null', is_whole = false, complete_until_utc_ms = NULL, backfilled_from_utc_ms = NULL, backfilled_until_utc_ms = NULL, version = version + 1 WHERE source = $1", source)))
  }

  async tables(source: string): Promise<readonly LandedTable[]> {
    const rows = await this.#readBooks('SELECT name, stream, columns, key FROM _kpiql_tables WHERE source = $1 AND starts_with(name, $2) ORDER BY name', ['text', 'text', 'text', 'text'], source, `${source}_`)
    return rows.map(([name, stream, columns, key]) => ({ name: String(name), stream: stream === null ? null : String(stream), columns: JSON.parse(String(columns)) as LandingColumn[], key: JSON.parse(String(key)) as string[] }))
  }

  async rowCounts(source: string): Promise<ReadonlyMap<string, number>> {
    const booked = await this.#readBooks('SELECT name, version FROM _kpiql_tables WHERE source = $1 AND starts_with(name, $2) ORDER BY name', ['text', 'integer'], source, `${source}_`)
    return new Map(await Promise.all(booked.map(async ([name, version]) => [String(name), await this.#rowsIn(String(name), BigInt(String(version)))] as const)))
  }

  async lookUp(table: string, columns: readonly string[], where: Where): Promise<readonly (readonly LandingCell[])[]> {
    if (where.values.length === 0) return []
    const shape = await this.#shape(table)
    const kindOf = (name: string): LandingColumn['kind'] => shape.columns.find((column) => column.name === name)?.kind ?? 'text'
    const kinds = columns.map(kindOf)
    const sought = kindOf(where.column)
    const rows = await this.#read(
      `SELECT DISTINCT ${columns.map(columnName).join(', ')} FROM ${quote(table)} WHERE ${columnName(where.column)} = ANY ($1::${elementType(sought)}[])`,
      kinds.map(readKind),
      arrayText(where.values, sought),
    )
    return rows.map((row) => row.map((value, index) => cellOf(value, kinds[index] ?? 'text')))
  }

  rewrite(source: string, table: LandingTable, rows: AsyncIterable<LandingRows> | Iterable<LandingRows>): Promise<void> {
    return this.#change(async (write, shapes) => {
      const change = shapeChange(shapes.get(table.name), table, { source, stream: null })
      await applyShape(write, change)
      shapes.set(table.name, change.shape)
      // Not TRUNCATE, which would have readers wait, and show them an empty table.
      await write(`DELETE FROM ${quote(table.name)}`)
      for await (const piece of rows) await putIn(write, table.name, piece, change.shape, { syncedAtUtcMs: Date.now(), generation: 0 })
      await moveOn(write, [table.name])
    })
  }

  remove(table: string, where: Where, only: readonly CellTest[] = []): Promise<number> {
    return this.#change(async (write, shapes) => {
      const shape = shapes.get(table)
      const removed = shape === undefined ? 0 : await deleteWhere(write, table, where, shape, only)
      if (removed > 0) await moveOn(write, [table])
      if (only.length > 0) return removed
      const named = mentioned(where.values.flatMap((value) => (value === null ? [] : [String(value)])))
      await write(`DELETE FROM _quarantine WHERE table_name = $1 AND ${MENTIONS}`, table, arrayText(named, 'text'))
      return removed
    })
  }

  overwrite(table: string, change: Overwriting): Promise<number> {
    return this.#change(async (write, shapes) => {
      const shape = shapes.get(table)
      const changed = shape === undefined ? 0 : await overwriteCells(write, table, change, shape)
      if (changed > 0) await moveOn(write, [table])
      return changed
    })
  }

  removeQuarantined(source: string, mentions: readonly string[]): Promise<number> {
    return this.#change(async (write) => (await write(`DELETE FROM _quarantine WHERE source = $1 AND ${MENTIONS}`, source, arrayText(mentioned(mentions), 'text'))).count)
  }

  async quarantine(source: string | null): Promise<QuarantineReport> {
    const of = source === null ? '' : 'WHERE source = $1'
    const params = source === null ? [] : [source]
    const [[total] = []] = await this.#readBooks(`SELECT count(*) FROM _quarantine ${of}`, ['integer'], ...params)
    const rows = await this.#readBooks(`SELECT table_name, source || '/' || stream, column_name, reason, left(content, ${LISTED_CHARACTERS}) FROM _quarantine ${of} ORDER BY happened_at DESC, id LIMIT ${LISTED_ENTRIES}`, ['text', 'text', 'text', 'text', 'text'], ...params)
    const entries = rows.map(([table, file, column, reason, content]) => ({ table: String(table), file: String(file), line: null, column: column === null ? null : String(column), reason: String(reason), content: String(content) }))
    return { total: Number(total ?? 0), entries, truncated: Number(total ?? 0) > entries.length }
  }

  async reachOf(table: string): Promise<StreamReach | null> {
    const [found] = await this.#readBooks('SELECT s.is_whole, s.complete_until_utc_ms, s.backfilled_from_utc_ms, s.backfilled_until_utc_ms FROM _kpiql_tables t JOIN _kpiql_streams s ON s.source = t.source AND s.stream = t.stream WHERE t.name = $1', ['boolean', 'integer', 'integer', 'integer'], table)
    if (found === undefined) return null
    const [isWhole, until, backfilledFrom, backfilledUntil] = found
    return reach(isWhole, until, backfilledFrom, backfilledUntil)
  }

  async close(): Promise<void> {
    await Promise.all([this.#writer.close(), this.#source.close()])
  }

  /** Shapes that the work changes count once it is committed. */
  async #change<T>(work: (write: Write, shapes: Map<string, LandedShape>) => Promise<T>): Promise<T> {
    let shapes = this.#shapes
    try {
      const result = await this.#writer.within((write) => {
        shapes = new Map(this.#shapes)
        return work(write, shapes)
      })
      this.#shapes = shapes
      return result
    } finally {
      // Also of a commit whose end nobody heard of.
      this.changes += 1
    }
  }

  async #shape(table: string): Promise<LandedShape> {
    const [[source, stream, columns, key] = []] = await this.#readBooks('SELECT source, stream, columns, key FROM _kpiql_tables WHERE name = $1', ['text', 'text', 'text', 'text'], table)
    if (source === undefined) throw new KpiqlError('TABLE_MISSING', { message: `No table "${table}" has landed in "${this.#source.name}".`, hint: 'Sync its source first: kpiql sync.' })
    return { source: String(source), stream: stream === null ? null : String(stream), columns: JSON.parse(String(columns)) as LandingColumn[], key: JSON.parse(String(key)) as string[] }
  }

  /** Counted once for each version. */
  #rowsIn(name: string, version: bigint): Promise<number> {
    const known = this.#counted.get(name)
    if (known?.version === version) return known.rows
    const rows = this.#readBooks(`SELECT count(*) FROM ${quote(name)}`, ['integer']).then(([first]) => Number(first?.[0] ?? 0))
    this.#counted.set(name, { version, rows })
    rows.catch(() => this.#counted.delete(name))
    return rows
  }

  /** Nothing, where nothing has landed yet. */
  async #readBooks(text: string, columns: readonly ColumnKind[], ...params: readonly string[]): Promise<Cells> {
    try {
      return await this.#read(text, columns, ...params)
    } catch (error) {
      if (error instanceof KpiqlError && error.code === 'TABLE_MISSING') return []
      throw error
    }
  }

  async #read(text: string, kinds: readonly ColumnKind[], ...values: readonly string[]): Promise<Cells> {
    const { columns, rowCount } = await this.#source.query({ text, params: values.map((value): Param => ({ value, type: 'text' })), columns: kinds })
    return Array.from({ length: rowCount }, (_, row) => columns.map((cells) => cells[row] ?? null))
  }
}

const MENTIONS = 'EXISTS (SELECT FROM unnest($2::text[]) AS mentioned (part) WHERE strpos(lower(content), lower(part)) > 0)'

function shapeOf(shapes: ReadonlyMap<string, LandedShape>, table: string): LandedShape {
  const shape = shapes.get(table)
  if (shape === undefined) throw new KpiqlError('PLAN_BROKEN', { message: `A commit writes to table "${table}", which it does not name.` })
  return shape
}

async function keepQuarantined(write: Write, records: readonly QuarantinedRecord[], { source, stream, atUtcMs }: { readonly source: string; readonly stream: string; readonly atUtcMs: number }): Promise<void> {
  for (let at = 0; at < records.length; at += QUARANTINE_SLICE) {
    const part = records.slice(at, at + QUARANTINE_SLICE)
    const texts = (of: (record: QuarantinedRecord) => string | null): string => arrayText(part.map(of), 'text')
    await write(
      `INSERT INTO _quarantine (source, stream, happened_at, digest, table_name, column_name, reason, content)
       SELECT $1, $2, to_timestamp($3::numeric / 1000), * FROM unnest($4::text[], $5::text[], $6::text[], $7::text[], $8::text[]) ON CONFLICT DO NOTHING`,
      source, stream, String(atUtcMs), texts(digestOf), texts(({ table }) => table), texts(({ column }) => column), texts(({ reason }) => reason), texts(({ content }) => content),
    )
  }
}

/** Gives each table another version. */
async function moveOn(write: Write, tables: Iterable<string>): Promise<void> {
  await write('UPDATE _kpiql_tables SET version = version + 1 WHERE name = ANY ($1::text[])', arrayText([...tables], 'text'))
}

async function keepState(write: Write, source: string, stream: string, state: StreamState): Promise<void> {
  const { cursor, generation, isWhole, completeUntilUtcMs, backfilled, committedUtcMs } = state
  const instant = (utcMs: number | null | undefined): string | null => (utcMs === null || utcMs === undefined ? null : String(Math.floor(utcMs)))
  await write(
    `INSERT INTO _kpiql_streams AS kept (source, stream, cursor, generation, is_whole, complete_until_utc_ms, committed_utc_ms, backfilled_from_utc_ms, backfilled_until_utc_ms, version) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 1)
     ON CONFLICT (source, stream) DO UPDATE SET cursor = excluded.cursor, generation = excluded.generation, is_whole = excluded.is_whole, complete_until_utc_ms = excluded.complete_until_utc_ms, committed_utc_ms = excluded.committed_utc_ms, backfilled_from_utc_ms = excluded.backfilled_from_utc_ms, backfilled_until_utc_ms = excluded.backfilled_until_utc_ms, version = kept.version + 1`,
    source, stream, JSON.stringify(cursor), String(generation), String(isWhole), instant(completeUntilUtcMs), instant(committedUtcMs), instant(backfilled?.fromUtcMs), instant(backfilled?.untilUtcMs),
  )
}

function reach(isWhole: Value | undefined, until: Value | undefined, backfilledFrom: Value | undefined, backfilledUntil: Value | undefined): StreamReach {
  const instant = (value: Value | undefined): number | null => (value === null || value === undefined ? null : Number(value))
  const [fromUtcMs, untilUtcMs] = [instant(backfilledFrom), instant(backfilledUntil)]
  return { isWhole: isWhole === true, completeUntilUtcMs: instant(until), ...(fromUtcMs === null || untilUtcMs === null ? {} : { backfilled: { fromUtcMs, untilUtcMs } }) }
}
