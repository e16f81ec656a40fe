import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { TableChange } from '../../connectors/rollup-contract.ts'
import { createAnalytics } from '../../src/answer/analytics.ts'
import type { MetricAnswer } from '../../src/answer/types.ts'
import type { Calendar } from '../../src/base/grain.ts'
import { noTelemetry } from '../../src/base/telemetry.ts'
import type { Telemetry } from '../../src/base/telemetry.ts'
import type { Predicate } from '../../src/model/predicate.ts'
import type { GroupKey } from '../../src/plan/ask.ts'
import { ENGINE, openTestSource } from '../engines/open-test-source.ts'
import type { Columns, TestSource } from '../engines/open-test-source.ts'
import { asked, differences } from '../oracle/compare-answers.ts'
import { Oracle } from '../oracle/oracle.ts'
import type { OracleAsk } from '../oracle/oracle.ts'
import type { Cell, Row } from '../oracle/row-test.ts'
import { modelOf } from './schema-world.ts'

const SEED = Number(process.env['ASK_SEED'] ?? 20_261_122)
/** How keys are united is one code for all; of an engine behind a server, its statements are what is left to show. */
const SEQUENCES = Number(process.env['ASK_BATCHES'] ?? (ENGINE === 'duckdb' ? 200 : 30))
const DAY_MS = 86_400_000
const HOUR_MS = 3_600_000
const ZONES = ['UTC', 'Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe']
const CALENDAR: Calendar = { weekStart: 1, fiscalYearStart: 1 }

const COLUMNS = {
  visits: { visit_id: 'BIGINT', user_id: 'BIGINT', visitor: 'VARCHAR', person_id: 'BIGINT', visited_at: 'TIMESTAMPTZ', visited_on: 'DATE', country: 'VARCHAR' },
  people: { person_id: 'BIGINT', tier: 'VARCHAR' },
} as const satisfies Record<string, Columns>

const MODEL = modelOf(`
semantic_models:
  - name: visits
    source: site
    table: visits
    agg_time_dimension: visited_at
    entities: [{ name: visit, type: primary, expr: visit_id }, { name: person, type: foreign, expr: person_id }]
    dimensions: [{ name: visited_at, type: time, granularity: minute }, { name: visited_on, type: time, granularity: day }, { name: country, type: categorical }]
  - { name: people, source: site, table: people, entities: [{ name: person, type: primary, expr: person_id }], dimensions: [{ name: tier, type: categorical }] }
metrics:
  - { name: users, type: simple, semantic_model: visits, agg: count_distinct, expr: user_id }
  - { name: visitors, type: simple, semantic_model: visits, agg: count_distinct, expr: visitor }
  - { name: users_on_days, type: simple, semantic_model: visits, agg: count_distinct, expr: user_id, agg_time_dimension: visited_on }
`)

type Step =
  /** Rows from a day so many before the present one on, up to the present. */
  | { readonly kind: 'rows'; readonly daysBack: number; readonly rows: readonly Visit[] }
  | { readonly kind: 'later'; readonly ms: number }
  | { readonly kind: 'person'; readonly person: number; readonly tier: string }
  | { readonly kind: 'ask'; readonly ask: Asked }

interface Visit {
  readonly user: number | null
  readonly person: number | null
  readonly country: string | null
  readonly atMs: number
}

/** A question by days before the present one. */
interface Asked extends Pick<OracleAsk, 'metric' | 'predicate' | 'by' | 'grain'> {
  readonly from: number
  readonly length: number
  /** Months are asked from their first day on. */
  readonly wholeMonths: boolean
  /** Slices that are asked for in the same request. */
  readonly beside: readonly Predicate[]
}

const COUNTRIES = ['FR', 'DE', 'it', '']
const TIERS = ['gold', 'free']
const KEYS = [0, 1, 31, 32, 33, 63, 64, 100, 1_000, 1_001, 4_611_686_018]
const atom = (dimension: string, ...values: readonly string[]): Predicate => ({ kind: 'atom', dimension, test: { op: 'in', values, caseInsensitive: false } })
const SLICES: readonly Predicate[] = [
  { kind: 'all' },
  { kind: 'all' },
  atom('country', 'FR'),
  atom('country', 'DE', ''),
  { kind: 'not', of: atom('country', 'FR') },
  { kind: 'atom', dimension: 'country', test: { op: 'isNull' } },
  atom('tier', 'gold'),
]
const GROUPS: readonly (readonly GroupKey[])[] = [[], [], [], [{ kind: 'dimension', dimension: 'country' }], [{ kind: 'dimension', dimension: 'tier' }]]

