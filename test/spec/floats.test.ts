import { afterEach, describe, expect, it } from 'vitest'
import type { QuerySource } from '../../connectors/contract.ts'
import { createAnalytics } from '../../src/answer/analytics.ts'
import type { Cell, MetricAnswer } from '../../src/answer/types.ts'
import { fixedClock } from '../../src/base/clock.ts'
import { resolvePeriod } from '../../src/base/period.ts'
import { loadModel } from '../../src/model/load-model.ts'
import type { Model } from '../../src/model/types.ts'
import type { Predicate } from '../../src/model/predicate.ts'
import { combineParts } from '../../src/plan/parts.ts'
import { openTestSource } from '../engines/open-test-source.ts'
import type { TestSource } from '../engines/open-test-source.ts'

// A fish farm: what was weighed in February 2026, and the leases of its ponds since January. It is 15 April, noon.

const NOW = Date.UTC(2026, 3, 15, 12)

const MODEL = `
semantic_models:
  - name: weighings
    table: weighings
    agg_time_dimension: day
    dimensions:
      - { name: day, type: time, granularity: day }
      - { name: pond, type: categorical }
      - { name: scale, type: categorical, expr: kilos, value_type: float }
      - { name: dose, type: categorical, value_type: decimal }
  - name: leases
    table: leases
    validity: { start: began, end: ended }
    dimensions:
      - { name: began, type: time, granularity: day }
      - { name: ended, type: time, granularity: day }
      - { name: owner, type: categorical }
metrics:
  - { name: weighed, semantic_model: weighings, agg: count }
  - { name: kilos, semantic_model: weighings, agg: sum, expr: kilos }
  - { name: mean, semantic_model: weighings, agg: average, expr: kilos }
  - { name: lightest, semantic_model: weighings, agg: min, expr: kilos }
  - { name: heaviest, semantic_model: weighings, agg: max, expr: kilos }
  - { name: middle, semantic_model: weighings, agg: median, expr: length }
  - { name: area, semantic_model: leases, agg: sum, expr: area, as_of: period_end }
  - { name: mean_area, semantic_model: leases, agg: average, expr: area, as_of: period_end }
  - { name: double_area, semantic_model: leases, agg: sum, expr: area * 2, as_of: period_end }
  - { name: rent, semantic_model: leases, agg: sum, expr: rent, as_of: period_end }
  - { name: due, semantic_model: leases, agg: sum, expr: due, as_of: period_end, unit: currency, currency: EUR }
  - { name: leases, semantic_model: leases, agg: count, as_of: period_end }
`

const WEIGHINGS = `SELECT * FROM (VALUES
  (DATE '2026-02-01', 'carp', 1::DOUBLE, 10::DOUBLE, 0.10),
  (DATE '2026-02-02', 'carp', 'nan'::DOUBLE, 20::DOUBLE, 2.50),
  (DATE '2026-02-03', 'eel', 2::DOUBLE, 30::DOUBLE, 2.50),
  (DATE '2026-02-04', 'eel', 'inf'::DOUBLE, 40::DOUBLE, 2.50),
  (DATE '2026-02-05', 'pike', '-inf'::DOUBLE, 50::DOUBLE, 2.50),
  (DATE '2026-02-06', 'trout', NULL, 60::DOUBLE, NULL),
  (DATE '2026-02-07', 'trout', 4::DOUBLE, 70::DOUBLE, 2.50))`

const LEASES = `SELECT * FROM (VALUES
  (DATE '2026-01-05', DATE '2026-02-05', 'ann', 1e16::DOUBLE, 10.50, 1e15::DOUBLE),
  (DATE '2026-01-10', NULL, 'ann', 1.5::DOUBLE, 0.25, 1.5::DOUBLE),
  (DATE '2026-01-01', DATE '2026-02-03', 'bob', 'nan'::DOUBLE, 1.00, 2::DOUBLE),
  (DATE '2026-01-01', NULL, 'bob', 4::DOUBLE, 2.00, 3::DOUBLE))`

const open: QuerySource[] = []
afterEach(async () => {
  await Promise.all(open.splice(0).map((source) => source.close()))
})

