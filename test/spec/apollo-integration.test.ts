import { ApolloServer } from '@apollo/server'
import type { ApolloServerOptions, BaseContext } from '@apollo/server'
import { defineIntegrationTestSuite } from '@apollo/server-integration-testsuite'
import type { CreateServerForIntegrationTestsResult } from '@apollo/server-integration-testsuite'
import { fastify } from 'fastify'
import { silentLog } from '../../src/base/log.ts'
import { askApollo } from '../../src/http/apollo-door.ts'
import { zipLongAnswers } from '../../src/http/gzip-answer.ts'
import { acceptJsonBodies, takeBodiesRaw } from '../../src/http/json-body.ts'
import { errorHandler } from '../../src/http/refusal.ts'
import { piecesSender } from '../../src/http/send-pieces.ts'

const BODY_LIMIT = 100_000

// What Apollo asks of any server in front of it: methods, media types, CSRF, errors, persisted queries, batches, streams. What stands in front
// of Apollo for questions that are known is compared with it in both-doors.test.ts.
defineIntegrationTestSuite(async (config, options) => {
  // The suite's types are those of the Apollo it brings; it runs on ours.
  const server = new ApolloServer(config as object as ApolloServerOptions<BaseContext>)
  await server.start()
  const app = fastify({ bodyLimit: BODY_LIMIT, forceCloseConnections: true })
  app.setErrorHandler(errorHandler(silentLog, BODY_LIMIT))
  const readJson = acceptJsonBodies(app)
  const send = piecesSender(() => false)
  void app.register(async (scoped) => {
    takeBodiesRaw(scoped)
    zipLongAnswers(scoped)
    scoped.route({
      method: ['GET', 'POST', 'OPTIONS'],
      url: '/',
      handler: (request, reply) => {
        if (Buffer.isBuffer(request.body)) request.body = readJson(request, request.body)
        return askApollo(server, request, reply, options?.context ?? (async () => ({})), { pieces: null }, send)
      },
    })
  })
  return { server: server as object as CreateServerForIntegrationTestsResult['server'], url: await app.listen({ host: '127.0.0.1', port: 0 }), extraCleanup: () => app.close() }
})
