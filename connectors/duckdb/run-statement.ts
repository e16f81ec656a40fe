import { readFileSync, rmSync } from 'node:fs'
import { StatementType, type DuckDBPreparedStatement, type DuckDBResult } from '@duckdb/node-api'
import { KpiqlError } from '../../src/base/errors.ts'
import type { Param, QueryOptions, QueryResult, Statement, Value } from '../contract.ts'
import type { PooledConnection } from './pool.ts'
import { cancelledError } from './pool.ts'
import { columnReaders, readChunk } from './read-columns.ts'
import { addressUpTo } from './slot-budget.ts'

const INT64_MAX = 2n ** 63n - 1n
const INT64_MIN = -(2n ** 63n)

/**
 * Runs one statement that reads; anything else is refused.
 * @throws KpiqlError `CANCELLED`, `TOO_MANY_GROUPS`, `PLAN_BROKEN`; the engine's own errors.
 */
export async function runStatement(lent: PooledConnection, statement: Statement, { signal, maxRows }: QueryOptions, source: string): Promise<QueryResult> {
  const { connection, profileFile } = lent
  const started = performance.now()
  let again: NodeJS.Timeout | null = null
  const stop = (): void => {
    connection.interrupt()
    // The engine forgets an interrupt that comes between preparing and starting; asked again, it stops.
    again ??= setInterval(() => connection.interrupt(), 10)
  }
  signal?.addEventListener('abort', stop, { once: true })
  let prepared: DuckDBPreparedStatement | null = null
  const { slots } = statement
  const heldBytes = slots === undefined ? 0 : (lent.slots?.take(slots) ?? 0)
  try {
    if (signal?.aborted === true) throw cancelledError(source)
    if (lent.slots !== null) await addressUpTo(lent, heldBytes === 0 ? 0 : (slots?.bits ?? 0))
    rmSync(profileFile, { force: true })
    prepared = await connection.prepare(statement.text)
    if (prepared.statementType !== StatementType.SELECT && prepared.statementType !== StatementType.EXPLAIN) {
      throw new KpiqlError('PLAN_BROKEN', { message: 'A statement that does not read was sent to a source.' })
    }
    bindAll(prepared, statement.params)
    const result = await prepared.stream()
    const columns = await readAll(result, statement, maxRows, source, signal)
    return { columns, rowCount: columns[0]?.length ?? 0, rowsRead: rowsRead(profileFile, prepared.statementType), elapsedMs: performance.now() - started }
  } finally {
    signal?.removeEventListener('abort', stop)
    if (again !== null) clearInterval(again)
    prepared?.destroySync()
    lent.slots?.giveBack(heldBytes)
  }
}

async function readAll(result: DuckDBResult, statement: Statement, maxRows: number | undefined, source: string, signal: AbortSignal | undefined): Promise<Value[][]> {
  const readers = columnReaders(result.columnTypes(), statement.columns)
  const columns: Value[][] = statement.columns.map(() => [])
  let rows = 0
  for (;;) {
    const chunk = await result.fetchChunk()
    if (signal?.aborted === true) throw cancelledError(source)
    if (!chunk || chunk.rowCount === 0) return columns
    rows += chunk.rowCount
    if (maxRows !== undefined && rows > maxRows) {
      throw new KpiqlError('TOO_MANY_GROUPS', { message: `The answer of source "${source}" has more than ${maxRows} rows.`, hint: 'Group by fewer dimensions, or narrow the period or the filter.', data: { maxRows } })
    }
    readChunk(chunk, readers, columns)
  }
}

/** Binds the values of a statement in their order. */
export function bindAll(prepared: DuckDBPreparedStatement, params: readonly Param[]): void {
  if (prepared.parameterCount !== params.length) {
    throw new KpiqlError('PLAN_BROKEN', { message: `A statement has ${prepared.parameterCount} placeholders and ${params.length} parameters.` })
  }
  for (const [index, param] of params.entries()) bindOne(prepared, index + 1, param)
}

/** Decimals, dates and times are bound as text: the statement casts them, so no driver can round them. */
function bindOne(prepared: DuckDBPreparedStatement, at: number, { value, type }: Param): void {
  if (value === null) return prepared.bindNull(at)
  switch (type) {
    case 'boolean':
      return prepared.bindBoolean(at, typeof value === 'string' ? value === 'true' : Boolean(value))
    case 'integer': {
      const whole = BigInt(value)
      return whole >= INT64_MIN && whole <= INT64_MAX ? prepared.bindBigInt(at, whole) : prepared.bindHugeInt(at, whole)
    }
    case 'float':
      return prepared.bindDouble(at, Number(value))
    case 'text':
    case 'decimal':
    case 'date':
    case 'timestamp':
      return prepared.bindVarchar(at, String(value))
  }
}

/**
 * Rows the statement's scans touched; null where the profile cannot be read. The engine profiles every plan that has an operator over a table;
 * one that is answered from statistics alone (`count(*)`) leaves no profile, and has read nothing.
 */
function rowsRead(profileFile: string, type: StatementType): number | null {
  let text: string
  try {
    text = readFileSync(profileFile, 'utf8')
  } catch {
    // Not written: see above.
    return type === StatementType.SELECT ? 0 : null
  }
  try {
    const { cumulative_rows_scanned: rows } = JSON.parse(text) as { cumulative_rows_scanned?: unknown }
    return typeof rows === 'number' ? rows : null
  } catch {
    // Cut off, as when the disk is full: no figure is better than a wrong one, and the answer itself is whole.
    return null
  }
}
