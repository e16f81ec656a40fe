import type { Bucket } from '../base/bucket.ts'
import { addLocal, truncateLocal } from '../base/civil-time.ts'
import { KpiqlError } from '../base/errors.ts'
import type { Calendar } from '../base/grain.ts'
import { localMsAt, utcMsOf } from '../base/time-zone.ts'
import { sizeOfUnion, unionOf } from '../plan/keys/key-set.ts'
import type { KeyKind, KeySet } from '../plan/keys/key-set.ts'
import { readOf } from '../plan/metrics/compile-node.ts'
import { groupId } from '../plan/read.ts'
import type { Read } from '../plan/read.ts'
import { predicateWithin } from './bucket-key.ts'
import { bucketAt, upToPresent } from './bucket-split.ts'
import type { KeptBucket } from './bucket-split.ts'
import type { ReadOutcome, RunOptions } from './read-runner.ts'

/** A bucket whose keys are put together: those known of pieces of what is over of it, those read of the other pieces, and those of the rest. */
export interface United {
  readonly index: number
  /** What is over of the bucket. */
  readonly over: Bucket
  readonly known: readonly KeptBucket[]
  readonly holes: readonly Read[]
  /** From today's midnight to now; null for a bucket that is over. */
  readonly rest: { readonly read: Read; readonly known: KeptBucket | null } | null
  /** How much of what is over is known, 0 to 1. */
  readonly knownShare: number
}

/** Finds keys that are known of a stretch. */
export type FindKeys = (bucket: Bucket) => KeptBucket | null

/** Stretches that end up to so many days before the wanted end are looked for. */
const MOST_DAYS_BACK = 31
/** A question of ten years is not cut into days for what may be known of them. */
const MOST_LOOKS = 1_000

/** A read that brings the very keys beside their count. */
export function withKeys(read: Read, kind: KeyKind): Read {
  return { ...read, keys: kind, key: `${read.key}|${kind} keys` }
}

/** How the keys of a bucket may be put together; null where nothing of it is over, or it is no longer than a day. */
export function unitedBucket(read: Read, index: number, kind: KeyKind, find: FindKeys, options: RunOptions): United | null {
  const { grain, period: { zone } } = read
  const { calendar, nowUtcMs } = options.context
  const bucket = read.buckets[index]
  if (bucket === undefined || grain === 'day' || grain === 'hour' || grain === 'minute') return null
  const edgeAt = (localMs: number): Edge => ({ localMs, utcMs: utcMsOf(zone, localMs) })
  const today = edgeAt(truncateLocal(localMsAt(zone, nowUtcMs), 'day', calendar))
  const [start, end]: [Edge, Edge] = [{ localMs: bucket.startLocalMs, utcMs: bucket.startUtcMs }, { localMs: bucket.endLocalMs, utcMs: bucket.endUtcMs }]
  const isOver = end.utcMs <= today.utcMs
  const until = isOver ? end : today
  if (until.utcMs <= start.utcMs) return null
  const edges = daysBetween(start, until, edgeAt, calendar)
  const { known, gaps } = covered(edges, find, calendar)
  const cuts = new Set([truncateLocal(today.localMs, 'month', calendar), ...(isOver ? [] : [addLocal(today.localMs, -1, 'day')])])
  const firstMonth = firstMonthFrom(start.localMs, calendar)
  // A period of the last so many days begins a day later tomorrow: what of it is no whole month is of use day by day.
  const isCut = ({ localMs }: Edge): boolean => cuts.has(localMs) || (grain === null && isOver === false && localMs <= firstMonth && firstMonth !== start.localMs)
  const holes = gaps.flatMap(([from, to]) => pieces(edges.slice(from, to + 1), isCut)).map((piece) => readOver(read, piece, kind, options))
  const unknownMs = gaps.reduce((sum, [from, to]) => sum + (edges[to] as Edge).utcMs - (edges[from] as Edge).utcMs, 0)
  const restOf = upToPresent(read, stretch(today, end), options)
  const rest = isOver ? null : { read: readOver(read, restOf, kind, options), known: find(restOf) }
  return { index, over: stretch(start, until), known, holes, rest, knownShare: 1 - unknownMs / (until.utcMs - start.utcMs) }
}

/** What is to be read for a bucket. */
export function readsOf({ holes, rest }: United): readonly Read[] {
  return rest === null || rest.known !== null ? holes : [...holes, rest.read]
}

/** What the pieces of a bucket have together; the error of one that failed. */
export function unite({ known, holes, rest }: United, outcomes: ReadonlyMap<string, ReadOutcome>): { readonly over: KeptBucket; readonly whole: KeptBucket } | KpiqlError {
  const found = [...known]
  for (const { key } of holes) {
    const outcome = outcomes.get(key) ?? broken()
    if (outcome instanceof KpiqlError) return outcome
    found.push({ ...bucketAt(outcome, 0), costMs: outcome.costMs })
  }
  const over = unionOfBuckets(found)
  if (rest === null) return { over, whole: over }
  if (rest.known !== null) return { over, whole: countedWith(over, rest.known) }
  const outcome = outcomes.get(rest.read.key) ?? broken()
  return outcome instanceof KpiqlError ? outcome : { over, whole: countedWith(over, bucketAt(outcome, 0)) }
}

/** Whether all keys of a bucket are kept, and are of this kind. */
export function hasKeys({ groups }: KeptBucket, kind: KeyKind): boolean {
  return groups.every(({ keys }) => keys?.kind === kind)
}

