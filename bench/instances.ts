import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import autocannon from 'autocannon'
import { Client } from 'pg'
import { buildGateway } from '../test/servers/gateway.ts'
import type { RunningGateway } from '../test/servers/gateway.ts'
import { startPostgres } from '../test/servers/postgres.ts'
import { startRedis } from '../test/servers/redis.ts'
import { processorMsOf } from './machine.ts'

/*
 * What a second instance brings: `node bench/instances.ts`. One machine runs everything, the database and the client too, so the
 * figures show the ways of scaling and where each ends, not what more machines would reach.
 */

const ROWS = 1_000_000
const SHOPS = 400
const CONNECTIONS = 20
const SECONDS = 5
const BOARD = 30
/** Whoever asks so is not answered from whole answers: each is put together from what is cached. */
const ANEW = { 'cache-control': 'no-cache' }

const MODEL = `
semantic_models:
  - name: sales
    table: sales
    agg_time_dimension: sold_on
    dimensions:
      - { name: sold_on, type: time, granularity: day }
      - { name: shop, type: categorical }
metrics:
  - { name: takings, semantic_model: sales, agg: sum, expr: price }
  - { name: buyers, semantic_model: sales, agg: count_distinct, expr: customer_id }
`

const [postgres, redis] = await Promise.all([startPostgres(), startRedis()])
if (postgres === null || redis === null) throw new Error('PostgreSQL and Redis are needed.')
const folder = mkdtempSync(join(tmpdir(), 'kpiql-instances-'))
const owner = new Client({ host: postgres.host, port: postgres.port, user: postgres.user, password: postgres.password, database: 'postgres' })
await owner.connect()
await owner.query('CREATE TABLE sales (sold_on date, shop text, customer_id integer, price numeric(12,2))')
await owner.query(`INSERT INTO sales SELECT date '2026-01-01' + n % 180, 'shop ' || n % ${SHOPS}, n::bigint * 7919 % 50000, n % 10000 / 100.0 FROM generate_series(1, ${ROWS}) AS n`)
await owner.query('VACUUM ANALYZE sales')
const build = buildGateway()

async function serve(name: string, isShared: boolean): Promise<RunningGateway> {
  const own = join(folder, name)
  mkdirSync(own)
  writeFileSync(join(own, 'model.yml'), MODEL)
  writeFileSync(
    join(own, 'kpiql.config.yml'),
    `model: ./model.yml\nsources:\n  main: { connector: postgres, host: "${postgres?.host}", port: ${postgres?.port}, user: "${postgres?.user}", password: "\${DATABASE_PASSWORD}", database: postgres, tls: disable, ttlSeconds: 3600 }\n${isShared ? `cache: { redis: { url: "${redis?.url}" } }\n` : ''}log: { level: warn }\n`,
  )
  return build.serve(own, { DATABASE_PASSWORD: postgres?.password ?? '' })
}

/** A tile: two metrics of one shop over half a year, by month. */
const tile = (shop: number, freshness = 'CACHED_OK'): string =>
  `{ slice(period: { between: { start: "2026-01-01", end: "2026-07-01" } }, where: { shop: { eq: "shop ${shop}" } }, freshness: ${freshness}) { takings: metric(name: TAKINGS) { series(grain: MONTH) { value } } buyers: metric(name: BUYERS) { value } } }`

async function answered(gateway: RunningGateway, query: string): Promise<number> {
  const { errors, extensions } = await gateway.ask(query)
  if (errors !== undefined) throw new Error(JSON.stringify(errors))
  return extensions.kpiql.scans
}

/** Requests a second to all gateways together, each asked by its share of the connections; and the processor time of the gateways for one. */
async function load(gateways: readonly RunningGateway[], queries: readonly string[], headers: Readonly<Record<string, string>> = {}): Promise<string> {
  const processorMs = async (): Promise<number> => (await Promise.all(gateways.map(({ pid }) => processorMsOf(pid)))).reduce<number>((sum, ms) => sum + (ms ?? Number.NaN), 0)
  const beforeMs = await processorMs()
  const found = await Promise.all(
    gateways.map(({ address }) =>
      autocannon({
        url: `${address}/graphql`,
        connections: CONNECTIONS / gateways.length,
        duration: SECONDS,
        requests: queries.map((query) => ({ method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify({ query }) })),
      }),
    ),
  )
  for (const { non2xx, errors, timeouts } of found) if (non2xx + errors + timeouts > 0) throw new Error(`${non2xx} answers were no 200, ${errors} failed, ${timeouts} were late.`)
  const perSecond = found.reduce((sum, { requests }) => sum + requests.average, 0)
  const total = found.reduce((sum, { requests }) => sum + requests.total, 0)
  return `${perSecond.toFixed(perSecond < 100 ? 1 : 0)} (${(((await processorMs()) - beforeMs) / total).toFixed(2)})`
}

/** Everybody opens the board at once after the data has moved: statements run, and seconds until the last tile is there. */
async function boardAfterNewData(gateways: readonly RunningGateway[]): Promise<{ readonly statements: number; readonly seconds: number }> {
  await owner.query("INSERT INTO sales VALUES ('2026-03-03', 'shop 1', 1, 1)")
  await new Promise((resolve) => setTimeout(resolve, 1_500))
  for (const gateway of gateways) await answered(gateway, tile(SHOPS - 1, 'REVALIDATE'))
  await new Promise((resolve) => setTimeout(resolve, 1_500))
  const startMs = performance.now()
  const scans = await Promise.all(gateways.flatMap((gateway) => Array.from({ length: BOARD }, (_, shop) => answered(gateway, tile(shop)))))
  return { statements: scans.reduce((sum, count) => sum + count, 0), seconds: (performance.now() - startMs) / 1000 }
}

async function figures(names: readonly string[], isShared: boolean): Promise<readonly string[]> {
  const gateways = await Promise.all(names.map((name) => serve(name, isShared)))
  for (const gateway of gateways) for (let shop = 0; shop < 20; shop++) await answered(gateway, tile(shop))
  const tiles = Array.from({ length: 20 }, (_, shop) => tile(shop))
  await load(gateways, tiles)
  const kept = await load(gateways, tiles)
  const fromCache = await load(gateways, tiles, ANEW)
  const heavy = await load(gateways, Array.from({ length: 20 }, (_, shop) => tile(shop, 'NO_CACHE')))
  const board = await boardAfterNewData(gateways)
  await Promise.all(gateways.map((gateway) => gateway.stop()))
  return [kept, fromCache, heavy, String(board.statements), board.seconds.toFixed(1)]
}

try {
  const columns = ['instances', '20 questions again and again', 'the same, each answer put together anew', 'the same without cache', `board of ${BOARD} tiles after new data, asked of each: statements`, 'seconds']
  const rows = [
    ['one', ...(await figures(['one'], false))],
    ['two, each alone', ...(await figures(['alone-1', 'alone-2'], false))],
    ['two with one Redis', ...(await figures(['shared-1', 'shared-2'], true))],
  ]
  console.log('Requests a second; in brackets, milliseconds of the gateways’ processor time for one.')
  for (const row of [columns, columns.map(() => '---'), ...rows]) console.log(`| ${row.join(' | ')} |`)
} finally {
  build.remove()
  await owner.end()
  await Promise.all([postgres.stop(), redis.stop()])
  rmSync(folder, { recursive: true, force: true })
}
