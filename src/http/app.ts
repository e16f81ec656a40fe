import { randomUUID } from 'node:crypto'
import type { Socket } from 'node:net'
import { fastify } from 'fastify'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { KpiqlError } from '../base/errors.ts'
import type { Log } from '../base/log.ts'
import { isLoopback } from '../access/loopback.ts'
import { guardRoutes } from './access-gate.ts'
import { applyBackPressure } from './back-pressure.ts'
import { allowOrigins } from './cors.ts'
import { serveExplorer } from './explorer-route.ts'
import { serveGraphql } from './graphql-route.ts'
import { serveHooks } from './hooks-route.ts'
import { serveHealth } from './health-routes.ts'
import { acceptJsonBodies } from './json-body.ts'
import { serveMetrics } from './metrics-route.ts'
import { PRESSURE_LIMITS } from './pressure-limits.ts'
import { errorHandler, sendRefusal } from './refusal.ts'
import { piecesSender } from './send-pieces.ts'
import type { HttpSettings, Served } from './served.ts'

/** The gateway over HTTP. */
export interface KpiqlApp {
  /** For tests and further routes; nothing listens before `listen`. */
  readonly fastify: FastifyInstance
  served(): Served
  /** Changes the model under a running server. Resolves when no request uses the old one any more, so that its sources may be closed. */
  swap(served: Served): Promise<void>
  /**
   * Beyond loopback every request needs a key, whatever the settings say.
   *
   * @returns The base address, such as `http://127.0.0.1:4000`.
   * @throws KpiqlError `USAGE` when the port is taken or not allowed.
   */
  listen(host: string, port: number): Promise<string>
  /**
   * Stops accepting, closes idle connections at once and lets requests under way finish. What is not done within `graceMs` is
   * cancelled, answered 503 with `Retry-After`, and its connection closed. New requests on open connections get 503 with `Retry-After`. Safe to call twice.
   */
  stop(graceMs: number): Promise<void>
}

/** After the grace the cancelled requests get this long to say so. */
const FAREWELL_MS = 250
const RETRY_AFTER_SECONDS = 5

export async function createApp(served: Served, settings: HttpSettings, log: Log): Promise<KpiqlApp> {
  let stopping: Promise<void> | null = null
  const isStopping = (): boolean => stopping !== null

  const refuse = errorHandler(log, settings.bodyLimitBytes)
  const app = fastify({
    logger: false,
    bodyLimit: settings.bodyLimitBytes,
    requestTimeout: settings.requestTimeoutMs,
    http: { headersTimeout: settings.headersTimeoutMs, connectionsCheckingInterval: 1_000, keepAlive: true, keepAliveInitialDelay: 30_000 },
    requestIdHeader: false,
    genReqId: ({ headers }) => requestId(headers['x-request-id']),
    forceCloseConnections: 'idle',
    return503OnClosing: false,
    clientErrorHandler: refuseConnection,
    // An address that cannot be decoded meets no hook and no route.
    frameworkErrors: (error, request, reply) => void refuse(error, request, reply.header('x-request-id', request.id)),
  })
  app.setErrorHandler(refuse)
  app.setNotFoundHandler((_request, reply) => sendRefusal(reply, 'NOT_FOUND', 'There is nothing at this address.', 'The endpoint is /graphql.'))

  app.decorateRequest('operationNote', null)
  // Hooks that wait for nothing are no async functions: each would cost every request a promise and a turn.
  app.addHook('onRequest', (request, reply, done) => {
    void reply.header('x-request-id', request.id)
    if (!isStopping()) return done()
    void reply.header('connection', 'close').header('retry-after', String(RETRY_AFTER_SECONDS))
    if (request.url.startsWith('/healthz') || request.url.startsWith('/readyz')) return done()
    sendRefusal(reply, 'SHUTTING_DOWN', 'The server is stopping.', 'Ask again in a few seconds.')
  })
  app.addHook('onSend', (_request, reply, _payload, done) => {
    if (isStopping()) void reply.header('connection', 'close')
    done()
  })
  app.addHook('onResponse', (request, reply, done) => {
    // The address may hold query text, so only the route is told.
    const route = request.routeOptions.url ?? 'unknown'
    const level = route === '/graphql' ? 'info' : 'debug'
    log[level]({ requestId: request.id, method: request.method, route, status: reply.statusCode, durationMs: Math.round(reply.elapsedTime * 10) / 10, keyId: request.caller?.keyId ?? undefined, ...request.operationNote }, 'Request answered')
    settings.telemetry.requestDone(route, reply.statusCode, reply.elapsedTime)
    done()
  })
  app.addHook('onRequestAbort', async (request) => log.info({ requestId: request.id, route: request.routeOptions.url ?? 'unknown' }, 'Client left'))

  allowOrigins(app, settings.corsOrigins)
  const gate = guardRoutes(app, settings.access, async () => (await current().store?.openIfThere())?.keys ?? null, (request) => settings.landing && opensLanding(request), log)
  const readJson = acceptJsonBodies(app)
  const pressure = applyBackPressure({ ...PRESSURE_LIMITS, ...settings.limits }, settings.telemetry)
  app.addHook('onClose', async () => pressure.close())
  const graphql = await serveGraphql(app, served, settings, { pressure, readJson, send: piecesSender(isStopping), log })
  const current = (): Served => graphql.served()
  await serveHooks(app, current, log)
  serveHealth(app, () => current().analytics, isStopping, (request) => request.caller !== null, log)
  if (settings.metrics !== null) serveMetrics(app, settings.metrics)
  if (settings.explorerFolder !== null) serveExplorer(app, settings.explorerFolder)
  app.get('/', { config: { access: 'anyone' } }, async (_request, reply) => reply.redirect(settings.explorerFolder === null ? '/graphql' : '/explorer/', 302))

  return {
    fastify: app,
    served: current,
    swap: (next) => graphql.swap(next),
    async listen(host, port) {
      if (!isLoopback(host)) gate.requireKeys()
      try {
        return await app.listen({ host, port })
      } catch (error) {
        throw cannotListen(error, host, port)
      }
    },
    stop: (graceMs) => (stopping ??= drain(graceMs)),
  }

  async function drain(graceMs: number): Promise<void> {
    const late = setTimeout(() => {
      graphql.cancelAll(new KpiqlError('CANCELLED', { message: 'The server stopped before the answer was ready.', hint: 'Ask again in a few seconds.', data: { retryAfterSeconds: RETRY_AFTER_SECONDS } }))
      setTimeout(() => app.server.closeAllConnections(), FAREWELL_MS).unref()
    }, graceMs)
    try {
      await app.close()
      await graphql.close()
    } finally {
      clearTimeout(late)
    }
  }
}

