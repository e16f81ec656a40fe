import { createAnalytics } from '../../src/answer/analytics.ts'
import type { AnalyticsSession, Cell, MetricAnswer } from '../../src/answer/types.ts'
import { fixedClock } from '../../src/base/clock.ts'
import type { Grain } from '../../src/base/grain.ts'
import { resolvePeriod } from '../../src/base/period.ts'
import { loadModel } from '../../src/model/load-model.ts'
import type { Model } from '../../src/model/types.ts'
import type { Predicate } from '../../src/model/predicate.ts'
import type { GroupKey } from '../../src/plan/ask.ts'
import { openTestSource } from '../engines/open-test-source.ts'
import type { TestSource, TableSpec } from '../engines/open-test-source.ts'

export interface Asked {
  readonly start: string
  readonly end: string
  readonly grain?: Grain
  readonly where?: Predicate
  readonly by?: string
  readonly allowEstimates?: boolean
  readonly cumulative?: boolean
  readonly zone?: string
}

/** A model over a few tables of a source called `here`, to be asked at a moment. */
export interface SmallWorld {
  readonly source: TestSource
  readonly model: Model
  session(): AnalyticsSession
  ask(metric: string, asked: Asked, session?: AnalyticsSession): Promise<MetricAnswer>
  close(): Promise<void>
}

export async function smallWorld(text: string, tables: Readonly<Record<string, TableSpec>>, now: string): Promise<SmallWorld> {
  const loaded = loadModel([{ name: 'small.yml', text }], { source: 'here' })
  if (!loaded.ok) throw new Error(loaded.problems.map(({ line, message }) => `${line}: ${message}`).join('\n'))
  const { model } = loaded
  const nowUtcMs = Date.parse(now)
  const source = await openTestSource('here', tables)
  const analytics = createAnalytics({ model, sources: new Map([['here', { source, connector: 'duckdb', nowUtcMs: null }]]), cacheBytes: 1_000_000, clock: fixedClock(nowUtcMs), maxGroups: 100_000 })
  const session = (): AnalyticsSession => analytics.session({ freshness: 'CACHED_OK', signal: new AbortController().signal })
  return {
    source,
    model,
    session,
    ask: (metric, { start, end, grain, where = { kind: 'all' }, by, allowEstimates, cumulative, zone = 'UTC' }, at = session()) => {
      const keys: readonly GroupKey[] = by === undefined ? [] : [{ kind: 'dimension', dimension: by }]
      const period = resolvePeriod({ between: { start, end } }, { zone, nowUtcMs, calendar: model.calendar })
      return at.metric({ metric, predicate: where, period, grain: grain ?? null, by: keys, allowEstimates, cumulative })
    },
    close: () => source.close(),
  }
}

export const is = (dimension: string, ...values: readonly string[]): Predicate => ({ kind: 'atom', dimension, test: { op: 'in', values, caseInsensitive: false } })

/** The digits, else the number, else the reason. */
export const told = ({ exact, value, reason }: Cell): string | number | null => exact ?? value ?? reason

export const cellsOf = ({ groups }: MetricAnswer): readonly Cell[] => groups[0]?.cells ?? []

export const byKey = ({ groups }: MetricAnswer): Readonly<Record<string, readonly (string | number | null)[]>> =>
  Object.fromEntries(groups.map(({ values, cells }) => [String(values[0]), cells.map(told)]))
