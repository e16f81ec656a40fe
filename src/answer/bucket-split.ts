import type { Bucket } from '../base/bucket.ts'
import { KpiqlError } from '../base/errors.ts'
import type { Grain } from '../base/grain.ts'
import { localMsAt } from '../base/time-zone.ts'
import type { KeySet } from '../plan/keys/key-set.ts'
import { readOf } from '../plan/metrics/compile-node.ts'
import { combineParts } from '../plan/parts.ts'
import { groupId } from '../plan/read.ts'
import type { Part, Read, ReadGroup, ReadResult } from '../plan/read.ts'
import { predicateWithin } from './bucket-key.ts'
import type { Stretch } from './bucket-stretches.ts'
import type { ReadOutcome, RunOptions } from './read-runner.ts'
import { partsBytes, valueBytes } from './result-bytes.ts'

/** What one bucket of a read holds. Parts are those of the result it came from; keys are there where the read brought them. */
export interface KeptBucket {
  readonly groups: readonly { readonly values: ReadGroup['values']; readonly parts: readonly Part[]; readonly keys?: KeySet | undefined }[]
  /** Milliseconds it took to read; missing where nobody can tell. */
  readonly costMs?: number | undefined
}

/** A read put together from buckets known before and stretches of those that are not. */
export interface Split {
  readonly read: Read
  readonly known: readonly (KeptBucket | null)[]
  /** Each with the position of its first bucket. */
  readonly holes: readonly { readonly read: Read; readonly from: number }[]
  /** Buckets that are not over: what is known of them, and the reads of the rest. */
  readonly open: readonly { readonly index: number; readonly known: readonly KeptBucket[]; readonly holes: readonly Read[] }[]
}

/** Finds what is known of a bucket: as it is, or also from finer ones. */
export interface Looks {
  look(bucket: Bucket): KeptBucket | null
  exactly(bucket: Bucket): KeptBucket | null
}

export type Combine = readonly Parameters<typeof combineParts>[2][]

/** Holes between known buckets are read one by one up to here, else as one stretch. */
const MOST_HOLES = 3

/** The reads of buckets that are not known, with the position of their first one. */
export function holesOf(read: Read, known: readonly (KeptBucket | null)[], options: RunOptions): Split['holes'] {
  return holesAmong(read, read.grain, read.buckets, known.map((bucket) => bucket !== null), options)
}

/** What is known of an open bucket, and the reads of what is not. */
export function openBucket(read: Read, index: number, stretches: readonly Stretch[], { look, exactly }: Looks, options: RunOptions): Split['open'][number] {
  const known: KeptBucket[] = []
  const holes: Read[] = []
  for (const { kind, buckets: all } of stretches) {
    const buckets = kind === 'rest' ? all.map((bucket) => upToPresent(read, bucket, options)) : all
    const found = buckets.map(kind === 'over' ? look : exactly)
    const missing = holesAmong(read, kind === 'days' ? 'day' : null, buckets, found.map((bucket) => bucket !== null), options)
    // What is known between two holes that are read as one is read again.
    const isRead = new Set(missing.flatMap(({ read: hole, from }) => hole.buckets.map((_, position) => from + position)))
    found.forEach((bucket, position) => bucket !== null && !isRead.has(position) && known.push(bucket))
    holes.push(...missing.map(({ read: hole }) => hole))
  }
  return { index, known, holes }
}

/** A stretch that ends now in place of a test of the present, so that all stretches ask the same of their rows. */
export function upToPresent(read: Read, bucket: Bucket, { context }: RunOptions): Bucket {
  const { model, nowUtcMs } = context
  if (bucket.startUtcMs >= nowUtcMs || bucket.endUtcMs <= nowUtcMs) return bucket
  const cut = { ...bucket, endUtcMs: nowUtcMs, endLocalMs: localMsAt(read.period.zone, nowUtcMs) }
  return predicateWithin(model, read, cut) === read.predicate ? bucket : cut
}

