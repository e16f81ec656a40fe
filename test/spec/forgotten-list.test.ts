import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createAnalytics } from '../../src/answer/analytics.ts'
import { fixedClock } from '../../src/base/clock.ts'
import { resolvePeriod } from '../../src/base/period.ts'
import { withoutAddresses } from '../../src/jobs/forget/addresses-in.ts'
import { openForgottenList } from '../../src/jobs/forget/forgotten-list.ts'
import type { ForgottenList } from '../../src/jobs/forget/forgotten-list.ts'
import { loadModel } from '../../src/model/load-model.ts'
import { lazyStore } from '../../src/store/lazy-store.ts'
import type { LazyStore } from '../../src/store/lazy-store.ts'
import { openTestSource } from '../engines/open-test-source.ts'
import { MapLanding, NOW } from './sync-world.ts'

let folder: string
const stores: LazyStore[] = []

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kpiql-forgotten-'))
})
afterEach(async () => {
  for (const store of stores.splice(0)) await store.close()
  rmSync(folder, { recursive: true, force: true })
})

/** A gateway with a store of its own, or that of another one of the same name. */
async function listOf(name: string, landing: MapLanding, more: { readonly hashKey?: string; readonly onAdded?: () => void } = {}): Promise<ForgottenList> {
  const store = lazyStore(join(folder, name, 'store.db'), fixedClock(NOW))
  stores.push(store)
  return openForgottenList({ store, landing, keyFile: join(folder, name, 'store.db.forgotten-key'), hashKey: more.hashKey ?? null, hashes: null, clock: fixedClock(NOW), onAdded: more.onAdded ?? (() => {}) })
}

const ANN = [{ source: 'shop', users: ['u1'], devices: [], emails: [' Ann@Example.com'] }]
const asked = (list: ForgottenList): readonly unknown[] => [
  list.any(), list.has({ source: 'shop', table: 't', user: ['u1'], device: [], email: [] }), list.has({ source: 'shop', table: 't', user: [], device: [], email: ['ann@example.COM '] }), list.has({ source: 'crm', table: 't', user: ['u1'], device: [], email: [] }), list.redacted('to ann@example.com, bob@example.com'),
]
const KNOWN = [true, true, true, false, 'to (forgotten), bob@example.com']
const UNKNOWN = [false, false, false, false, 'to ann@example.com, bob@example.com']

describe('the list of those who asked to be forgotten', () => {
  it('knows them by source, in any spelling, and their addresses within any text; nothing of it is kept', async () => {
    const landing = new MapLanding()
    const list = await listOf('one', landing)
    expect(asked(list)).toEqual(UNKNOWN)
    await list.add(ANN)
    expect(asked(list)).toEqual(KNOWN)
    expect([list.aliasOf('shop', 'u1'), list.aliasOf('shop', 'u2'), list.aliasOf('crm', 'u1')]).toEqual([expect.stringMatching(/^forgotten_[0-9a-f]{24}$/), null, null])
    const kept = [...readdirSync(join(folder, 'one')).map((name) => readFileSync(join(folder, 'one', name), 'latin1')), JSON.stringify(landing.commits)]
    for (const text of kept) expect(/ann@example|"u1"/i.test(text)).toBe(false)
  })

  it('is told to other gateways of the place that have the same key, while they run', async () => {
    const landing = new MapLanding()
    const told: string[] = []
    const one = await listOf('one', landing, { hashKey: 'k', onAdded: () => void told.push('one') })
    const other = await listOf('other', landing, { hashKey: 'k', onAdded: () => void told.push('other') })
    await other.look()
    await one.add(ANN)
    expect([asked(other), told]).toEqual([UNKNOWN, ['one']])
    await other.look()
    await other.look()
    expect([asked(other), told]).toEqual([KNOWN, ['one', 'other']])
    expect(other.aliasOf('shop', 'u1')).toBe(one.aliasOf('shop', 'u1'))
    await other.add([{ source: 'shop', users: ['u2'], devices: [], emails: [] }])
    await one.prepare()
    expect(one.aliasOf('shop', 'u2')).toBe(other.aliasOf('shop', 'u2'))
  })

  it('is seen by two gateways with one store, wherever they land', async () => {
    const [one, other] = [await listOf('one', new MapLanding(), { hashKey: 'k' }), await listOf('one', new MapLanding(), { hashKey: 'k' })]
    await one.add(ANN)
    await other.prepare()
    expect(asked(other)).toEqual(KNOWN)
  })

  it('lets nothing land where a gateway has another key, and says which file to copy', async () => {
    const landing = new MapLanding()
    await (await listOf('one', landing)).add(ANN)
    const other = await listOf('other', landing)
    await expect(other.prepare()).rejects.toMatchObject({ code: 'STORE_INVALID', hint: expect.stringContaining('Copy the file') })
    await expect(other.add(ANN)).rejects.toMatchObject({ code: 'STORE_INVALID' })
    await expect((await listOf('third', landing, { hashKey: 'k' })).prepare()).rejects.toMatchObject({ code: 'STORE_INVALID' })
  })

  it('comes back from the store into a place that was made anew', async () => {
    await (await listOf('one', new MapLanding())).add(ANN)
    const anew = new MapLanding()
    await (await listOf('one', anew)).prepare()
    expect(asked(await listOf('one', anew))).toEqual(KNOWN)
    expect([...(await anew.states('_kpiql')).keys()]).toEqual(['forgotten'])
  })
})

