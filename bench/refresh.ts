import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import duckdb from '../connectors/duckdb/index.ts'
import type { QuerySource } from '../connectors/contract.ts'
import type { TableChange } from '../connectors/rollup-contract.ts'
import { createAnalytics } from '../src/answer/analytics.ts'
import type { Analytics, MetricAnswer } from '../src/answer/types.ts'
import { silentLog } from '../src/base/log.ts'
import { resolvePeriod } from '../src/base/period.ts'
import type { PeriodAsk } from '../src/base/period.ts'
import type { Grain } from '../src/base/grain.ts'
import type { MetricAsk } from '../src/plan/ask.ts'
import type { Model } from '../src/model/types.ts'
import { ENGINE_SETTINGS } from './data.ts'
import { benchModel } from './planner.ts'
import { ms, verdict } from './report.ts'
import type { Section } from './report.ts'

const MAX_ROWS_SHARE = 0.02
/** The day whose rows come: in the middle of a month, so that neither nearly all of it nor nearly none is over. */
const NEW_DAY = '2025-12-15'
const DAY_MS = 86_400_000

interface Tile {
  readonly metric: string
  readonly period: PeriodAsk
  readonly grain: Grain | null
  readonly by: readonly string[]
}

const lastMonths = (count: number): PeriodAsk => ({ last: { count, unit: 'month', includeCurrent: true } })
const lastDays = (count: number): PeriodAsk => ({ last: { count, unit: 'day', includeCurrent: true } })

/** Sums, counts and averages, up to the present moment. */
const ADDITIVE: readonly Tile[] = [
  { metric: 'revenue', period: { preset: 'this_month' }, grain: null, by: [] },
  { metric: 'events', period: { preset: 'year_to_date' }, grain: null, by: [] },
  { metric: 'revenue', period: lastMonths(24), grain: 'month', by: [] },
  { metric: 'events', period: lastMonths(24), grain: 'month', by: [] },
  { metric: 'average_duration', period: lastMonths(24), grain: 'month', by: [] },
  { metric: 'revenue', period: lastDays(90), grain: 'day', by: [] },
  { metric: 'events', period: { preset: 'last_30_days' }, grain: null, by: [] },
  { metric: 'revenue', period: { preset: 'year_to_date' }, grain: null, by: ['country'] },
  { metric: 'events', period: lastMonths(12), grain: 'month', by: ['device'] },
  { metric: 'average_duration', period: lastDays(90), grain: null, by: ['channel'] },
]

/** How many users: days and months do not add up, their keys are united. */
const DISTINCT: readonly Tile[] = [
  { metric: 'users', period: lastDays(30), grain: 'day', by: [] },
  { metric: 'users', period: lastMonths(12), grain: 'month', by: [] },
]

