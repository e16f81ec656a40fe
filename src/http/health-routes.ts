import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Analytics } from '../answer/types.ts'
import type { Log } from '../base/log.ts'

/** How long an answer of the sources is given to everyone who asks, so that probes do not load them. */
const TRUSTED_MS = 1_000
const PATIENCE_MS = 5_000

interface Readiness {
  readonly ready: boolean
  readonly body: { readonly status: string; readonly sources?: readonly { readonly name: string; readonly ok: boolean; readonly message: string }[] }
}

/**
 * `/healthz`: 200 while the process answers, 503 while it stops. `/readyz`: 200 when the model is loaded and every source answers, 503 otherwise
 * and while the server stops; the body names the sources and what ails them.
 *
 * @param mayKnow whether the body tells a request of the sources, and not only that all or not all answer.
 */
export function serveHealth(app: FastifyInstance, analytics: () => Analytics, isStopping: () => boolean, mayKnow: (request: FastifyRequest) => boolean, log: Log): void {
  let asked: { readonly of: Analytics; readonly atMs: number; readonly answer: Promise<Readiness> } | null = null

  app.get('/healthz', { config: { access: 'anyone' } }, async (_request, reply) =>
    reply.code(isStopping() ? 503 : 200).header('cache-control', 'no-store').send({ status: isStopping() ? 'stopping' : 'ok' }),
  )
  app.get('/readyz', { config: { access: 'told_apart' } }, async (request, reply) => {
    const current = analytics()
    if (asked === null || asked.of !== current || performance.now() - asked.atMs > TRUSTED_MS) {
      asked = { of: current, atMs: performance.now(), answer: askSources(current, log) }
    }
    const { ready, body } = isStopping() ? { ready: false, body: { status: 'stopping' } } : await asked.answer
    return reply.code(ready ? 200 : 503).header('cache-control', 'no-store').send(mayKnow(request) ? body : { status: body.status })
  })
}

async function askSources(analytics: Analytics, log: Log): Promise<Readiness> {
  let impatient: NodeJS.Timeout | undefined
  const tooSlow = new Promise<null>((resolve) => {
    impatient = setTimeout(() => resolve(null), PATIENCE_MS)
  })
  try {
    const sources = await Promise.race([analytics.sources(), tooSlow])
    if (sources === null) return { ready: false, body: { status: 'waiting for sources' } }
    const ready = sources.every(({ ok }) => ok)
    return { ready, body: { status: ready ? 'ready' : 'source failing', sources: sources.map(({ name, ok, message }) => ({ name, ok, message })) } }
  } catch (error) {
    log.warn({ error }, 'Sources could not be asked for their state')
    return { ready: false, body: { status: 'sources cannot be asked' } }
  } finally {
    clearTimeout(impatient)
  }
}