interface Edge {
  readonly utcMs: number
  readonly localMs: number
}

function stretch(start: Edge, end: Edge): Bucket {
  return { startUtcMs: start.utcMs, startLocalMs: start.localMs, endUtcMs: end.utcMs, endLocalMs: end.localMs, cut: true, key: start.localMs / 1000 }
}

/** The two ends, and every midnight between them. */
function daysBetween(start: Edge, end: Edge, edgeAt: (localMs: number) => Edge, calendar: Calendar): readonly Edge[] {
  const edges = [start]
  for (let localMs = addLocal(truncateLocal(start.localMs, 'day', calendar), 1, 'day'); localMs < end.localMs; localMs = addLocal(localMs, 1, 'day')) {
    const edge = edgeAt(localMs)
    // A day that the zone skipped begins where the next one does.
    if (edge.utcMs > (edges.at(-1) as Edge).utcMs && edge.utcMs < end.utcMs) edges.push(edge)
  }
  return [...edges, end]
}

/** Stretches of keys that are known, the longest first from each point on, and the gaps between them as positions of edges. */
function covered(edges: readonly Edge[], find: FindKeys, calendar: Calendar): { readonly known: readonly KeptBucket[]; readonly gaps: readonly (readonly [number, number])[] } {
  const known: KeptBucket[] = []
  const gaps: [number, number][] = []
  const last = edges.length - 1
  const positions = new Map(edges.map(({ localMs }, index) => [localMs, index]))
  let looks = 0
  for (let at = 0; at < last; ) {
    const start = edges[at] as Edge
    const ends = endsFrom(start, at, last, positions, calendar)
    let next = 0
    for (const end of ends) {
      if ((looks += 1) > MOST_LOOKS) break
      const found = find(stretch(start, edges[end] as Edge))
      if (found === null) continue
      known.push(found)
      next = end
      break
    }
    if (next === 0) {
      const gap = gaps.at(-1)
      if (gap?.[1] === at) gap[1] = at + 1
      else gaps.push([at, at + 1])
    }
    at = Math.max(next, at + 1)
  }
  return { known, gaps }
}

/** Where stretches that begin here may end, the longest first. */
function endsFrom({ localMs }: Edge, at: number, last: number, positions: ReadonlyMap<number, number>, calendar: Calendar): readonly number[] {
  const ends = new Set([last, at + 1])
  const beginsMonth = truncateLocal(localMs, 'month', calendar) === localMs
  if (at === 0 || beginsMonth) for (let end = last; end > at && end >= last - MOST_DAYS_BACK; end--) ends.add(end)
  for (const grain of ['year', 'quarter', 'month', 'week'] as const) {
    if (truncateLocal(localMs, grain, calendar) !== localMs) continue
    const end = positions.get(truncateLocal(addLocal(localMs, 1, grain), grain, calendar))
    if (end !== undefined && end > at) ends.add(end)
  }
  return [...ends].toSorted((a, b) => b - a)
}

function firstMonthFrom(localMs: number, calendar: Calendar): number {
  const month = truncateLocal(localMs, 'month', calendar)
  return month === localMs ? month : addLocal(month, 1, 'month')
}

function pieces(edges: readonly Edge[], isCut: (edge: Edge) => boolean): readonly Bucket[] {
  const bounds = edges.filter((edge, index) => index === 0 || index === edges.length - 1 || isCut(edge))
  return bounds.slice(1).map((end, index) => stretch(bounds[index] as Edge, end))
}

function readOver(read: Read, bucket: Bucket, kind: KeyKind, { context }: RunOptions): Read {
  const { startUtcMs, startLocalMs, endUtcMs, endLocalMs } = bucket
  const period = { zone: read.period.zone, startUtcMs, startLocalMs, endUtcMs, endLocalMs }
  return withKeys(readOf(read.measure, predicateWithin(context.model, read, bucket), { period, grain: null, buckets: [bucket], predicate: read.predicate, by: read.by }), kind)
}

function unionOfBuckets(found: readonly KeptBucket[]): KeptBucket {
  const [only, ...more] = found
  if (only !== undefined && more.length === 0) return only
  const groups = new Map<string, { readonly values: KeptBucket['groups'][number]['values']; keys: KeySet }>()
  for (const { values, keys } of found.flatMap((bucket) => bucket.groups)) {
    if (keys === undefined) throw new TypeError('Only buckets whose keys are kept are united.')
    const id = groupId(values)
    const group = groups.get(id)
    if (group === undefined) groups.set(id, { values, keys })
    else group.keys = unionOf(group.keys, keys)
  }
  const costMs = found.reduce((sum, bucket) => sum + (bucket.costMs ?? 0), 0)
  return { costMs, groups: [...groups.values()].map(({ values, keys }) => ({ values, keys, parts: [BigInt(keys.size)] })) }
}

/** The counts of both together. */
function countedWith(over: KeptBucket, rest: KeptBucket): KeptBucket {
  const groups = new Map(over.groups.map((group) => [groupId(group.values), group]))
  for (const { values, keys, parts } of rest.groups) {
    const id = groupId(values)
    const before = groups.get(id)?.keys
    groups.set(id, { values, parts: before === undefined || keys === undefined ? parts : [BigInt(sizeOfUnion(before, keys))] })
  }
  return { groups: [...groups.values()].map(({ values, parts }) => ({ values, parts })) }
}

function broken(): KpiqlError {
  return new KpiqlError('PLAN_BROKEN', { message: 'A read has no outcome.' })
}