/** A dashboard asked anew after a day of rows has come (refresh). */
export async function benchRefresh(path: string, rows: number): Promise<Section> {
  const folder = await mkdtemp(join(tmpdir(), 'kpiql-bench-refresh-'))
  try {
    const before = join(folder, 'before.duckdb')
    const after = join(folder, 'after.duckdb')
    await copyUntil(path, before, NEW_DAY)
    const nextDay = new Date(Date.parse(`${NEW_DAY}T00:00:00Z`) + DAY_MS).toISOString().slice(0, 10)
    const newRows = await copyUntil(path, after, nextDay)
    const model = await benchModel()
    const measured = [
      { what: `${ADDITIVE.length} questions of sums, counts and averages`, tiles: ADDITIVE, isBound: true },
      { what: 'different users by day, 30 days', tiles: DISTINCT.slice(0, 1), isBound: false },
      { what: 'different users by month, 12 months', tiles: DISTINCT.slice(1), isBound: true },
      { what: `all ${ADDITIVE.length + DISTINCT.length}: these, and different users by day and by month`, tiles: [...ADDITIVE, ...DISTINCT], isBound: true },
    ]
    const table: string[][] = []
    for (const { what, tiles, isBound } of measured) {
      const { cold, refreshed } = await refresh(model, { before, after }, tiles)
      const share = refreshed.rowsRead / cold.rowsRead
      table.push([what, count(cold.rowsRead), ms(cold.ms), count(refreshed.rowsRead), ms(refreshed.ms), `${(share * 100).toFixed(2)} %`, isBound ? verdict(share <= MAX_ROWS_SHARE) : ''])
    }
    return {
      title: `(refresh) A dashboard after one new day, ${rows.toLocaleString('en')} rows`,
      about: [
        `Rows that the engine says it read: for a dashboard that nobody asked before, and for the same dashboard after the ${count(newRows)} rows of ${NEW_DAY} have come, a day later. No rollups, only the buckets that the cache keeps.`,
        'Fair, because the answers after the refresh are compared with those of a gateway that remembers nothing, and the same source is told of the change in the words in which a table that a tool is synced into tells it: the span of time in which rows came.',
        'What the cold run reads is its own best: questions share passes over the table. Different users of a month are not the sum of those of its days: what is over of the month is kept as the keys that were counted, and the day is united with them. Thirty days by themselves are few rows when cold, so that one more is much of them.',
      ],
      tables: [{ columns: ['Dashboard', 'Cold: rows', 'ms', 'Refreshed: rows', 'ms', `Rows, wanted ≤ ${MAX_ROWS_SHARE * 100} %`, 'Verdict'], rows: table }],
    }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** @returns Rows of the last day copied. */
async function copyUntil(from: string, to: string, untilDay: string): Promise<number> {
  const instance = await DuckDBInstance.create(to, ENGINE_SETTINGS)
  const connection = await instance.connect()
  try {
    await connection.run(`ATTACH '${from}' AS whole (READ_ONLY)`)
    await connection.run(`CREATE TABLE events AS SELECT * FROM whole.events WHERE ts < TIMESTAMP '${untilDay}'`)
    await connection.run('CREATE TABLE subscriptions AS SELECT * FROM whole.subscriptions LIMIT 1000')
    const counted = await connection.runAndReadAll(`SELECT count(*) FROM events WHERE ts >= TIMESTAMP '${untilDay}' - INTERVAL 1 DAY`)
    return Number(counted.value(0, 0))
  } finally {
    connection.closeSync()
    instance.closeSync()
  }
}

interface Measured {
  readonly rowsRead: number
  readonly ms: number
}

async function refresh(model: Model, files: { readonly before: string; readonly after: string }, tiles: readonly Tile[]): Promise<{ readonly cold: Measured; readonly refreshed: Measured }> {
  const open = (database: string): QuerySource => duckdb.open('bench', duckdb.options.parse({ database, tables: [], threads: 2, memoryLimit: '4GB' }), { log: silentLog, stateFolder: '' })
  let nowUtcMs = Date.parse(`${NEW_DAY}T00:30:00Z`)
  const moving = new MovingSource(open(files.before))
  const over = { model, sources: new Map([['bench', { source: moving, connector: 'duckdb', nowUtcMs: null }]]), clock: { nowMs: () => nowUtcMs }, maxGroups: 500_000 }
  const [remembering, forgetful] = [createAnalytics({ ...over, cacheBytes: 100_000_000 }), createAnalytics({ ...over, cacheBytes: 0 })]
  try {
    const cold = await askTiles(remembering, model, tiles, nowUtcMs)
    await moving.replaceBy(open(files.after))
    nowUtcMs += DAY_MS
    const refreshed = await askTiles(remembering, model, tiles, nowUtcMs)
    const anew = await askTiles(forgetful, model, tiles, nowUtcMs)
    if (JSON.stringify(valuesOf(refreshed.answers)) !== JSON.stringify(valuesOf(anew.answers))) throw new Error('The refreshed dashboard differs from one that is read anew.')
    return { cold, refreshed }
  } finally {
    await moving.close()
  }
}

async function askTiles(analytics: Analytics, model: Model, tiles: readonly Tile[], nowUtcMs: number): Promise<Measured & { readonly answers: readonly MetricAnswer[] }> {
  const asks = tiles.map(({ metric, period, grain, by }): MetricAsk => {
    const context = { nowUtcMs, zone: 'UTC', calendar: model.calendar }
    return { metric, predicate: { kind: 'all' }, period: resolvePeriod(period, context), grain, by: by.map((dimension) => ({ kind: 'dimension', dimension })) }
  })
  const session = analytics.session({ freshness: 'REVALIDATE', signal: new AbortController().signal })
  const from = performance.now()
  const answers = await Promise.all(asks.map((ask) => session.metric(ask)))
  return { answers, ms: performance.now() - from, rowsRead: session.stats.rowsRead }
}

/** Groups come in the order in which they were met. */
function valuesOf(answers: readonly MetricAnswer[]) {
  return answers.map(({ groups }) => groups.map(({ values, cells }) => [JSON.stringify(values), cells.map(({ exact, value }) => exact ?? value)]).toSorted(([a], [b]) => (String(a) < String(b) ? -1 : 1)))
}

/** A source whose table gets the rows of a day, and which can tell when they were. */
class MovingSource implements QuerySource {
  readonly name = 'bench'
  #source: QuerySource

  constructor(source: QuerySource) {
    this.#source = source
  }

  get dialect(): QuerySource['dialect'] {
    return this.#source.dialect
  }

  get can(): QuerySource['can'] {
    return this.#source.can
  }

  async replaceBy(source: QuerySource): Promise<void> {
    await this.#source.close()
    this.#source = source
  }

  changes = (): Promise<readonly TableChange[]> => Promise.resolve([{ table: 'events', spans: new Map([['ts', { from: `${NEW_DAY}T00:00:00`, to: `${NEW_DAY}T23:59:59.999999` }]]) }])
  query: QuerySource['query'] = (statement, options) => this.#source.query(statement, options)
  dataVersion: QuerySource['dataVersion'] = (tables, revalidate) => this.#source.dataVersion(tables, revalidate)
  statistics: QuerySource['statistics'] = (table) => this.#source.statistics(table)
  discover: QuerySource['discover'] = () => this.#source.discover()
  test: QuerySource['test'] = () => this.#source.test()
  quarantine: QuerySource['quarantine'] = () => this.#source.quarantine()
  watermark: QuerySource['watermark'] = (table) => this.#source.watermark(table)
  close: QuerySource['close'] = () => this.#source.close()
}

const count = (value: number): string => value.toLocaleString('en')
