import { afterAll, describe, expect, it } from 'vitest'
import { createAnalytics } from '../../src/answer/analytics.ts'
import type { AnalyticsSession, MetricAnswer } from '../../src/answer/types.ts'
import { fixedClock } from '../../src/base/clock.ts'
import { KpiqlError } from '../../src/base/errors.ts'
import type { Model } from '../../src/model/types.ts'
import type { TestSource } from '../engines/open-test-source.ts'
import { analyticsOf, openWorld, periodOf, sessionOf } from './cohorts-world.ts'
import { NOW, randomCohorts } from './random-cohorts.ts'

// One world in one source, and the same world taken apart over two: what can be answered over two is the same answer.

const ASKS_A_SPLIT = 78
const { world, model, pick, times, anyPredicate, anyAsk } = randomCohorts(20_261_121)

/** Tables that lie in a source of their own; the others stay where they are. */
const SPLITS = [['customers', 'users'], ['events'], ['invoices', 'customers'], ['subscriptions'], ['users', 'events'], ['customers']]

const opened: TestSource[] = []
afterAll(async () => void (await Promise.all(opened.map((source) => source.close()))))

const own = async (name: string, tables: readonly string[] | null): Promise<TestSource> => {
  const source = await openWorld(world, name, tables)
  opened.push(source)
  return source
}

function apart(tables: readonly string[]): Model {
  return { ...model, semanticModels: new Map([...model.semanticModels].map(([name, one]) => [name, tables.includes(name) ? { ...one, source: 'elsewhere' } : one])) }
}

async function takenApart(tables: readonly string[]): Promise<{ readonly session: () => AnalyticsSession; readonly elsewhere: TestSource }> {
  const here = await own('world', Object.keys(world).concat('costs').filter((table) => !tables.includes(table)))
  const elsewhere = await own('elsewhere', tables)
  const sources = new Map([here, elsewhere].map((source) => [source.name, { source, connector: 'duckdb', nowUtcMs: null }]))
  const analytics = createAnalytics({ model: apart(tables), sources, cacheBytes: 1_000_000, clock: fixedClock(NOW), maxGroups: 1_000_000 })
  return { session: () => sessionOf(analytics), elsewhere }
}

const cells = ({ groups, unavailable }: MetricAnswer) => unavailable?.reason ?? groups[0]?.cells.map(({ value, exact, reason }) => ({ value, exact, reason }))

/** A refusal that names both sources is the only other outcome there is. */
function isRefusal({ unavailable }: MetricAnswer): boolean {
  if (unavailable?.reason !== 'DIMENSION_NOT_AVAILABLE') return false
  expect(unavailable.remedy).toMatch(/sources|No joins lead|belongs to no entity/)
  return true
}

describe('a world taken apart over two sources', () => {
  it('answers as it does in one, or says that it cannot', async () => {
    const whole = analyticsOf(await own('world', null), model, NOW, 1_000_000)
    let [answered, refused] = [0, 0]
    let carried = 0
    for (const tables of SPLITS) {
      const split = await takenApart(tables)
      const asks = times(ASKS_A_SPLIT, anyAsk)
      for (let from = 0; from < ASKS_A_SPLIT; from += 26) {
        const [inOne, inTwo] = [sessionOf(whole), split.session()]
        await Promise.all(
          asks.slice(from, from + 26).map(async ({ metric, period, predicate, moment, series }, index) => {
            const question = { metric, predicate, period, grain: series ? ('month' as const) : null, by: [], cohortsAsOf: moment }
            const answer = await inTwo.metric(question)
            if (isRefusal(answer)) return void (refused += 1)
            expect({ tables, ask: from + index, metric, moment, predicate, cells: cells(answer) }).toEqual({ tables, ask: from + index, metric, moment, predicate, cells: cells(await inOne.metric(question)) })
            answered += 1
            if (Object.keys(answer.provenance.dataVersions).length > 1) carried += 1
          }),
        )
      }
    }
    expect({ enoughAnswered: answered > 300, enoughCarried: carried > 100, someRefused: refused > 0 }).toEqual({ enoughAnswered: true, enoughCarried: true, someRefused: true })
  }, 300_000)

  it('has the same members and the same sizes', async () => {
    const whole = analyticsOf(await own('world', null), model, NOW, 1_000_000)
    let answered = 0
    for (const tables of SPLITS) {
      const split = await takenApart(tables)
      const [inOne, inTwo] = [sessionOf(whole), split.session()]
      await Promise.all(
        times(20, async () => {
          const entity = pick(['customer', 'user'] as const)
          const predicate = anyPredicate(2, entity === 'user' ? ['segment', 'country'] : ['segment'])
          const period = periodOf('2025-01-01', pick(['2025-02-01', '2025-03-09', '2025-04-01']), pick(['UTC', 'America/New_York']))
          const size = await inTwo.size({ entity, predicate, period })
          if (size.reason === 'DIMENSION_NOT_AVAILABLE') {
            await expect(inTwo.members({ entity, predicate, period, first: 100, after: null })).rejects.toBeInstanceOf(KpiqlError)
            return
          }
          const members = await inTwo.members({ entity, predicate, period, first: 100, after: null })
          const expected = await inOne.members({ entity, predicate, period, first: 100, after: null })
          expect({ tables, entity, predicate, ids: members.ids, size: size.count }).toEqual({ tables, entity, predicate, ids: expected.ids, size: expected.ids.length })
          answered += 1
        }),
      )
    }
    expect(answered).toBeGreaterThan(60)
  }, 300_000)
})
