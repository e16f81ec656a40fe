import v8 from 'node:v8'
import vm from 'node:vm'
import { describe, expect, it } from 'vitest'
import { bucketBytes } from '../../src/answer/bucket-split.ts'
import { resultBytes } from '../../src/answer/result-bytes.ts'
import { VersionedCache } from '../../src/cache/versioned-cache.ts'
import type { Part, ReadResult } from '../../src/plan/read.ts'
import { randomFrom } from '../oracle/shop.ts'

interface Asked {
  readonly key: string
  readonly costMs: number
  readonly bytes: number
}

/** Milliseconds that were saved, of all that the questions cost without a cache. */
interface Saved {
  has(asked: Asked): boolean
  put(asked: Asked): void
}

function shareSaved(trace: readonly Asked[], cache: Saved): number {
  let saved = 0
  for (const asked of trace) {
    if (cache.has(asked)) saved += asked.costMs
    else cache.put(asked)
  }
  return saved / trace.reduce((sum, { costMs }) => sum + costMs, 0)
}

/** The same overhead an entry as the cache counts: told by an empty value. */
function overheadOf(key: string): number {
  const cache = new VersionedCache<object>(1e6, () => 0)
  cache.set(key, {})
  return cache.statistics().bytes
}

function ours(maxBytes: number): Saved {
  const cache = new VersionedCache<Asked>(maxBytes, ({ bytes }) => bytes)
  return { has: ({ key }) => cache.get(key) !== undefined, put: (asked) => cache.set(asked.key, asked, asked.costMs) }
}

/** Looks through all it holds for the one to go. */
function slow(maxBytes: number, priorityOf: (asked: Asked, clock: number, tick: number) => number): Saved {
  const held = new Map<string, { readonly size: number; priority: number }>()
  let clock = 0
  let tick = 0
  return {
    has(asked) {
      tick += 1
      const found = held.get(asked.key)
      if (found) found.priority = priorityOf(asked, clock, tick)
      return found !== undefined
    },
    put(asked) {
      const size = asked.bytes + overheadOf(asked.key)
      const used = (): number => [...held.values()].reduce((sum, one) => sum + one.size, 0)
      while (used() + size > maxBytes) {
        const [key, lowest] = [...held].reduce((a, b) => (b[1].priority < a[1].priority ? b : a))
        clock = lowest.priority
        held.delete(key)
      }
      held.set(asked.key, { size, priority: priorityOf(asked, clock, tick) })
    },
  }
}

const lru = (maxBytes: number): Saved => slow(maxBytes, (_asked, _clock, tick) => tick)
const greedyDual = (maxBytes: number): Saved => slow(maxBytes, ({ key, costMs, bytes }, clock) => clock + costMs / (bytes + overheadOf(key)))

