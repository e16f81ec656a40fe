import { hash } from 'node:crypto'
import type { Role } from '../access/role.ts'
import type { Telemetry } from '../base/telemetry.ts'
import { VersionedCache } from '../cache/versioned-cache.ts'
import type { Analytics, RequestStats } from '../answer/types.ts'
import type { AskedMetric } from '../jobs/own-telemetry/types.ts'
import type { AskedRequest } from './asked-request.ts'
import { zipEnd, zipStart } from './gzip-answer.ts'
import type { ZippedStart } from './gzip-answer.ts'
import type { RequestScope } from './request-scope.ts'

/** An answer as it was sent, with the versions of the data it speaks of. */
export interface KeptAnswer {
  /** The response up to and with its `data`; as UTF-8 once it was found. */
  start: string | Buffer
  readonly operationName: string | null
  /** Null for an answer that speaks of no data. */
  readonly stats: RequestStats | null
  /** Metrics asked for, where somebody wants to know. */
  readonly asked: readonly AskedMetric[]
  /** The same compressed, made when first asked for. */
  zipped: Promise<ZippedStart> | null
}

/** Data versions by source. */
export type Versions = Readonly<Record<string, string>>

/**
 * Whole answers of one served model, for questions that come again and again while no source has moved. Only what sessions answered without a
 * failure, also one that is no error of a field, and with `CACHED_OK` is kept, and what hangs on the model alone; what looks at more
 * than data (the state of sources) is not.
 */
export interface KeptAnswers {
  /**
   * The name under which a question's answer may be kept.
   *
   * @param cohorts the version of what cohorts are saved.
   */
  placeOf(asked: AskedRequest, cohorts: string, role: Role): string
  /**
   * The answer, if every source still has the version it speaks of.
   *
   * @param versions of all sources, where they were looked at already.
   */
  find(place: string, versions: Versions | null): Promise<KeptAnswer | null>
  /** From the second time on that the question is asked: most are asked once, and would push out what is asked again. */
  keep(place: string, answer: KeptAnswer): void
}

/** Bound of what is known of questions asked once. */
const SEEN_BYTES = 1_000_000

const ONCE = {}

/** @param look at the data versions of all sources. */
export function keepAnswers(analytics: Analytics, look: () => Promise<Versions>, maxBytes: number, telemetry: Telemetry): KeptAnswers {
  // Letters beyond Latin take two bytes each, and a compressed form may come later.
  const answers = new VersionedCache<KeptAnswer>(maxBytes, ({ start }) => start.length * 2 + 1_000)
  const seen = new VersionedCache<object>(SEEN_BYTES, () => 16)
  analytics.whenCleared(() => answers.clear())
  return {
    // Relative periods count from the present: another present, another answer.
    placeOf: ({ document, operationName, variables }, cohorts, role) => [analytics.nowUtcMs(), role, cohorts, operationName ?? '', document, variables].join('\n'),
    async find(place, looked) {
      const found = answers.get(place)
      const isCurrent = found !== undefined && (found.stats === null || speaksOf(found.stats, looked ?? (await look())))
      telemetry.cacheLooked('answers', isCurrent ? 1 : 0, isCurrent ? 0 : 1)
      return isCurrent ? found : null
    },
    keep(place, answer) {
      // The same question a minute later is no other one.
      const question = hash('sha1', place.slice(place.indexOf('\n')), 'base64')
      if (seen.get(question) === undefined) {
        seen.set(question, ONCE)
        return
      }
      answers.set(place, answer)
      const { entries, bytes } = answers.statistics()
      telemetry.cacheHolds('answers', entries, bytes)
    },
  }
}

/** Whether an answer is of these versions. */
export function speaksOf({ dataVersions }: RequestStats, versions: Versions): boolean {
  for (const source in dataVersions) if (versions[source] !== dataVersions[source]) return false
  return true
}

/** The response for an answer found: its data as they were, its cost what finding it cost. */
export function keptResponse(answer: KeptAnswer, scope: Pick<RequestScope, 'requestId'>, elapsedMs: number): Buffer {
  return Buffer.concat([startOf(answer), endOf(answer.stats, scope, elapsedMs)])
}

function startOf(answer: KeptAnswer): Buffer {
  if (typeof answer.start === 'string') answer.start = Buffer.from(answer.start)
  return answer.start
}

/** The same as a gzip stream: the data are compressed once. */
export async function keptZipped(answer: KeptAnswer, scope: Pick<RequestScope, 'requestId'>, elapsedMs: number): Promise<Buffer> {
  answer.zipped ??= zipStart(startOf(answer))
  return zipEnd(await answer.zipped, endOf(answer.stats, scope, elapsedMs))
}

function endOf(stats: RequestStats | null, { requestId }: Pick<RequestScope, 'requestId'>, elapsedMs: number): Buffer {
  const none = { scans: 0, scansBySemanticModel: {}, rowsRead: 0, rowsReadUnknown: false, planningMs: 0, engineMs: 0, foldMs: 0 }
  const cost = { requestId, elapsedMs: Math.round(elapsedMs * 10) / 10, ...(stats === null ? {} : { ...stats, ...none, cacheHits: stats.cacheHits + stats.cacheMisses, cacheMisses: 0 }) }
  return Buffer.from(`,"extensions":{"kpiql":${JSON.stringify(cost)}}}\n`)
}