async function farm(): Promise<TestSource> {
  const source = await openTestSource('farm', {
    weighings: { columns: { day: 'DATE', pond: 'VARCHAR', kilos: 'DOUBLE', length: 'DOUBLE', dose: 'DECIMAL(12,2)' }, rows: WEIGHINGS },
    leases: { columns: { began: 'DATE', ended: 'DATE', owner: 'VARCHAR', area: 'DOUBLE', rent: 'DECIMAL(12,2)', due: 'DOUBLE' }, rows: LEASES },
  })
  open.push(source)
  return source
}

function model(): Model {
  const loaded = loadModel([{ name: 'farm.yml', text: MODEL }], { source: 'farm' })
  if (!loaded.ok) throw new Error(loaded.problems.map(({ message }) => message).join('\n'))
  return loaded.model
}

const is = (dimension: string, value: string): Predicate => ({ kind: 'atom', dimension, test: { op: 'in', values: [value], caseInsensitive: false } })
const everything: Predicate = { kind: 'all' }

type Asker = (metric: string, predicate?: Predicate, by?: string) => Promise<MetricAnswer>

/** Asks of February by weighing, or of the months January to March by lease; those begun together are planned together. */
function asker(source: QuerySource, when: 'february' | 'quarter'): Asker {
  const analytics = createAnalytics({ model: model(), sources: new Map([['farm', { source, connector: 'duckdb', nowUtcMs: null }]]), cacheBytes: 0, clock: fixedClock(NOW), maxGroups: 1000 })
  const session = analytics.session({ freshness: 'CACHED_OK', signal: new AbortController().signal })
  const between = when === 'february' ? { start: '2026-02-01', end: '2026-03-01' } : { start: '2026-01-01', end: '2026-04-01' }
  const period = resolvePeriod({ between }, { zone: 'UTC', nowUtcMs: NOW, calendar: { weekStart: 1, fiscalYearStart: 1 } })
  const grain = when === 'february' ? null : 'month'
  return (metric, predicate = everything, by) => session.metric({ metric, predicate, period, grain, by: by === undefined ? [] : [{ kind: 'dimension', dimension: by }] })
}

const told = ({ value, reason }: Cell): unknown => (reason === null ? value : reason)
const cells = ({ groups }: MetricAnswer): unknown => groups[0]?.cells.map(told)
const byKey = ({ groups }: MetricAnswer): unknown => groups.map(({ values, cells }) => [values[0], ...cells.map(told)])

async function numberOf(ask: Promise<MetricAnswer>): Promise<unknown> {
  return (cells(await ask) as readonly unknown[])[0]
}

describe('a value that is no finite number', () => {
  it('spoils the sum it is in and no other, however the slices cut the rows', async () => {
    const source = await farm()
    const alone = await numberOf(asker(source, 'february')('kilos'))
    const ask = asker(source, 'february')
    const together = await Promise.all([everything, ...['carp', 'eel', 'pike', 'trout'].map((pond) => is('pond', pond))].map((predicate) => numberOf(ask('kilos', predicate))))
    expect([alone, ...together]).toEqual(['OVERFLOW', 'OVERFLOW', 'OVERFLOW', 'OVERFLOW', 'OVERFLOW', 4])
  })

  it('is larger than all numbers as NaN, so that an extreme of the whole is that of its slices', async () => {
    const ask = asker(await farm(), 'february')
    const ponds = [everything, is('pond', 'carp'), is('pond', 'eel'), is('pond', 'trout')]
    // The least of all is pike's −Infinity.
    expect(await Promise.all(ponds.map((pond) => numberOf(ask('lightest', pond))))).toEqual(['OVERFLOW', 1, 2, 4])
    expect(await Promise.all(ponds.map((pond) => numberOf(ask('heaviest', pond))))).toEqual(['OVERFLOW', 'OVERFLOW', 'OVERFLOW', 4])
    const orders = [[Number.NaN, 3], [3, Number.NaN], [Number.NaN, Number.NaN], [Infinity, Infinity], [Infinity, Number.NaN]] as const
    expect(orders.map(([a, b]) => [combineParts(a, b, 'min'), combineParts(a, b, 'max')])).toEqual([[3, Number.NaN], [3, Number.NaN], [Number.NaN, Number.NaN], [Infinity, Infinity], [Infinity, Number.NaN]])
  })

  it('leaves an average without a value, and is counted', async () => {
    const ask = asker(await farm(), 'february')
    expect(await Promise.all(['mean', 'weighed'].map((metric) => numberOf(ask(metric, is('pond', 'carp')))))).toEqual(['OVERFLOW', 2])
    expect(await Promise.all(['mean', 'weighed'].map((metric) => numberOf(ask(metric, is('pond', 'trout')))))).toEqual([4, 2])
  })
})

