import { freePort, startServer } from '../server.ts'
import type { DatabaseLogin } from './database.ts'
import { installPeer, versionsIn } from './install.ts'
import { aliased, slicesOf, untilListening, variablesOf } from './peer.ts'
import type { Peer } from './peer.ts'
import { answerOf } from './questions.ts'

interface Connection {
  readonly groupedAggregates: readonly { readonly keys: readonly [string]; readonly sum: { readonly amount: string } }[]
}

/** PostGraphile with aggregates by month and filters on columns. */
export async function startPostgraphile(login: DatabaseLogin): Promise<Peer> {
  const folder = await installPeer('postgraphile', [])
  const port = await freePort()
  const address = `postgres://${login.user}:${login.password}@${login.host}:${login.port}/${login.database}`
  const server = await startServer(['server.mjs', String(port), address], port, { name: 'postgraphile', cwd: folder, env: { NODE_ENV: 'production', GRAPHILE_ENV: 'production' } })
  await untilListening(server, server.url)
  return {
    name: 'PostGraphile',
    versions: await versionsIn(folder, ['postgraphile', '@graphile/pg-aggregates', 'postgraphile-plugin-connection-filter']),
    user: login.user,
    pid: server.pid,
    url: server.url,
    request: (question, { gte, lt }) => ({
      query: aliased(question, 'EventFilter', (where) => `allEvents(filter: ${where}) { groupedAggregates(groupBy: [TS_TRUNCATED_TO_MONTH]) { keys sum { amount } } }`),
      variables: variablesOf(question, (country) => ({ country: { equalTo: country }, score: { greaterThanOrEqualTo: gte, lessThan: lt }, ts: { greaterThanOrEqualTo: '2025-01-01', lessThan: '2026-01-01' } })),
    }),
    answer: (data, question) => answerOf(slicesOf(data, question).map((slice) => (slice as Connection).groupedAggregates.map(({ keys: [start], sum: { amount } }) => ({ start, sum: amount })))),
    stop: () => server.stop(),
  }
}
