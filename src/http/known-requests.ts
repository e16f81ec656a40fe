import type { FastifyRequest } from 'fastify'
import { VersionedCache } from '../cache/versioned-cache.ts'
import { askedBy } from './asked-request.ts'
import type { AskedRequest } from './asked-request.ts'

/** Bound of the texts of requests that are known. */
const KNOWN_BYTES = 4_000_000
const MAX_BODY_BYTES = 20_000

/** What requests ask, by the bytes in which they ask it: what came before needs no parsing. */
export class KnownRequests {
  readonly #known = new VersionedCache<AskedRequest>(KNOWN_BYTES, ({ variables }) => variables.length * 2 + 400)

  /** Before the body is parsed. */
  find(request: FastifyRequest): AskedRequest | null {
    const name = nameOf(request, request.body)
    return name === null ? null : (this.#known.get(name) ?? null)
  }

  /** @param raw the body as it came; the request's own is parsed by now, and was not refused. */
  read(request: FastifyRequest, raw: unknown): AskedRequest | null {
    const asked = askedBy(request)
    const name = asked === null ? null : nameOf(request, raw)
    if (asked !== null && name !== null) this.#known.set(name, asked)
    return asked
  }
}

function nameOf({ method, url }: FastifyRequest, raw: unknown): string | null {
  if (method === 'GET') return raw === undefined ? url : null
  return method === 'POST' && Buffer.isBuffer(raw) && raw.length <= MAX_BODY_BYTES ? `POST ${raw.toString('latin1')}` : null
}
