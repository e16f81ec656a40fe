import { freePort, startServer } from '../server.ts'
import type { DatabaseLogin } from './database.ts'
import { installPeer, versionsIn } from './install.ts'
import { aliased, slicesOf, untilListening, variablesOf } from './peer.ts'
import type { Peer } from './peer.ts'
import { answerOf } from './questions.ts'

/** What a client of Cube that does not poll gets when its statement is not done after five seconds. */
export const CONTINUE_WAIT = 'Continue wait'

/** As many statements at once as the gateway runs by default; Cube's own default is 2. */
const CONCURRENCY = '8'

type Rows = readonly { readonly events: { readonly revenue: number; readonly ts: { readonly month: string } } }[]

/** Cube without its developer mode, its cache and queue in its own memory. */
export async function startCube(login: DatabaseLogin): Promise<Peer> {
  const folder = await installPeer('cube', ['--legacy-peer-deps'])
  const port = await freePort()
  const server = await startServer(['--require', './listen-here.cjs', 'node_modules/@cubejs-backend/server/bin/server'], port, {
    name: 'cube',
    cwd: folder,
    env: {
      NODE_ENV: 'production',
      PORT: String(port),
      CUBEJS_DEV_MODE: 'false',
      CUBEJS_TELEMETRY: 'false',
      CUBEJS_LOG_LEVEL: 'error',
      CUBEJS_API_SECRET: 'bench',
      CUBEJS_SCHEMA_PATH: 'model',
      CUBEJS_CACHE_AND_QUEUE_DRIVER: 'memory',
      CUBEJS_EXTERNAL_DEFAULT: 'false',
      CUBEJS_REFRESH_WORKER: 'false',
      CUBEJS_CONCURRENCY: CONCURRENCY,
      CUBEJS_DB_TYPE: 'postgres',
      CUBEJS_DB_HOST: login.host,
      CUBEJS_DB_PORT: String(login.port),
      CUBEJS_DB_NAME: login.database,
      CUBEJS_DB_USER: login.user,
      CUBEJS_DB_PASS: login.password,
      CUBEJS_DB_MAX_POOL: CONCURRENCY,
    },
  })
  const url = `http://127.0.0.1:${port}/cubejs-api/graphql`
  await untilListening(server, url)
  return {
    name: 'Cube',
    versions: await versionsIn(folder, ['@cubejs-backend/server', '@cubejs-backend/postgres-driver']),
    user: login.user,
    pid: server.pid,
    url,
    request: (question, range) => ({
      query: aliased(question, 'RootWhereInput', (where) => `cube(where: ${where}) { events { revenue ts { month } } }`),
      variables: variablesOf(question, (country) => ({ events: { country: { equals: country }, score: range, ts: { inDateRange: ['2025-01-01', '2025-12-31'] } } })),
    }),
    answer: (data, question) => answerOf(slicesOf(data, question).map((rows) => (rows as Rows).map(({ events: { revenue, ts } }) => ({ start: ts.month, sum: revenue })))),
    stop: () => server.stop(),
  }
}
