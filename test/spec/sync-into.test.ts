import { randomBytes } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest'
import { runProgram } from '../../src/cli/program.ts'
import { serve } from '../../src/cli/serve.ts'
import { askClickhouse } from '../servers/clickhouse.ts'
import { makePlace as makeSchema } from '../servers/postgres-place.ts'
import { startVendor, type VendorServer } from '../vendors/vendor-server.ts'
import { testWorld, type TestWorld } from './cli-world.ts'

/** A gateway whose tools land in a database server: the project's. */
const ENGINE = process.env['KPIQL_TEST_ENGINE'] ?? ''

interface Order {
  readonly id: string
  readonly ordered_at: string
  readonly amount: string
}

const place = `into_${randomBytes(4).toString('hex')}`
let orders: Order[]
let shop: VendorServer
const worlds: TestWorld[] = []
const running: { readonly world: TestWorld; readonly ended: Promise<number> }[] = []

beforeEach(async () => {
  orders = [{ id: 'a', ordered_at: '2026-05-03T10:00:00Z', amount: '10.10' }, { id: 'b', ordered_at: '2026-05-20T10:00:00Z', amount: '20.20' }]
  shop = await startVendor(({ path }) => (path === '/orders' ? { json: { data: orders } } : { status: 404, json: {} }))
})
afterEach(async () => {
  for (const { world, ended } of running.splice(0)) {
    world.signals.emit('SIGTERM')
    await ended
  }
  await shop.close()
  for (const world of worlds.splice(0)) world.remove()
  const server = inject('server')
  if (ENGINE === 'clickhouse' && server !== null) await askClickhouse(server, `DROP DATABASE IF EXISTS ${place} SYNC`)
  if (ENGINE !== 'postgres') return
  const owner = await makeSchema('')
  await owner.own(`DROP SCHEMA IF EXISTS ${place} CASCADE`)
  await owner.remove()
})

const MODEL = `
semantic_models:
  - name: orders
    source: store
    table: orders
    agg_time_dimension: ordered_at
    entities: [{ name: order, type: primary, expr: id }]
    dimensions: [{ name: ordered_at, type: time, granularity: minute, timezone: UTC }]
metrics:
  - { name: turnover, type: simple, semantic_model: orders, agg: sum, expr: amount, unit: count }
  - { name: order_count, type: simple, semantic_model: orders, agg: count }
`
const TURNOVER = '{ slice(period: { between: { start: "2026-05-01", end: "2026-06-01" } }) { turnover: metric(name: TURNOVER) { exact reason } count: metric(name: ORDER_COUNT) { value } } }'

/** A company's folder, with a state of its own, all of them landing in one place. */
function newWorld(): TestWorld {
  const server = inject('server')
  if (server === null) throw new Error(`There is no server of ${ENGINE} to test on.`)
  const { host, port, user, password } = server
  const into = ENGINE === 'postgres' ? { connector: 'postgres', host, port, user, password, database: 'postgres', landingSchema: place } : { connector: 'clickhouse', url: `http://${host}:${port}`, user, password, landingDatabase: place, connectTimeoutMs: 120_000, statementTimeoutMs: 120_000 }
  const world = testWorld()
  worlds.push(world)
  const streams = [{ name: 'orders', path: '/orders', records: '$.data[*]', key: ['id'], columns: { ordered_at: 'timestamp', amount: { kind: 'decimal', scale: 2 } } }]
  writeFileSync(join(world.cwd, 'kpiql.config.yml'), JSON.stringify({ sources: { store: { connector: 'rest', baseUrl: shop.url, streams, sync: { schedule: null } } }, sync: { into }, model: './kpiql.yml', log: { level: 'warn' } }))
  writeFileSync(join(world.cwd, 'kpiql.yml'), MODEL)
  return world
}

async function command(world: TestWorld, ...args: readonly string[]): Promise<{ readonly code: number; readonly out: string; readonly err: string }> {
  const [out, err] = [world.written.out.length, world.written.err.length]
  const code = await runProgram(args, world)
  return { code, out: world.written.out.slice(out), err: world.written.err.slice(err) }
}

async function start(world: TestWorld): Promise<(query: string) => Promise<unknown>> {
  const { promise: listening, resolve } = Promise.withResolvers<string>()
  const ended = serve({ port: '0' }, world, resolve)
  running.push({ world, ended })
  const address = await Promise.race([listening, ended.then(() => '')])
  return async (query) => {
    const response = await fetch(`${address}/graphql`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ query }) })
    return response.json()
  }
}

const answers = (exact: string | null, value: number | null): object => ({ data: { slice: { turnover: { exact }, count: { value } } } })

describe(`tools that land in ${ENGINE}`, () => {
  it('are read by a command and asked by the next one', async () => {
    const world = newWorld()
    expect(await command(world, 'check')).toMatchObject({ code: 0 })
    const { code, err } = await command(world, 'sync', 'store')
    expect([code, err]).toEqual([0, expect.stringContaining('2 landed, 0 removed, 2 rows')])
    expect(JSON.parse((await command(world, 'query', TURNOVER, '--format', 'json')).out)).toMatchObject(answers('30.3', 2))
    orders = [{ id: 'b', ordered_at: '2026-05-20T10:00:00Z', amount: '25.05' }]
    expect((await command(world, 'sync', '--full')).err).toContain('1 landed, 1 removed, 1 rows')
    expect(JSON.parse((await command(world, 'query', TURNOVER, '--format', 'json')).out)).toMatchObject(answers('25.05', 1))
  })

  it('are asked of one gateway right after a sync, of another once it looks again, and written by one', async () => {
    const [one, other] = [newWorld(), newWorld()]
    const ask = await start(one)
    const askOther = await start(other)
    expect(await ask(TURNOVER)).toMatchObject({ data: { slice: { turnover: { reason: 'SOURCE_MISSING' } } } })
    const synced = async (): Promise<void> => {
      expect(await ask('mutation { sync(source: "store") { source } }')).toMatchObject({ data: { sync: { source: 'store' } } })
      const status = async (): Promise<{ readonly running: boolean }> => ((await ask('{ syncStatus { running streams { state error { message } } } }')) as { readonly data: { readonly syncStatus: readonly [{ readonly running: boolean }] } }).data.syncStatus[0]
      while ((await status()).running) await new Promise((resolve) => setTimeout(resolve, 20))
      expect(await status()).toMatchObject({ streams: [{ state: 'WHOLE', error: null }] })
    }
    await synced()
    expect(await ask(TURNOVER)).toMatchObject(answers('30.3', 2))
    orders.push({ id: 'c', ordered_at: '2026-05-21T10:00:00Z', amount: '0.01' })
    await synced()
    expect(await ask(TURNOVER)).toMatchObject(answers('30.31', 3))
    expect(await askOther(TURNOVER.replace('end: "2026-06-01" } }', 'end: "2026-06-01" } }, freshness: REVALIDATE'))).toMatchObject(answers('30.31', 3))
    const refused = await command(newWorld(), 'sync', '--json')
    expect([refused.code, JSON.parse(refused.out)]).toEqual([1, [expect.objectContaining({ streams: [expect.objectContaining({ error: expect.objectContaining({ code: 'SOURCE_BUSY' }) })] })]])
  })
})
