import { afterEach, describe, expect, it } from 'vitest'
import type { QuerySource, Statement } from '../../connectors/contract.ts'
import { createAnalytics } from '../../src/answer/analytics.ts'
import type { Analytics, MetricAnswer } from '../../src/answer/types.ts'
import { fixedClock } from '../../src/base/clock.ts'
import { KpiqlError } from '../../src/base/errors.ts'
import { resolvePeriod } from '../../src/base/period.ts'
import { loadModel } from '../../src/model/load-model.ts'
import type { Predicate } from '../../src/model/predicate.ts'
import { openTestSource } from '../engines/open-test-source.ts'
import type { TestSource } from '../engines/open-test-source.ts'

// Nine sales of three fruits: one apple, three pears, five plums.

const NOW = Date.UTC(2026, 3, 10, 12)
const MODEL = `
semantic_models:
  - name: sales
    table: sales
    agg_time_dimension: sold_at
    entities: [{ name: sale, type: primary, expr: sale_id }]
    dimensions:
      - { name: sold_at, type: time, granularity: minute, timezone: UTC }
      - { name: fruit, type: categorical }
metrics:
  - { name: sales, semantic_model: sales, agg: count }
`
const FRUITS = ['apple', 'pear', 'pear', 'pear', 'plum', 'plum', 'plum', 'plum', 'plum']

const open: QuerySource[] = []
afterEach(async () => {
  await Promise.all(open.splice(0).map((source) => source.close()))
})

interface Watched extends TestSource {
  readonly statements: Statement[]
}

/** A source that notes its statements; `refusal` is asked for each. */
async function stall(refusal: () => KpiqlError | null = () => null): Promise<Watched> {
  const rows = FRUITS.map((fruit, index) => ({ sale_id: index, sold_at: '2026-03-03 09:00:00', fruit }))
  const source = await openTestSource('stall', { sales: { columns: { sale_id: 'BIGINT', sold_at: 'TIMESTAMP', fruit: 'VARCHAR' }, rows } })
  open.push(source)
  const statements: Statement[] = []
  return {
    ...source,
    statements,
    query: (statement, options = {}) => {
      statements.push(statement)
      const refused = refusal()
      return refused === null ? source.query(statement, options) : Promise.reject(refused)
    },
  }
}

function analyticsOver(source: QuerySource, windowMs: number, behind = 0): Analytics {
  const loaded = loadModel([{ name: 'stall.yml', text: MODEL }], { source: 'stall' })
  if (!loaded.ok) throw new Error(loaded.problems.map(({ message }) => message).join('\n'))
  return createAnalytics({ model: loaded.model, sources: new Map([['stall', { source, connector: 'duckdb', nowUtcMs: null }]]), cacheBytes: 1_000_000, clock: fixedClock(NOW), maxGroups: 1000, collect: { windowMs, behind } })
}

/** One request for the sales of a fruit, each in a session of its own. */
async function sold(analytics: Analytics, fruit: string, signal = new AbortController().signal): Promise<number | null | undefined> {
  const period = resolvePeriod({ between: { start: '2026-03-01', end: '2026-04-01' } }, { zone: 'UTC', nowUtcMs: NOW, calendar: { weekStart: 1, fiscalYearStart: 1 } })
  const predicate: Predicate = { kind: 'atom', dimension: 'fruit', test: { op: 'in', values: [fruit], caseInsensitive: false } }
  const { groups }: MetricAnswer = await analytics.session({ freshness: 'CACHED_OK', signal }).metric({ metric: 'sales', predicate, period, grain: null, by: [] })
  return groups[0]?.cells[0]?.value
}

const together = (analytics: Analytics): Promise<unknown> => Promise.all(['apple', 'pear', 'plum'].map((fruit) => sold(analytics, fruit)))

