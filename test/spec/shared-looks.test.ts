import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { SqlEngine } from '../../connectors/sql-kit/engine.ts'
import { commonOptions } from '../../connectors/sql-kit/options.ts'
import { SqlSource } from '../../connectors/sql-kit/sql-source.ts'
import { KpiqlError } from '../../src/base/errors.ts'
import { silentLog } from '../../src/base/log.ts'
import { ownLooks } from '../../src/base/source-looks.ts'
import type { SourceLooks } from '../../src/base/source-looks.ts'
import { RedisLink } from '../../src/cache/redis-link.ts'
import { sharedLooks } from '../../src/cache/shared-looks.ts'
import { duckdbDialect } from '../../src/sql/dialects/duckdb.ts'
import { z } from 'zod'
import { startRedis } from '../servers/redis.ts'
import type { TestRedis } from '../servers/redis.ts'
import { untilUsable } from './shared-world.ts'

const server = await startRedis()
const redis = server as TestRedis
const links: RedisLink[] = []

beforeEach(async () => {
  if (server === null) return
  await redis.startAgain()
  await redis.command('FLUSHALL')
})
afterEach(async () => {
  await Promise.all(links.splice(0).map((link) => link.close()))
})
afterAll(() => server?.stop())

/** The looks of one more instance. */
async function looks(key = 'look:stall'): Promise<SourceLooks> {
  const link = await RedisLink.open({ url: redis.url, timeoutMs: 500 }, silentLog)
  links.push(link)
  await untilUsable(link)
  return sharedLooks(link, key)
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))
const HOUR_MS = 3_600_000

/** A database that keeps no versions, so that only time tells them apart; and how often it was looked at. */
function timeless(shared: SourceLooks | undefined, ttlSeconds: number): { readonly source: SqlSource; readonly lookedAt: () => number } {
  let looked = 0
  const engine: SqlEngine = {
    dialect: duckdbDialect,
    cancels: true,
    run: () => Promise.resolve({ rowsRead: null }),
    tables: () => {
      looked += 1
      return Promise.resolve([{ name: 'sales', columns: [], primaryKey: [] }])
    },
    versions: () => Promise.resolve(new Map()),
    statistics: () => Promise.resolve({ rows: 0, columns: {} }),
    hello: () => Promise.resolve('A database'),
    translate: () => new KpiqlError('SOURCE_FAILED', { message: 'failed' }),
    close: () => Promise.resolve(),
  }
  return { source: new SqlSource('stall', engine, z.object(commonOptions).parse({ ttlSeconds }), { log: silentLog, stateFolder: '', looks: shared }), lookedAt: () => looked }
}

describe('an instance that is alone', () => {
  it('trusts its last look as long as it is told, and takes another moment when asked to, later than all before', async () => {
    const own = ownLooks()
    const first = await own.moment(HOUR_MS, false)
    expect(await own.moment(HOUR_MS, false)).toBe(first)
    const second = await own.moment(HOUR_MS, true)
    expect(second).toBeGreaterThan(first)
    expect(await own.moment(HOUR_MS, false)).toBe(second)
    expect(await own.moment(0, false)).toBeGreaterThan(second)
  })
})

describe.skipIf(server === null)('instances with one Redis', () => {
  it('agree on the moment of the last look, and follow a newer look of any of them within a second', async () => {
    const [first, second, other] = [await looks(), await looks(), await looks('look:another')]
    const began = await first.moment(HOUR_MS, false)
    expect(await second.moment(HOUR_MS, false)).toBe(began)
    const elsewhere = await other.moment(HOUR_MS, false)
    const anew = await second.moment(HOUR_MS, true)
    expect(anew).toBeGreaterThan(began)
    await pause(1_050)
    expect(await first.moment(HOUR_MS, false)).toBe(anew)
    expect(await other.moment(HOUR_MS, false)).toBe(elsewhere)
  })

  it('know a moment from the first: who asks beside a look anew waits for it', async () => {
    const instance = await looks()
    const [anew, beside] = await Promise.all([instance.moment(HOUR_MS, true), instance.moment(HOUR_MS, false)])
    expect(anew).toBeGreaterThan(0)
    expect(beside).toBe(anew)
    const [known, newer] = await Promise.all([instance.moment(HOUR_MS, false), instance.moment(HOUR_MS, true)])
    expect(known).toBe(anew)
    expect(newer).toBeGreaterThan(anew)
    expect(await instance.moment(HOUR_MS, false)).toBe(newer)
  })

  it('look anew once, and together, when the time of trust is over', async () => {
    const [first, second] = [await looks(), await looks()]
    const began = await first.moment(500, false)
    expect(await second.moment(500, false)).toBe(began)
    await pause(600)
    const [one, two] = await Promise.all([first.moment(500, false), second.moment(500, false)])
    expect(one).toBe(two)
    expect(one).toBeGreaterThan(began)
  })

  it('never go back in time, whatever clock is wrong and whatever Redis has forgotten', async () => {
    const instance = await looks()
    const ahead = (await instance.moment(HOUR_MS, false)) + HOUR_MS
    await redis.command('SET', 'look:stall', String(ahead))
    const late = await looks()
    expect(await late.moment(HOUR_MS, true)).toBe(ahead + 1)
    await redis.command('FLUSHALL')
    await pause(1_050)
    expect(await late.moment(HOUR_MS, false)).toBeGreaterThan(ahead + 1)
  })

  it('decide each for itself while Redis is gone, and agree again when it is back', async () => {
    const [first, second] = [await looks(), await looks()]
    const began = await first.moment(HOUR_MS, false)
    await second.moment(HOUR_MS, false)
    await redis.kill()
    expect(await first.moment(HOUR_MS, false)).toBe(began)
    expect(await first.moment(HOUR_MS, true)).toBeGreaterThan(began)
    expect(await second.moment(HOUR_MS, false)).toBe(began)
    await redis.startAgain()
    await Promise.all(links.map(untilUsable))
    await pause(1_050)
    const again = await first.moment(HOUR_MS, false)
    await pause(1_050)
    expect(await second.moment(HOUR_MS, false)).toBe(again)
  })

  it('give a database that keeps no versions one version, until one of them looks anew', async () => {
    const [first, second] = [timeless(await looks(), 3600), timeless(await looks(), 3600)]
    const began = await first.source.dataVersion(['sales'], false)
    expect(await second.source.dataVersion(['sales'], false)).toBe(began)
    const anew = await second.source.dataVersion(['sales'], true)
    expect(anew).not.toBe(began)
    await expect.poll(() => first.source.dataVersion(['sales'], false), { timeout: 2_000 }).toBe(anew)
    expect([first.lookedAt(), second.lookedAt()]).toEqual([2, 2])
    expect(await timeless(undefined, 3600).source.dataVersion(['sales'], false)).not.toBe(anew)
  })
})
