import type { FastifyInstance } from 'fastify'

/**
 * Lets pages of other origins read answers. Without origins nothing is sent, and browsers keep such pages out.
 *
 * @param origins exact origins such as `https://app.example.com`, or `*` for any. Credentials are never allowed.
 */
export function allowOrigins(app: FastifyInstance, origins: readonly string[]): void {
  if (origins.length === 0) return
  const any = origins.includes('*')
  app.addHook('onRequest', async (request, reply) => {
    const { origin } = request.headers
    if (!any) void reply.header('vary', 'Origin')
    if (origin === undefined || !(any || origins.includes(origin))) return
    void reply.header('access-control-allow-origin', any ? '*' : origin).header('access-control-expose-headers', 'x-request-id')
    if (request.method !== 'OPTIONS' || request.headers['access-control-request-method'] === undefined) return
    return reply
      .code(204)
      .header('access-control-allow-methods', 'GET, POST, OPTIONS')
      .header('access-control-allow-headers', 'content-type, accept, authorization, apollo-require-preflight, x-apollo-operation-name, x-request-id')
      .header('access-control-max-age', '600')
      .send()
  })
}