describe('requests of different slices that come together', () => {
  it('make one statement with a collection window, and one each without', async () => {
    for (const [collectMs, statements] of [[200, 1], [0, 3]] as const) {
      const source = await stall()
      expect(await together(analyticsOver(source, collectMs))).toEqual([1, 3, 5])
      expect({ collectMs, statements: source.statements.length }).toEqual({ collectMs, statements })
    }
  })

  it('never wait for one another without a window: one is answered while the statement of the other runs', async () => {
    const gate = Promise.withResolvers<undefined>()
    const source = await stall()
    const slow: QuerySource = { ...source, query: async (statement, options) => {
      if (statement.params.some(({ value }) => value === 'apple')) await gate.promise
      return source.query(statement, options)
    } }
    const analytics = analyticsOver(slow, 0)
    const apple = sold(analytics, 'apple')
    expect(await sold(analytics, 'pear')).toBe(3)
    gate.resolve(undefined)
    expect(await apple).toBe(1)
  })

  it('are answered from cache afterwards, each by itself', async () => {
    const source = await stall()
    const analytics = analyticsOver(source, 50)
    await together(analytics)
    expect([await sold(analytics, 'pear'), await sold(analytics, 'plum'), source.statements.length]).toEqual([3, 5, 1])
  })

  it('lose only the one that leaves', async () => {
    const source = await stall()
    const analytics = analyticsOver(source, 100)
    const leaving = new AbortController()
    const [gone, stays] = [sold(analytics, 'apple', leaving.signal), sold(analytics, 'plum')]
    setTimeout(() => leaving.abort(), 10)
    await expect(gone).rejects.toMatchObject({ code: 'CANCELLED' })
    expect([await stays, source.statements.length]).toEqual([5, 1])
  })

  it('send nothing when all of them leave before the window ends', async () => {
    const source = await stall()
    const analytics = analyticsOver(source, 50)
    const leaving = new AbortController()
    const gone = [sold(analytics, 'apple', leaving.signal), sold(analytics, 'plum', leaving.signal)]
    setTimeout(() => leaving.abort(), 10)
    expect((await Promise.allSettled(gone)).map(({ status }) => status)).toEqual(['rejected', 'rejected'])
    expect(await sold(analyticsOver(source, 0), 'pear')).toBe(3)
    expect(source.statements.length).toBe(1)
  })

  it('are asked each by itself when what they share fails by its own fault, and told alike when the source is down', async () => {
    let asked = 0
    const source = await stall(() => (asked++ === 0 ? new KpiqlError('TOO_MANY_GROUPS', { message: 'too many' }) : null))
    expect(await together(analyticsOver(source, 50))).toEqual([1, 3, 5])
    expect(source.statements.length).toBe(4)

    const down = await stall(() => new KpiqlError('SOURCE_UNAVAILABLE', { message: 'down' }))
    const analytics = analyticsOver(down, 50)
    for (const one of await Promise.allSettled(['apple', 'pear', 'plum'].map((fruit) => sold(analytics, fruit)))) expect(one).toMatchObject({ status: 'rejected', reason: { code: 'SOURCE_UNAVAILABLE' } })
    expect(down.statements.length).toBe(1)
  })

  it('stay apart when the data moved between them', async () => {
    const source = await stall()
    let version = 0
    const moving: QuerySource = { ...source, dataVersion: async () => `v${version}`, query: (statement, options) => source.query(statement, { ...options, dataVersion: undefined }) }
    const analytics = analyticsOver(moving, 200)
    const before = sold(analytics, 'apple')
    await new Promise((resolve) => setTimeout(resolve, 20))
    version = 1
    expect([await sold(analytics, 'plum'), await before]).toEqual([5, 1])
    expect(source.statements.length).toBe(2)
  })
})

describe('requests that come while a source is at work on their like', () => {
  /** Statements that take long enough to be worth waiting for. */
  async function slowStall(): Promise<{ readonly source: QuerySource; readonly statements: readonly Statement[] }> {
    const source = await stall()
    return { statements: source.statements, source: { ...source, query: async (statement, options) => {
      const result = await source.query(statement, options)
      await new Promise((resolve) => setTimeout(resolve, 40))
      return result
    } } }
  }

  it('become one statement, once one was known to take long', async () => {
    const { source, statements } = await slowStall()
    const analytics = analyticsOver(source, 0, 1)
    expect(await sold(analytics, 'kiwi')).toBe(0)
    // The first of the three begins at once; the other two wait for it, and become one.
    expect(await together(analytics)).toEqual([1, 3, 5])
    expect(statements.length).toBe(3)
  })

  it('begin at once where fewer run than are to', async () => {
    const { source, statements } = await slowStall()
    const analytics = analyticsOver(source, 0, 3)
    await sold(analytics, 'kiwi')
    expect(await together(analytics)).toEqual([1, 3, 5])
    expect(statements.length).toBe(4)
  })

  it('lose only the one that leaves, and are told alike when the source is down', async () => {
    const { source, statements } = await slowStall()
    const analytics = analyticsOver(source, 0, 1)
    await sold(analytics, 'kiwi')
    const leaving = new AbortController()
    const [first, gone, stays] = [sold(analytics, 'apple'), sold(analytics, 'pear', leaving.signal), sold(analytics, 'plum')]
    setTimeout(() => leaving.abort(), 5)
    await expect(gone).rejects.toMatchObject({ code: 'CANCELLED' })
    expect([await first, await stays, statements.length]).toEqual([1, 5, 3])

    let isDown = false
    const down: QuerySource = { ...source, query: (statement, options) => (isDown ? Promise.reject(new KpiqlError('SOURCE_UNAVAILABLE', { message: 'down' })) : source.query(statement, options)) }
    const over = analyticsOver(down, 0, 1)
    await sold(over, 'kiwi')
    const asked = ['apple', 'pear', 'plum'].map((fruit) => sold(over, fruit))
    // The first is under way by then; what waits behind it finds the source down.
    await new Promise((resolve) => setTimeout(resolve, 20))
    isDown = true
    const [apple, ...others] = await Promise.allSettled(asked)
    expect(apple).toEqual({ status: 'fulfilled', value: 1 })
    for (const one of others) expect(one).toMatchObject({ status: 'rejected', reason: { code: 'SOURCE_UNAVAILABLE' } })
  })
})
