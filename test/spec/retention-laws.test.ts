import { describe, expect, it } from 'vitest'
import type { FunnelAnswer, RetentionAnswer } from '../../src/answer/types.ts'
import { FUNNEL_ORDERS } from '../../src/model/types.ts'
import type { Activity } from '../../src/model/types.ts'
import { runsOf } from '../engines/runs-of.ts'
import { randomFrom } from '../oracle/shop.ts'
import { counts, followedWorld } from './retention-and-funnel-world.ts'
import type { FollowedWorld } from './retention-and-funnel-world.ts'

const LATER = Date.UTC(2026, 5, 1)
// Of 42 questions each.
const WORLDS = runsOf({ duckdb: 12, served: 12, clickhouse: 5 })

/** Sixty events and twenty passes of eight users over two months, many at one instant. */
function anyWorld(seed: number): Promise<FollowedWorld> {
  const random = randomFrom(seed)
  const int = (below: number): number => Math.floor(random() * below)
  const pick = (items: readonly string[]): string => items[int(items.length)] ?? ''
  const time = (): string => new Date(Date.UTC(2025, 0, 1) + int(60 * 24) * 3_600_000).toISOString().slice(0, 16)
  const day = (from: number): string => new Date(Date.UTC(2025, 0, 1 + from)).toISOString().slice(0, 10)
  const events = Array.from({ length: 60 }, () => `u${int(8)} ${time()} ${pick(['view', 'view', 'cart', 'buy'])} ${pick(['free', 'pro', '-'])}`)
  const passes = Array.from({ length: 20 }, () => {
    const from = int(50)
    return `u${int(8)} ${day(from)} ${random() < 0.3 ? '-' : day(from + int(20))}`
  })
  return followedWorld({ events, passes }, LATER)
}

const actives = ({ rows }: RetentionAnswer): readonly (readonly number[])[] => rows.map(({ cells }) => cells.map(({ active }) => active ?? -1))
const falls = (numbers: readonly number[]): boolean => numbers.every((number, index) => index === 0 || number <= (numbers[index - 1] ?? 0))

describe(`in ${WORLDS} worlds`, () => {
  it('everybody is retained at period 0 where start and return are the same, and unbounded retention only falls and is never below bounded', { timeout: 120_000 }, async () => {
    for (let seed = 1; seed <= WORLDS; seed++) {
      const { activity, period, retention, source } = await anyWorld(seed)
      const asked = { period: period('2025-01-01', '2025-03-03'), periods: 6 }
      for (const metric of ['events', 'views', 'passes']) {
        const same = { ...asked, start: activity(metric), activity: activity(metric) }
        for (const other of [{ unit: 'week' }, { unit: 'week', clock: 'hours_24' }, { unit: 'day' }] as const) {
          const bounded = await retention({ ...same, ...other })
          const unbounded = await retention({ ...same, ...other, mode: 'unbounded' })
          expect(bounded.rows.every(({ size, cells: [first] }) => first?.active === size && first.rate === (size === null || size === 0 ? null : 100))).toBe(true)
          expect(bounded.average[0]?.rate).toBe(100)
          expect(actives(unbounded).every(falls)).toBe(true)
          expect(actives(unbounded).every((row, index) => row.every((active, position) => active >= (actives(bounded)[index]?.[position] ?? 0)))).toBe(true)
        }
      }
      await source.close()
    }
  })

  it('fewer users come through each step of a funnel than through the one before, no more strictly than in order, and no more in order than without', { timeout: 120_000 }, async () => {
    for (let seed = 1; seed <= WORLDS; seed++) {
      const { activity, period, funnel, source } = await anyWorld(seed)
      const steps: readonly (readonly Activity[])[] = [['views', 'carts', 'buys'], ['views', 'buys'], ['carts', 'new_passes', 'buys'], ['buys', 'carts', 'views']].map((names) => names.map((name) => activity(name)))
      for (const some of steps) {
        for (const count of [1, 10]) {
          const answers = await Promise.all(FUNNEL_ORDERS.map((order) => funnel({ period: period('2025-01-01', '2025-03-03'), steps: some, order, within: { count, unit: 'day' } })))
          expect(answers.every((answer) => counts(answer).every(falls))).toBe(true)
          const of = (order: (typeof FUNNEL_ORDERS)[number]): readonly number[] => counts(answers[FUNNEL_ORDERS.indexOf(order)] as FunnelAnswer)[0] ?? []
          expect(some.every((_, step) => (of('strict')[step] ?? 0) <= (of('ordered')[step] ?? 0) && (of('ordered')[step] ?? 0) <= (of('unordered')[step] ?? 0))).toBe(true)
        }
      }
      await source.close()
    }
  })
})
