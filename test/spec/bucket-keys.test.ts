import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Statement } from '../../connectors/contract.ts'
import { createAnalytics } from '../../src/answer/analytics.ts'
import { KeysWorth, kindOfKeys } from '../../src/answer/bucket-keys-worth.ts'
import type { Analytics } from '../../src/answer/types.ts'
import type { Grain } from '../../src/base/grain.ts'
import { resolvePeriod } from '../../src/base/period.ts'
import type { PeriodAsk } from '../../src/base/period.ts'
import { SharedCache } from '../../src/cache/shared-cache.ts'
import type { RedisLink } from '../../src/cache/redis-link.ts'
import { readResultText } from '../../src/answer/read-result-text.ts'
import type { Facts } from '../../src/plan/facts.ts'
import type { Measure, Read } from '../../src/plan/read.ts'
import type { PlanContext } from '../../src/plan/rows.ts'
import { openTestSource } from '../engines/open-test-source.ts'
import type { TestSource } from '../engines/open-test-source.ts'
import { modelOf } from './schema-world.ts'

// On every day from 1 March 2026 on two people come: the one whose number is the day of the month, and number 40. Number 50 and 51 come on 1 April only.
const MODEL = modelOf(`
semantic_models:
  - { name: visits, source: site, table: visits, agg_time_dimension: visited_on, entities: [{ name: visit, type: primary, expr: id }], dimensions: [{ name: visited_on, type: time, expr: day, granularity: day }] }
metrics:
  - { name: users, type: simple, semantic_model: visits, agg: count_distinct, expr: user_id }
  - { name: names, type: simple, semantic_model: visits, agg: count_distinct, expr: name }
  - { name: debtors, type: simple, semantic_model: visits, agg: count_distinct, expr: balance }
`)
const DAY_MS = 86_400_000
const FIRST = Date.UTC(2026, 2, 1)
const dayAt = (index: number): string => new Date(FIRST + index * DAY_MS).toISOString().slice(0, 10)

let source: TestSource
let analytics: Analytics
let nowUtcMs: number
let changed: { readonly from: string; readonly to: string }

/** Rows of the days from one (inclusive) to another (exclusive), counted from 1 March. */
function rowsOf(from: number, to: number): readonly string[] {
  return Array.from({ length: to - from }, (_, index) => from + index).flatMap((day) => {
    const users = [new Date(FIRST + day * DAY_MS).getUTCDate(), 40, ...(dayAt(day) === '2026-04-01' ? [50, 51] : [])]
    return users.map((user) => `(${day * 10 + user}, ${user}, 'n${user}', ${-user}, DATE '${dayAt(day)}')`)
  })
}

async function come(from: number, to: number): Promise<void> {
  await source.run(`INSERT INTO visits VALUES ${rowsOf(from, to).join(', ')}`)
  changed = { from: dayAt(from), to: dayAt(to - 1) }
  source.version = String(Number(source.version) + 1)
}

beforeEach(async () => {
  source = await openTestSource('site', { visits: { columns: { id: 'BIGINT', user_id: 'BIGINT', name: 'VARCHAR', balance: 'BIGINT', day: 'DATE' }, rows: `SELECT * FROM (VALUES ${rowsOf(0, 70).join(', ')})` } })
  nowUtcMs = Date.UTC(2026, 4, 10, 12)
  analytics = analyticsOver()
})
afterEach(() => source.close())

function analyticsOver(shared: SharedCache<never> | null = null): Analytics {
  const connected = Object.assign(source, { changes: () => Promise.resolve([{ table: 'visits', spans: new Map([['day', changed]]) }]) })
  return createAnalytics({ model: MODEL, sources: new Map([['site', { source: connected, connector: 'duckdb', nowUtcMs: null, ...(shared === null ? {} : { sharedAs: 'site' }) }]]), cacheBytes: 10_000_000, clock: { nowMs: () => nowUtcMs }, maxGroups: 1000, shared })
}

interface Asked {
  readonly values: readonly (number | null)[]
  /** The earliest day that a statement names; null where there was none. */
  readonly readFrom: string | null
  readonly statements: readonly Statement[]
}

async function ask(metric: string, period: PeriodAsk, grain: Grain | null): Promise<Asked> {
  const before = source.statements.length
  const session = analytics.session({ freshness: 'REVALIDATE', signal: new AbortController().signal })
  const answer = await session.metric({ metric, predicate: { kind: 'all' }, period: resolvePeriod(period, { nowUtcMs, zone: 'UTC', calendar: MODEL.calendar }), grain, by: [] })
  const statements = source.statements.slice(before)
  const days = statements.flatMap(({ params }) => params.flatMap(({ type, value }) => (type === 'date' ? [String(value)] : [])))
  return { values: answer.groups.flatMap(({ cells }) => cells.map(({ value }) => value)), readFrom: days.toSorted()[0] ?? null, statements }
}

