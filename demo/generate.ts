import { stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api'
import { KpiqlError } from '../src/base/errors.ts'
import { Activity } from './activity.ts'
import { AnomalyPlan } from './anomalies.ts'
import { addMonths, parseDay } from './calendar.ts'
import { type HistoryBounds, writeCustomerHistory } from './customers.ts'
import { planExperiments } from './experiments.ts'
import { writeCosts, writeDefects, writeLedger, writeSprints } from './operations.ts'
import { replaceFolder } from './output-folder.ts'
import { TABLES, experimentsTable } from './tables.ts'
import { type RowSource, type TableShape, type WrittenFile, writeTable } from './table-writer.ts'
import { tellTruth } from './truth.ts'
import { Visits } from './visits.ts'

/** Length of the history that ends with `until`. */
export const HISTORY_MONTHS = 36
const MOST_CUSTOMERS = 10_000_000
const MOST_EVENTS = 2_000_000_000

export interface DemoOptions {
  /** 1 to 10 million; all that ever signed up. */
  customers: number
  /** Exactly so many rows of events; 0 to 2 billion. */
  events: number
  /** A safe integer ≥ 0. */
  seed: number
  /** A folder that does not exist, is empty, or holds an earlier demo company, which is replaced when all is written. */
  out: string
  format: 'parquet' | 'csv'
  /** The last day, YYYY-MM-DD, inclusive. */
  until: string
  /** Told the share done, 0 to 1, never falling, and what is being made. */
  onProgress?: (done: number, what: string) => void
  /** Stops the work between chunks; what was written is removed. */
  signal?: AbortSignal
}

export interface DemoSummary {
  /** truth.json comes last; its `rows` are the anomalies planted. */
  files: { name: string; rows: number; bytes: number }[]
  elapsedMs: number
}

/** The demo company that a start without configuration makes; only `out` is open. */
export const DEMO_DEFAULTS = {
  customers: 5_000,
  events: 2_000_000,
  seed: 42,
  format: 'parquet',
  until: '2026-06-30',
} as const satisfies Omit<DemoOptions, 'out' | 'onProgress' | 'signal'>

/**
 * Writes a made-up SaaS company of 36 months, one file a table, and truth.json, which tells what was planted in it.
 *
 * The same customers, events, seed, format and until give the same rows in the same order, and the same bytes in CSV.
 * Dates are plain days, timestamps UTC, money DECIMAL(18,2); an unknown value is null (empty in CSV). Nothing is dated
 * after `until` but the `ends_at` of trials still running. Files appear in `out` all at once, or not at all.
 *
 * @throws KpiqlError `USAGE` for options out of range or a folder in use, before anything is written; `CANCELLED`
 */
export async function generateDemo(options: DemoOptions): Promise<DemoSummary> {
  const startedMs = performance.now()
  const bounds = checkOptions(options)
  stopIfCancelled(options.signal)
  const files = await replaceFolder(options.out, (folder) => withConnection((connection) => writeCompany(options, bounds, folder, connection)))
  options.onProgress?.(1, 'done')
  return { files, elapsedMs: performance.now() - startedMs }
}

async function writeCompany(options: DemoOptions, bounds: HistoryBounds, folder: string, connection: DuckDBConnection): Promise<WrittenFile[]> {
  const { customers, events, seed, format, signal } = options
  const anomalies = new AnomalyPlan(bounds.until)
  const experiments = planExperiments(bounds.until)
  const report = (done: number, what: string): void => {
    stopIfCancelled(signal)
    options.onProgress?.(done, what)
  }
  const files: WrittenFile[] = []
  const write = async (shape: TableShape, source: RowSource, onRows: (rows: number) => void = () => stopIfCancelled(signal)): Promise<void> => {
    files.push(await writeTable(connection, folder, format, shape, source, onRows))
  }

  report(0, 'customers')
  const history = await writeCustomerHistory(customers, seed, bounds, anomalies, async (done) => {
    await nextTurn() // lets a signal through
    report(0.1 * done, 'customers')
  })
  const sprints = writeSprints(seed, bounds)
  report(0.1, 'payments')
  await write(TABLES.customers, history.customers)
  await write(TABLES.subscriptions, history.subscriptions)
  await write(TABLES.payments, history.payments)
  await write(TABLES.members, history.members)
  await write(TABLES.trials, history.trials)
  await write(TABLES.referrals, history.referrals)
  await write(TABLES.costs, writeCosts(history, seed, bounds, anomalies))
  await write(TABLES.ledger, writeLedger(customers, seed, bounds))
  await write(TABLES.sprints, sprints)
  await write(TABLES.defects, writeDefects(sprints, seed, bounds, anomalies))
  report(0.18, 'visits')
  await write(TABLES.visits, new Visits(history, seed, bounds))
  report(0.2, 'events')
  const activity = new Activity(events, seed, history, bounds, anomalies, experiments)
  await write(TABLES.events, activity, (rows) => report(0.2 + (0.78 * rows) / events, 'events'))
  await write(TABLES.surveys, activity.surveys.sortedBy(2).numberRows(0))
  await write(experimentsTable(experiments), activity.exposures.sortedBy(4).numberRows(0))
  report(0.99, 'truth')
  files.push(await writeTruth(folder, tellTruth({ customers, events, seed }, bounds, history, anomalies.anomalies, experiments)))
  return files
}

async function writeTruth(folder: string, truth: ReturnType<typeof tellTruth>): Promise<WrittenFile> {
  const path = join(folder, 'truth.json')
  await writeFile(path, `${JSON.stringify(truth, null, 2)}\n`)
  return { name: 'truth.json', rows: truth.anomalies.length, bytes: (await stat(path)).size }
}

async function withConnection<Result>(use: (connection: DuckDBConnection) => Promise<Result>): Promise<Result> {
  const instance = await DuckDBInstance.create(':memory:', { threads: '2' })
  try {
    const connection = await instance.connect()
    try {
      await connection.run(`SET TimeZone = 'UTC'`) // not a start option: ICU is not loaded yet then
      return await use(connection)
    } finally {
      connection.closeSync()
    }
  } finally {
    instance.closeSync()
  }
}

function checkOptions({ customers, events, seed, out, format, until }: DemoOptions): HistoryBounds {
  const last = parseDay(until)
  refuseUnless(Number.isSafeInteger(customers) && customers >= 1 && customers <= MOST_CUSTOMERS, 'customers', `a whole number from 1 to ${MOST_CUSTOMERS}`)
  refuseUnless(Number.isSafeInteger(events) && events >= 0 && events <= MOST_EVENTS, 'events', `a whole number from 0 to ${MOST_EVENTS}`)
  refuseUnless(Number.isSafeInteger(seed) && seed >= 0, 'seed', 'a whole number from 0 on')
  refuseUnless(out !== '', 'out', 'the name of a folder')
  refuseUnless(format === 'parquet' || format === 'csv', 'format', 'parquet or csv')
  if (last === null || until < '1980-01-01') throw outOfRange('until', 'a day from 1980-01-01 on, as YYYY-MM-DD')
  return { from: addMonths(last + 1, -HISTORY_MONTHS), until: last }
}

function refuseUnless(holds: boolean, option: string, expected: string): void {
  if (!holds) throw outOfRange(option, expected)
}

function outOfRange(option: string, expected: string): KpiqlError {
  return new KpiqlError('USAGE', { message: `The option ${option} of the demo company is out of range.`, hint: `It is ${expected}.` })
}

function stopIfCancelled(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new KpiqlError('CANCELLED', { message: 'The demo company was cancelled; nothing was written.', cause: signal.reason })
}
