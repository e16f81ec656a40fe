import { readFileSync } from 'node:fs'
import { createAnalytics } from '../../src/answer/analytics.ts'
import type { AnalyticsSession, MetricAnswer } from '../../src/answer/types.ts'
import { fixedClock } from '../../src/base/clock.ts'
import type { Grain } from '../../src/base/grain.ts'
import type { Period } from '../../src/base/period.ts'
import { resolvePeriod } from '../../src/base/period.ts'
import { loadModel } from '../../src/model/load-model.ts'
import { ALL } from '../../src/model/predicate.ts'
import type { Predicate } from '../../src/model/predicate.ts'
import { openTestSource } from '../engines/open-test-source.ts'
import type { Columns, TestSource } from '../engines/open-test-source.ts'
import type { Row } from '../oracle/row-test.ts'

/** The company of test/fixtures/movements; its README works the numbers out. */

const FOLDER = new URL('../fixtures/movements/', import.meta.url)
const CALENDAR = { weekStart: 1, fiscalYearStart: 1 }

const COLUMNS = {
  customers: { customer_id: 'VARCHAR', country: 'VARCHAR' },
  subscriptions: { subscription_id: 'BIGINT', customer_id: 'VARCHAR', plan: 'VARCHAR', price: 'DECIMAL(12,2)', start_date: 'DATE', end_date: 'DATE' },
  rentals: { rental_id: 'BIGINT', customer_id: 'VARCHAR', price: 'DECIMAL(12,2)', began_at: 'TIMESTAMPTZ', ended_at: 'TIMESTAMPTZ' },
} as const satisfies Record<string, Columns>

export interface Asked {
  readonly start?: string
  readonly end?: string
  readonly grain?: Grain | null
  readonly predicate?: Predicate
  readonly by?: readonly string[]
  readonly zone?: string
}

export interface MovementWorld {
  readonly source: TestSource
  session(): AnalyticsSession
  period(asked: Asked): Period
  ask(metric: string, asked?: Asked): Promise<MetricAnswer>
  /** Every digit of each bucket, or the reason there is none; `partial` after those still open. */
  series(metric: string, asked?: Asked): Promise<readonly string[]>
  close(): Promise<void>
}

export const onPlan = (...values: readonly string[]): Predicate => ({ kind: 'atom', dimension: 'plan', test: { op: 'in', values, caseInsensitive: false } })
export const inCountry = (...values: readonly string[]): Predicate => ({ kind: 'atom', dimension: 'country', test: { op: 'in', values, caseInsensitive: false } })

/** @param now of the clock; 1 April 2025 without it. */
export async function movementWorld(now = '2025-04-01T00:00:00Z'): Promise<MovementWorld> {
  const tables = Object.entries(COLUMNS).map(([name, columns]) => [name, { columns, rows: rowsOf(name) }] as const)
  const source = await openTestSource('files', Object.fromEntries(tables))
  const loaded = loadModel([{ name: 'model.yml', text: readFileSync(new URL('model.yml', FOLDER), 'utf8') }], { source: 'files' })
  if (!loaded.ok) throw new Error(loaded.problems.map(({ message }) => message).join('\n'))
  const nowUtcMs = Date.parse(now)
  const analytics = createAnalytics({ model: loaded.model, sources: new Map([['files', { source, connector: 'duckdb', nowUtcMs }]]), cacheBytes: 1_000_000, clock: fixedClock(nowUtcMs), maxGroups: 10_000 })
  const session = (): AnalyticsSession => analytics.session({ freshness: 'REVALIDATE', signal: new AbortController().signal })
  const period = ({ start = '2024-01-01', end = '2024-05-01', zone = 'UTC' }: Asked): Period => resolvePeriod({ between: { start, end } }, { zone, nowUtcMs, calendar: CALENDAR })
  const ask = (metric: string, asked: Asked = {}): Promise<MetricAnswer> =>
    session().metric({
      metric,
      predicate: asked.predicate ?? ALL,
      period: period(asked),
      grain: asked.grain === undefined ? 'month' : asked.grain,
      by: (asked.by ?? []).map((dimension) => ({ kind: 'dimension', dimension })),
    })
  const series = async (metric: string, asked: Asked = {}): Promise<readonly string[]> =>
    ((await ask(metric, asked)).groups[0]?.cells ?? []).map(({ exact, value, reason, partial }) => `${exact ?? value ?? reason}${partial ? ' partial' : ''}`)
  return { source, session, period, ask, series, close: () => source.close() }
}

function rowsOf(name: string): readonly Row[] {
  const [head = '', ...lines] = readFileSync(new URL(`${name}.csv`, FOLDER), 'utf8').trim().split('\n')
  const columns = head.split(',')
  return lines.map((line) => Object.fromEntries(line.split(',').map((cell, index) => [columns[index], cell === '' ? null : cell])))
}
