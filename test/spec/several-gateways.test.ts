import { writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { serve } from '../../src/cli/serve.ts'
import { intoPlace, LANDING_ENGINE } from '../servers/into-place.ts'
import type { IntoPlace } from '../servers/into-place.ts'
import { startVendor } from '../vendors/vendor-server.ts'
import type { VendorServer } from '../vendors/vendor-server.ts'
import { testWorld } from './cli-world.ts'
import type { TestWorld } from './cli-world.ts'

interface Order {
  readonly id: string
  readonly ordered_at: string
  readonly customer: string
  readonly email: string
}

const PATIENCE = { timeout: 120_000, interval: 200 }
const order = (id: string, customer: string): Order => ({ id, ordered_at: '2026-05-03T10:00:00Z', customer, email: `${customer}@example.com` })

let place: IntoPlace
let orders: Order[]
let shop: VendorServer
const running: Gateway[] = []

beforeEach(async () => {
  orders = [order('a', 'ann'), order('b', 'bob')]
  place = intoPlace()
  shop = await startVendor(({ path }) => (path === '/orders' ? { json: { data: orders } } : { status: 404, json: {} }))
})
afterEach(async () => {
  for (const gateway of running.splice(0)) {
    await gateway.stop()
    gateway.world.remove()
  }
  await shop.close()
  await place.remove()
})

const MODEL = `
semantic_models:
  - name: orders
    source: store
    table: orders
    agg_time_dimension: ordered_at
    entities: [{ name: order, type: primary, expr: id }]
    dimensions: [{ name: ordered_at, type: time, granularity: minute, timezone: UTC }, { name: customer, type: categorical }]
metrics:
  - { name: order_count, type: simple, semantic_model: orders, agg: count }
`
const CUSTOMERS = '{ slice(period: { between: { start: "2026-05-01", end: "2026-06-01" } }, freshness: REVALIDATE) { metric(name: ORDER_COUNT) { breakdown(by: [{ dimension: CUSTOMER }]) { rows { dimensions { value } } } } } }'

interface Gateway {
  readonly world: TestWorld
  /** What is served, as JSON. */
  ask(query: string): Promise<unknown>
  /** Names of customers, by what it answers now. */
  customers(): Promise<readonly string[]>
  status(): Promise<{ readonly syncedBy: string | null; readonly running: boolean; readonly streams: readonly { readonly state: string; readonly error: unknown }[] } | undefined>
  stop(): Promise<void>
}

/** With a folder and a state of its own; syncs every second into the place of all. */
async function start(): Promise<Gateway> {
  const world = testWorld()
  const streams = [{ name: 'orders', path: '/orders', records: '$.data[*]', key: ['id'], columns: { ordered_at: 'timestamp', customer: 'text', email: { kind: 'text', personal: true } }, person: { user: ['customer'], email: ['email'] } }]
  writeFileSync(join(world.cwd, 'kpiql.config.yml'), JSON.stringify({ sources: { store: { connector: 'rest', baseUrl: shop.url, streams } }, sync: { into: place.into, schedule: '* * * * * *', hashKey: 'one-for-all-gateways' }, model: './kpiql.yml', log: { level: 'info', format: 'json' } }))
  writeFileSync(join(world.cwd, 'kpiql.yml'), MODEL)
  const { promise: listening, resolve } = Promise.withResolvers<string>()
  const ended = serve({ port: '0' }, world, resolve)
  const address = await Promise.race([listening, ended.then(() => '')])
  const ask = async (query: string): Promise<unknown> => (await fetch(`${address}/graphql`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ query }) })).json()
  const gateway: Gateway = {
    world,
    ask,
    async customers() {
      const { data } = (await ask(CUSTOMERS)) as { readonly data: { readonly slice: { readonly metric: { readonly breakdown: { readonly rows: readonly { readonly dimensions: readonly { readonly value: string }[] }[] } | null } } } | null }
      return (data?.slice.metric.breakdown?.rows ?? []).map(({ dimensions }) => dimensions[0]?.value ?? '').toSorted()
    },
    async status() {
      const { data } = (await ask('{ syncStatus { syncedBy running streams { state error { code } } } }')) as { readonly data: { readonly syncStatus: readonly Awaited<ReturnType<Gateway['status']>>[] } }
      return data.syncStatus[0]
    },
    async stop() {
      world.signals.emit('SIGTERM')
      await ended
    },
  }
  running.push(gateway)
  return gateway
}

const told = ({ world }: Gateway, words: string): number => world.written.err.split(words).length - 1
const WAITS = 'Another gateway syncs into the same place'
const GOES_ON = 'the schedules of this one go on'

describe(`several gateways whose tools land in one place of ${LANDING_ENGINE}`, () => {
  it('are synced by one; the others wait, say so once and by whom, and take over when it ends', async () => {
    const one = await start()
    await expect.poll(() => one.status(), PATIENCE).toMatchObject({ syncedBy: null, streams: [{ state: 'WHOLE', error: null }] })
    const other = await start()
    await expect.poll(() => told(other, WAITS), PATIENCE).toBe(1)
    const heard = shop.heard.length
    await expect.poll(() => shop.heard.length, PATIENCE).toBeGreaterThan(heard + 2)
    expect(await other.status()).toMatchObject({ syncedBy: `${hostname()}, process ${process.pid}`, running: false, streams: [{ error: null }] })
    expect(await other.customers()).toEqual(['ann', 'bob'])
    expect([told(other, WAITS), told(other, GOES_ON), told(other, 'failed')]).toEqual([1, 0, 0])
    await one.stop()
    orders.push(order('c', 'cid'))
    await expect.poll(() => other.customers(), PATIENCE).toEqual(['ann', 'bob', 'cid'])
    expect(await other.status()).toMatchObject({ syncedBy: null })
    expect([told(other, GOES_ON), told(other, 'failed')]).toEqual([1, 0])
  }, 600_000)

  it('all forget a person whom one of them was told to forget, also who syncs after it', async () => {
    const one = await start()
    await expect.poll(() => one.customers(), PATIENCE).toEqual(['ann', 'bob'])
    const other = await start()
    await expect.poll(() => told(other, WAITS), PATIENCE).toBe(1)
    expect(await other.customers()).toEqual(['ann', 'bob'])
    // The one that waits could not remove anything.
    expect([await other.world.run('forget', '--email', 'ann@example.com'), other.world.written.err]).toEqual([1, expect.stringContaining('nothing was removed')])
    expect(await one.customers()).toEqual(['ann', 'bob'])
    expect([await one.world.run('forget', '--email', 'Ann@Example.com'), one.world.written.out]).toEqual([0, expect.stringContaining('store.orders  1')])
    await expect.poll(() => other.customers(), PATIENCE).toEqual(['bob'])
    await one.stop()
    orders.push(order('d', 'ann'), order('c', 'cid'))
    await expect.poll(() => other.customers(), PATIENCE).toEqual(['bob', 'cid'])
    // One that comes later knows of her from where the records land.
    await other.stop()
    orders.push(order('e', 'eve'))
    const third = await start()
    await expect.poll(() => third.customers(), PATIENCE).toEqual(['bob', 'cid', 'eve'])
  }, 600_000)
})
