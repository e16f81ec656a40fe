import type { FastifyRequest } from 'fastify'
import type { Role } from '../access/role.ts'
import { stableText } from '../base/stable-hash.ts'
import type { Telemetry } from '../base/telemetry.ts'
import { VersionedCache } from '../cache/versioned-cache.ts'
import type { Analytics, RequestStats } from '../answer/types.ts'
import type { AskedMetric } from '../jobs/own-telemetry/types.ts'
import type { RequestScope } from './request-scope.ts'

/** An answer as it was sent, with the versions of the data it speaks of. */
export interface KeptAnswer {
  /** The `data` of the response, as JSON. */
  readonly data: string
  readonly operationName: string | null
  readonly stats: RequestStats
  /** Metrics asked for, where somebody wants to know. */
  readonly asked: readonly AskedMetric[]
}

/**
 * Whole answers of one served model, for requests that come again word for word while no source has moved. Only what sessions
 * answered without a failure, also one that is no error of a field, and with `CACHED_OK` is kept; what looks at more than data (the state of sources) is not.
 */
export interface KeptAnswers {
  /**
   * The name under which a request's answer may be kept; null for requests that take the whole way.
   *
   * @param cohorts the version of what cohorts are saved.
   * @param role of the caller; null for whoever has none, whose answers are not kept.
   */
  keyOf(request: FastifyRequest, cohorts: string, role: Role | null): string | null
  /** The answer, if every source still has the version it speaks of. */
  find(key: string): Promise<KeptAnswer | null>
  keep(key: string, answer: KeptAnswer): void
}

/** Longer questions are rare and would fill the cache with their own text. */
const MAX_QUERY_LENGTH = 20_000

export function keepAnswers(analytics: Analytics, maxBytes: number, telemetry: Telemetry): KeptAnswers {
  const answers = new VersionedCache<KeptAnswer>(maxBytes, ({ data }) => data.length * 2 + 1_000)
  analytics.whenCleared(() => answers.clear())
  return {
    keyOf(request, cohorts, role) {
      const asked = role === null ? null : repeatable(request)
      // Relative periods count from the present: another present, another answer.
      return asked === null ? null : [analytics.nowUtcMs(), role, cohorts, asked.operationName ?? '', asked.query, stableText(asked.variables)].join('\n')
    },
    async find(key) {
      const found = answers.get(key)
      const versions = found === undefined ? {} : await analytics.dataVersions()
      const isCurrent = found !== undefined && Object.entries(found.stats.dataVersions).every(([source, version]) => versions[source] === version)
      telemetry.cacheLooked('answers', isCurrent ? 1 : 0, isCurrent ? 0 : 1)
      return isCurrent ? found : null
    },
    keep(key, answer) {
      answers.set(key, answer)
      const { entries, bytes } = answers.statistics()
      telemetry.cacheHolds('answers', entries, bytes)
    },
  }
}

interface Asked {
  readonly query: string
  readonly operationName: string | null
  readonly variables: unknown
}

/**
 * Posted as JSON and wanting JSON: nothing else is left to decide that could refuse it (a JSON content type is never a simple
 * request, so no page of another origin sent it unasked).
 */
function repeatable(request: FastifyRequest): Asked | null {
  const { accept, 'content-type': contentType = '' } = request.headers
  if (request.method !== 'POST' || !contentType.startsWith('application/json')) return null
  if (accept !== undefined && !accept.includes('*/*') && !accept.includes('application/json')) return null
  if (accept?.includes('application/graphql-response+json')) return null
  const { body } = request
  if (typeof body !== 'object' || body === null || Array.isArray(body) || 'extensions' in body) return null
  const { query, operationName = null, variables = null } = body as Readonly<Record<string, unknown>>
  if (typeof query !== 'string' || query.length > MAX_QUERY_LENGTH) return null
  return operationName === null || typeof operationName === 'string' ? { query, operationName, variables } : null
}

/** The response for an answer found: its data as they were, its cost what finding it cost. */
export function responseText({ data, stats }: KeptAnswer, { requestId }: Pick<RequestScope, 'requestId'>, elapsedMs: number): string {
  const cost = {
    requestId,
    elapsedMs: Math.round(elapsedMs * 10) / 10,
    ...stats,
    scans: 0,
    scansBySemanticModel: {},
    rowsRead: 0,
    rowsReadUnknown: false,
    cacheHits: stats.cacheHits + stats.cacheMisses,
    cacheMisses: 0,
    planningMs: 0,
    engineMs: 0,
    foldMs: 0,
  }
  return `{"data":${data},"extensions":{"kpiql":${JSON.stringify(cost)}}}\n`
}
