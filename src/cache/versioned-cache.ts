import { LRUCache } from 'lru-cache'

/** Everything a value's correctness hangs on goes into its key, the data version first: a new version can never meet an old value. */
export interface CacheStatistics {
  readonly entries: number
  readonly bytes: number
  readonly maxBytes: number
  readonly hits: number
  readonly misses: number
}

/**
 * A bounded store of finished values. Keeps what it is given and nothing else: failures never come here. Values are frozen by
 * agreement; whoever takes one must not change it.
 */
export class VersionedCache<V extends object> {
  readonly #entries: LRUCache<string, V>
  readonly #maxBytes: number
  #hits = 0
  #misses = 0

  /** @param sizeOf bytes a value holds, as near as can be told; values larger than `maxBytes` are not kept. */
  constructor(maxBytes: number, sizeOf: (value: V) => number) {
    this.#maxBytes = maxBytes
    this.#entries = new LRUCache({
      maxSize: Math.max(1, maxBytes),
      maxEntrySize: Math.max(1, maxBytes),
      // The key is held twice: by the map and by the list of ages.
      sizeCalculation: (value, key) => Math.max(1, sizeOf(value) + key.length * 4),
    })
  }

  get(key: string): V | undefined {
    const found = this.#entries.get(key)
    if (found === undefined) this.#misses += 1
    else this.#hits += 1
    return found
  }

  /** Counts as no look, and makes nothing younger. */
  has(key: string): boolean {
    return this.#entries.has(key)
  }

  set(key: string, value: V): void {
    if (this.#maxBytes > 0) this.#entries.set(key, value)
  }

  clear(): void {
    this.#entries.clear()
  }

  statistics(): CacheStatistics {
    return { entries: this.#entries.size, bytes: this.#entries.calculatedSize ?? 0, maxBytes: this.#maxBytes, hits: this.#hits, misses: this.#misses }
  }
}
