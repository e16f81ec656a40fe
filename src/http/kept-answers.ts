import type { Role } from '../access/role.ts'
import { SeenBefore } from '../base/seen-before.ts'
import type { Telemetry } from '../base/telemetry.ts'
import { VersionedCache } from '../cache/versioned-cache.ts'
import type { Analytics, RequestStats } from '../answer/types.ts'
import type { AskedMetric } from '../jobs/own-telemetry/types.ts'
import type { AskedRequest } from './asked-request.ts'
import { bytesOf, joined } from './answer-text.ts'
import type { Pieces } from './answer-text.ts'
import { zipEnd, zipStart } from './gzip-answer.ts'
import type { ZippedStart } from './gzip-answer.ts'

/** An answer as it was sent, with the versions of the data it speaks of. */
export interface KeptAnswer {
  /** The response up to and with its `data`, in UTF-8. */
  readonly start: Buffer
  readonly operationName: string | null
  /** Null for an answer that speaks of no data. */
  readonly stats: RequestStats | null
  /** Metrics asked for, where somebody wants to know. */
  readonly asked: readonly AskedMetric[]
  /** The same compressed, made when first asked for. */
  zipped: Promise<ZippedStart> | null
  /** What each response says of its costs, but for the request's own, made when first asked for. */
  costs: string | null
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
  /**
   * From the second time on that the question is asked: most are asked once, and would push out what is asked again.
   *
   * @param data the text of the answer's data.
   */
  keep(place: string, data: Pieces, answer: Pick<KeptAnswer, 'operationName' | 'stats' | 'asked'>): void
}

/** @param look at the data versions of all sources. */
export function keepAnswers(analytics: Analytics, look: () => Promise<Versions>, maxBytes: number, telemetry: Telemetry): KeptAnswers {
  const answers = new VersionedCache<KeptAnswer>(maxBytes, ({ start }) => sizeOf(start.length))
  const seen = new SeenBefore()
  analytics.whenCleared(() => answers.clear())
  return {
    // Relative periods count from the present: another present, another answer.
    placeOf: ({ document, operationName, variables }, cohorts, role) => [analytics.nowUtcMs(), role, cohorts, nameOf(operationName), document, variables].join('\n'),
    async find(place, looked) {
      const found = answers.get(place)
      const isCurrent = found !== undefined && (found.stats === null || speaksOf(found.stats, looked ?? (await look())))
      telemetry.cacheLooked('answers', isCurrent ? 1 : 0, isCurrent ? 0 : 1)
      return isCurrent ? found : null
    },
    keep(place, data, answer) {
      // The same question a minute later is no other one.
      if (!seen.note(place.slice(place.indexOf('\n')))) return
      if (sizeOf(bytesOf(data)) > maxBytes) return
      answers.set(place, { ...answer, start: joined(['{"data":', ...data]), zipped: null, costs: null }, answer.stats === null ? undefined : answer.stats.planningMs + answer.stats.engineMs + answer.stats.foldMs)
      const { entries, bytes } = answers.statistics()
      telemetry.cacheHolds('answers', entries, bytes, answers.takeEvictions())
    },
  }
}

/** Whether an answer is of these versions. */
export function speaksOf({ dataVersions }: RequestStats, versions: Versions): boolean {
  for (const source in dataVersions) if (versions[source] !== dataVersions[source]) return false
  return true
}

/** The response for an answer found: its data as they were, its cost what finding it cost. */
export function keptResponse(answer: KeptAnswer, requestId: string, elapsedMs: number): Pieces {
  return [answer.start, endOf(answer, requestId, elapsedMs)]
}

/** The same as a gzip stream: the data are compressed once. */
export async function keptZipped(answer: KeptAnswer, requestId: string, elapsedMs: number): Promise<Buffer> {
  answer.zipped ??= zipStart(answer.start)
  return zipEnd(await answer.zipped, Buffer.from(endOf(answer, requestId, elapsedMs)))
}

function endOf(answer: KeptAnswer, requestId: string, elapsedMs: number): string {
  answer.costs ??= costsOf(answer.stats)
  return `,"extensions":{"kpiql":{"requestId":${JSON.stringify(requestId)},"elapsedMs":${Math.round(elapsedMs * 10) / 10}${answer.costs}}}}\n`
}

/** Of an answer that was there, as further members of an object. */
function costsOf(stats: RequestStats | null): string {
  if (stats === null) return ''
  const none = { scans: 0, scansBySemanticModel: {}, rowsRead: 0, rowsReadUnknown: false, planningMs: 0, engineMs: 0, foldMs: 0 }
  return `,${JSON.stringify({ ...stats, ...none, cacheHits: stats.cacheHits + stats.cacheMisses, cacheMisses: 0 }).slice(1, -1)}`
}

/** No name is another than an empty one, which no operation has. */
export function nameOf(operationName: string | null): string {
  return operationName === null ? '' : `:${operationName}`
}

/** What an answer takes: a compressed form may come later. */
function sizeOf(startBytes: number): number {
  return startBytes * 2 + 1_000
}