const THREE_MONTHS: PeriodAsk = { last: { count: 3, unit: 'month', includeCurrent: true } }
const TWO_MONTHS: PeriodAsk = { between: { start: '2026-03-01', end: '2026-05-01' } }

describe.each(['users', 'names'])('the keys of what is not over (%s)', (metric) => {
  it('are united with those of today: tomorrow reads what was not over', async () => {
    // 31 days and number 40; 30, 40 and the two of 1 April; nine days and number 40.
    expect(await ask(metric, THREE_MONTHS, 'month')).toMatchObject({ values: [32, 33, 10], readFrom: '2026-03-01' })
    nowUtcMs += DAY_MS
    await come(70, 72)
    expect(await ask(metric, THREE_MONTHS, 'month')).toMatchObject({ values: [32, 33, 12], readFrom: '2026-05-10' })
    nowUtcMs += DAY_MS
    await come(72, 73)
    expect(await ask(metric, THREE_MONTHS, 'month')).toMatchObject({ values: [32, 33, 13], readFrom: '2026-05-11' })
  })

  it('of months make up two of them without a read', async () => {
    await ask(metric, THREE_MONTHS, 'month')
    // 31 days, 40, 50 and 51.
    expect(await ask(metric, TWO_MONTHS, null)).toMatchObject({ values: [34], statements: [] })
  })

  it('of a total of the year so far are known when the month of today is asked for', async () => {
    expect((await ask(metric, { preset: 'this_year' }, null)).values).toEqual([34])
    expect(await ask(metric, { preset: 'this_month' }, null)).toMatchObject({ values: [10], statements: [] })
  })

  it('are read again for the stretch in which a row comes late, and no other', async () => {
    await ask(metric, THREE_MONTHS, 'month')
    await source.run(`INSERT INTO visits VALUES (9001, 60, 'n60', -60, DATE '2026-05-09')`)
    changed = { from: '2026-05-09', to: '2026-05-09' }
    source.version = '2'
    expect(await ask(metric, THREE_MONTHS, 'month')).toMatchObject({ values: [32, 33, 11], readFrom: '2026-05-09' })
    await source.run(`INSERT INTO visits VALUES (9002, 61, 'n61', -61, DATE '2026-05-02')`)
    changed = { from: '2026-05-02', to: '2026-05-02' }
    source.version = '3'
    expect(await ask(metric, THREE_MONTHS, 'month')).toMatchObject({ values: [32, 33, 12], readFrom: '2026-05-01' })
  })

  it('are gone once the cache is emptied, also those that were being read', async () => {
    await ask(metric, THREE_MONTHS, 'month')
    analytics.clear()
    source.version = '2'
    changed = { from: '2026-05-10', to: '2026-05-10' }
    const query = source.query.bind(source)
    source.query = async (statement, options) => {
      const result = await query(statement, options)
      analytics.clear()
      return result
    }
    expect(await ask(metric, THREE_MONTHS, 'month')).toMatchObject({ values: [32, 33, 10], readFrom: '2026-03-01' })
    source.query = query
    nowUtcMs += 60_000
    expect(await ask(metric, THREE_MONTHS, 'month')).toMatchObject({ values: [32, 33, 10], readFrom: '2026-03-01' })
  })

  it('are never sent to Redis', async () => {
    const sent: (readonly string[])[] = []
    const link = {
      isUsable: true,
      send: (args: readonly string[]) => {
        sent.push(args)
        return Promise.resolve(args[0] === 'MGET' ? args.slice(1).map(() => null) : args[0] === 'EVAL' ? Array.from({ length: Number(args[2]) / 2 }, () => '+') : 'OK')
      },
    }
    analytics = analyticsOver(new SharedCache(link as unknown as RedisLink, { prefix: 'kpiql:', maxValueBytes: 1_000_000, ttlSeconds: 60, waitMs: 100 }, readResultText) as SharedCache<never>)
    // Counts are: the first one is.
    await ask(metric, THREE_MONTHS, 'month')
    expect(sent.filter(([command]) => command === 'SET')).toHaveLength(1)
    await come(70, 71)
    expect(await ask(metric, THREE_MONTHS, 'month')).toMatchObject({ values: [32, 33, 11], readFrom: '2026-05-01' })
    await come(71, 72)
    nowUtcMs += DAY_MS
    expect(await ask(metric, THREE_MONTHS, 'month')).toMatchObject({ values: [32, 33, 12], readFrom: '2026-05-10' })
    expect(sent.filter(([command]) => command === 'SET')).toHaveLength(1)
  })
})

