import type { TableChange } from '../../connectors/rollup-contract.ts'
import { bucketsOf } from '../base/bucket.ts'
import type { Bucket } from '../base/bucket.ts'
import { KpiqlError } from '../base/errors.ts'
import type { Grain } from '../base/grain.ts'
import { VersionedCache } from '../cache/versioned-cache.ts'
import { familyOf, partsWithin } from '../plan/parts.ts'
import type { AnyRead, Read, ReadResult } from '../plan/read.ts'
import { Relation, semanticModelOf } from '../plan/relation.ts'
import { bucketKey, isBucketed, predicateWithin, textsOf } from './bucket-key.ts'
import { unchangedBy } from './bucket-changes.ts'
import { bucketAt, bucketBytes, holesOf, joined, openBucket, summed } from './bucket-split.ts'
import type { Combine, KeptBucket, Looks, Split } from './bucket-split.ts'
import { stretchesOf } from './bucket-stretches.ts'
import type { ReadOutcome, ReadRunner, RunOptions } from './read-runner.ts'
import type { SourceSet } from './source-set.ts'
import { sourcesBehind } from './sources-behind.ts'

/** Versions of a source before the present one whose buckets may still hold. */
const MOST_VERSIONS = 8
/** Results of more groups are kept as they are, and not bucket by bucket. */
const MOST_GROUPS = 2_000
/** As many buckets as a series may have. */
const MOST_FINER = 10_000
/** More groups than this are not read day by day only so that the days can be kept. */
const MOST_GROUPS_A_DAY = 100

interface Lineage {
  readonly version: string
  /** From the version before to this one; null where nothing is known of it. */
  readonly changes: Promise<readonly TableChange[] | null>
  readonly before: Lineage | null
}

/** Finds what is known of buckets, by which a read may be put together. */
interface Lookup extends Looks {
  /** How parts of finer buckets add up; null where they do not. */
  readonly combine: Combine | null
}

/**
 * Reads through buckets: what was read of a closed bucket answers every later question about it, in whatever period, series or
 * coarser grain, for as long as the rows it is of have not changed. Only what is missing goes on to the runner.
 */
export class BucketReads {
  readonly #runner: ReadRunner
  readonly #sources: SourceSet
  readonly #cache: VersionedCache<KeptBucket>
  readonly #lineages = new Map<string, Lineage>()
  readonly #keepsAny: boolean

  /** @param maxBytes 0 for none kept, and none looked for. */
  constructor(runner: ReadRunner, sources: SourceSet, maxBytes: number) {
    this.#runner = runner
    this.#sources = sources
    this.#cache = new VersionedCache<KeptBucket>(maxBytes, bucketBytes)
    this.#keepsAny = maxBytes > 0
  }

  clear(): void {
    this.#cache.clear()
  }

