import type { Bucket } from '../base/bucket.ts'
import { VersionedCache } from '../cache/versioned-cache.ts'
import type { CacheStatistics } from '../cache/versioned-cache.ts'
import type { ReadResult } from '../plan/read.ts'
import { bucketAt, bucketBytes } from './bucket-split.ts'
import type { KeptBucket } from './bucket-split.ts'
import { resultBytes } from './result-bytes.ts'

type Edges = Pick<Bucket, 'startUtcMs' | 'endUtcMs'>

/** A result whose buckets nobody has asked for yet. */
interface Whole {
  readonly result: ReadResult
  /** Each with its position in the result. */
  readonly buckets: readonly (readonly [Edges, number])[]
  /** Of one bucket. */
  readonly costMs: number | undefined
}

/** Stands for a series of which something may be kept. */
interface Series {
  readonly id: number
  readonly wholes: readonly Whole[]
}

/**
 * Buckets by the series they are of and their edges. What was read is kept as it came, and cut into buckets when its series is asked
 * for again: of most questions, which come once, one entry is left, and a question about a series that nothing is kept of takes one look.
 */
export class KeptBuckets {
  readonly #cache: VersionedCache<KeptBucket | Series>
  #lastId = 0

  /** @param maxBytes of all that is kept, names included. */
  constructor(maxBytes: number) {
    this.#cache = new VersionedCache<KeptBucket | Series>(maxBytes, (value) => ('groups' in value ? bucketBytes(value) : value.wholes.reduce((bytes, { result }) => bytes + resultBytes(result), SERIES_BYTES)))
  }

  /** @returns The name of the series by which its buckets are got; null where none is kept. */
  open(series: string): number | null {
    const found = this.#seriesOf(series)
    if (found === null) return null
    const { id, wholes } = found
    if (wholes.length > 0) {
      this.#cache.set(series, { id, wholes: [] }, costOf(wholes))
      for (const { result, buckets, costMs } of wholes) for (const [edges, position] of buckets) this.#cache.set(keyOf(id, edges), { ...bucketAt(result, position), costMs }, costMs)
    }
    return id
  }

  get(id: number, edges: Edges): KeptBucket | undefined {
    const found = this.#cache.get(keyOf(id, edges))
    return found !== undefined && 'groups' in found ? found : undefined
  }

  set(series: string, edges: Edges, bucket: KeptBucket): void {
    this.#cache.set(keyOf(this.#named(series, bucket.costMs), edges), bucket, bucket.costMs)
  }

  /** Gives a bucket to another series, whose name is returned. */
  move(id: number, edges: Edges, series: string): number {
    const name = this.#named(series, undefined)
    this.#cache.move(keyOf(id, edges), keyOf(name, edges))
    return name
  }

  keepWhole(series: string, whole: Whole): void {
    const found = this.#seriesOf(series)
    const wholes = [...(found?.wholes ?? []), whole]
    this.#cache.set(series, { id: found?.id ?? ++this.#lastId, wholes }, costOf(wholes))
  }

  clear(): void {
    this.#cache.clear()
  }

  statistics(): CacheStatistics {
    return this.#cache.statistics()
  }

  takeEvictions(): number {
    return this.#cache.takeEvictions()
  }

  #seriesOf(series: string): Series | null {
    const found = this.#cache.get(series)
    return found !== undefined && 'wholes' in found ? found : null
  }

  #named(series: string, costMs: number | undefined): number {
    // What was kept whole before is cut first: later it would take the place of what is put in now.
    const known = this.open(series)
    if (known !== null) return known
    const id = ++this.#lastId
    this.#cache.set(series, { id, wholes: [] }, costMs)
    return id
  }
}

const SERIES_BYTES = 80

/** Without its name no bucket of a series is found: it is worth as much as they are together. */
function costOf(wholes: readonly Whole[]): number | undefined {
  const [first] = wholes
  return first?.costMs === undefined ? undefined : first.costMs * first.buckets.length
}

function keyOf(id: number, { startUtcMs, endUtcMs }: Edges): string {
  return `${id}|${startUtcMs}|${endUtcMs}`
}
