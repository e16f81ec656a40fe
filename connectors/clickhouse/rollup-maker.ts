import { createHash } from 'node:crypto'
import { KpiqlError } from '../../src/base/errors.ts'
import type { KeptRollup, Login, MadeRollup, RollupMaker } from '../rollup-contract.ts'
import type { AskRows } from './engine.ts'
import { LandingConnection } from './landing-connection.ts'
import type { ClickhouseOptions } from './options.ts'
import { quoted, textLiteral } from './quoted.ts'
import { findRollups, holdsAll, ROLLUP_PREFIX, signOfFirsts, stateOf, sumOf } from './rollup-book.ts'
import type { Booked, FoundRollup } from './rollup-book.ts'
import { settingsOf } from './settings.ts'
import { spelledOut } from './spelled-out.ts'
import { whyUnfit } from './unfit-engine.ts'

export interface RollupMakerDeps {
  readonly source: string
  readonly options: ClickhouseOptions
  /** What the source may read. */
  readonly rows: AskRows
  readonly dataVersion: (tables: readonly string[]) => Promise<string>
}

/** Settings that what a statement means hangs on; whoever inserts later has others. */
const MEANING = ['session_timezone', 'join_use_nulls', 'group_by_use_nulls', 'transform_null_in', 'cast_keep_nullable', 'prefer_column_name_to_alias', 'enable_positional_arguments', 'enable_extended_results_for_datetime_functions', 'short_circuit_function_evaluation'] as const
/** Codes of the server: too much backtracking, too deep. */
const BEYOND_PARSER: ReadonlySet<string> = new Set(['718', '306'])
const MOST_TRIES = 20
const SETTLES_WITHIN_MS = 10_000

/** A materialized view into an AggregatingMergeTree, filled from a clone of the table, which is links to its parts and no copy. */
export class ClickhouseRollupMaker implements RollupMaker {
  readonly #deps: RollupMakerDeps
  /** Partitions seen, by what is written of a rollup when it is made. */
  readonly #seen = new Map<string, Map<string, number>>()

  constructor(deps: RollupMakerDeps) {
    this.#deps = deps
  }

  async statements(rollup: MadeRollup): Promise<readonly string[]> {
    const { of, names, create, view, fill } = await this.#planned(rollup)
    return [create, view, `CREATE TABLE ${quoted(names.clone)} CLONE AS ${quoted(of)}`, fill(null), `DROP TABLE ${quoted(names.clone)} SYNC`]
  }

