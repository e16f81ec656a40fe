import type { FastifyInstance, FastifyRequest } from 'fastify'
import { sendRefusal } from './refusal.ts'

const utf8 = new TextDecoder('utf-8', { fatal: true })

/**
 * Takes JSON bodies only, in valid UTF-8 and not compressed. Keys named `__proto__` or `constructor.prototype` are refused.
 * What is refused answers 400 or 415 with its code.
 */
export function acceptJsonBodies(app: FastifyInstance): void {
  const parseJson = app.getDefaultJsonParser('error', 'error')
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request: FastifyRequest, body: Buffer, done) => {
    let text: string
    try {
      text = utf8.decode(body)
    } catch {
      const error: Error & { statusCode?: number } = new SyntaxError('The body is not valid UTF-8.')
      error.statusCode = 400
      return done(error)
    }
    return parseJson(request, text, done)
  })
  app.addHook('onRequest', (request, reply, done) => {
    const encoding = request.headers['content-encoding']
    if (encoding === undefined || encoding === 'identity') return done()
    sendRefusal(reply, 'MEDIA_TYPE_UNSUPPORTED', 'Compressed request bodies are not accepted.', 'Send the body without content-encoding.')
  })
}
