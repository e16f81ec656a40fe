import type { TableChange } from '../../connectors/rollup-contract.ts'
import { bucketsOf } from '../base/bucket.ts'
import type { Bucket } from '../base/bucket.ts'
import { KpiqlError } from '../base/errors.ts'
import type { Grain } from '../base/grain.ts'
import { familyOf, partsWithin } from '../plan/parts.ts'
import type { AnyRead, Read, ReadResult } from '../plan/read.ts'
import { semanticModelOf } from '../plan/relation.ts'
import { isBucketed, predicateWithin, seriesKey, testsOwnTime, textsOf } from './bucket-key.ts'
import { unchangedBy } from './bucket-changes.ts'
import { readsOf, unite, withKeys } from './bucket-keys.ts'
import type { United } from './bucket-keys.ts'
import { KeysWorth, groupsOf } from './bucket-keys-worth.ts'
import { bucketAt, holesOf, joined, openBucket, summed } from './bucket-split.ts'
import type { Combine, KeptBucket, Looks, Split } from './bucket-split.ts'
import { stretchesOf } from './bucket-stretches.ts'
import { BucketUnions } from './bucket-unions.ts'
import { KeptBuckets } from './kept-buckets.ts'
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
/** Of all that buckets may hold, for the keys of one. */
const KEYS_SHARE = 1 / 8

interface Lineage {
  readonly version: string
  /** From the version before to this one; null where nothing is known of it. */
  readonly changes: Promise<readonly TableChange[] | null>
  readonly before: Lineage | null
}

/** A version of which something of a series is kept. */
interface Opened {
  /** The name of the series. */
  readonly id: number
  readonly version: string
  readonly holds: (bucket: Bucket) => boolean
}

/** A read put together from buckets. */
interface Joining extends Split {
  readonly combine: Combine
  readonly united: readonly United[]
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
  readonly #cache: KeptBuckets
  readonly #lineages = new Map<string, Lineage>()
  readonly #maxBytes: number
  readonly #chosen: BucketUnions
  #cleared = 0

  /** @param maxBytes 0 for none kept, and none looked for. */
  constructor(runner: ReadRunner, sources: SourceSet, maxBytes: number) {
    this.#runner = runner
    this.#sources = sources
    this.#cache = new KeptBuckets(maxBytes)
    this.#maxBytes = maxBytes
    this.#chosen = new BucketUnions(runner)
  }

  clear(): void {
    this.#cleared += 1
    this.#cache.clear()
  }

