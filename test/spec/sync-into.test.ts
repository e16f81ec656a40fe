import { randomBytes } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest'
import { askClickhouse } from '../servers/clickhouse.ts'
import { makePlace as makeSchema } from '../servers/postgres-place.ts'
import { gatewayWorld, type GatewayWorld } from './gateway-world.ts'
import { SHOP_MODEL, startShop, storeOf, TURNOVER, type Shop } from './shop-world.ts'

/** A gateway whose tools land in a database server: the project's. */
const ENGINE = process.env['KPIQL_TEST_ENGINE'] ?? ''

const place = `into_${randomBytes(4).toString('hex')}`
let shop: Shop
const worlds: GatewayWorld[] = []

beforeEach(async () => {
  shop = await startShop()
})
afterEach(async () => {
  for (const world of worlds.splice(0)) await world.end()
  await shop.close()
  const server = inject('server')
  if (ENGINE === 'clickhouse' && server !== null) await askClickhouse(server, `DROP DATABASE IF EXISTS ${place} SYNC`)
  if (ENGINE !== 'postgres') return
  const owner = await makeSchema('')
  await owner.own(`DROP SCHEMA IF EXISTS ${place} CASCADE`)
  await owner.remove()
})

/** A company's folder, with a state of its own, all of them landing in one place. */
function newWorld(): GatewayWorld {
  const server = inject('server')
  if (server === null) throw new Error(`There is no server of ${ENGINE} to test on.`)
  const { host, port, user, password } = server
  const into = ENGINE === 'postgres' ? { connector: 'postgres', host, port, user, password, database: 'postgres', landingSchema: place } : { connector: 'clickhouse', url: `http://${host}:${port}`, user, password, landingDatabase: place, connectTimeoutMs: 120_000, statementTimeoutMs: 120_000 }
  const world = gatewayWorld()
  worlds.push(world)
  writeFileSync(join(world.cwd, 'kpiql.config.yml'), JSON.stringify({ sources: { store: storeOf(shop) }, sync: { into }, model: './kpiql.yml', log: { level: 'warn' } }))
  writeFileSync(join(world.cwd, 'kpiql.yml'), SHOP_MODEL)
  return world
}

const answers = (exact: string | null, value: number | null): object => ({ data: { slice: { turnover: { exact }, count: { value } } } })

describe(`tools that land in ${ENGINE}`, () => {
  it('are read by a command and asked by the next one', async () => {
    const world = newWorld()
    expect(await world.command('check')).toMatchObject({ code: 0 })
    const { code, err } = await world.command('sync', 'store')
    expect([code, err]).toEqual([0, expect.stringContaining('2 landed, 0 removed, 2 rows')])
    expect(JSON.parse((await world.command('query', TURNOVER, '--format', 'json')).out)).toMatchObject(answers('30.3', 2))
    shop.orders = [{ id: 'b', ordered_at: '2026-05-20T10:00:00Z', amount: '25.05' }]
    expect((await world.command('sync', '--full')).err).toContain('1 landed, 1 removed, 1 rows')
    expect(JSON.parse((await world.command('query', TURNOVER, '--format', 'json')).out)).toMatchObject(answers('25.05', 1))
  })

  it('are asked of one gateway right after a sync, of another once it looks again, and written by one', async () => {
    const [one, other] = [newWorld(), newWorld()]
    const { ask } = await one.start()
    const { ask: askOther } = await other.start()
    expect(await ask(TURNOVER)).toMatchObject({ data: { slice: { turnover: { reason: 'SOURCE_MISSING' } } } })
    const synced = async (): Promise<void> => {
      expect(await ask('mutation { sync(source: "store") { source } }')).toMatchObject({ data: { sync: { source: 'store' } } })
      const status = async (): Promise<{ readonly running: boolean }> => ((await ask('{ syncStatus { running streams { state error { message } } } }')) as { readonly data: { readonly syncStatus: readonly [{ readonly running: boolean }] } }).data.syncStatus[0]
      while ((await status()).running) await new Promise((resolve) => setTimeout(resolve, 20))
      expect(await status()).toMatchObject({ streams: [{ state: 'WHOLE', error: null }] })
    }
    await synced()
    expect(await ask(TURNOVER)).toMatchObject(answers('30.3', 2))
    shop.orders = [...shop.orders, { id: 'c', ordered_at: '2026-05-21T10:00:00Z', amount: '0.01' }]
    await synced()
    expect(await ask(TURNOVER)).toMatchObject(answers('30.31', 3))
    expect(await askOther(TURNOVER.replace('end: "2026-06-01" } }', 'end: "2026-06-01" } }, freshness: REVALIDATE'))).toMatchObject(answers('30.31', 3))
    const refused = await newWorld().command('sync', '--json')
    expect([refused.code, JSON.parse(refused.out)]).toEqual([1, [expect.objectContaining({ streams: [expect.objectContaining({ error: expect.objectContaining({ code: 'SOURCE_BUSY' }) })] })]])
  })
})
