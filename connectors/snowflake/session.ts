import type { Connection, RowStatement } from 'snowflake-sdk'
import { KpiqlError } from '../../src/base/errors.ts'
import type { Statement } from '../contract.ts'
import type { CellType } from '../sql-kit/engine.ts'
import type { RowSink } from '../sql-kit/row-sink.ts'
import { untilAborted, within } from '../../src/base/until-aborted.ts'
import { cellText, cellTypeOf } from './cell-type.ts'
import { loadSdk } from './load-sdk.ts'
import { storedName } from './names.ts'
import { readKey, type SnowflakeOptions } from './options.ts'
import { settingsSql } from './settings.ts'

const STOP_MS = 2000

/** One session for all statements: each is a request of its own, and as many run at once as are asked for. */
export class Session {
  readonly #source: string
  readonly #options: SnowflakeOptions
  #connection: Promise<Connection> | null = null

  constructor(source: string, options: SnowflakeOptions) {
    this.#source = source
    this.#options = options
  }

  /** Hands the rows to the sink. Aborting asks Snowflake to stop the statement, and so does a sink that takes no more. */
  async run({ text, params }: Pick<Statement, 'text' | 'params'>, sink: Pick<RowSink, 'begin' | 'row'>, signal: AbortSignal): Promise<void> {
    const statement = await this.#execute(text, params.map(({ value }) => (value === null ? null : String(value))), signal)
    try {
      const types = (statement.getColumns() ?? []).map((column) => this.#typeOf(column.getName(), column.getType(), column.getScale() ?? null))
      sink.begin(types)
      await readRows(statement, types, sink, signal)
    } catch (error) {
      await stop(statement)
      throw error
    }
  }

  /** The rows of a statement of our own, by the columns' names in lower case. */
  async rows(text: string, values: readonly string[], signal: AbortSignal): Promise<readonly Readonly<Record<string, string | null>>[]> {
    const statement = await this.#execute(text, values, signal)
    const columns = (statement.getColumns() ?? []).map((column) => ({ name: column.getName().toLowerCase(), type: cellTypeOf(column.getType(), column.getScale() ?? null) ?? 'text' }))
    const found: Readonly<Record<string, string | null>>[] = []
    const take = (cells: readonly (string | null)[]): void => void found.push(Object.fromEntries(columns.map(({ name }, index) => [name, cells[index] ?? null])))
    await readRows(statement, columns.map(({ type }) => type), { row: take }, signal)
    return found
  }

  /** A statement whose columns are known; its rows may still be on their way. A session that has ended is replaced once: nothing was run in it. */
  async #execute(text: string, binds: readonly (string | null)[], signal: AbortSignal): Promise<RowStatement> {
    for (let isFirst = true; ; isFirst = false) {
      const connection = await this.#connected(signal)
      // What was cancelled while we connected is not started.
      signal.throwIfAborted()
      const { statement, ready } = execute(connection, text, binds)
      try {
        await untilAborted(ready, signal)
        return statement
      } catch (error) {
        if (signal.aborted) await stop(statement)
        if (signal.aborted || !isFirst || connection.isUp()) throw error
      }
    }
  }

  async close(): Promise<void> {
    const open = this.#connection
    this.#connection = null
    await untilAborted(open?.then(end, () => undefined) ?? Promise.resolve(), AbortSignal.timeout(STOP_MS)).catch(() => undefined)
  }

  async #connected(signal: AbortSignal): Promise<Connection> {
    const opening = (this.#connection ??= this.#open())
    try {
      const connection = await untilAborted(opening, within(signal, this.#options.connectTimeoutMs))
      if (connection.isUp()) return connection
    } catch (error) {
      if (!signal.aborted) this.#forget(opening)
      throw error
    }
    // Its tokens ran out, or the service ended it.
    this.#forget(opening)
    return this.#connected(signal)
  }

  /** The next statement signs in anew; a session that comes up too late is ended. */
  #forget(opening: Promise<Connection>): void {
    if (this.#connection === opening) this.#connection = null
    opening.then(end, () => undefined)
  }

  async #open(): Promise<Connection> {
    const { account, user, password, privateKey, privateKeyPassphrase, token, role, warehouse, database, schema, accessUrl } = this.#options
    const sdk = await loadSdk()
    const connection = sdk.createConnection({
      account,
      username: user,
      ...(password === undefined ? {} : { password }),
      ...(privateKey === undefined ? {} : { authenticator: 'SNOWFLAKE_JWT', privateKey: readKey(privateKey, privateKeyPassphrase) ?? '' }),
      ...(token === undefined ? {} : { authenticator: 'PROGRAMMATIC_ACCESS_TOKEN', token }),
      ...(role === undefined ? {} : { role }),
      ...(warehouse === undefined ? {} : { warehouse }),
      ...(accessUrl === undefined ? {} : { accessUrl }),
      database: storedName(database),
      schema: storedName(schema),
      application: 'kpiql',
      queryTag: 'kpiql',
      clientSessionKeepAlive: false,
      rowMode: 'array',
      streamResult: true,
      fetchAsString: ['Number'],
      jsTreatIntegerAsBigInt: true,
      // A null number would come as the text NULL.
      representNullAsStringNull: false,
      sfRetryMaxLoginRetries: 1,
      rowStreamHighWaterMark: 1000,
    })
    await new Promise<void>((resolve, reject) => void connection.connect((error) => (error === undefined || error === null ? resolve() : reject(error))))
    await execute(connection, settingsSql(this.#options.statementTimeoutMs), []).ready
    return connection
  }

  #typeOf(name: string, type: string, scale: number | null): Exclude<CellType, 'null'> {
    const known = cellTypeOf(type, scale)
    if (known === null) throw new KpiqlError('SOURCE_FAILED', { message: `Source "${this.#source}" answered with a column "${name.slice(0, 100)}" of type ${type}, which cannot be read.`, hint: 'Turn it into text, a number or a time in `expr` of the model.' })
    return known
  }
}

interface Executed {
  readonly statement: RowStatement
  /** Once the answer's columns are known. */
  readonly ready: Promise<void>
}

function execute(connection: Connection, sqlText: string, binds: readonly (string | null)[]): Executed {
  let settle: { resolve(): void; reject(error: unknown): void } | null = null
  const ready = new Promise<void>((resolve, reject) => {
    settle = { resolve, reject }
  })
  const complete = (error: unknown): void => (error === undefined || error === null ? settle?.resolve() : settle?.reject(error))
  const statement = connection.execute({ sqlText, binds, complete }) as RowStatement
  return { statement, ready }
}

function readRows(statement: RowStatement, types: readonly CellType[], sink: Pick<RowSink, 'row'>, signal: AbortSignal): Promise<void> {
  const stream = statement.streamRows()
  const reading = new Promise<void>((resolve, reject) => {
    stream.on('error', reject)
    stream.on('end', resolve)
    stream.on('data', (row: readonly unknown[]) => {
      try {
        sink.row(row.map((cell, index) => cellText(cell, types[index] ?? 'text')))
      } catch (error) {
        stream.destroy()
        reject(error)
      }
    })
  })
  return untilAborted(reading, signal).finally(() => stream.destroy())
}

function end(connection: Connection): Promise<void> {
  return new Promise((resolve) => (connection.isUp() ? connection.destroy(() => resolve()) : resolve()))
}

/** Asks Snowflake to stop the statement, and does not wait for long. */
function stop(statement: RowStatement): Promise<void> {
  return untilAborted(new Promise<void>((resolve) => statement.cancel(() => resolve())), AbortSignal.timeout(STOP_MS)).catch(() => undefined)
}
