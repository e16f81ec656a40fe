import type { OutgoingHttpHeaders } from 'node:http'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { bytesOf, joined } from './answer-text.ts'
import type { Pieces } from './answer-text.ts'
import { takesGzip, WORTH_BYTES } from './gzip-answer.ts'

/** Up to here putting an answer together costs less than handing over its parts. */
const SHORT_BYTES = 4_000

/**
 * Answers with a text as it lies in memory: a long answer is not copied together first.
 *
 * @param reply with its status and headers, but for the length.
 */
export type SendPieces = (request: FastifyRequest, reply: FastifyReply, pieces: Pieces) => FastifyReply

/** @param isStopping whether connections are to be closed. */
export function piecesSender(isStopping: () => boolean): SendPieces {
  return (request, reply, pieces) => {
    const bytes = bytesOf(pieces)
    // Compressing is the affair of a hook, which wants it in one.
    if (bytes >= WORTH_BYTES && takesGzip(request.headers['accept-encoding'])) return reply.send(joined(pieces))
    // From here on no hook looks at what is sent.
    if (isStopping()) void reply.header('connection', 'close')
    void reply.hijack()
    const { raw } = reply
    raw.writeHead(raw.statusCode, reply.header('content-length', bytes).getHeaders() as OutgoingHttpHeaders)
    // One short text goes with the headers to the system in one; several would each be handed over.
    if (bytes < SHORT_BYTES && pieces.every((piece) => typeof piece === 'string')) {
      raw.end(pieces.join(''))
      return reply
    }
    const last = pieces.length - 1
    pieces.forEach((piece, at) => (at === last ? raw.end(piece) : raw.write(piece)))
    return reply
  }
}
