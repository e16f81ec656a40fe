import type { Clock } from '../base/clock.ts'
import { noTelemetry } from '../base/telemetry.ts'
import type { Telemetry } from '../base/telemetry.ts'
import type { SharedCache } from '../cache/shared-cache.ts'
import { VersionedCache } from '../cache/versioned-cache.ts'
import { finestGrain } from '../model/finest-grain.ts'
import { reachableDimensions } from '../model/join-path.ts'
import { inputsOf, slicedModelOf } from '../model/metric-inputs.ts'
import type { Model } from '../model/types.ts'
import type { ReadResult } from '../plan/read.ts'
import { BucketReads } from './bucket-reads.ts'
import type { CollectorOptions } from './collect-reads.ts'
import type { KnownRollups } from './known-rollups.ts'
import { LastAnswers } from './last-answers.ts'
import { MemberLists } from './member-lists.ts'
import type { ReadLog } from './read-log.ts'
import { ReadRunner } from './read-runner.ts'
import { resultBytes } from './result-bytes.ts'
import { ScanBudget } from './scan-budget.ts'
import type { ScanHistory } from './scan-history.ts'
import { Session } from './session.ts'
import { SourceSet } from './source-set.ts'
import type { ConnectedSource } from './source-set.ts'
import type { Analytics, SessionOptions, SourceStatus } from './types.ts'

export interface AnalyticsOptions {
  readonly model: Model
  readonly sources: ReadonlyMap<string, ConnectedSource>
  /** Bound of the cache of base aggregates; 0 keeps nothing. */
  readonly cacheBytes: number
  readonly clock: Clock
  /** Most result rows one statement may bring. */
  readonly maxGroups: number
  /** Most rows the statements of one request may read, by estimate; without it no bound. */
  readonly maxRowsScanned?: number | null | undefined
  /** Most keys of a cohort that are carried from one source into another. */
  readonly maxPushedMembers?: number | undefined
  readonly telemetry?: Telemetry | undefined
  /** What instances share; without it this one is alone. */
  readonly shared?: SharedCache<ReadResult> | null | undefined
  /** Rollups that sources keep; without it none is read. */
  readonly rollups?: KnownRollups | undefined
  /** Which statements are held back so that those of several requests become one; without it none. */
  readonly collect?: CollectorOptions | undefined
  /** What statements of earlier runs found and took; without it nothing is known of them. */
  readonly history?: ScanHistory | undefined
  /** Told of every statement that reads; without it nobody is. */
  readonly readLog?: ReadLog | null | undefined
}

/** Of the cache, for members carried from one source into another. */
const LISTS_SHARE = 1 / 16
/** Of the cache, for buckets that other questions may ask for. */
const BUCKETS_SHARE = 3 / 8
/** Of the cache, for what is told while a source is down. */
const LAST_ANSWERS_SHARE = 1 / 8
const MOST_PUSHED_MEMBERS = 10_000

/** Puts model, sources and cache together. Touches no source until the first question. */
export function createAnalytics(options: AnalyticsOptions): Analytics {
  const { model, clock } = options
  const set = new SourceSet(model, options.sources, options.telemetry ?? noTelemetry, new ScanBudget(options.maxRowsScanned ?? null), options.rollups, options.history)
  const listBytes = Math.floor(options.cacheBytes * LISTS_SHARE)
  const answerBytes = Math.floor(options.cacheBytes * LAST_ANSWERS_SHARE)
  const lastAnswers = new LastAnswers(answerBytes)
  const bucketBytes = Math.floor(options.cacheBytes * BUCKETS_SHARE)
  const cache = new VersionedCache<ReadResult>(options.cacheBytes - listBytes - answerBytes - bucketBytes, resultBytes)
  const lists = new MemberLists(set, listBytes, options.maxPushedMembers ?? MOST_PUSHED_MEMBERS)
  const runner = new BucketReads(new ReadRunner(set, cache, options.maxGroups, options.shared ?? null, options.collect, options.readLog ?? null), set, bucketBytes)
  const listeners: (() => void)[] = []
  const nowUtcMs = (): number => presentOf(options.sources, clock)
  return {
    nowUtcMs,
    session: ({ freshness, signal, maxStaleMs = null, caller = '', sharesLook = false }: SessionOptions) =>
      new Session({ model, calendar: model.calendar, sources: set, runner, lists, nowUtcMs: nowUtcMs(), freshness, maxStaleMs, lastAnswers, signal, caller, sharesLook }),
    sources: () => statusesOf(set),
    planning: async () => ({ model, calendar: model.calendar, facts: (await set.look(false)).facts, nowUtcMs: nowUtcMs(), memberships: new Map() }),
    dataVersions: async () => Object.fromEntries([...(await set.lookingThisTurn().patiently()).states].map(([name, { version }]) => [name, version])),
    dimensionsOf: (metric) => dimensionsOf(model, metric),
    finestGrain: (metric) => finestGrain(model, metric),
    clear() {
      for (const one of [cache, runner, lists, lastAnswers]) one.clear()
      for (const cleared of listeners) cleared()
    },
    whenCleared: (cleared) => void listeners.push(cleared),
  }
}

/**
 * What "last 30 days" counts from: the earliest present a source declares, if every source declares one; otherwise the clock.
 * Whole minutes, so that answers a moment apart are the same.
 */
function presentOf(sources: ReadonlyMap<string, ConnectedSource>, clock: Clock): number {
  const declared = [...sources.values()].map((one) => one.nowUtcMs)
  const known = declared.filter((one) => one !== null)
  if (known.length > 0 && known.length === declared.length) return Math.min(...known)
  return Math.floor(clock.nowMs() / 60_000) * 60_000
}

async function statusesOf(set: SourceSet): Promise<readonly SourceStatus[]> {
  const { states, failures } = await set.look(false)
  return Promise.all(
    [...set.entries()].map(async ([name, { source, connector, nowUtcMs }]): Promise<SourceStatus> => {
      const failure = failures.get(name)
      const none = { total: 0, truncated: false, entries: [] }
      if (failure) return { name, connector, ok: false, message: failure.message, nowUtcMs, dataVersion: null, quarantine: none }
      const quarantine = await source.quarantine()
      const message = quarantine.total === 0 ? 'ready' : `ready; ${quarantine.total} ${quarantine.total === 1 ? 'row is' : 'rows are'} in quarantine`
      return { name, connector, ok: true, message, nowUtcMs, dataVersion: states.get(name)?.version ?? null, quarantine }
    }),
  )
}

const reaches = new WeakMap<Model, Map<string, ReadonlySet<string>>>()

/** By which a metric can be sliced: by what one of its implementations reaches, where that has inputs by what all of them do. */
function dimensionsOf(model: Model, name: string): readonly string[] {
  return [...reachOf(model, name)].toSorted()
}

function reachOf(model: Model, name: string): ReadonlySet<string> {
  const known = reaches.get(model) ?? new Map<string, ReadonlySet<string>>()
  reaches.set(model, known)
  const found = known.get(name)
  if (found !== undefined) return found
  const own = (model.metrics.get(name)?.implementations ?? []).map((definition): ReadonlySet<string> => {
    const sliced = slicedModelOf(definition)
    if (sliced !== null) return reachableDimensions(model, sliced)
    const [first, ...rest] = inputsOf(definition).map(({ metric }) => reachOf(model, metric))
    return new Set([...(first ?? [])].filter((dimension) => rest.every((other) => other.has(dimension))))
  })
  const reach = new Set(own.flatMap((dimensions) => [...dimensions]))
  known.set(name, reach)
  return reach
}
