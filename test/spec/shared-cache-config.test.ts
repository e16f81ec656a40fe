import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { loadPackage } from '../../src/base/load-package.ts'
import { buildId } from '../../src/cli/build-id.ts'
import { sourceIdentity } from '../../src/cli/shared-state.ts'
import { testWorld } from './cli-world.ts'
import type { TestWorld } from './cli-world.ts'

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
