import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Caller } from '../access/role.ts'
import type { Analytics } from '../answer/types.ts'
import type { Telemetry } from '../base/telemetry.ts'
import type { AskedMetric } from '../jobs/own-telemetry/types.ts'
import { answerTag, hasTag, NOT_KEPT, tagHeaders, varyOf } from './answer-tag.ts'
import type { Pieces } from './answer-text.ts'
import { isPlainRequest } from './asked-request.ts'
import type { AskedRequest } from './asked-request.ts'
import { takesGzip, WORTH_BYTES } from './gzip-answer.ts'
import { keepAnswers, keptResponse, keptZipped, speaksOf } from './kept-answers.ts'
import type { KeptAnswer, KeptAnswers, Versions } from './kept-answers.ts'
import { MediaTypes } from './media-types.ts'
import { onceATurn } from './once-a-turn.ts'
import type { RequestScope } from './request-scope.ts'
import type { SendPieces } from './send-pieces.ts'

/** Where the answer to a request may be kept, here and by its client. */
export interface Place {
  readonly name: string
  /** Null where the client may not keep it. */
  readonly tag: string | null
  /** What the tag speaks of. */
  readonly versions: Versions | null
}

/** Answers requests by what was answered before, and keeps what is answered. */
export class AnswerShortcuts {
  readonly #look: () => Promise<Versions>
  readonly #modelVersion: string
  readonly #answers: KeptAnswers
  readonly #mediaTypes = new MediaTypes()
  readonly #send: SendPieces

  /** @param maxBytes of whole answers kept. */
  constructor(analytics: Analytics, modelVersion: string, maxBytes: number, telemetry: Telemetry, send: SendPieces) {
    this.#send = send
    this.#look = onceATurn(() => analytics.dataVersions())
    this.#modelVersion = modelVersion
    this.#answers = keepAnswers(analytics, this.#look, maxBytes, telemetry)
  }

  /** @param cohorts the version of what cohorts are saved. @returns Null for requests that take the whole way. */
  async placeOf(request: FastifyRequest, asked: AskedRequest, caller: Caller, cohorts: string): Promise<Place | null> {
    if (!isPlainRequest(request)) return null
    const name = this.#answers.placeOf(asked, cohorts, caller.role)
    if (request.method !== 'GET') return { name, tag: null, versions: null }
    const versions = await this.#look()
    return { name, tag: answerTag([this.#modelVersion, name], caller.keyId, versions), versions }
  }

  /** Answers, if the client has the answer already. */
  confirm(request: FastifyRequest, reply: FastifyReply, { tag }: Place): boolean {
    if (tag === null) return false
    void reply.header('vary', varyOf(reply.getHeader('vary')))
    if (!hasTag(request.headers['if-none-match'], tag)) return false
    reply.code(304).headers(tagHeaders(tag)).send()
    return true
  }

  /** The answer as it was given before, if that can be given to this client. */
  async find(request: FastifyRequest, { name, versions }: Place): Promise<KeptAnswer | null> {
    return this.#mediaTypes.find(request) === null ? null : this.#answers.find(name, versions)
  }

  /** In which media type the client is answered, without asking again; null where no such client was answered yet. */
  mediaTypeOf(request: FastifyRequest): string | null {
    return this.#mediaTypes.find(request)
  }

  /** @param fromMs when the request came, by `performance.now()`. */
  async send(request: FastifyRequest, reply: FastifyReply, { tag }: Place, found: KeptAnswer, fromMs: number): Promise<FastifyReply> {
    void reply.headers(tag === null ? NOT_KEPT : tagHeaders(tag)).header('content-type', this.#mediaTypes.find(request) ?? 'application/json; charset=utf-8')
    if (found.start.length < WORTH_BYTES || !takesGzip(request.headers['accept-encoding'])) return this.#send(request, reply, keptResponse(found, request.id, performance.now() - fromMs))
    const body = await keptZipped(found, request.id, performance.now() - fromMs)
    return reply.header('content-encoding', 'gzip').send(body)
  }

  /**
   * Keeps an answer without errors, where the same question will have the same.
   *
   * @param data the text of its data.
   * @returns The headers by which its client may keep it too; null where it may not.
   */
  keep(place: Place, scope: RequestScope, data: Pieces, operationName: string | null, asked: readonly AskedMetric[]): Readonly<Record<string, string>> | null {
    if (!scope.isRepeatable()) return null
    const stats = scope.stats()
    this.#answers.keep(place.name, data, { operationName, stats, asked })
    const isOfTag = place.versions !== null && (stats === null || speaksOf(stats, place.versions))
    return place.tag !== null && isOfTag ? tagHeaders(place.tag) : null
  }

  /** @param reply with an answer in it. */
  answered(request: FastifyRequest, reply: FastifyReply): void {
    this.#mediaTypes.note(request, reply)
  }
}