  /** As the runner's. */
  async run(reads: readonly AnyRead[], options: RunOptions): Promise<ReadonlyMap<string, ReadOutcome>> {
    if (options.freshness === 'NO_CACHE' || options.signal.aborted || !this.#keepsAny) return this.#runner.run(reads, options)
    const splits: (Split & { readonly combine: Combine })[] = []
    const onward: AnyRead[] = []
    const fresh: Read[] = []
    let [hits, misses] = [0, 0]
    for (const read of reads) {
      if (!isBucketed(read) || read.buckets.length === 0 || this.#runner.knows(read, options)) {
        onward.push(read)
        continue
      }
      const split = await this.#split(read, options)
      const found = split === null ? 0 : split.known.filter((bucket) => bucket !== null).length + split.open.filter(({ holes }) => holes.length === 0).length
      hits += found
      misses += read.buckets.length - found
      if (split === null) {
        onward.push(read)
        fresh.push(read)
        continue
      }
      splits.push(split)
      const holes = [...split.holes.map((hole) => hole.read), ...split.open.flatMap((one) => one.holes)]
      onward.push(...holes)
      fresh.push(...holes)
      if (holes.length === 0) options.stats.cacheHits += 1
    }
    this.#sources.telemetry.cacheLooked('buckets', hits, misses)
    const outcomes = onward.length === 0 ? new Map<string, ReadOutcome>() : new Map(await this.#runner.run(onward, options))
    for (const read of fresh) {
      const outcome = outcomes.get(read.key)
      if (outcome !== undefined && !(outcome instanceof KpiqlError)) this.#keep(read, outcome, options)
    }
    for (const split of splits) outcomes.set(split.read.key, joined(split, outcomes, split.combine))
    const { entries, bytes } = this.#cache.statistics()
    this.#sources.telemetry.cacheHolds('buckets', entries, bytes, this.#cache.takeEvictions())
    return outcomes
  }

  /** Null where no bucket is known, nor one that is worth being read in pieces. */
  async #split(read: Read, options: RunOptions): Promise<(Split & { readonly combine: Combine }) | null> {
    const lookup = await this.#lookFor(read, options)
    if (lookup === null) return null
    const { look, combine } = lookup
    const known = read.buckets.map((bucket) => look(bucket))
    const open = combine === null || !hasFewGroups(read, options) ? [] : openBuckets(read, known, lookup, options)
    if (open.length === 0 && known.every((bucket) => bucket === null)) return null
    const isOpen = new Set(open.map(({ index }) => index))
    const elsewhere = known.map((bucket, index) => (isOpen.has(index) ? NOTHING : bucket))
    return { read, known, holes: holesOf(read, elsewhere, options), open, combine: combine ?? [] }
  }

  async #lookFor(read: Read, options: RunOptions): Promise<Lookup | null> {
    const place = this.#placeOf(read, options)
    if (place === null) return null
    const { context } = options
    const { model } = context
    const textOf = textsOf()
    const versions: { readonly version: string; readonly holds: (bucket: Bucket) => boolean }[] = [{ version: place.version, holds: () => true }]
    for (let lineage: Lineage | null = this.#lineageOf(place.source, place.version); lineage?.before; lineage = lineage.before) {
      const changes = await lineage.changes
      const unchanged = changes === null ? null : unchangedBy(model, read, changes)
      if (unchanged === null) break
      const after = versions.at(-1)?.holds ?? (() => true)
      versions.push({ version: lineage.before.version, holds: (bucket) => after(bucket) && unchanged(bucket) })
    }
    const exactly = (bucket: Bucket): KeptBucket | null => {
      if (isAtPresent(read, bucket, context.nowUtcMs)) return null
      const key = bucketKey(read, bucket, textOf(predicateWithin(model, read, bucket)))
      for (const [index, { version, holds }] of versions.entries()) {
        if (!holds(bucket)) return null
        const found = this.#cache.get(`${place.prefix}${version}|${key}`)
        if (found === undefined) continue
        if (index > 0) this.#cache.set(`${place.prefix}${place.version}|${key}`, found)
        return found
      }
      return null
    }
    const combine = familyOf(read.measure) === 'additive' && read.measure.time.kind === 'event' ? partsWithin(read.measure, context.facts).map((part) => part.combine) : null
    const finerOf = (bucket: Bucket, grain: Grain): readonly Bucket[] => bucketsOf({ ...bucket, zone: read.period.zone }, grain, context.calendar, MOST_FINER)
    // Cutting every bucket of a long series into finer ones only pays where some are there.
    const ends = [read.buckets[0], read.buckets.at(-1)].filter((bucket) => bucket !== undefined)
    const grains = combine === null ? [] : (FINER[read.grain ?? 'year'] ?? []).filter((grain) => ends.some((bucket) => finerOf(bucket, grain).slice(0, 1).some((one) => exactly(one) !== null)))
    const look = (bucket: Bucket): KeptBucket | null => {
      const found = exactly(bucket)
      if (found !== null || combine === null) return found
      for (const grain of grains) {
        const finer = finerOf(bucket, grain)
        const pieces: KeptBucket[] = []
        for (const one of finer) {
          const piece = exactly(one)
          if (piece === null) break
          pieces.push(piece)
        }
        if (pieces.length === finer.length && pieces.length > 0) return summed(pieces, combine)
      }
      return null
    }
    return { look, exactly, combine }
  }