const visit: fc.Arbitrary<Visit> = fc.record({
  user: fc.option(fc.constantFrom(...KEYS), { freq: 8 }),
  person: fc.option(fc.nat(5), { freq: 8 }),
  country: fc.option(fc.constantFrom(...COUNTRIES), { freq: 6 }),
  atMs: fc.oneof({ weight: 4, arbitrary: fc.nat(DAY_MS - 1) }, { weight: 1, arbitrary: fc.constantFrom(0, DAY_MS - 1, HOUR_MS * 22, HOUR_MS * 23, HOUR_MS * 4) }),
})
const ask: fc.Arbitrary<Asked> = fc.record({
  metric: fc.constantFrom('users', 'users', 'visitors', 'users_on_days'),
  predicate: fc.constantFrom(...SLICES),
  by: fc.constantFrom(...GROUPS),
  grain: fc.constantFrom(null, null, 'month', 'month', 'week', 'quarter', 'year', 'day'),
  from: fc.integer({ min: 0, max: 150 }),
  length: fc.oneof({ weight: 3, arbitrary: fc.constant(1_000) }, { weight: 1, arbitrary: fc.integer({ min: 1, max: 100 }) }),
  wholeMonths: fc.boolean(),
  beside: fc.oneof({ weight: 2, arbitrary: fc.constant<readonly Predicate[]>([]) }, { weight: 1, arbitrary: fc.subarray([...SLICES], { minLength: 1, maxLength: 3 }) }),
})
/** The same slice and metric at other grains and over other times, as days go by. */
const steps: fc.Arbitrary<readonly Step[]> = ask.chain((first) => {
  const again = fc.record({ from: fc.integer({ min: 0, max: 150 }), grain: fc.constantFrom<Asked['grain'][]>(null, 'month', 'quarter', 'year', 'week'), wholeMonths: fc.boolean() })
  const step: fc.Arbitrary<Step> = fc.oneof(
    { weight: 3, arbitrary: fc.record({ kind: fc.constant('rows' as const), daysBack: fc.constant(0), rows: fc.array(visit, { minLength: 1, maxLength: 4 }) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('rows' as const), daysBack: fc.integer({ min: 1, max: 120 }), rows: fc.array(visit, { minLength: 1, maxLength: 2 }) }) },
    { weight: 3, arbitrary: fc.record({ kind: fc.constant('later' as const), ms: fc.constantFrom(60_000, HOUR_MS * 7, DAY_MS, DAY_MS, DAY_MS * 3) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('person' as const), person: fc.nat(5), tier: fc.constantFrom(...TIERS) }) },
    { weight: 3, arbitrary: fc.constant<Step>({ kind: 'ask', ask: first }) },
    { weight: 3, arbitrary: again.map((other): Step => ({ kind: 'ask', ask: { ...first, ...other } })) },
    { weight: 1, arbitrary: ask.map((other): Step => ({ kind: 'ask', ask: other })) },
  )
  return fc.array(step, { minLength: 8, maxLength: 14 }).map((others) => [{ kind: 'ask', ask: first }, ...others, { kind: 'ask', ask: first }])
})
const sequences = fc.record({ zone: fc.constantFrom(...ZONES), startDay: fc.nat(60), hour: fc.constantFrom(0, 2, 13, 22), visits: fc.array(fc.tuple(visit, fc.nat(170)), { minLength: 30, maxLength: 60 }), steps })

/** Data begins long before anything is asked. */
const FIRST: Row = { visit_id: 0, user_id: null, visitor: null, person_id: null, visited_at: '2020-01-01 00:00:00', visited_on: '2020-01-01', country: null }

/** One place for all sequences: a sequence begins with empty tables. */
class Site {
  readonly source: TestSource
  readonly rows = new Map<string, Row[]>()
  readonly changes: { readonly version: number; readonly changes: readonly TableChange[] }[] = []
  #ids = 0
  #version = 0

  constructor(source: TestSource) {
    this.source = source
  }

