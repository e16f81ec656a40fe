import { describe, expect, it } from 'vitest'
import { KeptBuckets } from '../../src/answer/kept-buckets.ts'
import type { ReadResult } from '../../src/plan/read.ts'
import { randomFrom } from '../oracle/shop.ts'

const edges = (index: number): { startUtcMs: number; endUtcMs: number } => ({ startUtcMs: index * 1000, endUtcMs: (index + 1) * 1000 })
/** One group whose part in each bucket is a number of its own. */
const result = (numbers: readonly bigint[]): ReadResult => ({ groups: [{ values: [], parts: numbers.map((number) => [number]) }] })
const numberOf = (kept: { groups: readonly { parts: readonly unknown[] }[] } | undefined): unknown => kept?.groups[0]?.parts[0]

describe('buckets that are kept as they were read', () => {
  it('leave one entry of a series until it is asked for again, and are all there then', () => {
    const kept = new KeptBuckets(1_000_000)
    kept.keepWhole('sales', { result: result([7n, 8n, 9n]), buckets: [0, 1, 2].map((index) => [edges(index), index] as const), costMs: 1 })
    expect(kept.statistics().entries).toBe(1)
    const name = kept.open('sales') ?? -1
    expect(kept.statistics().entries).toBe(4)
    expect([0, 1, 2, 3].map((index) => numberOf(kept.get(name, edges(index))))).toEqual([7n, 8n, 9n, undefined])
    expect(kept.open('costs')).toBeNull()
  })

  it('hold no more bytes than they may, whole or cut', () => {
    const kept = new KeptBuckets(3_000)
    for (let series = 0; series < 50; series++) {
      kept.keepWhole(`series ${series}`, { result: result([1n, 2n, 3n]), buckets: [0, 1, 2].map((index) => [edges(index), index] as const), costMs: 1 })
      if (series % 2 === 0) kept.open(`series ${series}`)
      expect(kept.statistics().bytes).toBeLessThanOrEqual(3_000)
    }
    kept.clear()
    expect(kept.statistics().entries).toBe(0)
  })

  // The obvious way: every bucket under its series and edges, at once.
  it.each([
    ['all of them where there is room', 10_000_000],
    ['the right one or none where there is not', 4_000],
  ])('are found as if each had been put at its place, %s', (_, maxBytes) => {
    const random = randomFrom(37)
    const below = (count: number): number => Math.floor(random() * count)
    for (let round = 0; round < 200; round++) {
      const kept = new KeptBuckets(maxBytes)
      const plain = new Map<string, bigint>()
      let next = 1n
      for (let step = 0; step < 30; step++) {
        const series = `s${below(3)}`
        const at = below(6)
        const kind = below(4)
        if (kind === 0) {
          const numbers = Array.from({ length: 1 + below(4) }, () => next++)
          kept.keepWhole(series, { result: result(numbers), buckets: numbers.map((_number, index) => [edges(at + index), index] as const), costMs: below(2) === 0 ? undefined : 1 + below(20) })
          numbers.forEach((number, index) => plain.set(`${series} ${at + index}`, number))
        } else if (kind === 1) {
          kept.set(series, edges(at), { groups: [{ values: [], parts: [next] }], costMs: 1 })
          plain.set(`${series} ${at}`, next++)
        } else {
          const name = kept.open(series)
          const found = name === null ? undefined : numberOf(kept.get(name, edges(at)))
          const expected = plain.get(`${series} ${at}`)
          if (maxBytes > 1_000_000 || found !== undefined) expect(found).toBe(expected)
          if (kind === 3 && name !== null && found !== undefined) {
            const other = `s${below(3)}`
            if (other !== series) {
              const moved = kept.move(name, edges(at), other)
              plain.set(`${other} ${at}`, expected ?? 0n)
              plain.delete(`${series} ${at}`)
              if (maxBytes > 1_000_000) expect(kept.open(other)).toBe(moved)
            }
          }
        }
      }
    }
  })
})
