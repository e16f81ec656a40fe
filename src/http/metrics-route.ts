import type { FastifyInstance } from 'fastify'
import type { MetricsSettings } from './served.ts'

/** `/metrics` in Prometheus' text format, for callers of any role unless it is open. */
export function serveMetrics(app: FastifyInstance, { open, text, contentType }: MetricsSettings): void {
  app.get('/metrics', { config: { access: open ? 'anyone' : 'callers' } }, async (_request, reply) => reply.header('content-type', contentType).header('cache-control', 'no-store').send(await text()))
}
