import { createHmac } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { gatewayWorld } from './gateway-world.ts'
import type { GatewayWorld } from './gateway-world.ts'
import { SHOP_KEY, SHOP_MODEL, startShop, storeOf, TURNOVER } from './shop-world.ts'
import type { Shop } from './shop-world.ts'

let shop: Shop
let world: GatewayWorld

beforeEach(async () => {
  shop = await startShop()
  world = gatewayWorld()
  writeFileSync(join(world.cwd, 'kpiql.config.yml'), config())
  writeFileSync(join(world.cwd, 'kpiql.yml'), SHOP_MODEL)
})
afterEach(async () => {
  await world.end()
  await shop.close()
})

const config = (schedule: string | null = null): string => `
sources:
  store: ${JSON.stringify(storeOf(shop, schedule))}
model: ./kpiql.yml
log: { level: warn }
`
const STATUS = readFileSync(join(import.meta.dirname, '../../schema/operations/sync-status.graphql'), 'utf8')

describe('kpiql sync', () => {
  it('reads a tool without a server, tells what landed, and the next command answers from it', async () => {
    const { code, err } = await world.command('sync', 'store')
    expect([code, err]).toEqual([0, expect.stringContaining('2 landed, 0 removed, 2 rows')])
    expect(JSON.parse((await world.command('query', TURNOVER, '--format', 'json')).out)).toMatchObject({ data: { slice: { turnover: { exact: '30.3', reason: null }, count: { value: 2 } } } })
  })

  it('ends with 1 and the reason where a stream failed; what was there stays', async () => {
    expect((await world.command('sync')).code).toBe(0)
    shop.isBroken = true
    const failed = await world.command('sync', '--json')
    expect(failed.code).toBe(1)
    expect(JSON.parse(failed.out)).toMatchObject([{ source: 'store', streams: [{ name: 'orders', state: 'failed', rows: 2, error: { code: 'SOURCE_FAILED' } }] }])
    expect(failed.out + failed.err).not.toContain(SHOP_KEY)
  })

  it.each(['SIGTERM', 'SIGINT'] as const)('stopped by %s says so, with 1, and tells of no stream that it came to its end', async (signal) => {
    shop.held = new Promise(() => {})
    const stopped = world.command('sync', '--json')
    await expect.poll(() => shop.heard.length, { timeout: 20_000 }).toBe(1)
    world.signals.emit(signal)
    const { code, out, err } = await stopped
    expect([code, JSON.parse(out)]).toMatchObject([1, [{ source: 'store', running: false, streams: [{ name: 'orders', state: 'failed', error: { code: 'CANCELLED' } }] }]])
    expect(err).not.toContain('Synced')
  })

  it('knows no source that is not synced, no stream that is not there, and no day that is none', async () => {
    expect(await world.command('sync', 'stor')).toMatchObject({ code: 2, err: expect.stringContaining('Synced: store.') })
    expect(await world.command('sync', 'store', '--stream', 'order')).toMatchObject({ code: 1, err: expect.stringContaining('orders') })
    expect(await world.command('sync', '--since', 'May')).toMatchObject({ code: 2, err: expect.stringContaining('YYYY-MM-DD') })
  })

  it('is done by the gateway that runs, which answers from the new rows with the next question', async () => {
    const { ask } = await world.start()
    expect(await ask(TURNOVER)).toMatchObject({ data: { slice: { turnover: { exact: null, reason: 'SOURCE_MISSING', remedy: expect.stringContaining('kpiql sync') } } } })
    expect(await world.command('sync', 'store')).toMatchObject({ code: 0, err: expect.stringContaining('2 landed') })
    expect(await ask(TURNOVER)).toMatchObject({ data: { slice: { turnover: { exact: '30.3' } } } })
    shop.orders = [...shop.orders.slice(1), { id: 'c', ordered_at: '2026-05-31T23:59:59Z', amount: '0.01' }]
    expect((await world.command('sync')).code).toBe(0)
    expect(await ask(TURNOVER)).toMatchObject({ data: { slice: { turnover: { exact: '20.21' } } } })
  })

  it('cannot be asked of another process than the one that holds what has landed, for a question either', async () => {
    await world.start()
    expect((await world.command('sync')).code).toBe(0)
    const { data, errors } = JSON.parse((await world.command('query', TURNOVER, '--format', 'json')).out) as { readonly data: unknown; readonly errors: readonly { readonly extensions: { readonly code: string } }[] }
    expect([data, errors.map(({ extensions: { code } }) => code)]).toEqual([{ slice: { turnover: { exact: null, reason: null, remedy: null }, count: { value: null } } }, expect.arrayContaining(['SOURCE_BUSY'])])
  })
})

