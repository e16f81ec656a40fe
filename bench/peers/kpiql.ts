import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { startKpiql } from '../server.ts'
import type { DatabaseLogin } from './database.ts'
import { untilListening } from './peer.ts'
import type { Peer } from './peer.ts'
import { answerOf } from './questions.ts'

interface Slices {
  readonly slices: readonly { readonly metric: { readonly series: readonly { readonly start: string; readonly value: number | null }[] } }[]
}

const QUERY = `query Slices($inputs: [SliceInput!]!) {
  slices(inputs: $inputs) {
    metric(name: REVENUE) { series(grain: MONTH) { start value } }
  }
}`

/** `kpiql serve` as built, with its default settings. */
export async function startGateway(login: DatabaseLogin, stateFolder: string): Promise<Peer> {
  const config = fileURLToPath(new URL('./kpiql/kpiql.config.yml', import.meta.url))
  const server = await startKpiql(['--config', config], {
    name: 'peers-kpiql',
    cwd: stateFolder,
    env: { NODE_ENV: 'production', BENCH_HOST: login.host, BENCH_PORT: String(login.port), BENCH_DATABASE: login.database, BENCH_USER: login.user, BENCH_PASSWORD: login.password, BENCH_STATE: stateFolder },
  })
  await untilListening(server, server.url)
  const { version } = JSON.parse(await readFile(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string }
  return {
    name: 'KPIQL',
    versions: version,
    user: login.user,
    pid: server.pid,
    url: server.url,
    request: ({ countries }, range) => ({
      query: QUERY,
      variables: { inputs: countries.map((country) => ({ period: { between: { start: '2025-01-01', end: '2026-01-01' } }, where: { country: { eq: country }, score: range } })) },
    }),
    answer: (data) => answerOf((data as Slices).slices.map(({ metric }) => metric.series.map(({ start, value }) => ({ start, sum: value })))),
    stop: () => server.stop(),
  }
}
