import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { suggestRollups } from '../../src/jobs/rollups/suggest/suggest-rollups.ts'
import { shapeOfRead } from '../../src/plan/read-shape.ts'
import type { AnyRead } from '../../src/plan/read.ts'
import { placeRead } from '../../src/plan/rollups/choose-rollup.ts'
import { shapeOfRollup } from '../../src/plan/rollups/shape-of-rollup.ts'
import { ZONES, asksAt } from '../oracle/random-asks.ts'
import { shopPlanning } from '../oracle/shop-planning.ts'

const NOW = Date.UTC(2025, 5, 18, 10, 20)
/** Millions of rows, of two years and few values each. */
const planning = shopPlanning(NOW, { rows: 50_000_000, distinct: 4, range: { min: '2024-01-01', max: '2025-12-31' } })
const context = planning.context()

const batches = fc.record({
  zone: fc.constantFrom(...ZONES),
  asks: fc.array(fc.tuple(asksAt(2024, ['orders', 'orders', 'orders', 'subscriptions']), fc.integer({ min: 1, max: 500 })), { minLength: 3, maxLength: 12 }),
  budgetBytes: fc.constantFrom(1_000, 1_000_000, 1e9, Infinity),
})

describe('suggested rollups', () => {
  it('answer just the reads they are said to, stay within the budget, and leave little out where there is room (250 random logs)', async () => {
    let [suggestedAny, suggestedNone] = [0, 0]
    await fc.assert(
      fc.asyncProperty(batches, async ({ zone, asks, budgetBytes }) => {
        const noted: { readonly read: AnyRead; readonly ms: number }[] = asks.flatMap(([ask, ms]) => planning.reads(context, { ...ask, zone }).map((read) => ({ read, ms })))
        const logged = noted.map(({ read, ms }) => ({ shape: shapeOfRead(context, read), rollup: null, reads: 1, rows: 50_000_000, ms }))
        const { suggested, beyond } = await suggestRollups({ context, logged, budgetBytes, keptRows: new Map(), count: () => Promise.resolve(null) })
        expect(suggested.reduce((sum, { bytes }) => sum + bytes, 0)).toBeLessThanOrEqual(budgetBytes)
        expect(new Set(suggested.map(({ rollup }) => rollup.name)).size).toBe(suggested.length)
        const answered = new Set<AnyRead>()
        expect(suggested.map(({ savedMs }) => savedMs)).toEqual(suggested.map(({ savedMs }) => savedMs).toSorted((a, b) => b - a))
        for (const { rollup, rows, serves, savedMs, savedRows } of suggested) {
          const { shape, measures, unserved } = shapeOfRollup(context, rollup)
          if (shape === null) throw new Error(`Nothing of ${rollup.name} can be kept.`)
          expect(unserved).toEqual([])
          const mine = noted.filter(({ read }) => placeRead({ ...context, rollups: [{ shape, measures, table: rollup.name, rows: 1 }] }, read)?.rollups.some((one) => one.rollup.shape.name === rollup.name))
          expect({ rollup, ...serves }).toEqual({ rollup, reads: mine.length, ms: mine.reduce((sum, { ms }) => sum + ms, 0) })
          // Each of them reads the whole table now; the time of each goes by its rows.
          expect(savedRows).toBeCloseTo(mine.length * (50_000_000 - rows), 0)
          expect(savedMs).toBeCloseTo(serves.ms * (1 - rows / 50_000_000), 6)
          for (const { read } of mine) answered.add(read)
        }
        // Every candidate is small against these tables: what is left out is a hundredth of all, and a twentieth of what could be saved.
        const answeredMs = noted.reduce((sum, { read, ms }) => sum + (answered.has(read) ? ms : 0), 0)
        const answerableMs = noted.reduce((sum, { ms }) => sum + ms, 0) - beyond.ms
        if (budgetBytes === Infinity) expect(answeredMs).toBeGreaterThanOrEqual((0.94 - 0.01 * asks.length) * answerableMs)
        if (suggested.length > 0) suggestedAny += 1
        else suggestedNone += 1
      }),
      { numRuns: 250, seed: 20_261_124 },
    )
    expect([suggestedAny > 50, suggestedNone > 10]).toEqual([true, true])
  })

  it('pass over what the model does not know any more', async () => {
    const [read] = planning.reads(context, { metric: 'gross', predicate: { kind: 'all' }, zone: 'UTC', start: '2024-01-01', end: '2024-02-01', grain: null, by: [] })
    if (read === undefined) throw new Error('It reads something.')
    const shape = shapeOfRead(context, read)
    const noted = [{ ...shape, tested: ['gone'] }, { ...shape, measure: 'gone' }, { ...shape, entities: ['gone'] }].map((one) => ({ shape: one, rollup: null, reads: 1, rows: null, ms: 10 }))
    const found = await suggestRollups({ context, logged: noted, budgetBytes: Infinity, keptRows: new Map(), count: () => Promise.resolve(null) })
    expect(found).toMatchObject({ suggested: [], logged: { reads: 3 }, beyond: { reads: 3, ms: 30 } })
  })
})
