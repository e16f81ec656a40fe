import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Predicate } from '../../src/model/predicate.ts'
import { openTestSource } from '../engines/open-test-source.ts'
import type { TestSource } from '../engines/open-test-source.ts'
import { EVER, acquired, analyticsOf, behavior, cohortModel, did, lifecycle, member, periodOf, sequence, sessionOf, trailing } from './cohorts-world.ts'

// 200,000 events of 20,000 users, of 5,000 customers.

const NOW = Date.UTC(2025, 3, 1)
const EVENTS = 200_000
const USERS = 20_000
const model = cohortModel()
const YEAR = periodOf('2025-01-01', '2025-04-01')

let source: TestSource
beforeAll(async () => {
  source = await openTestSource('world', {
    customers: { columns: { customer_id: 'BIGINT', segment: 'VARCHAR' }, rows: "SELECT range, 'SMB' FROM range(5000)" },
    users: { columns: { user_id: 'VARCHAR', customer_id: 'BIGINT', country: 'VARCHAR' }, rows: `SELECT CAST(range AS VARCHAR), range % 5000, 'DE' FROM range(${USERS})` },
    events: {
      columns: { event_id: 'BIGINT', user_id: 'VARCHAR', name: 'VARCHAR', happened: 'TIMESTAMP', amount: 'DECIMAL(12,2)' },
      rows: `SELECT range, CAST((range * 7919) % ${USERS} AS VARCHAR), CASE range % 3 WHEN 0 THEN 'visit' WHEN 1 THEN 'export' ELSE 'invite' END, TIMESTAMP '2025-01-01' + to_seconds(range * 38), 1 FROM range(${EVENTS})`,
    },
  })
})
afterAll(() => source.close())

async function cost(metric: string, predicates: readonly Predicate[]): Promise<{ readonly scans: number; readonly rowsRead: number; readonly values: readonly (number | null | undefined)[] }> {
  const session = sessionOf(analyticsOf(source, model, NOW))
  const answers = await Promise.all(predicates.map((predicate) => session.metric({ metric, predicate, period: YEAR, grain: null, by: [] })))
  return { scans: session.stats.scans, rowsRead: session.stats.rowsRead, values: answers.map(({ groups }) => groups[0]?.cells[0]?.value) }
}

const atLeast = (count: number): Predicate => member(behavior('user', did(['visit', 'export', 'invite'][count % 3] ?? null), 1 + (count % 7), null, count % 2 === 0 ? EVER : trailing(1 + count, 'day')))
const fifty = Array.from({ length: 50 }, (_, index) => atLeast(index))

describe('what cohorts cost', () => {
  it('fifty by behaviour read the rows that one reads, in as many statements', async () => {
    for (const metric of ['events', 'event_users']) {
      const one = await cost(metric, [atLeast(0)])
      const all = await cost(metric, fifty)
      expect(all.scans).toBe(one.scans)
      expect(all.rowsRead).toBeLessThanOrEqual(1.5 * one.rowsRead)
      const apart = await Promise.all([0, 1, 17, 34].map(async (index) => (await cost(metric, [atLeast(index)])).values[0]))
      expect([0, 1, 17, 34].map((index) => all.values[index])).toEqual(apart)
    }
  })

  it('seventy by what users did are each what it is alone, also beside the total, who did nothing, a country, and two at once', async () => {
    const inMonths = (count: number): Predicate => member(behavior('user', did(['visit', 'export', 'invite'][count % 3] ?? null), 1 + (count % 3), null, trailing(10 + count, 'day')))
    const seldom = member(behavior('user', did('visit'), null, 2, trailing(1, 'month')))
    const german: Predicate = { kind: 'atom', dimension: 'country', test: { op: 'in', values: ['DE'], caseInsensitive: false } }
    const seventy = Array.from({ length: 70 }, (_, index) => inMonths(index))
    const both: Predicate = { kind: 'and', of: [inMonths(3), member(lifecycle('user', 'new', did(null), { count: 1, unit: 'month' }))] }
    for (const others of [[], [{ kind: 'all' } as const, seldom, german, both]]) {
      const asked: readonly Predicate[] = [...seventy, ...others]
      const before = source.statements.length
      const all = await cost('events', asked)
      expect(all.scans).toBe(1)
      expect(source.statements[before]?.text).toContain('word_1')
      expect(all.values).toEqual(await Promise.all(asked.map(async (one) => (await cost('events', [one])).values[0])))
    }
  })

  it('behaviour, first time and lifecycle by one table are one pass over it', async () => {
    const kinds: readonly Predicate[] = [
      atLeast(3),
      member(acquired('user', did('visit'), trailing(1, 'month'))),
      member(lifecycle('user', 'dormant', did(null), { count: 1, unit: 'week' })),
    ]
    const { scans, rowsRead } = await cost('events', kinds)
    // The events themselves, and once more for who belongs.
    expect(scans).toBe(1)
    expect(rowsRead).toBe(2 * EVENTS)
  })

  it('sequences by one table are one pass over it, whatever their steps, windows and times', async () => {
    const steps = ['visit', 'export', 'invite'].map(did)
    const sequences = [sequence('user', steps), sequence('user', steps.toReversed(), { count: 20, unit: 'day' }), sequence('user', steps.slice(1), null, trailing(1, 'month'))].map(member)
    const { scans, rowsRead, values } = await cost('event_users', sequences)
    expect(scans).toBe(1)
    expect(rowsRead).toBe(2 * EVENTS)
    expect(values).toEqual((await Promise.all(sequences.map(async (one) => (await cost('event_users', [one])).values[0]))))
  })

  it('a list of 100,000 keys is one parameter', async () => {
    const ids = Array.from({ length: 100_000 }, (_, index) => String(index * 2))
    const before = source.statements.length
    const { values, scans } = await cost('event_users', [member({ kind: 'list', entity: 'user', version: 'even', ids })])
    expect(values).toEqual([USERS / 2])
    expect(scans).toBe(1)
    expect(source.statements[before]?.params.filter(({ value }) => typeof value === 'string' && value.length > 100_000)).toHaveLength(1)
  })
})
