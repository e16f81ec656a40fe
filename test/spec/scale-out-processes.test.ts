import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client } from 'pg'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { buildGateway } from '../servers/gateway.ts'
import type { BuiltGateway, GatewayAnswer, RunningGateway } from '../servers/gateway.ts'
import { startPostgres } from '../servers/postgres.ts'
import { startRedis } from '../servers/redis.ts'
import type { TestRedis } from '../servers/redis.ts'
import type { TestServer } from '../servers/test-server.ts'

// Two gateways, processes of their own, over one PostgreSQL and one Redis. Every statement for `slow_takings` takes a second and a half.

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
  - { name: slow_takings, semantic_model: sales, agg: sum, expr: price + (SELECT 0 FROM (SELECT pg_sleep(1.5)) AS a_while) }
`

const [postgres, redisServer] = await Promise.all([startPostgres(), startRedis()])
const isInstalled = postgres !== null && redisServer !== null
const redis = redisServer as TestRedis
const folder = mkdtempSync(join(tmpdir(), 'kpiql-scale-out-'))
let owner: Client
let build: BuiltGateway
let first: RunningGateway
let second: RunningGateway

beforeAll(async () => {
  if (!isInstalled) return
  owner = new Client({ ...connection(postgres), database: 'postgres' })
  await owner.connect()
  await owner.query('CREATE TABLE sales (sold_on date, shop text, price numeric(12,2))')
  await owner.query("INSERT INTO sales SELECT date '2026-01-01' + n % 90, 'shop ' || n % 200, n / 4.0 FROM generate_series(1, 20000) AS n")
  build = buildGateway()
  ;[first, second] = await Promise.all([serve('first'), serve('second')])
})
beforeEach(async () => {
  if (!isInstalled) return
  await redis.startAgain()
  await redis.command('FLUSHALL')
  await untilShared()
})
afterAll(async () => {
  await Promise.all([first, second].map((one) => one?.stop()))
  build?.remove()
  await owner?.end()
  await Promise.all([postgres?.stop(), redisServer?.stop()])
  rmSync(folder, { recursive: true, force: true })
})

function connection({ host, port, user, password }: TestServer): { readonly host: string; readonly port: number; readonly user: string; readonly password: string } {
  return { host, port, user, password }
}

/** Each in a folder of its own, as on a machine of its own. */
async function serve(name: string): Promise<RunningGateway> {
  const own = join(folder, name)
  mkdirSync(own)
  writeFileSync(join(own, 'model.yml'), MODEL)
  const { host, port, user } = postgres as TestServer
  const source = `{ connector: postgres, host: "${host}", port: ${port}, user: "${user}", password: "\${DATABASE_PASSWORD}", database: postgres, tls: disable, ttlSeconds: 3600 }`
  writeFileSync(join(own, 'kpiql.config.yml'), `model: ./model.yml\nsources:\n  main: ${source}\ncache:\n  redis: { url: "\${REDIS_URL}" }\n`)
  return build.serve(own, { DATABASE_PASSWORD: postgres?.password ?? '', REDIS_URL: redis.url })
}

async function value(where = 'true'): Promise<string> {
  return Number((await owner.query(`SELECT sum(price) AS sum FROM sales WHERE ${where} AND sold_on >= '2026-01-01' AND sold_on < '2026-07-01'`)).rows[0].sum).toString()
}

interface Asked {
  readonly metric?: 'takings' | 'slow_takings'
  readonly shop?: number
  readonly freshness?: 'CACHED_OK' | 'REVALIDATE' | 'NO_CACHE'
}

async function ask(gateway: RunningGateway, { metric = 'takings', shop, freshness = 'CACHED_OK' }: Asked = {}): Promise<{ readonly exact: unknown; readonly scans: number; readonly version: string | undefined }> {
  const where = shop === undefined ? '' : `, where: { shop: { eq: "shop ${shop}" } }`
  const answer: GatewayAnswer = await gateway.ask(`{ slice(period: { between: { start: "2026-01-01", end: "2026-07-01" } }${where}, freshness: ${freshness}) { asked: metric(name: ${metric.toUpperCase()}) { exact } } }`)
  expect(answer.errors).toBeUndefined()
  const slice = answer.data?.['slice'] as { readonly asked: { readonly exact: unknown } } | undefined
  return { exact: slice?.asked.exact, scans: answer.extensions.kpiql.scans, version: answer.extensions.kpiql.dataVersions['main'] }
}

/** Until what one has read the other finds: a connection that was lost is back after a second at most. */
async function untilShared(): Promise<void> {
  let shop = 199
  await expect
    .poll(
      async () => {
        shop = shop === 150 ? 199 : shop - 1
        await ask(first, { shop, freshness: 'NO_CACHE' })
        return (await ask(second, { shop, freshness: 'REVALIDATE' })).scans
      },
      { timeout: 20_000, interval: 50 },
    )
    .toBe(0)
}

describe.skipIf(!isInstalled)('two gateways over one PostgreSQL and one Redis', () => {
  it('one computes, the other serves what it has computed', async () => {
    const one = await ask(first)
    const two = await ask(second)
    expect([one.exact, one.scans, two.exact, two.scans]).toEqual([await value(), 1, await value(), 0])
    expect(two.version).toBe(one.version)
  })

  it('equal heavy questions to both at once are computed once', async () => {
    const expected = await value()
    const told = await Promise.all([first, second, first, second].map((gateway) => ask(gateway, { metric: 'slow_takings' })))
    expect(told.map(({ exact }) => exact)).toEqual([expected, expected, expected, expected])
    expect(told.reduce((sum, { scans }) => sum + scans, 0)).toBe(1)
  })

  it('new data that one has seen is seen by the other, in answers it has kept whole too', async () => {
    const before = await ask(first, { shop: 7 })
    expect((await ask(second, { shop: 7 })).exact).toBe(before.exact)
    await owner.query("INSERT INTO sales VALUES ('2026-02-02', 'shop 7', 1000.25)")
    // Databases tell of their changes with a little delay.
    await expect.poll(async () => (await ask(first, { shop: 7, freshness: 'REVALIDATE' })).exact, { timeout: 10_000 }).toBe(await value("shop = 'shop 7'"))
    await expect.poll(async () => (await ask(second, { shop: 7 })).exact, { timeout: 30_000, interval: 20 }).toBe(await value("shop = 'shop 7'"))
    const [one, two] = [await ask(first, { shop: 8 }), await ask(second, { shop: 8 })]
    expect(two.version).toBe(one.version)
    expect(two.scans).toBe(0)
  })

  it('Redis that dies in the middle costs speed, not answers; once it is back, it is used again', async () => {
    const expected = new Map<number, string>()
    for (let shop = 0; shop < 60; shop++) expected.set(shop, await value(`shop = 'shop ${shop}'`))
    let asked = 0
    const run = async (gateway: RunningGateway, from: number): Promise<void> => {
      for (let shop = from; shop < 60; shop += 2, asked++) expect((await ask(gateway, { shop, freshness: 'REVALIDATE' })).exact, String(shop)).toBe(expected.get(shop))
    }
    const running = [run(first, 0), run(second, 1), run(first, 1), run(second, 0)]
    await expect.poll(() => asked, { interval: 1, timeout: 30_000 }).toBeGreaterThan(20)
    await redis.kill()
    const whenKilled = asked
    await Promise.all(running)
    expect(whenKilled).toBeLessThan(100)
    expect(asked).toBe(120)

    await redis.startAgain()
    await untilShared()
    for (const gateway of [first, second]) {
      expect(gateway.log.filter((line) => line.includes('Redis is gone')).length).toBeGreaterThan(0)
      expect(gateway.log.join('\n')).not.toMatch(/127\.0\.0\.1:\d+ |for-tests|p@ss/)
    }
  })

  it('an instance that ends in order leaves the others nothing to wait for', async () => {
    const third = await serve('third')
    await expect.poll(() => third.log.some((line) => line.includes('Redis is connected')), { timeout: 20_000 }).toBe(true)
    const heavy = third.ask('{ slice(period: { between: { start: "2026-01-01", end: "2026-04-01" } }) { metric(name: SLOW_TAKINGS) { exact } } }')
    await new Promise((resolve) => setTimeout(resolve, 400))
    expect(await third.stop()).toBe(0)
    expect((await heavy).errors).toBeUndefined()
  })
})
