import { afterEach, describe, expect, it } from 'vitest'
import { OWN_BITS, SlotBudget } from '../../connectors/duckdb/slot-budget.ts'
import { createAnalytics } from '../../src/answer/analytics.ts'
import { fixedClock } from '../../src/base/clock.ts'
import { resolvePeriod } from '../../src/base/period.ts'
import { loadModel } from '../../src/model/load-model.ts'
import { openTestSource } from '../engines/open-test-source.ts'
import type { TestSource } from '../engines/open-test-source.ts'

// 40,000 visits of January to March, a customer and score each from arithmetic that the test repeats.

const MODEL = `
semantic_models:
  - name: visits
    table: visits
    agg_time_dimension: visited_on
    entities: [{ name: customer, type: foreign, expr: customer_id }]
    dimensions:
      - { name: visited_on, type: time, granularity: day }
      - { name: score, type: categorical, value_type: integer }
metrics:
  - { name: customers, semantic_model: visits, agg: count_distinct, expr: customer_id }
`
const VISITS = 40_000
const NOW = Date.UTC(2026, 0, 1)
const DAYS = 90
const RANGES = Array.from({ length: 6 }, (_, index) => ({ from: index * 10, to: index * 10 + 35 }))

const customerOf = (visit: number, apart: number): number | null => (visit % 97 === 0 ? null : ((visit * 7919) % 4_000) * apart - 500)
const scoreOf = (visit: number): number => (visit * 31) % 100
const dayOf = (visit: number): number => visit % DAYS

const open: { close(): Promise<void> }[] = []
afterEach(async () => {
  for (const one of open.splice(0)) await one.close()
})

/** @param apart between the numbers of two customers. */
async function visits(apart: number): Promise<TestSource> {
  const rows = `SELECT DATE '2025-01-01' + (v % ${DAYS})::INTEGER AS visited_on, CASE WHEN v % 97 <> 0 THEN ((v * 7919) % 4000) * ${apart} - 500 END AS customer_id, (v * 31) % 100 AS score FROM range(${VISITS}) AS visits(v)`
  const source = await openTestSource('visits', { visits: { columns: { visited_on: 'DATE', customer_id: 'BIGINT', score: 'BIGINT' }, rows } })
  open.push(source)
  return source
}

async function asked(source: TestSource): Promise<readonly (readonly unknown[])[]> {
  const { model } = loadModel([{ name: 'visits.yml', text: MODEL }], { source: 'visits' })
  if (model === null) throw new Error('The model has faults.')
  const analytics = createAnalytics({ model, sources: new Map([['visits', { source, connector: 'duckdb', nowUtcMs: null }]]), cacheBytes: 0, clock: fixedClock(NOW), maxGroups: 100_000 })
  const session = analytics.session({ freshness: 'NO_CACHE', signal: new AbortController().signal })
  const period = resolvePeriod({ between: { start: '2025-01-01', end: '2025-04-01' } }, { zone: 'UTC', nowUtcMs: NOW, calendar: model.calendar })
  const answers = await Promise.all(
    RANGES.map(({ from, to }) =>
      session.metric({ metric: 'customers', predicate: { kind: 'atom', dimension: 'score', test: { op: 'range', from: { value: from, inclusive: true }, to: { value: to, inclusive: false } } }, period, grain: 'month', by: [] }),
    ),
  )
  return answers.map(({ groups }) => groups[0]?.cells.map(({ value }) => value) ?? [])
}

/** Months of 31, 28 and 31 days. */
function byLoops(apart: number): readonly (readonly number[])[] {
  const monthOf = (day: number): number => (day < 31 ? 0 : day < 59 ? 1 : 2)
  return RANGES.map(({ from, to }) => {
    const found = [new Set<number>(), new Set<number>(), new Set<number>()]
    for (let visit = 0; visit < VISITS; visit++) {
      const customer = customerOf(visit, apart)
      if (customer !== null && scoreOf(visit) >= from && scoreOf(visit) < to) found[monthOf(dayOf(visit))]?.add(customer)
    }
    return found.map(({ size }) => size)
  })
}

async function groupingOf(source: TestSource): Promise<string> {
  const statement = source.statements.at(-1)
  if (statement === undefined) throw new Error('Nothing was asked.')
  const { columns } = await source.query({ ...statement, text: `EXPLAIN ${statement.text}`, columns: ['text', 'text'] })
  return String(columns[1]?.[0])
}

describe('groups of whole numbers', () => {
  it('that lie close have a slot each, and the answer of plain loops', async () => {
    const source = await visits(1)
    expect(await asked(source)).toEqual(byLoops(1))
    // 4,000 customers take 12 bits and three months 3.
    expect(source.statements.at(-1)?.slots).toEqual({ bits: 15, bytes: 8 })
    expect(await groupingOf(source)).not.toMatch(/(?<!PERFECT_)HASH_GROUP_BY/)
  })

  it('that lie far apart are hashed, to the same answer', async () => {
    const source = await visits(1_000_003)
    expect(await asked(source)).toEqual(byLoops(1_000_003))
    expect(source.statements.at(-1)?.slots).toBeUndefined()
    expect(await groupingOf(source)).toMatch(/(?<!PERFECT_)HASH_GROUP_BY/)
  })
})

describe('the bytes of slots', () => {
  const MB = 1_000_000

  it('are a third of what the engine may use, for all statements and threads together', () => {
    const budget = new SlotBudget(60 * MB, 2)
    const held = budget.take({ bits: 20, bytes: 8 })
    expect(held).toBe(2 ** 20 * 8 * 2)
    expect(budget.take({ bits: 18, bytes: 8 })).toBe(0)
    budget.giveBack(held)
    expect(budget.take({ bits: 18, bytes: 8 })).toBe(2 ** 18 * 8 * 2)
  })

  it('are none where the engine needs no word, or the numbers are too large for any', () => {
    const budget = new SlotBudget(1_000_000 * MB, 1)
    expect(budget.take({ bits: OWN_BITS, bytes: 8 })).toBe(0)
    expect(budget.take({ bits: 28, bytes: 8 })).toBe(0)
  })
})