describe('what goes first from a cache that is full', () => {
  it('is not what was dear: a scan of cheap entries takes their place from a cache by age, and not from this one', () => {
    // A dashboard of 20 dear answers, asked again after each sweep of 200 cheap ones that come once.
    const dashboard = Array.from({ length: 20 }, (_, index): Asked => ({ key: `dear ${index}`, costMs: 800, bytes: 2_000 }))
    const trace = Array.from({ length: 12 }, (_, sweep) => [...dashboard, ...Array.from({ length: 200 }, (_, index): Asked => ({ key: `cheap ${sweep} ${index}`, costMs: 2, bytes: 2_000 }))]).flat()
    const room = 100_000
    expect(shareSaved(trace, lru(room))).toBe(0)
    expect(shareSaved(trace, greedyDual(room))).toBeGreaterThan(0.85)
    expect(shareSaved(trace, ours(room))).toBeGreaterThan(0.85)
  })

  it('is what was dear, too, once nobody asks for it any more', () => {
    const once = Array.from({ length: 20 }, (_, index): Asked => ({ key: `old ${index}`, costMs: 100, bytes: 2_000 }))
    const cache = new VersionedCache<Asked>(50_000, ({ bytes }) => bytes)
    const ask = (asked: Asked): void => {
      if (cache.get(asked.key) === undefined) cache.set(asked.key, asked, asked.costMs)
    }
    once.forEach(ask)
    for (let index = 0; index < 2_000; index++) ask({ key: `new ${index}`, costMs: 5, bytes: 2_000 })
    expect(once.filter(({ key }) => cache.has(key))).toEqual([])
  })

  it('saves on random traces about what an obvious GreedyDual does, and never much less than a cache by age (200 traces)', () => {
    for (let seed = 1; seed <= 200; seed++) {
      const random = randomFrom(seed)
      const things = Array.from({ length: 40 }, (_, index): Asked => ({ key: `thing ${index}`, costMs: Math.ceil(1000 ** random()), bytes: Math.ceil(100 + 4_000 * random()) }))
      const trace = Array.from({ length: 300 }, () => things[Math.floor(things.length * random() ** 2)] as Asked)
      const room = 10_000 + Math.floor(30_000 * random())
      const saved = shareSaved(trace, ours(room))
      expect({ seed, isNear: saved > shareSaved(trace, greedyDual(room)) - 0.06 }).toEqual({ seed, isNear: true })
      expect({ seed, isNear: saved > shareSaved(trace, lru(room)) - 0.06 }).toEqual({ seed, isNear: true })
    }
  })

  it('never lets it hold more than its bound, and is counted', () => {
    const cache = new VersionedCache<Asked>(20_000, ({ bytes }) => bytes)
    for (let index = 0; index < 100; index++) {
      cache.set(`one ${index}`, { key: '', costMs: 0, bytes: (index * 397) % 6_000 }, index % 7)
      expect(cache.statistics().bytes).toBeLessThanOrEqual(20_000)
    }
    const { entries, evictions } = cache.statistics()
    expect(entries + evictions).toBe(100)
    expect([cache.takeEvictions(), cache.takeEvictions()]).toEqual([evictions, 0])
    cache.set('too large', { key: '', costMs: 1, bytes: 30_000 })
    expect(cache.has('too large')).toBe(false)
  })
})

describe('bytes that a cache counts', () => {
  v8.setFlagsFromString('--expose_gc')
  const collect = vm.runInNewContext('gc') as () => void
  const heap = (): number => {
    collect()
    collect()
    return process.memoryUsage().heapUsed
  }
  const decimal = (units: number): Part => ({ units: BigInt(units), scale: 2 })
  const buckets = (count: number, partsOf: (bucket: number) => readonly Part[]): readonly (readonly Part[])[] => Array.from({ length: count }, (_, bucket) => partsOf(bucket))
  const kinds: Readonly<Record<string, (index: number) => ReadResult>> = {
    'a number': (index) => ({ groups: [{ values: [], parts: buckets(1, () => [BigInt(index)]) }] }),
    'a year of days of money': (index) => ({ groups: [{ values: [], parts: buckets(365, (day) => [decimal(index + day)]) }] }),
    'months of averages of a hundred groups': (index) => ({ groups: Array.from({ length: 100 }, (_, group) => ({ values: [`group ${group} of ${index}`], parts: buckets(12, (month) => [decimal(index + month), BigInt(group + month)]) })) }),
    'floats': (index) => ({ groups: [{ values: [], parts: buckets(30, (day) => [index / (day + 1.5)]) }] }),
  }

  for (const [name, make] of Object.entries(kinds)) {
    it(`are those of the heap within a quarter: ${name}`, () => {
      const cache = new VersionedCache<ReadResult>(16_000_000, resultBytes)
      const before = heap()
      for (let index = 0; cache.statistics().evictions === 0; index++) cache.set(`source|v${index}|a question of some length, as they are|${index}`, make(index), 5)
      const held = heap() - before
      const { bytes } = cache.statistics()
      expect(bytes / held).toBeGreaterThan(0.75)
      expect(bytes / held).toBeLessThan(1.25)
    })
  }

  it('are those of the heap within a quarter: buckets', () => {
    const cache = new VersionedCache<Parameters<typeof bucketBytes>[0]>(16_000_000, bucketBytes)
    const before = heap()
    for (let index = 0; cache.statistics().evictions === 0; index++) {
      cache.set(`source|v${index}|a bucket of some question, as they are|${index}`, { groups: [{ values: [`plan ${index}`], parts: [decimal(index), BigInt(index)] }, { values: [`plan ${-index}`], parts: [decimal(-index), BigInt(index)] }] }, 5)
    }
    const held = heap() - before
    const { bytes } = cache.statistics()
    expect(bytes / held).toBeGreaterThan(0.75)
    expect(bytes / held).toBeLessThan(1.25)
  })
})