function holesAmong(read: Read, grain: Grain | null, buckets: readonly Bucket[], isKnown: readonly boolean[], { context }: RunOptions): Split['holes'] {
  const stretches: { from: number; to: number }[] = []
  isKnown.forEach((found, index) => {
    if (found) return
    const last = stretches.at(-1)
    if (last?.to === index) last.to = index + 1
    else stretches.push({ from: index, to: index + 1 })
  })
  const [first, last] = [stretches[0], stretches.at(-1)]
  const wanted = stretches.length > MOST_HOLES && first && last ? [{ from: first.from, to: last.to }] : stretches
  return wanted.map(({ from, to }) => {
    const within = buckets.slice(from, to)
    const [start, end] = [within[0] as Bucket, within.at(-1) as Bucket]
    const { zone } = read.period
    const period = { zone, startUtcMs: start.startUtcMs, startLocalMs: start.startLocalMs, endUtcMs: end.endUtcMs, endLocalMs: end.endLocalMs }
    // The last bucket ends last: what is true of all its rows is true of those before.
    return { from, read: readOf(read.measure, predicateWithin(context.model, read, end), { period, grain, buckets: within, predicate: read.predicate, by: read.by }) }
  })
}

/** What a split read found, from what was known and the outcomes of its holes; the error of one that failed. */
export function joined({ read, known, holes, open }: Split, outcomes: ReadonlyMap<string, ReadOutcome>, combine: Combine): ReadOutcome {
  const groups = new Map<string, { readonly values: ReadGroup['values']; readonly parts: (readonly Part[] | undefined)[] }>()
  const put = (values: ReadGroup['values'], index: number, parts: readonly Part[] | undefined): void => {
    const id = groupId(values)
    const group = groups.get(id) ?? { values, parts: Array.from({ length: read.buckets.length }) }
    groups.set(id, group)
    if (parts !== undefined) group.parts[index] = parts
  }
  const broken = (): KpiqlError => new KpiqlError('PLAN_BROKEN', { message: 'A read has no outcome.' })
  // Without groups there is always the one: an answer of nothing is still an answer.
  if (read.by.length === 0) put([], 0, undefined)
  known.forEach((bucket, index) => bucket?.groups.forEach(({ values, parts }) => put(values, index, parts)))
  for (const { read: hole, from } of holes) {
    const outcome = outcomes.get(hole.key) ?? broken()
    if (outcome instanceof KpiqlError) return outcome
    for (const { values, parts } of outcome.groups) parts.forEach((own, index) => own !== undefined && put(values, from + index, own))
  }
  for (const { index, known: pieces, holes: reads } of open) {
    const found: KeptBucket[] = [...pieces]
    for (const hole of reads) {
      const outcome = outcomes.get(hole.key) ?? broken()
      if (outcome instanceof KpiqlError) return outcome
      hole.buckets.forEach((_, position) => found.push(bucketAt(outcome, position)))
    }
    for (const { values, parts } of summed(found, combine).groups) put(values, index, parts)
  }
  return { groups: [...groups.values()] }
}

/** One bucket of a result. */
export function bucketAt({ groups }: ReadResult, position: number): KeptBucket {
  return {
    groups: groups.flatMap(({ values, parts, keys }) => {
      const own = parts[position]
      return own === undefined ? [] : [{ values, parts: own, keys: keys?.[position] }]
    }),
  }
}

/** The bucket that these make up. */
export function summed(pieces: readonly KeptBucket[], combine: Combine): KeptBucket {
  const groups = new Map<string, { readonly values: ReadGroup['values']; parts: readonly Part[] }>()
  for (const { values, parts } of pieces.flatMap((piece) => piece.groups)) {
    const id = groupId(values)
    const group = groups.get(id)
    if (group === undefined) groups.set(id, { values, parts })
    else group.parts = group.parts.map((part, index) => combineParts(part, parts[index] ?? null, combine[index] ?? 'never'))
  }
  return { groups: [...groups.values()] }
}

export function bucketBytes({ groups }: KeptBucket): number {
  return groups.reduce((bytes, { values, parts, keys }) => bytes + GROUP_BYTES + valueBytes(values) + partsBytes(parts) + (keys?.bytes ?? 0), GROUP_BYTES)
}

const GROUP_BYTES = 56
