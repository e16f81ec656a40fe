import type { FastifyReply, FastifyRequest } from 'fastify'

/** Clients are of few kinds; what is beyond comes from none of them. */
const MOST = 100

/** In which media type clients are answered, by what they accept: as Apollo chose it for an answer of the same kind. */
export class MediaTypes {
  readonly #known = new Map<string, string>()

  /** Null where no such client was answered yet. */
  find(request: FastifyRequest): string | null {
    return this.#known.get(nameOf(request)) ?? null
  }

  /** @param reply with an answer in it. */
  note(request: FastifyRequest, reply: FastifyReply): void {
    const type = reply.getHeader('content-type')
    if (reply.statusCode === 200 && typeof type === 'string' && /^application\/[\w.+-]*json/.test(type) && this.#known.size < MOST) this.#known.set(nameOf(request), type)
  }
}

function nameOf({ method, headers }: FastifyRequest): string {
  return `${method} ${headers.accept ?? ''}`
}
