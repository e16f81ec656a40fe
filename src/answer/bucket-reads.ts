import type { TableChange } from '../../connectors/rollup-contract.ts'
import { bucketsOf } from '../base/bucket.ts'
import type { Bucket } from '../base/bucket.ts'
import { KpiqlError } from '../base/errors.ts'
import type { Grain } from '../base/grain.ts'
import { VersionedCache } from '../cache/versioned-cache.ts'
import { readOf } from '../plan/compile-node.ts'
import { combineParts, familyOf, partsWithin } from '../plan/parts.ts'
import { groupId } from '../plan/read.ts'
import type { AnyRead, Part, Read, ReadGroup, ReadResult } from '../plan/read.ts'
import { semanticModelOf } from '../plan/relation.ts'
import { bucketKey, isBucketed, predicateWithin, textsOf } from './bucket-key.ts'
import { unchangedBy } from './bucket-changes.ts'
import type { ReadOutcome, ReadRunner, RunOptions } from './read-runner.ts'
import type { SourceSet } from './source-set.ts'
import { sourcesBehind } from './sources-behind.ts'

/** What one bucket of a read holds. Parts are those of the result it came from. */
export interface KeptBucket {
  readonly groups: readonly { readonly values: ReadGroup['values']; readonly parts: readonly Part[] }[]
}

/** Versions of a source before the present one whose buckets may still hold. */
const MOST_VERSIONS = 8
/** Results of more groups are kept as they are, and not bucket by bucket. */
const MOST_GROUPS = 2_000
/** As many buckets as a series may have. */
const MOST_FINER = 10_000
/** Holes between known buckets are read one by one up to here, else as one stretch. */
const MOST_HOLES = 3

interface Lineage {
  readonly version: string
  /** From the version before to this one; null where nothing is known of it. */
  readonly changes: Promise<readonly TableChange[] | null>
  readonly before: Lineage | null
}

/** A read put together from buckets known before and stretches of those that are not. */
interface Split {
  readonly read: Read
  readonly known: readonly (KeptBucket | null)[]
  /** Each with the position of its first bucket. */
  readonly holes: readonly { readonly read: Read; readonly from: number }[]
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

  constructor(runner: ReadRunner, sources: SourceSet, maxBytes: number) {
    this.#runner = runner
    this.#sources = sources
    this.#cache = new VersionedCache<KeptBucket>(maxBytes, bucketBytes)
  }

  clear(): void {
    this.#cache.clear()
  }

  /** As the runner's. */
  async run(reads: readonly AnyRead[], options: RunOptions): Promise<ReadonlyMap<string, ReadOutcome>> {
    if (options.freshness === 'NO_CACHE' || options.signal.aborted) return this.#runner.run(reads, options)
    const splits: Split[] = []
    const onward: AnyRead[] = []
    const fresh: Read[] = []
    let [hits, misses] = [0, 0]
    for (const read of reads) {
      if (!isBucketed(read) || read.buckets.length === 0 || this.#runner.knows(read, options)) {
        onward.push(read)
        continue
      }
      const split = await this.#split(read, options)
      const found = split?.known.filter((bucket) => bucket !== null).length ?? 0
      hits += found
      misses += read.buckets.length - found
      if (split === null) {
        onward.push(read)
        fresh.push(read)
        continue
      }
      splits.push(split)
      for (const hole of split.holes) {
        onward.push(hole.read)
        fresh.push(hole.read)
      }
      if (split.holes.length === 0) options.stats.cacheHits += 1
    }
    this.#sources.telemetry.cacheLooked('buckets', hits, misses)
    const outcomes = onward.length === 0 ? new Map<string, ReadOutcome>() : new Map(await this.#runner.run(onward, options))
    for (const read of fresh) {
      const outcome = outcomes.get(read.key)
      if (outcome !== undefined && !(outcome instanceof KpiqlError)) this.#keep(read, outcome, options)
    }
    for (const split of splits) outcomes.set(split.read.key, joined(split, outcomes))
    const { entries, bytes } = this.#cache.statistics()
    this.#sources.telemetry.cacheHolds('buckets', entries, bytes)
    return outcomes
  }

  /** Null where no bucket is known. */
  async #split(read: Read, options: RunOptions): Promise<Split | null> {
    const look = await this.#lookFor(read, options)
    if (look === null) return null
    const known = read.buckets.map((bucket) => look(bucket))
    if (known.every((bucket) => bucket === null)) return null
    return { read, known, holes: holesOf(read, known, options) }
  }

