import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, describe, expect, it } from 'vitest'
import { loadPackage } from '../../src/base/load-package.ts'
import { buildId } from '../../src/cli/build-id.ts'
import { sourceIdentity } from '../../src/cli/shared-state.ts'
import { startRedis } from '../servers/redis.ts'
import type { TestRedis } from '../servers/redis.ts'
import { testWorld } from './cli-world.ts'
import type { TestWorld } from './cli-world.ts'

const server = await startRedis()
const redis = server as TestRedis
afterAll(() => server?.stop())

const worlds: TestWorld[] = []
afterEach(() => worlds.splice(0).forEach((world) => world.remove()))

describe('cache.redis', () => {
  it('is checked to the last setting; addresses, which hold passwords, are not shown', async () => {
    const world = testWorld({ REDIS_URL: 'http://user:hunter2@cache:6379' })
    worlds.push(world)
    writeFileSync(join(world.cwd, 'kpiql.config.yml'), 'model: saas\nsources:\n  main: { connector: duckdb, folder: . }\ncache:\n  redis:\n    url: ${REDIS_URL}\n    timeoutMs: 0\n    pool: 3\n')
    expect(await world.run('check')).toBe(1)
    expect(world.written.err + world.written.out).toMatch(/kpiql\.config\.yml:6:10 .*rediss:\/\/ for TLS/)
    expect(world.written.err + world.written.out).toMatch(/kpiql\.config\.yml:7:16 timeoutMs must be at least 1/)
    expect(world.written.err + world.written.out).toMatch(/kpiql\.config\.yml:8:5 There is no setting "pool"/)
    expect(world.written.err + world.written.out).not.toMatch(/hunter2|cache:6379/)
  })

  it('names the command that installs its client where it is missing', async () => {
    const missing = Object.assign(new Error('not found'), { code: 'ERR_MODULE_NOT_FOUND' })
    await expect(loadPackage('redis', 'The setting cache.redis', () => Promise.reject(missing))).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: 'The setting cache.redis needs the package redis, which is not installed.',
      hint: 'Install it beside kpiql: npm install redis',
    })
  })
})

describe.skipIf(server === null)('kpiql doctor', () => {
  it('says whether the Redis that is configured serves, in one line without its address', async () => {
    const { port } = new URL(redis.url)
    const doctor = async (credentials: string) => {
      const world = testWorld({ REDIS_URL: `redis://${credentials}127.0.0.1:${port}` })
      worlds.push(world)
      writeFileSync(join(world.cwd, 'own.csv'), 'id,day\n1,2026-05-01\n')
      writeFileSync(join(world.cwd, 'own.yml'), 'semantic_models:\n  - { name: own, table: own, agg_time_dimension: day, dimensions: [{ name: day, type: time, granularity: day }], entities: [{ name: own, type: primary, expr: id }] }\nmetrics:\n  - { name: owned, semantic_model: own, agg: count }\n')
      writeFileSync(join(world.cwd, 'kpiql.config.yml'), 'model: [own.yml]\nsources:\n  main: { connector: duckdb, folder: . }\nserver: { port: 0 }\ncache:\n  redis: { url: "${REDIS_URL}", timeoutMs: 100 }\n')
      const exit = await world.run('doctor')
      expect(world.written.out).not.toMatch(new RegExp(`hunter2|:${port}`))
      return { exit, failing: world.written.out.match(/^FAIL.*$/gm) ?? [], redis: world.written.out.match(/^.* Redis .*$/gm) }
    }
    expect(await doctor('')).toEqual({ exit: 0, failing: [], redis: ['ok    Redis          answers'] })
    const failing = (code: string) => {
      const line = `FAIL  Redis          does not serve (${code}): every instance would work by itself`
      return { exit: 1, failing: [line], redis: [line] }
    }
    expect(await doctor('nobody:hunter2@')).toEqual(failing('WRONGPASS'))
    redis.freeze()
    expect(await doctor('').finally(() => redis.thaw())).toEqual(failing('TIMEOUT'))
    await redis.kill()
    expect(await doctor('')).toEqual(failing('ECONNREFUSED'))
  })
})

describe('what instances call the same', () => {
  it('is a source with equal options, in whatever order they are written; another host, user or password is another', async () => {
    const options = { host: 'warehouse', user: 'kpiql', password: 'hunter2' }
    const identity = await sourceIdentity('postgres', options)
    expect(await sourceIdentity('postgres', { password: 'hunter2', user: 'kpiql', host: 'warehouse' })).toBe(identity)
    const others = await Promise.all([sourceIdentity('mysql', options), ...Object.keys(options).map((name) => sourceIdentity('postgres', { ...options, [name]: 'another' }))])
    expect(new Set([identity, ...others]).size).toBe(5)
    expect(identity).toMatch(/^[\w-]{32}$/)
  })

  it('is a build of the same code', async () => {
    expect(await buildId()).toBe(await buildId())
    expect(await buildId()).toMatch(/^[\w-]{16}$/)
  })
})
