import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { anonymousRole } from '../access/anonymous.ts'
import type { Anonymous } from '../access/anonymous.ts'
import { credentialsIn, holdsKey } from '../access/bearer.ts'
import { KeyRing } from '../access/key-ring.ts'
import type { KeyLookup } from '../access/key-ring.ts'
import type { Caller } from '../access/role.ts'
import { systemClock } from '../base/clock.ts'
import type { Log } from '../base/log.ts'
import { sendRefusal } from './refusal.ts'

/**
 * Whom a route lets in. `callers`: whoever has a role, and without saying anything else, so a new route is closed. `anyone`: all,
 * and nobody is told apart. `told_apart`: all, and `request.caller` says who has a role.
 */
export type RouteAccess = 'callers' | 'anyone' | 'told_apart'

declare module 'fastify' {
  interface FastifyContextConfig {
    readonly access?: RouteAccess
  }
  interface FastifyRequest {
    /** Null for whoever has no role. */
    caller: Caller | null
  }
}

export interface AccessSettings {
  readonly anonymous: Anonymous
  /** A secret with every right that is in no store; null for none. */
  readonly adminKey: string | null
}

export interface AccessGate {
  /** From now on every request needs a key: others than this machine reach the server. */
  requireKeys(): void
}

/**
 * Puts the gate before every route: it stands before the body is read. A key that is not valid is refused also where none is needed.
 *
 * @param isPage requests for a page that holds no data, which are let through without a caller.
 */
export function guardRoutes(app: FastifyInstance, { anonymous, adminKey }: AccessSettings, keys: () => Promise<KeyLookup | null>, isPage: (request: FastifyRequest) => boolean, log: Log): AccessGate {
  const ring = new KeyRing(keys, adminKey, () => systemClock.nowMs())
  let withoutKey = anonymous

  const identify = (request: FastifyRequest): Caller | null | Promise<Caller | null> => {
    const credentials = credentialsIn(request.headers.authorization)
    if (credentials.kind === 'malformed') return null
    if (credentials.kind === 'bearer') return ring.callerOf(credentials.secret)
    const role = anonymousRole(withoutKey, { address: request.socket.remoteAddress, headers: request.headers })
    return role === null ? null : { role, keyId: null }
  }

  app.decorateRequest('caller', null)
  app.addHook('onRequest', (request, reply, done) => {
    const access = request.is404 ? 'anyone' : (request.routeOptions.config.access ?? 'callers')
    if (holdsKey(request.url)) {
      sendUnauthenticated(reply, 'An API key stands in the address, where others can read it.', 'Revoke it, make another, and send that as the header: Authorization: Bearer kpiql_…')
      return
    }
    if (access === 'anyone') return done()
    const admit = (caller: Caller | null): void => {
      request.caller = caller
      if (caller !== null || access === 'told_apart' || isPage(request)) return done()
      sendUnauthenticated(reply, 'This needs an API key.', 'Send a valid one as the header: Authorization: Bearer kpiql_…')
    }
    const found = identify(request)
    if (!(found instanceof Promise)) return admit(found)
    found.then(admit, (error: unknown) => {
      log.error({ requestId: request.id, error }, 'API keys cannot be read')
      if (access === 'told_apart') return done()
      sendRefusal(reply, 'STORE_UNAVAILABLE', 'API keys cannot be read now.', 'Ask again in a few seconds.')
    })
  })

  return {
    requireKeys() {
      withoutKey = 'none'
    },
  }
}

function sendUnauthenticated(reply: FastifyReply, message: string, hint: string): void {
  void reply.header('www-authenticate', 'Bearer').header('cache-control', 'no-store')
  sendRefusal(reply, 'UNAUTHENTICATED', message, hint)
}