  async make(rollup: MadeRollup, login: Login | null, signal: AbortSignal, progress: (share: number) => void = () => undefined): Promise<KeptRollup> {
    const { rows, dataVersion } = this.#deps
    const { of, names, create, view, fill } = await this.#planned(rollup)
    const started = performance.now()
    return this.#writing(login, async (run) => {
      try {
        for (let tries = 1; ; tries++) {
          signal.throwIfAborted()
          await this.#drop(run, names.table)
          await run(create)
          const version = await dataVersion([of])
          await run(view)
          await run(`CREATE TABLE ${quoted(names.clone)} CLONE AS ${quoted(of)}`)
          // Nobody wrote between the two: what is not in the clone comes through the view.
          if ((await dataVersion([of])) === version) break
          if (tries === MOST_TRIES) throw this.#busy(`The table "${of}" of source "${this.#deps.source}" is written to so often that no moment lay between two inserts.`)
        }
        const state = await stateOf(rows, of)
        const partitions = await rows(`SELECT DISTINCT partition_id AS partition FROM system.parts WHERE database = currentDatabase() AND table = {table:String} AND active ORDER BY partition_id`, { table: names.clone })
        for (const [index, { partition }] of partitions.entries()) {
          signal.throwIfAborted()
          await run(fill(partition ?? ''))
          progress((index + 1) / partitions.length)
        }
        await run(`DROP TABLE ${quoted(names.clone)} SYNC`)
        const booked: Booked = {
          name: rollup.name,
          definition: rollup.definition,
          of,
          uuid: state.uuid,
          mutation: state.mutation,
          block: state.block,
          firsts: signOfFirsts(state, state.block),
          tableRows: spelledOut(rollup.tableRows),
          rollupRows: sumOf(names.table, rollup.rowsColumn, rollup.rowsWhere),
          builtUtcMs: Date.now(),
          buildMs: Math.round(performance.now() - started),
        }
        await this.#settled(rollup.name, booked)
        await run(`ALTER TABLE ${quoted(names.table)} MODIFY COMMENT ${textLiteral(JSON.stringify(booked))}`)
        for (const table of await this.#tablesOf(rollup.name)) if (table !== names.table) await this.#drop(run, table)
      } catch (error) {
        await this.#drop(run, names.table)
        if (signal.aborted) throw new KpiqlError('CANCELLED', { message: `The rollup "${rollup.name}" is not wanted any more.`, cause: error })
        throw error
      }
      const made = (await findRollups(rows)).find(({ table }) => table === names.table)
      if (made === undefined) throw new KpiqlError('SOURCE_FAILED', { message: `The rollup "${rollup.name}" of source "${this.#deps.source}" was made, and is not there.`, hint: 'Somebody may have dropped it: make it again.' })
      return { name: rollup.name, definition: rollup.definition, table: names.table, tables: [of], dataVersion: await dataVersion([of]), rows: made.rows, bytes: made.bytes, builtUtcMs: made.book.builtUtcMs, buildMs: made.book.buildMs }
    })
  }

  async remove(name: string, login: Login | null): Promise<boolean> {
    const found = await this.#tablesOf(name)
    if (found.length === 0) return false
    await this.#writing(login, async (run) => {
      for (const table of found) await this.#drop(run, table)
    })
    return true
  }

  async holds(table: string): Promise<boolean> {
    const found = (await findRollups(this.#deps.rows)).find((one) => one.table === table)
    return found !== undefined && this.holdsAll(found)
  }

  /** The same of one that was just found. */
  holdsAll({ book }: Pick<FoundRollup, 'book'>): Promise<boolean> {
    const key = JSON.stringify(book)
    let seen = this.#seen.get(key)
    if (seen === undefined) this.#seen.set(key, (seen = new Map()))
    return holdsAll(this.#deps.rows, { book }, seen)
  }

  /** Those that are whole, and what is left of making some. */
  async #tablesOf(name: string): Promise<readonly string[]> {
    const found = await this.#deps.rows('SELECT name FROM system.tables WHERE database = currentDatabase() AND match(name, {pattern:String})', { pattern: `^${ROLLUP_PREFIX}${name}_[0-9a-f]{8}(_view|_clone)?$` })
    return [...new Set(found.map((row) => (row['name'] ?? '').replace(/_(view|clone)$/, '')))]
  }

  async #drop(run: Run, table: string): Promise<void> {
    // First the view: inserts would fail for want of the table.
    await run(`DROP VIEW IF EXISTS ${quoted(viewOf(table))} SYNC`)
    await run(`DROP TABLE IF EXISTS ${quoted(cloneOf(table))} SYNC`)
    await run(`DROP TABLE IF EXISTS ${quoted(table)} SYNC`)
  }

  /** An insert that began before there was a view may end after it, and never comes through it. */
  async #settled(name: string, book: Booked): Promise<void> {
    for (const until = performance.now() + SETTLES_WITHIN_MS; performance.now() < until; await new Promise((resolve) => setTimeout(resolve, 200))) {
      if (await this.holdsAll({ book })) return
    }
    throw this.#busy(`The rollup "${name}" of source "${this.#deps.source}" does not hold the rows of "${book.of}": some came while it was made, or were changed.`)
  }

  #busy(message: string): KpiqlError {
    return new KpiqlError('SOURCE_BUSY', { message, hint: 'Make it again at a quieter time.' })
  }

  async #planned(rollup: MadeRollup): Promise<{ readonly of: string; readonly names: Names; readonly create: string; readonly view: string; readonly fill: (partition: string | null) => string }> {
    const { table: of } = rollup
    const joined = rollup.tables.filter((table) => table !== of)
    const { rows, source, options } = this.#deps
    const unfit = (why: string, hint: string): KpiqlError => new KpiqlError('ROLLUP_UNFIT', { message: `Source "${source}" cannot keep the rollup "${rollup.name}" up: ${why}.`, hint })
    if (joined.length > 0) throw unfit(`it joins ${joined.map((table) => `"${table}"`).join(', ')}, of whose changes a materialized view is not told`, 'Leave the joined dimensions out, and name the entity under `entities`: its key is kept, and joined when it is asked.')
    const [table] = await rows('SELECT engine, create_table_query AS query FROM system.tables WHERE database = currentDatabase() AND name = {table:String}', { table: of })
    if (table === undefined) throw unfit(`"${of}" is not there`, 'Ask without a rollup.')
    const why = whyUnfit(table['engine'] ?? '')
    if (why !== null) throw unfit(`"${of}" is a ${table['engine'] ?? ''}: ${why}`, 'Ask without a rollup.')
    if (/\bTTL\b/.test(table['query'] ?? '')) throw unfit(`rows of "${of}" go by a TTL, of which a materialized view is not told`, 'Ask without a rollup.')
    const settings = settingsOf(options)
    const meaning = MEANING.map((name) => `${name} = ${typeof settings[name] === 'number' ? settings[name] : textLiteral(String(settings[name]))}`).join(', ')
    const names = namesOf(rollup)
    const select = (from: string): string => spelledOut(rollup.over(from))
    const types = await rows(`DESCRIBE TABLE (${select(of)})`).catch((error: unknown) => {
      if (!(error instanceof KpiqlError) || !BEYOND_PARSER.has(String(error.data?.['nativeCode']))) throw error
      // More could be allowed to us, but not to the server, which reads the view anew whenever it starts.
      throw unfit('the clock changes of its time zone, and of those of its dates, make a view that the server cannot parse', 'Keep hours (`granularity: hour`, without a `time_zone`): they serve every zone of whole hours.')
    })
    const columns = types.map(({ name, type }) => `${quoted(name ?? '')} ${columnType(type ?? '', rollup.merged.get(name ?? ''))}`)
    const create = `CREATE TABLE ${quoted(names.table)} (${columns.join(', ')}) ENGINE = AggregatingMergeTree ORDER BY (${rollup.keyNames.map(quoted).join(', ')}) SETTINGS allow_nullable_key = 1`
    const view = `CREATE MATERIALIZED VIEW ${quoted(names.view)} TO ${quoted(names.table)} AS ${select(of)} SETTINGS ${meaning}`
    const fill = (partition: string | null): string => {
      const filter = partition === null ? '' : `, additional_table_filters = {${textLiteral(names.clone)}: ${textLiteral(`_partition_id = ${textLiteral(partition)}`)}}`
      return `INSERT INTO ${quoted(names.table)} ${select(names.clone)} SETTINGS ${meaning}${filter}`
    }
    return { of, names, create, view, fill }
  }

  async #writing<T>(login: Login | null, work: (run: Run) => Promise<T>): Promise<T> {
    const { source, options } = this.#deps
    const connection = new LandingConnection(source, { ...options, ...login })
    try {
      return await work((sql) => connection.command(sql))
    } finally {
      await connection.close()
    }
  }
}

type Run = (sql: string) => Promise<void>

interface Names {
  readonly table: string
  readonly view: string
  readonly clone: string
}

/** Another definition, another table: the one before is read until then. */
function namesOf({ name, definition }: MadeRollup): Names {
  const table = `${ROLLUP_PREFIX}${name}_${createHash('sha256').update(definition).digest('hex').slice(0, 8)}`
  return { table, view: viewOf(table), clone: cloneOf(table) }
}

function viewOf(table: string): string {
  return `${table}_view`
}

function cloneOf(table: string): string {
  return `${table}_clone`
}

function columnType(type: string, merged: 'sum' | 'min' | 'max' | undefined): string {
  return merged === undefined ? type : `SimpleAggregateFunction(${merged}, ${type})`
}
