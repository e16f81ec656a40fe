import { DuckDBInstance } from '@duckdb/node-api'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { duckdbDialect } from '../../src/sql/dialects/duckdb.ts'
import { createAnalytics } from '../../src/answer/analytics.ts'
import { fixedClock } from '../../src/base/clock.ts'
import { resolvePeriod } from '../../src/base/period.ts'
import { loadModel } from '../../src/model/load-model.ts'
import type { Predicate } from '../../src/model/predicate.ts'
import { stretchOf } from '../../src/plan/axis.ts'
import { column, select } from '../../src/sql/tree.ts'
import { openTestSource } from '../engines/open-test-source.ts'
import { runsOf } from '../engines/runs-of.ts'
import { randomFrom } from '../oracle/shop.ts'
import type { Row } from '../oracle/row-test.ts'

const MODEL = `
semantic_models:
  - name: leases
    table: leases
    entities: [{ name: lease, type: primary, expr: lease_id }]
    dimensions:
      - { name: start_date, type: time, granularity: day }
      - { name: end_date, type: time, granularity: day }
      - { name: city, type: categorical }
    validity: { start: start_date, end: end_date }
  - name: passes
    table: leases
    entities: [{ name: pass, type: primary, expr: lease_id }]
    dimensions:
      - { name: first_day, type: time, granularity: day, expr: start_date }
      - { name: last_day, type: time, granularity: day, expr: end_date }
      - { name: pass_city, type: categorical, expr: city }
    validity: { start: first_day, end: last_day, end_inclusive: true }
metrics:
  - { name: rents, semantic_model: leases, agg: sum, expr: rent, as_of: period_end }
  - { name: leases, semantic_model: leases, agg: count, as_of: period_start }
  - { name: fares, semantic_model: passes, agg: sum, expr: rent, as_of: period_end }
  - { name: tenants, semantic_model: leases, agg: count_distinct, expr: tenant, as_of: period_start }
  - { name: riders, semantic_model: passes, agg: count_distinct, expr: tenant, as_of: period_end }
`
const COLUMNS = { lease_id: 'BIGINT', start_date: 'DATE', end_date: 'DATE', city: 'VARCHAR', rent: 'DECIMAL(12,2)', tenant: 'VARCHAR' } as const
const CITIES = ['Oslo', 'Rome', 'Lima'] as const
const OF_PASSES: ReadonlySet<string> = new Set(['fares', 'riders'])
const AT_STARTS: ReadonlySet<string> = new Set(['leases', 'tenants'])
const DAY_MS = 86_400_000
const ASKS = runsOf({ duckdb: 200, served: 40, clickhouse: 15 })
const dayText = (ms: number): string => new Date(ms).toISOString().slice(0, 10)

/** Four years of leases: starts and ends on any day, often on the first or last of a month, some ends missing, some before their start. */
function leasesOf(seed: number): readonly Row[] {
  const random = randomFrom(seed)
  const upTo = (count: number): number => Math.floor(random() * count)
  const day = (): number => (random() < 0.4 ? Date.UTC(2022, upTo(48), 1) - (random() < 0.5 ? DAY_MS : 0) : Date.UTC(2022, 0, 1 + upTo(1461)))
  return Array.from({ length: 80 }, (_, id) => ({
    lease_id: id,
    start_date: random() < 0.05 ? null : dayText(day()),
    end_date: random() < 0.3 ? null : dayText(day()),
    city: random() < 0.1 ? null : (CITIES[upTo(CITIES.length)] ?? null),
    rent: random() < 0.1 ? null : (upTo(90_000) / 100).toFixed(2),
    tenant: random() < 0.1 ? null : `t${upTo(12)}`,
  }))
}

const cases = fc.record({
  world: fc.nat(3),
  first: fc.integer({ min: -2, max: 40 }),
  months: fc.integer({ min: 1, max: 44 }),
  /** Days after the first of the month on which the period begins and ends. */
  shifts: fc.tuple(fc.constantFrom(0, 0, 0, 13), fc.constantFrom(0, 0, 0, 5)),
  /** The present: after all, or within a month. */
  now: fc.constantFrom(Date.UTC(2026, 5, 1, 12), Date.UTC(2025, 4, 17, 9)),
  grain: fc.constantFrom('month' as const, 'month' as const, 'quarter' as const),
  cities: fc.subarray([...CITIES]),
  byCity: fc.boolean(),
})

