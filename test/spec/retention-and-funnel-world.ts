import { createAnalytics } from '../../src/answer/analytics.ts'
import type { AnalyticsSession, FunnelAnswer, FunnelAsk, RetentionAnswer, RetentionAsk } from '../../src/answer/types.ts'
import { fixedClock } from '../../src/base/clock.ts'
import { resolvePeriod } from '../../src/base/period.ts'
import type { Period } from '../../src/base/period.ts'
import { activityOf } from '../../src/model/activity.ts'
import { loadModel } from '../../src/model/load-model.ts'
import { ALL } from '../../src/model/predicate.ts'
import type { Predicate } from '../../src/model/predicate.ts'
import type { Activity, Model } from '../../src/model/types.ts'
import { openTestSource } from '../engines/open-test-source.ts'
import type { TestSource } from '../engines/open-test-source.ts'

const MODEL = `
semantic_models:
  - name: events
    table: events
    agg_time_dimension: happened_at
    entities:
      - { name: event, type: primary, expr: event_id }
      - { name: user, type: foreign, expr: user_id }
    dimensions:
      - { name: happened_at, type: time, granularity: minute, timezone: UTC }
      - { name: kind, type: categorical }
      - { name: plan, type: categorical }
  - name: passes
    table: passes
    agg_time_dimension: valid_from
    entities:
      - { name: pass, type: primary, expr: pass_id }
      - { name: user, type: foreign, expr: user_id }
    dimensions:
      - { name: valid_from, type: time, granularity: day }
      - { name: valid_to, type: time, granularity: day }
    validity: { start: valid_from, end: valid_to }
  - name: calls
    source: elsewhere
    table: calls
    agg_time_dimension: called_at
    entities: [{ name: user, type: foreign, expr: user_id }]
    dimensions: [{ name: called_at, type: time, granularity: day }]
metrics:
  - { name: events, semantic_model: events, agg: count }
  - { name: views, semantic_model: events, agg: count, filter: "kind = 'view'" }
  - { name: carts, semantic_model: events, agg: count, filter: "kind = 'cart'" }
  - { name: buys, semantic_model: events, agg: count, filter: "kind = 'buy'" }
  - { name: passes, semantic_model: passes, agg: count, as_of: period_end }
  - { name: new_passes, semantic_model: passes, agg: count }
  - { name: calls, semantic_model: calls, agg: count }
  - { name: month_1, type: retention, entity: user, start: events, activity: events, grain: month, period: 1, unit: percent }
  - { name: checkout, type: funnel, entity: user, steps: [views, carts, buys], within: 2 days, unit: percent }
`

/** An event as `user time kind plan`; a pass as `user from to`, `-` for none. */
export interface Lines {
  readonly events?: readonly string[]
  readonly passes?: readonly string[]
}

export interface FollowedWorld {
  readonly model: Model
  readonly source: TestSource
  session(): AnalyticsSession
  activity(metric: string, extra?: Predicate): Activity
  period(start: string, end: string, zone?: string): Period
  retention(ask: Partial<RetentionAsk> & Pick<RetentionAsk, 'period'>): Promise<RetentionAnswer>
  funnel(ask: Partial<FunnelAsk> & Pick<FunnelAsk, 'period'>): Promise<FunnelAnswer>
}

export async function followedWorld({ events = [], passes = [] }: Lines, nowUtcMs: number): Promise<FollowedWorld> {
  const cell = (text: string | undefined): string | null => (text === undefined || text === '-' ? null : text)
  const source = await openTestSource('site', {
    events: {
      columns: { event_id: 'BIGINT', user_id: 'VARCHAR', happened_at: 'TIMESTAMP', kind: 'VARCHAR', plan: 'VARCHAR' },
      rows: events.map((line, event_id) => {
        const [user, at, kind, plan] = line.split(' ')
        return { event_id, user_id: cell(user), happened_at: cell(at?.replace('T', ' ')), kind: cell(kind ?? 'view'), plan: cell(plan) }
      }),
    },
    passes: {
      columns: { pass_id: 'BIGINT', user_id: 'VARCHAR', valid_from: 'DATE', valid_to: 'DATE' },
      rows: passes.map((line, pass_id) => {
        const [user, from, to] = line.split(' ')
        return { pass_id, user_id: cell(user), valid_from: cell(from), valid_to: cell(to) }
      }),
    },
  })
  const loaded = loadModel([{ name: 'site.yml', text: MODEL }], { source: 'site' })
  if (!loaded.ok) throw new Error(loaded.problems.map(({ message }) => message).join('\n'))
  const { model } = loaded
  const elsewhere = { ...source, name: 'elsewhere' }
  const analytics = createAnalytics({ model, sources: new Map([source, elsewhere].map((one) => [one.name, { source: one, connector: 'duckdb', nowUtcMs: null }])), cacheBytes: 0, clock: fixedClock(nowUtcMs), maxGroups: 1000 })
  const session = (): AnalyticsSession => analytics.session({ freshness: 'CACHED_OK', signal: new AbortController().signal })
  const activity = (metric: string, extra: Predicate = ALL): Activity => activityOf(model, metric, extra)
  return {
    model,
    source,
    session,
    activity,
    period: (start, end, zone = 'UTC') => resolvePeriod({ between: { start, end } }, { zone, nowUtcMs, calendar: model.calendar }),
    retention: (ask) => session().retention({ entity: 'user', predicate: ALL, unit: 'month', periods: 2, mode: 'bounded', brackets: [], clock: 'calendar', start: activity('events'), activity: activity('events'), cohortsAsOf: 'period_end', ...ask }),
    funnel: (ask) => session().funnel({ entity: 'user', predicate: ALL, steps: ['views', 'carts', 'buys'].map((metric) => activity(metric)), within: { count: 2, unit: 'day' }, order: 'ordered', by: null, cohortsAsOf: 'period_end', ...ask }),
  }
}

/** Each row as its size, then the counts; `*` where a range is not over for all. */
export function matrix({ rows }: RetentionAnswer): readonly string[] {
  return rows.map(({ size, cells }) => [`${size}:`, ...cells.map(({ active, complete }) => `${active ?? '–'}${complete ? '' : '*'}`)].join(' '))
}

export function counts({ groups }: FunnelAnswer): readonly (readonly number[])[] {
  return groups.map(({ steps }) => steps.map(({ count }) => count))
}