describe('addresses within texts', () => {
  const without = (text: string): string => withoutAddresses(text, (address) => address === 'ann@example.com' || address === "o'neil@example.com", '-')

  it.each([
    ['ann@example.com', '-'],
    ['{"to":"Ann@Example.COM","n":1}', '{"to":"-","n":1}'],
    ['<ann@example.com>, ann@example.com;ann@example.com.', '<->, -;-.'],
    ['mailto:ann@example.com?subject=ann@example.com', 'mailto:-?subject=-'],
    ["email='ann@example.com'&o'neil@example.com", "email='-'&-"],
    ['user=ann@example.com', 'user=-'],
    ['joann@example.com jo-ann@example.com jo.ann@example.com ann+1@example.com ann@example.com.au ann@example.community', 'joann@example.com jo-ann@example.com jo.ann@example.com ann+1@example.com ann@example.com.au ann@example.community'],
    ['nobody here', 'nobody here'],
    ['@ann @example.com ann@', '@ann @example.com ann@'],
  ])('%s', (text, left) => {
    expect(without(text)).toBe(left)
  })
})

describe('caches of answers', () => {
  it('are empty once they are cleared, and their listeners are told', async () => {
    const source = await openTestSource('shop', { orders: { columns: { id: 'BIGINT', ordered_at: 'TIMESTAMP' }, rows: [{ id: 1, ordered_at: '2026-03-01 10:00:00' }] } })
    const loaded = loadModel([{ name: 'orders.yml', text: 'semantic_models: [{ name: orders, table: orders, agg_time_dimension: ordered_at, dimensions: [{ name: ordered_at, type: time, granularity: minute, timezone: UTC }] }]\nmetrics: [{ name: order_count, semantic_model: orders, agg: count }]\n' }], { source: 'shop' })
    if (!loaded.ok) throw new Error(loaded.problems.map(({ message }) => message).join('\n'))
    const analytics = createAnalytics({ model: loaded.model, sources: new Map([['shop', { source, connector: 'duckdb', nowUtcMs: null }]]), cacheBytes: 1_000_000, clock: fixedClock(NOW), maxGroups: 1000 })
    const scans = async (): Promise<number> => {
      const session = analytics.session({ freshness: 'CACHED_OK', signal: new AbortController().signal })
      const period = resolvePeriod({ between: { start: '2026-03-01', end: '2026-04-01' } }, { zone: 'UTC', nowUtcMs: NOW, calendar: { weekStart: 1, fiscalYearStart: 1 } })
      await session.metric({ metric: 'order_count', predicate: { kind: 'all' }, period, grain: null, by: [] })
      return session.stats.scans
    }
    let told = 0
    analytics.whenCleared(() => void told++)
    const before = [await scans(), await scans()]
    analytics.clear()
    expect([before, await scans(), told]).toEqual([[1, 0], 1, 1])
    await source.close()
  })
})