  async #lookFor(read: Read, options: RunOptions): Promise<((bucket: Bucket) => KeptBucket | null) | null> {
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
    return (bucket) => {
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
  }

  #keep(read: Read, result: ReadResult, options: RunOptions): void {
    const place = this.#placeOf(read, options)
    if (place === null || result.groups.length > MOST_GROUPS) return
    const textOf = textsOf()
    const { model } = options.context
    read.buckets.forEach((bucket, index) => {
      if (isAtPresent(read, bucket, options.context.nowUtcMs)) return
      const groups = result.groups.flatMap(({ values, parts }) => {
        const own = parts[index]
        return own === undefined ? [] : [{ values, parts: own }]
      })
      this.#cache.set(`${place.prefix}${place.version}|${bucketKey(read, bucket, textOf(predicateWithin(model, read, bucket)))}`, { groups })
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

function holesOf(read: Read, known: readonly (KeptBucket | null)[], { context }: RunOptions): Split['holes'] {
  const stretches: { from: number; to: number }[] = []
  known.forEach((bucket, index) => {
    if (bucket !== null) return
    const last = stretches.at(-1)
    if (last?.to === index) last.to = index + 1
    else stretches.push({ from: index, to: index + 1 })
  })
  const [first, last] = [stretches[0], stretches.at(-1)]
  const wanted = stretches.length > MOST_HOLES && first && last ? [{ from: first.from, to: last.to }] : stretches
  return wanted.map(({ from, to }) => {
    const buckets = read.buckets.slice(from, to)
    const [start, end] = [buckets[0] as Bucket, buckets.at(-1) as Bucket]
    const { zone } = read.period
    const period = { zone, startUtcMs: start.startUtcMs, startLocalMs: start.startLocalMs, endUtcMs: end.endUtcMs, endLocalMs: end.endLocalMs }
    // The last bucket ends last: what is true of all its rows is true of those before.
    return { from, read: readOf(read.measure, predicateWithin(context.model, read, end), { period, grain: read.grain, buckets, predicate: read.predicate, by: read.by }) }
  })
}

function joined({ read, known, holes }: Split, outcomes: ReadonlyMap<string, ReadOutcome>): ReadOutcome {
  const groups = new Map<string, { readonly values: ReadGroup['values']; readonly parts: (readonly Part[] | undefined)[] }>()
  const put = (values: ReadGroup['values'], index: number, parts: readonly Part[] | undefined): void => {
    const id = groupId(values)
    const group = groups.get(id) ?? { values, parts: Array.from({ length: read.buckets.length }) }
    groups.set(id, group)
    if (parts !== undefined) group.parts[index] = parts
  }
  // Without groups there is always the one: an answer of nothing is still an answer.
  if (read.by.length === 0) put([], 0, undefined)
  known.forEach((bucket, index) => bucket?.groups.forEach(({ values, parts }) => put(values, index, parts)))
  for (const { read: hole, from } of holes) {
    const outcome = outcomes.get(hole.key)
    if (outcome === undefined || outcome instanceof KpiqlError) return outcome ?? new KpiqlError('PLAN_BROKEN', { message: 'A read has no outcome.' })
    for (const { values, parts } of outcome.groups) parts.forEach((own, index) => own !== undefined && put(values, from + index, own))
  }
  return { groups: [...groups.values()] }
}

function summed(pieces: readonly KeptBucket[], combine: readonly Parameters<typeof combineParts>[2][]): KeptBucket {
  const groups = new Map<string, { readonly values: ReadGroup['values']; parts: readonly Part[] }>()
  for (const { values, parts } of pieces.flatMap((piece) => piece.groups)) {
    const id = groupId(values)
    const group = groups.get(id)
    if (group === undefined) groups.set(id, { values, parts })
    else group.parts = group.parts.map((part, index) => combineParts(part, parts[index] ?? null, combine[index] ?? 'never'))
  }
  return { groups: [...groups.values()] }
}

function bucketBytes({ groups }: KeptBucket): number {
  let bytes = 64
  for (const { values, parts } of groups) {
    bytes += 96 + parts.length * 56
    for (const value of values) bytes += 16 + (typeof value === 'string' ? value.length * 2 : 0)
  }
  return bytes
}
