import type { FastifyRequest } from 'fastify'
import { SeenBefore } from '../base/seen-before.ts'
import { VersionedCache } from '../cache/versioned-cache.ts'
import { askedBy } from './asked-request.ts'
import type { AskedRequest } from './asked-request.ts'

/** Bound of the texts of requests that are known. */
const KNOWN_BYTES = 4_000_000
const MAX_BODY_BYTES = 20_000

/** What requests ask, by the bytes in which they ask it: what came twice before needs no parsing. */
export class KnownRequests {
  readonly #known = new VersionedCache<AskedRequest>(KNOWN_BYTES, ({ variables }) => variables.length * 2 + 400)
  readonly #seen = new SeenBefore()

  /** Of a request whose body is not parsed yet, what it is known by; null for one that is not to be known, or is new. */
  nameOf({ method, url, body }: FastifyRequest): string | null {
    if (method === 'GET') return body === undefined && this.#seen.note(url) ? url : null
    return method === 'POST' && Buffer.isBuffer(body) && body.length <= MAX_BODY_BYTES && this.#seen.note(body) ? `POST ${body.toString('latin1')}` : null
  }

  find(name: string | null): AskedRequest | null {
    return name === null ? null : (this.#known.get(name) ?? null)
  }

  /** @param request whose body is parsed by now, and was not refused. */
  read(request: FastifyRequest, name: string | null): AskedRequest | null {
    const asked = askedBy(request)
    if (asked !== null && name !== null) this.#known.set(name, asked)
    return asked
  }
}