  /** As the runner's. */
  async run(reads: readonly AnyRead[], options: RunOptions): Promise<ReadonlyMap<string, ReadOutcome>> {
    if (options.freshness === 'NO_CACHE' || options.signal.aborted || this.#maxBytes <= 0) return this.#runner.run(reads, options)
    const cleared = this.#cleared
    const worth = new KeysWorth(options.context, reads, this.#maxBytes * KEYS_SHARE, this.#runner.maxRows)
    const splits: Joining[] = []
    const onward: AnyRead[] = []
    const fresh: Read[] = []
    let [hits, misses] = [0, 0]
    for (const read of reads) {
      if (!isBucketed(read) || read.buckets.length === 0 || this.#runner.knows(read, options)) {
        onward.push(read)
        continue
      }
      const split = await this.#split(read, worth, options)
      const found = split === null ? 0 : split.known.filter((bucket) => bucket !== null).length + [...split.open.map(({ holes }) => holes), ...split.united.map(readsOf)].filter(({ length }) => length === 0).length
      hits += found
      misses += read.buckets.length - found
      if (split === null) {
        onward.push(read)
        fresh.push(read)
        continue
      }
      splits.push(split)
      const holes = [...split.holes.map((hole) => hole.read), ...split.open.flatMap((one) => one.holes), ...split.united.flatMap(readsOf)]
      onward.push(...holes)
      fresh.push(...holes)
      if (holes.length === 0) options.stats.cacheHits += 1
    }
    this.#sources.telemetry.cacheLooked('buckets', hits, misses)
    const outcomes = onward.length === 0 ? new Map<string, ReadOutcome>() : new Map(await this.#runner.run(onward, options))
    const counted = await this.#chosen.counted(splits, outcomes, options)
    // Whom a gateway is told to forget while it reads is not kept either.
    const keeps = cleared === this.#cleared
    for (const read of keeps ? [...fresh, ...counted] : []) {
      const outcome = outcomes.get(read.key)
      if (outcome !== undefined && !(outcome instanceof KpiqlError)) this.#keep(read, outcome, options)
    }
    for (const split of splits) if (!counted.includes(split.read)) outcomes.set(split.read.key, this.#joined(split, outcomes, keeps, options))
    const { entries, bytes } = this.#cache.statistics()
    this.#sources.telemetry.cacheHolds('buckets', entries, bytes, this.#cache.takeEvictions())
    return outcomes
  }

  /** Null where no bucket is known, nor one that is worth being read in pieces. */
  async #split(read: Read, worth: KeysWorth, options: RunOptions): Promise<Joining | null> {
    const place = this.#placeOf(read, options)
    const lookup = await this.#lookFor(read, options)
    if (lookup === null) return null
    const { look, exactly, combine } = lookup
    const known = read.buckets.map((bucket) => look(bucket))
    const hasFewGroups = groupsOf(read, options.context) <= MOST_GROUPS_A_DAY
    const open = combine === null || !hasFewGroups ? [] : openBuckets(read, known, lookup, options)
    const kind = hasFewGroups ? this.#chosen.kindOf(read, options) : null
    const candidates = kind === null ? [] : this.#chosen.choose(read, known, { kind, exactly, worth, prefix: place?.prefix ?? '', version: place?.version ?? '' }, options)
    const holesBeside = (others: readonly { readonly index: number }[]): Split['holes'] => {
      const elsewhere = new Set([...open, ...others].map(({ index }) => index))
      return holesOf(read, known.map((bucket, index) => (elsewhere.has(index) ? NOTHING : bucket)), options)
    }
    const others = holesBeside(candidates)
    const kept = kind !== null && others.length > 0 && !this.#runner.shares(read, options) && worth.paysAtFirst(others.map((hole) => hole.read), read, kind)
    // Counts and keys are two statements: an engine that goes through all rows for each reads them twice.
    const united = kept || others.length === 0 || !options.context.facts.byRow(read.measure.semanticModel) ? candidates : candidates.filter(({ isFirst }) => !isFirst)
    const holes = united.length === candidates.length ? others : holesBeside(united)
    const elsewhere = [...open, ...united]
    if (!kept && elsewhere.length === 0 && known.every((bucket) => bucket === null)) return null
    return { read, known, holes: kept ? holes.map((hole) => ({ ...hole, read: withKeys(hole.read, kind) })) : holes, open, united, combine: combine ?? [] }
  }

  #joined(split: Joining, outcomes: ReadonlyMap<string, ReadOutcome>, keeps: boolean, options: RunOptions): ReadOutcome {
    const known = [...split.known]
    for (const one of split.united) {
      const found = unite(one, outcomes)
      if (found instanceof KpiqlError) return found
      known[one.index] = found.whole
      if (keeps && one.known.length + one.holes.length > 1) this.#keepBucket(split.read, one.over, found.over, options)
    }
    return joined({ ...split, known }, outcomes, split.combine)
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
    const opened = new Map<string, readonly Opened[]>()
    const openedOf = (predicate: string): readonly Opened[] => {
      let found = opened.get(predicate)
      if (found === undefined) {
        found = versions.flatMap(({ version, holds }) => {
          const id = this.#cache.open(`${place.prefix}${version}|${seriesKey(read, predicate)}`)
          return id === null ? [] : [{ id, version, holds }]
        })
        opened.set(predicate, found)
      }
      return found
    }
    const exactly = (bucket: Bucket): KeptBucket | null => {
      if (isAtPresent(read, bucket, context.nowUtcMs)) return null
      const predicate = textOf(predicateWithin(model, read, bucket))
      const series = openedOf(predicate)
      for (const { id, version, holds } of series) {
        if (!holds(bucket)) return null
        const found = this.#cache.get(id, bucket)
        if (found === undefined) continue
        if (version === place.version) return found
        const moved = this.#cache.move(id, bucket, `${place.prefix}${place.version}|${seriesKey(read, predicate)}`)
        if (series[0]?.id !== moved) opened.set(predicate, [{ id: moved, version: place.version, holds: () => true }, ...series])
        return found
      }
      return null
    }
    const combine = familyOf(read.measure) === 'additive' && read.measure.time.kind === 'event' ? partsWithin(read.measure, context.facts).map((part) => part.combine) : null
    // What no test of its own time tells apart is all of one series.
    if (!testsOwnTime(read) && openedOf(textOf(read.predicate)).length === 0) return { look: () => null, exactly: () => null, combine }
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
    const { model, nowUtcMs } = options.context
    const kept = read.buckets.flatMap((bucket, position) => (isAtPresent(read, bucket, nowUtcMs) ? [] : [{ bucket, position, predicate: textOf(predicateWithin(model, read, bucket)) }]))
    // A bucket alone is read faster than all of them.
    const costMs = result.costMs === undefined ? undefined : result.costMs / read.buckets.length
    for (const [predicate, all] of Map.groupBy(kept, (one) => one.predicate)) {
      const series = `${place.prefix}${place.version}|${seriesKey(read, predicate)}`
      if (read.keys === undefined) this.#cache.keepWhole(series, { result, buckets: all.map(({ bucket, position }) => [bucket, position] as const), costMs })
      else for (const { bucket, position } of all) this.#cache.set(series, bucket, { ...bucketAt(result, position), costMs })
    }
  }

  #keepBucket(read: Read, bucket: Bucket, found: KeptBucket, options: RunOptions): void {
    const place = this.#placeOf(read, options)
    if (place === null || found.groups.length > MOST_GROUPS) return
    this.#cache.set(`${place.prefix}${place.version}|${seriesKey(read, textsOf()(predicateWithin(options.context.model, read, bucket)))}`, bucket, found)
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
