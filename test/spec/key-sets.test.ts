import { setTimeout as after } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { IntegerKeysBuilder } from '../../src/plan/keys/integer-keys.ts'
import { sizeOfUnion, unionOf } from '../../src/plan/keys/key-set.ts'
import type { KeySet } from '../../src/plan/keys/key-set.ts'
import { TextKeysBuilder } from '../../src/plan/keys/text-keys.ts'

function setOf(keys: readonly (bigint | string)[], kind: 'integer' | 'text'): KeySet {
  if (kind === 'text') {
    const builder = new TextKeysBuilder()
    for (const key of keys) builder.add(String(key))
    return builder.build()
  }
  const builder = new IntegerKeysBuilder()
  for (const key of keys) builder.add(BigInt(key) / 32n, 1n << (BigInt(key) % 32n))
  return builder.build()
}

const near = fc.nat(300).map(BigInt)
const far = fc.bigInt({ min: 0n, max: (1n << 62n) - 1n })
const integers = fc.array(fc.oneof({ weight: 5, arbitrary: near }, { weight: 1, arbitrary: far }, { weight: 1, arbitrary: near.map((key) => (1n << 62n) - 1n - key) }), { maxLength: 60 })
const texts = fc.array(fc.oneof(fc.string({ unit: 'grapheme', maxLength: 6 }), fc.nat(30).map((n) => `user-${n}`)), { maxLength: 60 })
const cases = fc.oneof(fc.tuple(fc.constant('integer' as const), integers, integers, integers), fc.tuple(fc.constant('text' as const), texts, texts, texts))

describe('sets of keys', () => {
  it('count and unite as sets of the language do (1,000 random ones of integers of up to 62 bits, and of texts)', () => {
    fc.assert(
      fc.property(cases, ([kind, a, b, c]) => {
        const [one, two, three] = [setOf(a, kind), setOf(b, kind), setOf(c, kind)]
        const [mine, theirs] = [new Set<unknown>(a), new Set<unknown>(b)]
        expect(one.size).toBe(mine.size)
        expect(sizeOfUnion(one, two)).toBe(new Set([...a, ...b]).size)
        const both = unionOf(one, two)
        expect([both.size, unionOf(both, both).size]).toEqual([new Set([...a, ...b]).size, new Set([...a, ...b]).size])
        expect(sizeOfUnion(both, three)).toBe(new Set([...a, ...b, ...c]).size)
        expect([one.size, two.size]).toEqual([mine.size, theirs.size])
      }),
      { numRuns: 1_000, seed: 20_261_122 },
    )
  })

  it('of integers and of texts have no union', () => {
    expect(() => unionOf(setOf([1n], 'integer'), setOf(['1'], 'text'))).toThrow(TypeError)
  })

  it.each([
    ['dense integers', 'integer', 300_000, (n: number) => BigInt(n)],
    ['scattered integers', 'integer', 50_000, (n: number) => (BigInt(n) * 92_233_720_368_547n) % (1n << 62n)],
    ['texts', 'text', 50_000, (n: number) => `user_${n.toString(36)}`],
  ] as const)('hold the bytes that they say: %s', async (_, kind, count, keyOf) => {
    setFlagsFromString('--expose-gc')
    const gc = runInNewContext('gc') as () => void
    const keys = Array.from({ length: count }, (_, n) => keyOf(n))
    // What lists hold is given back in the background.
    const heldBytes = async (): Promise<number> => {
      for (let before = Number.NaN; ; ) {
        gc()
        await after(20)
        const { heapUsed, arrayBuffers } = process.memoryUsage()
        if (Math.abs(heapUsed + arrayBuffers - before) < 50_000) return heapUsed + arrayBuffers
        before = heapUsed + arrayBuffers
      }
    }
    const [one, none] = [setOf(keys, kind), setOf([], kind)]
    const before = await heldBytes()
    const sets = Array.from({ length: 40 }, () => unionOf(one, none))
    const held = (await heldBytes()) - before
    const said = sets.reduce((sum, set) => sum + set.bytes, 0)
    expect(said / held).toBeGreaterThan(0.8)
    expect(said / held).toBeLessThan(1.25)
  })
})
