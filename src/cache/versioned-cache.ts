import { LRUCache } from 'lru-cache'

/** Everything a value's correctness hangs on goes into its key, the data version first: a new version can never meet an old value. */
export interface CacheStatistics {
  readonly entries: number
  readonly bytes: number
  readonly maxBytes: number
  readonly hits: number
  readonly misses: number
  /** Of entries that had to make room, ever. */
  readonly evictions: number
}

interface Kept<V> {
  readonly value: V
  readonly bytes: number
  /** Milliseconds a byte. */
  readonly worth: number
  readonly tier: number
  /** The clock when it was last asked for, plus its worth. */
  priority: number
}

/** What an entry takes besides value and key. */
const ENTRY_BYTES = 240
/** Costs nobody can tell, in milliseconds. */
const SOME_COST_MS = 1
const LEAST_COST_MS = 0.001

/**
 * A bounded store of finished values. Keeps what it is given and nothing else: failures never come here. Values are frozen by
 * agreement; whoever takes one must not change it.
 *
 * What goes first is what saves the least time a byte for its age: GreedyDual-Size (Cao and Irani, 1997). An entry's priority is the
 * clock when it was last asked for plus its cost by its size; the entry of the lowest priority goes, and the clock moves on to it.
 * Entries of about one worth (within a factor of two) share a list by age, so that the lowest priority is at the end of one of a few lists.
 */
export class VersionedCache<V extends object> {
  readonly #tiers = new Map<number, LRUCache<string, Kept<V>>>()
  readonly #tierOf = new Map<string, number>()
  readonly #maxBytes: number
  readonly #sizeOf: (value: V) => number
  #bytes = 0
  #clock = 0
  #hits = 0
  #misses = 0
  #evictions = 0
  #told = 0

  /** @param sizeOf bytes a value holds, as near as can be told; values larger than `maxBytes` are not kept. */
  constructor(maxBytes: number, sizeOf: (value: V) => number) {
    this.#maxBytes = maxBytes
    this.#sizeOf = sizeOf
  }

  get(key: string): V | undefined {
    const tier = this.#tierOf.get(key)
    const found = tier === undefined ? undefined : this.#tiers.get(tier)?.get(key)
    if (found === undefined) {
      this.#misses += 1
      return undefined
    }
    this.#hits += 1
    found.priority = this.#clock + found.worth
    return found.value
  }

  /** Counts as no look, and makes nothing younger. */
  has(key: string): boolean {
    return this.#tierOf.has(key)
  }

  /** @param costMs what it took to make the value, and would take again. */
  set(key: string, value: V, costMs = SOME_COST_MS): void {
    if (this.#maxBytes <= 0) return
    this.#remove(key)
    const bytes = Math.max(0, this.#sizeOf(value)) + key.length + ENTRY_BYTES
    if (bytes > this.#maxBytes) return
    while (this.#bytes + bytes > this.#maxBytes) this.#evict()
    const worth = Math.max(LEAST_COST_MS, costMs) / bytes
    const tier = Math.round(Math.log2(worth))
    this.#listOf(tier).set(key, { value, bytes, worth, tier, priority: this.#clock + worth })
    this.#tierOf.set(key, tier)
    this.#bytes += bytes
  }

  /** Gives a value another key, with what it cost; nothing where there is none. */
  move(from: string, to: string): void {
    const tier = this.#tierOf.get(from)
    const kept = tier === undefined ? undefined : this.#tiers.get(tier)?.peek(from)
    if (kept === undefined) return
    this.#remove(from)
    this.set(to, kept.value, kept.worth * kept.bytes)
  }

  clear(): void {
    this.#tiers.clear()
    this.#tierOf.clear()
    this.#bytes = 0
  }

  statistics(): CacheStatistics {
    return { entries: this.#tierOf.size, bytes: this.#bytes, maxBytes: this.#maxBytes, hits: this.#hits, misses: this.#misses, evictions: this.#evictions }
  }

  /** How many entries had to make room since this was last asked. */
  takeEvictions(): number {
    const evicted = this.#evictions - this.#told
    this.#told = this.#evictions
    return evicted
  }

  #listOf(tier: number): LRUCache<string, Kept<V>> {
    let list = this.#tiers.get(tier)
    // The bound is this class's, over all lists.
    if (list === undefined) this.#tiers.set(tier, (list = new LRUCache({ maxSize: Number.MAX_SAFE_INTEGER, sizeCalculation: ({ bytes }) => bytes })))
    return list
  }

  #evict(): void {
    let lowest: { readonly key: string; readonly priority: number } | null = null
    for (const list of this.#tiers.values()) {
      const key = list.rkeys().next().value
      const oldest = key === undefined ? undefined : list.peek(key)
      if (key !== undefined && oldest !== undefined && (lowest === null || oldest.priority < lowest.priority)) lowest = { key, priority: oldest.priority }
    }
    if (lowest === null) throw new TypeError('An empty cache has nothing to evict.')
    this.#clock = Math.max(this.#clock, lowest.priority)
    this.#evictions += 1
    this.#remove(lowest.key)
  }

  #remove(key: string): void {
    const tier = this.#tierOf.get(key)
    const list = tier === undefined ? undefined : this.#tiers.get(tier)
    const kept = list?.peek(key)
    if (tier === undefined || list === undefined || kept === undefined) return
    list.delete(key)
    this.#tierOf.delete(key)
    if (list.size === 0) this.#tiers.delete(tier)
    this.#bytes -= kept.bytes
  }
}