  async empty(): Promise<void> {
    for (const table of ['visits', 'people']) {
      await this.source.run(ENGINE === 'clickhouse' ? `TRUNCATE TABLE ${table}` : `DELETE FROM ${table}`)
      this.rows.set(table, [])
    }
    await this.#insert('visits', [FIRST])
    this.#moved([])
  }

  async visit(visits: readonly (readonly [Visit, dayUtcMs: number])[], nowUtcMs: number): Promise<void> {
    const rows = visits.flatMap(([{ user, person, country, atMs }, dayUtcMs]): readonly Row[] => {
      const at = new Date(dayUtcMs + atMs)
      const visited = at.toISOString().slice(0, 19).replace('T', ' ')
      // Nowhere a day that has not come.
      const visitedOn = new Date(at.getTime() - 11 * HOUR_MS).toISOString().slice(0, 10)
      // Visitors are told from users by case and by accents alone.
      const visitor = user === null ? null : `${user % 2 === 0 ? 'é' : 'E'}-${user % 33}${user > 50 ? 'ß' : ''}`
      return at.getTime() >= nowUtcMs ? [] : [{ visit_id: (this.#ids += 1), user_id: user, visitor, person_id: person, visited_at: visited, visited_on: visitedOn, country }]
    })
    await this.#insert('visits', rows)
    const spanOf = (column: string): { readonly from: string; readonly to: string } | null => {
      const found = rows.map((row) => String(row[column])).toSorted()
      return found.length === 0 ? null : { from: found[0] ?? '', to: found.at(-1) ?? '' }
    }
    this.#moved([{ table: 'visits', spans: new Map([['visited_at', spanOf('visited_at')], ['visited_on', spanOf('visited_on')]]) }])
  }

  async person(person: number, tier: string): Promise<void> {
    const others = (this.rows.get('people') ?? []).filter((row) => row['person_id'] !== person)
    await this.source.run(`${ENGINE === 'clickhouse' ? 'ALTER TABLE people DELETE' : 'DELETE FROM people'} WHERE person_id = ${person}${ENGINE === 'clickhouse' ? ' SETTINGS mutations_sync = 1' : ''}`)
    this.rows.set('people', others)
    await this.#insert('people', [{ person_id: person, tier }])
    this.#moved([{ table: 'people', spans: null }])
  }

  /** What changed between two versions, as a source that keeps count of it tells. */
  changesBetween(since: string, until: string): readonly TableChange[] {
    const tables = Map.groupBy(this.changes.filter(({ version }) => version > Number(since) && version <= Number(until)).flatMap(({ changes }) => changes), ({ table }) => table)
    return [...tables].map(([table, changes]): TableChange => {
      if (changes.some(({ spans }) => spans === null)) return { table, spans: null }
      const columns = [...new Set(changes.flatMap(({ spans }) => [...(spans?.keys() ?? [])]))]
      return {
        table,
        spans: new Map(columns.map((column) => {
          const found = changes.flatMap(({ spans }) => spans?.get(column) ?? [])
          return [column, found.length === 0 ? null : { from: found.map(({ from }) => from).toSorted()[0] ?? '', to: found.map(({ to }) => to).toSorted().at(-1) ?? '' }]
        })),
      }
    })
  }

  #moved(changes: readonly TableChange[]): void {
    this.#version += 1
    this.source.version = String(this.#version)
    this.changes.push({ version: this.#version, changes })
  }

  async #insert(table: keyof typeof COLUMNS, rows: readonly Row[]): Promise<void> {
    if (rows.length === 0) return
    const literal = (value: Cell, type: string): string => (value === null ? 'NULL' : typeof value === 'string' ? `'${value}${type === 'TIMESTAMPTZ' && (ENGINE === 'duckdb' || ENGINE === 'postgres') ? '+00' : ''}'` : String(value))
    await this.source.run(`INSERT INTO ${table} VALUES ${rows.map((row) => `(${Object.entries(COLUMNS[table]).map(([column, type]) => literal(row[column] ?? null, type)).join(', ')})`).join(', ')}`)
    this.rows.set(table, [...(this.rows.get(table) ?? []), ...rows])
  }
}

/** Days count from the one that the present lies in, in the zone of the question. */
function questionOf({ metric, predicate, by, grain, from, length, wholeMonths }: Asked, zone: string, nowUtcMs: number): OracleAsk {
  const today = Date.parse(new Intl.DateTimeFormat('sv-SE', { timeZone: zone }).format(nowUtcMs))
  const day = (ms: number): string => new Date(ms).toISOString().slice(0, 10)
  const start = new Date(today - from * DAY_MS)
  const startMs = wholeMonths ? Date.UTC(start.getUTCFullYear(), start.getUTCMonth(), 1) : start.getTime()
  // Long ones end with the present month, or with the present day.
  const end = new Date(Math.min(startMs + length * DAY_MS, today + DAY_MS))
  const endMs = wholeMonths && length > 500 ? Date.UTC(end.getUTCFullYear(), end.getUTCMonth() + 1, 1) : end.getTime()
  return { metric, predicate, by, grain, zone, start: day(startMs), end: day(Math.max(endMs, startMs + DAY_MS)) }
}

describe('distinct counts asked again and again', () => {
  it(`agree with plain loops over the rows, while days go by, rows come late and people change (${SEQUENCES} sequences, seed ${SEED})`, { timeout: 600_000 }, async () => {
    let [asks, hits, keyed] = [0, 0, 0]
    const telemetry: Telemetry = { ...noTelemetry, cacheLooked: (level, found) => void (hits += level === 'buckets' ? found : 0) }
    const site = new Site(await openTestSource('site', { visits: { columns: COLUMNS.visits, rows: [FIRST] }, people: { columns: COLUMNS.people, rows: [] } }))
    const source = Object.assign(site.source, { changes: (_: readonly string[], since: string, until: string) => Promise.resolve(site.changesBetween(since, until)) })
    try {
      await fc.assert(
        fc.asyncProperty(sequences, async ({ zone, startDay, hour, visits, steps: ordered }) => {
          let nowUtcMs = Date.UTC(2024, 2, 1 + startDay, hour, 20)
          const dayBack = (days: number): number => Math.floor(nowUtcMs / DAY_MS) * DAY_MS - days * DAY_MS
          await site.empty()
          await site.visit(visits.map(([one, days]) => [one, dayBack(days)]), nowUtcMs)
          for (const person of [0, 1, 2, 3]) await site.person(person, TIERS[person % 2] ?? '')
          const analytics = createAnalytics({ model: MODEL, sources: new Map([['site', { source, connector: ENGINE, nowUtcMs: null }]]), cacheBytes: 20_000_000, clock: { nowMs: () => nowUtcMs }, maxGroups: 100_000, telemetry })
          for (const step of ordered) {
            if (step.kind === 'later') nowUtcMs += step.ms
            else if (step.kind === 'rows') await site.visit(step.rows.map((one) => [one, dayBack(step.daysBack)]), nowUtcMs)
            else if (step.kind === 'person') await site.person(step.person, step.tier)
            else {
              const question = questionOf(step.ask, zone, nowUtcMs)
              const before = source.statements.length
              const session = analytics.session({ freshness: 'CACHED_OK', signal: new AbortController().signal })
              const questions = [question, ...step.ask.beside.map((predicate): OracleAsk => ({ ...question, predicate }))]
              const answers = await Promise.all(questions.map((one) => session.metric(asked(one, CALENDAR, nowUtcMs))))
              const oracle = new Oracle({ model: MODEL, tables: site.rows, nowUtcMs })
              const found = questions.map((one, index) => ({ question: one, nowUtcMs, differences: differences(answers[index] as MetricAnswer, oracle.answer(one)) }))
              expect(found.filter((one) => one.differences.length > 0)).toEqual([])
              asks += 1
              keyed += source.statements.slice(before).filter(({ text }) => /^SELECT [^\n]* AS ["`]word["`]/.test(text)).length
            }
          }
        }),
        { numRuns: SEQUENCES, seed: SEED, endOnFailure: process.env['ASK_SHRINK'] === undefined },
      )
    } finally {
      await site.source.close()
    }
    // Keys that are never read, and buckets that are never found again, prove nothing.
    expect(keyed).toBeGreaterThan(SEQUENCES)
    expect(hits).toBeGreaterThan(SEQUENCES)
    expect(asks).toBeGreaterThan(SEQUENCES * 4)
  })
})
