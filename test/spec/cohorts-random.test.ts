import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { bucketsOf } from '../../src/base/bucket.ts'
import type { Predicate } from '../../src/model/predicate.ts'
import type { TestSource } from '../engines/open-test-source.ts'
import { analyticsOf, at, behavior, did, endOf, is, member, membersByLoops, metricByLoops, openWorld, periodOf, sessionOf, subscribed } from './cohorts-world.ts'
import { NOW, randomCohorts } from './random-cohorts.ts'

// Random data, random set algebra of every kind of membership, decided by the planner and by plain loops over the rows.

const ASKS = 260
const { world, model, pick, times, anyPredicate, anyAsk } = randomCohorts(20_250_310)

let source: TestSource
beforeAll(async () => void (source = await openWorld(world)))
afterAll(() => source.close())

describe('random cohorts', () => {
  it(`slice ${ASKS} metrics as plain loops over the rows do, many asks a request`, async () => {
    const asks = times(ASKS, anyAsk)
    for (let from = 0; from < ASKS; from += 26) {
      const session = sessionOf(analyticsOf(source, model, NOW))
      await Promise.all(
        asks.slice(from, from + 26).map(async ({ metric, period, predicate, moment, series }, index) => {
          const answer = await session.metric({ metric, predicate, period, grain: series ? 'month' : null, by: [], cohortsAsOf: moment })
          const buckets = series ? bucketsOf(period, 'month', model.calendar, 100) : [period]
          const byLoops = buckets.map((bucket) => {
            const own = { ...bucket, zone: period.zone }
            const decided = moment === 'now' ? at(period.zone, NOW) : endOf(moment === 'each_bucket' ? own : period, NOW)
            return metricByLoops(world, metric, own, predicate, decided, NOW, model)
          })
          const found = answer.groups[0]?.cells.map(({ value }) => value)
          const value = found?.map((one) => (one === null ? null : Number(one.toFixed(6))))
          expect({ ask: from + index, metric, moment, zone: period.zone, predicate, value }).toEqual({ ask: from + index, metric, moment, zone: period.zone, predicate, value: byLoops })
        }),
      )
    }
  }, 300_000)

  it('slice what follows entities as they slice the rows behind it', async () => {
    const february = periodOf('2025-02-01', '2025-03-01')
    for (let round = 0; round < 4; round++) {
      const session = sessionOf(analyticsOf(source, model, NOW))
      const value = async (metric: string, predicate: Predicate): Promise<number> => {
        const { groups } = await session.metric({ metric, predicate, period: february, grain: null, by: [] })
        return Number((groups[0]?.cells[0]?.value ?? 0).toFixed(6))
      }
      await Promise.all(
        times(10, async () => {
          const ofUser: Predicate = { kind: 'and', of: [member(behavior('user', did(null), 1)), anyPredicate(2, ['segment', 'country'])] }
          const ofCustomer: Predicate = { kind: 'and', of: [member(behavior('customer', subscribed, 1)), anyPredicate(2, ['segment'])] }
          expect({ ofUser, active: await value('active_users', ofUser) }).toEqual({ ofUser, active: await value('event_users', ofUser) })
          expect({ ofUser, visits: await value('exports_that_follow', ofUser) }).toEqual({ ofUser, visits: await value('events', { kind: 'and', of: [ofUser, is('name', 'visit')] }) })
          expect({ ofCustomer, mrr: await value('mrr_at_end', ofCustomer) }).toEqual({ ofCustomer, mrr: await value('mrr', ofCustomer) })
        }),
      )
    }
  }, 300_000)

  it('have the members and the size that plain loops find', async () => {
    for (let round = 0; round < 12; round++) {
      const session = sessionOf(analyticsOf(source, model, NOW))
      await Promise.all(
        times(10, async (index) => {
          const entity = pick(['customer', 'user'] as const)
          const predicate = anyPredicate(2, entity === 'user' ? ['segment', 'country'] : ['segment'])
          const period = periodOf('2025-01-01', pick(['2025-02-01', '2025-03-09', '2025-04-01']), pick(['UTC', 'America/New_York']))
          const expected = membersByLoops(world, entity, predicate, endOf(period, NOW), model)
          const [members, size] = await Promise.all([session.members({ entity, predicate, period, first: 100, after: null }), session.size({ entity, predicate, period })])
          expect({ round, index, entity, predicate, ids: members.ids.toSorted(), size: size.count }).toEqual({ round, index, entity, predicate, ids: expected, size: expected.length })
        }),
      )
    }
  }, 300_000)
})