/** A browser that opens the endpoint is given a page to ask from, which holds no data; what it then asks is told apart by its header `accept`. */
function opensLanding({ method, headers, routeOptions }: FastifyRequest): boolean {
  return method === 'GET' && routeOptions.url === '/graphql' && (headers.accept ?? '').includes('text/html')
}

/** The caller's own id where it is a plain one, so that it can be found in both logs; otherwise a new one. */
function requestId(given: string | readonly string[] | undefined): string {
  return typeof given === 'string' && /^[\w.:-]{1,128}$/.test(given) ? given : randomUUID()
}

function cannotListen(error: unknown, host: string, port: number): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : null
  if (code === 'EADDRINUSE') return new KpiqlError('USAGE', { message: `Port ${port} on ${host} is taken by another program.`, hint: `Stop that program, or choose another port: --port ${port + 1}`, cause: error })
  if (code === 'EACCES') return new KpiqlError('USAGE', { message: `Port ${port} may not be used by this user.`, hint: 'Choose a port from 1024 on: --port 4000', cause: error })
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') return new KpiqlError('USAGE', { message: `This machine has no address ${host}.`, hint: 'Choose --host 127.0.0.1, or 0.0.0.0 for all addresses.', cause: error })
  return error
}

const refusedConnections: Readonly<Record<string, readonly [status: string, code: string, message: string]>> = {
  HPE_HEADER_OVERFLOW: ['431 Request Header Fields Too Large', 'URL_TOO_LONG', 'The address or the headers are too long. Send the query by POST.'],
  ERR_HTTP_REQUEST_TIMEOUT: ['408 Request Timeout', 'REQUEST_TIMEOUT', 'The request did not arrive in time.'],
}

/** What is no HTTP, or comes too slowly, is answered in one line and hung up on. */
function refuseConnection(error: Error & { readonly code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed || !socket.writable) return
  const [status, code, message] = refusedConnections[error.code ?? ''] ?? ['400 Bad Request', 'REQUEST_INVALID', 'This is not a valid HTTP request.']
  const body = JSON.stringify({ errors: [{ message, extensions: { code } }] })
  socket.end(`HTTP/1.1 ${status}\r\ncontent-type: application/json; charset=utf-8\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`)
}