describe('stocks', () => {
  it(`hold at each edge what plain loops over the rows find (${ASKS} asks)`, { timeout: 300_000 }, async () => {
    const { model } = loadModel([{ name: 'leases.yml', text: MODEL }], { source: 'homes' })
    if (model === null) throw new Error('The model has faults.')
    const worlds = await Promise.all(
      Array.from({ length: 4 }, async (_, seed) => {
        const rows = leasesOf(seed + 1)
        return { rows, source: await openTestSource(`homes${seed}`, { leases: { columns: COLUMNS, rows } }) }
      }),
    )
    try {
      await fc.assert(
        fc.asyncProperty(cases, async ({ world, first, months, shifts, now, grain, cities, byCity }) => {
          const { rows, source } = worlds[world] ?? { rows: [], source: null }
          if (source === null) throw new Error('There is no such world.')
          const analytics = createAnalytics({ model, sources: new Map([['homes', { source, connector: 'duckdb', nowUtcMs: null }]]), cacheBytes: 0, clock: fixedClock(now), maxGroups: 100_000 })
          const session = analytics.session({ freshness: 'NO_CACHE', signal: new AbortController().signal })
          const [start, end] = [dayText(Date.UTC(2022, first, 1 + shifts[0])), dayText(Date.UTC(2022, first + months, 1 + shifts[1] + shifts[0]))]
          const period = resolvePeriod({ between: { start, end } }, { zone: 'UTC', nowUtcMs: now, calendar: model.calendar })
          const questions = (['rents', 'leases', 'fares', 'tenants', 'riders'] as const).flatMap((metric) => [null, ...cities].map((city) => ({ metric, city })))
          const answers = await Promise.all(
            questions.map(({ metric, city }) => {
              const dimension = OF_PASSES.has(metric) ? 'pass_city' : 'city'
              const predicate: Predicate = city === null ? { kind: 'all' } : { kind: 'atom', dimension, test: { op: 'in', values: [city], caseInsensitive: false } }
              return session.metric({ metric, predicate, period, grain, by: byCity ? [{ kind: 'dimension', dimension }] : [] })
            }),
          )
          for (const [index, { metric, city }] of questions.entries()) {
            const answer = answers[index]
            const asked = { metric, city, start, end, grain }
            const valuesOf = (group: string | null | undefined): readonly (number | null)[] =>
              (answer?.buckets ?? []).map(({ startUtcMs, endUtcMs }) => {
                if (startUtcMs > now) return null
                const edge = Math.ceil((AT_STARTS.has(metric) ? startUtcMs : Math.min(endUtcMs, now)) / DAY_MS) * DAY_MS
                const held = rows.filter((row) => (city === null || row['city'] === city) && (group === undefined || row['city'] === group) && holdsBefore(row, edge, OF_PASSES.has(metric)))
                if (metric === 'leases') return held.length
                if (metric === 'tenants' || metric === 'riders') return new Set(held.flatMap(({ tenant }) => (tenant === null ? [] : [tenant]))).size
                const rents = held.flatMap(({ rent }) => (rent === null ? [] : [Math.round(Number(rent) * 100)]))
                return rents.length === 0 ? null : rents.reduce((sum, rent) => sum + rent, 0) / 100
              })
            for (const { values, cells } of answer?.groups ?? []) {
              const group = byCity ? (values[0] as string | null) : undefined
              const found = cells.map(({ value }) => value)
              const expected = valuesOf(group)
              // A count of nothing is 0, or nothing in a bucket to come.
              expect({ ...asked, group, found: found.map((value, bucket) => (expected[bucket] === null || value !== null ? value : 0)) }).toEqual({ ...asked, group, found: expected })
            }
            if (byCity) {
              const there = [...CITIES, null].filter((one) => valuesOf(one).some((value) => value !== null && value !== 0))
              expect(answer?.groups.map(({ values }) => values[0] ?? null)).toEqual(expect.arrayContaining(there))
            }
          }
        }),
        { numRuns: ASKS, seed: 20_261_122 },
      )
    } finally {
      await Promise.all(worlds.map(({ source }) => source.close()))
    }
  })
})

