import type { FastifyInstance, FastifyRequest } from 'fastify'
import { sendRefusal } from './refusal.ts'

const utf8 = new TextDecoder('utf-8', { fatal: true })

/** @throws Error with its status, for the error handler. */
export type ReadJson = (request: FastifyRequest, body: Buffer) => unknown

/**
 * Takes JSON bodies only, in valid UTF-8 and not compressed. Keys named `__proto__` or `constructor.prototype` are refused.
 * What is refused answers 400 or 415 with its code.
 *
 * @returns What reads such a body, for routes that take it as it came.
 */
export function acceptJsonBodies(app: FastifyInstance): ReadJson {
  const parseJson = app.getDefaultJsonParser('error', 'error')
  const read: ReadJson = (request, body) => {
    let text: string
    try {
      text = utf8.decode(body)
    } catch {
      const error: Error & { statusCode?: number } = new SyntaxError('The body is not valid UTF-8.')
      error.statusCode = 400
      throw error
    }
    let parsed: unknown
    let failure: Error | null = null
    void parseJson(request, text, (error, value) => {
      failure = error
      parsed = value
    })
    if (failure !== null) throw failure
    return parsed
  }
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, async (request: FastifyRequest, body: Buffer) => read(request, body))
  app.addHook('onRequest', (request, reply, done) => {
    const encoding = request.headers['content-encoding']
    if (encoding === undefined || encoding === 'identity') return done()
    sendRefusal(reply, 'MEDIA_TYPE_UNSUPPORTED', 'Compressed request bodies are not accepted.', 'Send the body without content-encoding.')
  })
  return read
}

/** Hands the handlers of these routes the body as it came. */
export function takeBodiesRaw(app: FastifyInstance): void {
  app.removeContentTypeParser('application/json')
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_request, body, done) => done(null, body))
}
