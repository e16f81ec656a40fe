import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { KpiqlError } from '../base/errors.ts'
import type { Log } from '../base/log.ts'
import { sendRefusal } from './refusal.ts'
import type { Served } from './served.ts'

const MOST_BYTES = 1_000_000
/** How tools that send again are asked to wait. */
const RETRY_AFTER_SECONDS = 30

/**
 * `/hooks/<source>`: live events that a tool sends by itself. The signature over the body, as it came, is what lets them in; no
 * API key is asked for. Answers once the events are committed, so that what is not answered is sent again.
 */
export async function serveHooks(app: FastifyInstance, served: () => Served, log: Log): Promise<void> {
  await app.register(async (hooks) => {
    hooks.removeAllContentTypeParsers()
    hooks.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit: MOST_BYTES }, (_request, body, done) => done(null, body))
    hooks.post<{ Params: { source: string } }>('/hooks/:source', { config: { access: 'anyone' }, bodyLimit: MOST_BYTES }, async (request, reply) => {
      const { receiveHook } = served()
      try {
        if (receiveHook === undefined) throw new KpiqlError('SYNC_UNKNOWN', { message: 'Nothing is synced here.' })
        const landed = await receiveHook(request.params.source, { headers: headersOf(request), body: Buffer.isBuffer(request.body) ? request.body : new Uint8Array() })
        return await reply.header('cache-control', 'no-store').send(landed)
      } catch (error) {
        return refuse(error, request, reply, log)
      }
    })
  })
}

function headersOf({ headers }: FastifyRequest): Readonly<Record<string, string | undefined>> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : value]))
}

function refuse(error: unknown, request: FastifyRequest, reply: FastifyReply, log: Log): FastifyReply {
  if (!(error instanceof KpiqlError)) throw error
  const { code, message, hint } = error
  // Which sources there are, and which of them receive, is told to nobody who does not know the secret: both are refused alike.
  if (code === 'WEBHOOK_REFUSED' || code === 'SYNC_UNKNOWN') {
    log.info({ requestId: request.id, source: request.params, error }, 'Events were refused')
    return sendRefusal(reply, 'UNAUTHENTICATED', 'The signature does not fit, or nothing is received at this address.', 'The log of the gateway says which.')
  }
  if (code === 'WEBHOOK_INVALID') return sendRefusal(reply, 'REQUEST_INVALID', message, hint)
  log.warn({ requestId: request.id, source: request.params, error }, 'Events could not be landed; their sender is asked to send them again')
  return sendRefusal(reply.header('retry-after', String(RETRY_AFTER_SECONDS)), 'STORE_UNAVAILABLE', 'The events could not be landed.', 'Send them again later.')
}