describe('keys that cannot be told apart outside their engine', () => {
  it('are counted by it, in a second statement once', async () => {
    const first = await ask('debtors', THREE_MONTHS, 'month')
    expect(first.values).toEqual([32, 33, 10])
    nowUtcMs += DAY_MS
    await come(70, 72)
    const second = await ask('debtors', THREE_MONTHS, 'month')
    expect(second).toMatchObject({ values: [32, 33, 12], readFrom: '2026-05-01' })
    expect(second.statements).toHaveLength(1)
  })
})

describe('whether keys are read in place of their count', () => {
  const measure: Measure = { kind: 'aggregate', id: 'users', semanticModel: 'visits', agg: 'count_distinct', expr: 'user_id', percentile: null, money: false, time: { kind: 'event', dimension: 'visited_on', granularity: 'day' } }
  const year = { zone: 'UTC', startUtcMs: Date.UTC(2025, 0, 1), startLocalMs: Date.UTC(2025, 0, 1), endUtcMs: Date.UTC(2026, 0, 1), endLocalMs: Date.UTC(2026, 0, 1) }
  const span = (startUtcMs: number, endUtcMs: number): Read => {
    const period = { zone: 'UTC', startUtcMs, startLocalMs: startUtcMs, endUtcMs, endLocalMs: endUtcMs }
    return { key: '', measure, predicate: { kind: 'all' }, period, grain: null, buckets: [{ ...period, cut: false, key: 0 }], by: [] }
  }
  const whole = span(year.startUtcMs, year.endUtcMs)
  /** A year of events, evenly. */
  const context = ({ rows, users, type = 'integer', max = users }: { rows: number; users: number; type?: 'integer' | 'text' | 'float'; max?: number }): PlanContext => {
    const facts: Facts = {
      rows: () => rows,
      byRow: () => false,
      distinct: (_, expr) => (expr === 'user_id' ? users : 365),
      columnType: (_, expr) => (expr === 'user_id' ? type : 'date'),
      exactCollation: () => null,
      range: (_, expr) => (expr === 'user_id' ? (type === 'integer' ? { min: '1', max: String(max) } : null) : { min: '2025-01-01', max: '2026-01-01' }),
    }
    return { model: MODEL, facts, calendar: MODEL.calendar, nowUtcMs: year.endUtcMs, memberships: new Map() }
  }
  const worth = (of: PlanContext, alike = 1, maxBytes = 4_000_000): KeysWorth => new KeysWorth(of, Array.from({ length: alike }, () => whole), maxBytes, 500_000)
  const december = span(Date.UTC(2025, 11, 1), year.endUtcMs)
  const lastDay = span(Date.UTC(2025, 11, 31), year.endUtcMs)

  it('depends at first on how few they are among the rows', () => {
    // In a year of 10 million rows 849,000 are of December; 300,000 users are 9,400 words.
    expect(worth(context({ rows: 10_000_000, users: 300_000 })).paysAtFirst([december], whole, 'integer')).toBe(true)
    expect(worth(context({ rows: 100_000, users: 90_000, max: 4_000_000_000 })).paysAtFirst([december], whole, 'integer')).toBe(false)
    // 282,000 of them are texts of December: more than 2 % of all rows.
    expect(worth(context({ rows: 10_000_000, users: 300_000, type: 'text' })).paysAtFirst([december], whole, 'text')).toBe(false)
    expect(worth(context({ rows: 10_000_000, users: 50_000, type: 'text' })).paysAtFirst([december], whole, 'text')).toBe(true)
  })

  it('counts all slices of a question', () => {
    expect(worth(context({ rows: 10_000_000, users: 50_000, type: 'text' }), 24).paysAtFirst([december], whole, 'text')).toBe(false)
  })

  it('depends, once a bucket is asked for again, on what today has among the rows of the bucket', () => {
    const of = context({ rows: 10_000_000, users: 150_000, type: 'text' })
    expect(worth(of, 1, 10_000_000).paysAgain([december], [lastDay], december, december.period as never, 'text', true)).toBe(true)
    expect(worth(of, 1, 10_000_000).paysAgain([december], [lastDay], december, december.period as never, 'text', false)).toBe(false)
    expect(worth(of, 1, 10_000_000).paysAgain([], [lastDay], lastDay, lastDay.period as never, 'text', true)).toBe(false)
  })

  it('never takes a set beyond its share of the cache', () => {
    expect(worth(context({ rows: 10_000_000, users: 50_000, type: 'text' }), 1, 1_000_000).paysAtFirst([december], whole, 'text')).toBe(false)
  })

  it('is no question for what is neither a text nor an integer of up to 62 bits', () => {
    const kinds = [context({ rows: 10, users: 5 }), context({ rows: 10, users: 5, type: 'text' }), context({ rows: 10, users: 5, type: 'float' }), context({ rows: 10, users: 5, max: 9_223_372_036_854_775_000 })].map((of) => kindOfKeys(of, measure))
    expect(kinds).toEqual(['integer', 'text', null, null])
  })
})