describe('the gateway', () => {
  it('syncs when asked by mutation, and tells how it stands', async () => {
    const { ask } = await world.start()
    expect(await ask(STATUS)).toMatchObject({ data: { syncStatus: [{ source: 'store', connector: 'rest', running: false, endedAt: null, streams: [] }] } })
    expect(await ask('mutation { sync(source: "store") { source running } }')).toMatchObject({ data: { sync: { source: 'store', running: true } } })
    await expect.poll(() => ask(STATUS), { timeout: 20_000 }).toMatchObject({ data: { syncStatus: [{ running: false, streams: [{ state: 'WHOLE', rows: 2, written: 2, error: null }] }] } })
    expect(await ask('mutation { sync(source: "nowhere") { source } }')).toMatchObject({ errors: [{ extensions: { code: 'SYNC_UNKNOWN' } }] })
  })

  it('syncs by the schedule of the configuration, and by a new one after SIGHUP, without losing what has landed', async () => {
    const { ask } = await world.start()
    expect((await world.command('sync')).code).toBe(0)
    expect(await ask('{ syncStatus { nextRunAt } }')).toMatchObject({ data: { syncStatus: [{ nextRunAt: null }] } })
    shop.orders = [...shop.orders, { id: 'c', ordered_at: '2026-05-31T23:59:59Z', amount: '0.01' }]
    writeFileSync(join(world.cwd, 'kpiql.config.yml'), config('* * * * * *'))
    world.signals.emit('SIGHUP')
    await expect.poll(() => ask(TURNOVER), { timeout: 20_000 }).toMatchObject({ data: { slice: { turnover: { exact: '30.31' } } } })
    expect(await ask('{ syncStatus { nextRunAt } }')).toMatchObject({ data: { syncStatus: [{ nextRunAt: expect.any(String) }] } })
  })

  it('takes commands also where its first tool came by SIGHUP', async () => {
    const whole = config()
    const bare = whole.replace(/sources:[^]*(?=model:)/, "sources:\n  files: { connector: duckdb, folder: ./data }\n")
    mkdirSync(join(world.cwd, 'data'))
    writeFileSync(join(world.cwd, 'data', 'orders.csv'), 'id,ordered_at,amount\na,2026-05-03T10:00:00Z,1\n')
    writeFileSync(join(world.cwd, 'kpiql.config.yml'), bare)
    writeFileSync(join(world.cwd, 'kpiql.yml'), SHOP_MODEL.replace('source: store', 'source: files'))
    const { ask } = await world.start()
    expect(await ask('{ syncStatus { source } }')).toMatchObject({ data: { syncStatus: [] } })
    writeFileSync(join(world.cwd, 'kpiql.config.yml'), whole)
    writeFileSync(join(world.cwd, 'kpiql.yml'), SHOP_MODEL)
    world.signals.emit('SIGHUP')
    await expect.poll(() => ask('{ syncStatus { source } }'), { timeout: 20_000 }).toMatchObject({ data: { syncStatus: [{ source: 'store' }] } })
    await expect.poll(async () => (await world.command('sync', 'store')).code, { timeout: 20_000 }).toBe(0)
    expect(await ask(TURNOVER)).toMatchObject({ data: { slice: { turnover: { exact: '30.3' } } } })
  })

  it('stops what the syncs before a SIGHUP read before the new ones are asked, also while questions of before are answered', async () => {
    const twice = (schedule?: string) => config(schedule).replace('model:', `  crm: { connector: hubspot, accessToken: key-of-the-crm, baseUrl: ${shop.url}, sync: { schedule: null } }\nmodel:`)
    writeFileSync(join(world.cwd, 'kpiql.config.yml'), twice())
    const { ask } = await world.start()
    shop.held = new Promise(() => {})
    const synced = world.command('sync', 'store', '--json')
    await expect.poll(() => shop.heard.length, { timeout: 20_000 }).toBe(1)
    // Asks the tool before it answers.
    const question = ask('mutation { sync(source: "crm") { source } }')
    await expect.poll(() => shop.heard.length, { timeout: 20_000 }).toBeGreaterThan(1)
    writeFileSync(join(world.cwd, 'kpiql.config.yml'), twice('0 0 1 1 *'))
    world.signals.emit('SIGHUP')
    const stopped = await synced
    expect([stopped.code, JSON.parse(stopped.out)]).toMatchObject([1, [{ running: false, streams: [{ error: { code: 'CANCELLED' } }] }]])
    expect(await question).toMatchObject({ errors: [{ extensions: { code: 'CANCELLED' } }] })
  })

  it('tests the connection of a tool, and says what is wrong with it, without its secrets', async () => {
    expect(await world.command('test-connection', 'store')).toMatchObject({ code: 0 })
    writeFileSync(join(world.cwd, 'kpiql.config.yml'), readFileSync(join(world.cwd, 'kpiql.config.yml'), 'utf8').replace(SHOP_KEY, 'another-key'))
    const refused = await world.command('test-connection', 'store')
    expect(refused).toMatchObject({ code: 1, out: expect.stringContaining('401') })
    expect(refused.out + refused.err).not.toContain('another-key')
  })

  it('lands events that a tool sends by itself, when their signature fits, before it says that it has them', async () => {
    const secret = 'shared-with-segment'
    writeFileSync(join(world.cwd, 'kpiql.config.yml'), `${config().replace('model: ./kpiql.yml', `  live: { connector: segment, webhookSecret: ${secret}, sync: { schedule: null } }\nmodel: ./kpiql.yml`)}`)
    writeFileSync(join(world.cwd, 'kpiql.yml'), `${SHOP_MODEL.replace('metrics:', `  - name: tracks
    source: live
    table: tracks
    agg_time_dimension: tracked_at
    dimensions: [{ name: tracked_at, type: time, expr: time, granularity: minute, timezone: UTC }]
metrics:
  - { name: track_count, type: simple, semantic_model: tracks, agg: count }`)}`)
    const { ask, address } = await world.start()
    const body = JSON.stringify({ type: 'track', event: 'Signed Up', messageId: 'm-1', userId: 'u-1', timestamp: '2026-05-07T08:00:00.000Z', receivedAt: '2026-05-07T08:00:01.000Z', properties: { plan: 'pro' } })
    const send = (source: string, signature: string) => fetch(`${address}/hooks/${source}`, { method: 'POST', headers: { 'content-type': 'application/json', 'x-signature': signature }, body })
    const signed = createHmac('sha1', secret).update(body).digest('hex')
    const sent = [await send('live', signed), await send('live', signed)]
    expect(sent.map(({ status }) => status)).toEqual([200, 200])
    const count = '{ slice(period: { between: { start: "2026-05-01", end: "2026-06-01" } }) { metric(name: TRACK_COUNT) { value } } }'
    expect(await ask(count)).toMatchObject({ data: { slice: { metric: { value: 1 } } } })
    const refused = [await send('live', signed.replace(/^./, (first) => (first === '0' ? '1' : '0'))), await send('live', ''), await send('store', signed), await send('nowhere', signed)]
    expect(refused.map(({ status }) => status)).toEqual([401, 401, 401, 401])
    expect(new Set(await Promise.all(refused.map((answer) => answer.text()))).size).toBe(1)
    expect(await ask(count)).toMatchObject({ data: { slice: { metric: { value: 1 } } } })
  })
})