  #keep(read: Read, result: ReadResult, options: RunOptions): void {
    const place = this.#placeOf(read, options)
    if (place === null || result.groups.length > MOST_GROUPS) return
    const textOf = textsOf()
    const { model } = options.context
    // A bucket alone is read faster than all of them.
    const costMs = result.costMs === undefined ? undefined : result.costMs / read.buckets.length
    read.buckets.forEach((bucket, index) => {
      if (isAtPresent(read, bucket, options.context.nowUtcMs)) return
      this.#cache.set(`${place.prefix}${place.version}|${bucketKey(read, bucket, textOf(predicateWithin(model, read, bucket)))}`, bucketAt(result, index), costMs)
    })
  }

  /** Null where cohorts of other sources decide, whose lists are part of no key of ours. */
  #placeOf(read: Read, { context, sources }: RunOptions): { readonly source: string; readonly version: string; readonly prefix: string } | null {
    const { source } = semanticModelOf(context.model, read.measure.semanticModel)
    const version = sources.states.get(source)?.version
    if (version === undefined || sourcesBehind(context, read).length > 0) return null
    return { source, version, prefix: `${source}|${context.model.version}|` }
  }

  #lineageOf(source: string, version: string): Lineage | null {
    const last = this.#lineages.get(source) ?? null
    for (let known = last; known !== null; known = known.before) if (known.version === version) return known
    const connected = this.#sources.connected(source)?.source
    // What cannot be told may have changed: the buckets are read anew.
    const changes = last === null || connected?.changes === undefined ? Promise.resolve(null) : connected.changes(this.#sources.tablesOf(source), last.version, version).catch(() => null)
    const lineage: Lineage = { version, changes, before: shortened(last, MOST_VERSIONS) }
    this.#lineages.set(source, lineage)
    return lineage
  }
}

/** Grains that may make up a longer bucket, the coarsest first. */
const FINER: Partial<Record<Grain, readonly Grain[]>> = { year: ['quarter', 'month', 'week', 'day'], quarter: ['month', 'week', 'day'], month: ['week', 'day'], week: ['day'], day: ['hour'] }

function shortened(lineage: Lineage | null, most: number): Lineage | null {
  return lineage === null || most === 0 ? null : { ...lineage, before: shortened(lineage.before, most - 1) }
}

/** Stocks of an unfinished bucket are taken at present: another minute, another answer. */
function isAtPresent({ measure }: Read, { endUtcMs }: Bucket, nowUtcMs: number): boolean {
  return measure.time.kind === 'stock' && endUtcMs > nowUtcMs
}

/** In the place of a bucket that is read in another way. */
const NOTHING: KeptBucket = { groups: [] }

/** Buckets that are neither known nor over, cut so that what is over of them can be kept. */
function openBuckets(read: Read, known: readonly (KeptBucket | null)[], looks: Looks, options: RunOptions): Split['open'] {
  const { calendar, nowUtcMs } = options.context
  return read.buckets.flatMap((bucket, index) => {
    const stretches = known[index] === null ? stretchesOf(bucket, read.grain, read.period.zone, calendar, nowUtcMs) : null
    return stretches === null ? [] : [openBucket(read, index, stretches, looks, options)]
  })
}

/** Whether the keys a read groups by make few groups: those of each day are kept apart. */
function hasFewGroups({ by, measure }: Read, { context }: RunOptions): boolean {
  const relation = new Relation(context, measure.semanticModel)
  let groups = 1
  for (const key of by) {
    if (key.kind !== 'dimension') return false
    const { home, dimension } = relation.dimension(key.dimension)
    groups *= context.facts.distinct(home, dimension.expr) ?? Infinity
  }
  return groups <= MOST_GROUPS_A_DAY
}