/** An interval that holds on the day before an edge, and began before it. */
function holdsBefore(row: Row, edgeMs: number, inclusive: boolean): boolean {
  const startMs = row['start_date'] === null ? Number.NaN : Date.parse(String(row['start_date']))
  const endMs = row['end_date'] === null ? Number.POSITIVE_INFINITY : Date.parse(String(row['end_date'])) + (inclusive ? DAY_MS : 0)
  return startMs < edgeMs && endMs >= edgeMs
}

describe('the stretch of a date among edges', () => {
  it('is the number of edges up to it, whether they begin months in a row, leave gaps, or lie among others (200 lists of edges)', async () => {
    const last = Date.UTC(2026, 1, 1)
    const days = Array.from({ length: 1600 }, (_, day) => last - day * DAY_MS)
    const edgeLists = fc.record({
      left: fc.uniqueArray(fc.integer({ min: 0, max: 47 }), { maxLength: 2 }),
      from: fc.nat(20),
      count: fc.integer({ min: 1, max: 48 }),
      others: fc.array(fc.nat(1500), { maxLength: 2 }),
    })
    const instance = await DuckDBInstance.create(':memory:')
    const connection = await instance.connect()
    let counted = 0
    try {
      await connection.run('CREATE TABLE days (day DATE)')
      const far = ['44-03-15 (BC)', '-infinity', '9999-12-31', 'infinity']
      await connection.run(`INSERT INTO days VALUES (NULL), ${[...far, ...days.map(dayText)].map((day) => `(DATE '${day}')`).join(', ')}`)
      await fc.assert(
        fc.asyncProperty(edgeLists, async ({ left, from, count, others }) => {
          const months = Array.from({ length: 48 }, (_, month) => month).filter((month) => !left.includes(month)).map((month) => Date.UTC(2022, month, 1))
          const edges = [...new Set([...months.slice(from, from + count), ...others.map((day) => days[day] ?? last)])].toSorted((a, b) => a - b)
          const expr = stretchOf({ expr: column('days', 'day'), kind: 'date', zone: 'UTC' }, edges.map((ms) => ({ utcMs: ms, localMs: ms })))
          if (expr === null) throw new Error('There are too many edges.')
          const { text, params } = duckdbDialect.print(select({ columns: [{ expr: { kind: 'cast', of: column('days', 'day'), to: 'text' }, as: 'day' }, { expr, as: 'stretch' }], from: { kind: 'table', name: 'days' } }))
          if (text.includes('month(')) counted += 1
          const rows = (await connection.runAndReadAll(text, params.map(({ value }) => String(value)))).getRows()
          const found = new Map(rows.map(([day, stretch]) => [day === null ? null : String(day), Number(stretch)]))
          const expected = new Map<string | null, number>(days.map((ms) => [dayText(ms), edges.filter((edge) => edge <= ms).length]))
          for (const early of ['0044-03-15 (BC)', '-infinity']) expected.set(early, 0)
          // What has no place comes last, as a search by comparisons finds it.
          for (const late of ['9999-12-31', 'infinity', null]) expected.set(late, edges.length)
          expect(found).toEqual(expected)
        }),
        { numRuns: 200, seed: 20_261_122 },
      )
    } finally {
      connection.closeSync()
      instance.closeSync()
    }
    expect(counted).toBeGreaterThan(50)
    expect(counted).toBeLessThan(200)
  })

  it('is searched for, not counted, among few months, and where edges begin no months', () => {
    const day = { expr: column('days', 'day'), kind: 'date' as const, zone: 'UTC' }
    const kindOf = (edges: readonly number[], kind: 'date' | 'clock' = 'date'): string | undefined => stretchOf({ ...day, kind }, edges.map((ms) => ({ utcMs: ms, localMs: ms })))?.kind
    const months = (count: number): readonly number[] => Array.from({ length: count }, (_, month) => Date.UTC(2023, month, 1))
    expect(kindOf(months(17))).toBe('case')
    expect(kindOf(months(18))).toBe('counted_months')
    expect(kindOf(months(36).map((ms) => ms + DAY_MS))).toBe('case')
    expect(kindOf(months(36), 'clock')).toBe('case')
  })
})