describe('a stock of floats', () => {
  it('holds no trace of what has ended, be it huge or no number', async () => {
    const ask = asker(await farm(), 'quarter')
    // ann, January: 1e16 + 1.5, of which a double keeps 1e16 + 2. From February on the huge lease is over.
    expect(cells(await ask('area', is('owner', 'ann')))).toEqual([10_000_000_000_000_002, 1.5, 1.5])
    expect(cells(await ask('area', is('owner', 'bob')))).toEqual(['OVERFLOW', 4, 4])
    expect(cells(await ask('area'))).toEqual(['OVERFLOW', 5.5, 5.5])
    expect(cells(await ask('mean_area', is('owner', 'ann')))).toEqual([5_000_000_000_000_001, 1.5, 1.5])
    expect(cells(await ask('double_area', is('owner', 'ann')))).toEqual([20_000_000_000_000_004, 3, 3])
    expect(byKey(await ask('area', everything, 'owner'))).toEqual([['ann', 10_000_000_000_000_002, 1.5, 1.5], ['bob', 'OVERFLOW', 4, 4]])
  })

  it('is summed at every edge, where exact sums, money and counts add and take away', async () => {
    const source = await farm()
    const ask = asker(source, 'quarter')
    const added = async (metric: string): Promise<readonly [unknown, boolean]> => {
      const answer = cells(await ask(metric))
      return [answer, source.statements.at(-1)?.text.includes('UNION ALL') ?? false]
    }
    expect(await added('area')).toEqual([['OVERFLOW', 5.5, 5.5], false])
    expect(await added('double_area')).toEqual([['OVERFLOW', 11, 11], false])
    expect(await added('rent')).toEqual([[13.75, 2.25, 2.25], true])
    // 1e15 + 1.5 + 2 + 3.
    expect(await added('due')).toEqual([[1_000_000_000_000_006.5, 4.5, 4.5], true])
    expect(await added('leases')).toEqual([[4, 2, 2], true])
  })
})

describe('groups of floats and decimals', () => {
  it('keep null, NaN and the infinities apart', async () => {
    const ask = asker(await farm(), 'february')
    expect(byKey(await ask('weighed', everything, 'scale'))).toEqual([[1, 1], [2, 1], [4, 1], ['-Infinity', 1], ['Infinity', 1], ['NaN', 1], [null, 1]])
    expect(byKey(await ask('middle', everything, 'scale'))).toEqual([[1, 10], [2, 30], [4, 70], ['-Infinity', 50], ['Infinity', 40], ['NaN', 20], [null, 60]])
  })

  it('are numbers where a double says the decimal, and the exact text where it does not', async () => {
    const source = await farm()
    await source.run('ALTER TABLE weighings ALTER dose TYPE DECIMAL(38, 20)')
    // As a double the first is 0.1 too; the second has an exponent in its shortest text; the third is one more than doubles can tell.
    await source.run("INSERT INTO weighings VALUES (DATE '2026-02-08', 'pike', 1, 1, 0.10000000000000000500), (DATE '2026-02-08', 'pike', 1, 1, 0.00000012), (DATE '2026-02-08', 'pike', 1, 1, 9007199254740993), (DATE '2026-02-08', 'pike', 1, 1, 9007199254740992), (DATE '2026-02-08', 'pike', 1, 1, 0)")
    const ask = asker(source, 'february')
    expect(byKey(await ask('weighed', everything, 'dose'))).toEqual([
      [0, 1],
      [0.000_000_12, 1],
      [0.1, 1],
      [2.5, 5],
      [9_007_199_254_740_992, 1],
      ['0.100000000000000005', 1],
      ['9007199254740993', 1],
      [null, 1],
    ])
  })
})
