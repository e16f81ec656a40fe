import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { serve } from '../../src/cli/serve.ts'
import type { SetupFlags } from '../../src/cli/read-setup.ts'
import { testWorld } from './cli-world.ts'
import type { TestWorld } from './cli-world.ts'

const open: TestWorld[] = []
const running: { readonly world: TestWorld; readonly ended: Promise<number> }[] = []
afterEach(async () => {
  for (const { world, ended } of running.splice(0)) {
    world.signals.emit('SIGTERM')
    await ended
  }
  open.splice(0).forEach((world) => world.remove())
})

const ORDERS = 'id,day,amount\n1,2026-05-01,5\n2,2026-05-02,7\n'
const MODEL = 'semantic_models:\n  - name: orders\n    table: orders\n    agg_time_dimension: day\n    entities: [{ name: order, type: primary, expr: id }]\n    dimensions: [{ name: day, type: time, granularity: day }]\nmetrics:\n  - { name: amount, type: simple, semantic_model: orders, agg: sum, expr: amount, unit: count }\n'

function shop(rest = '', env: Record<string, string> = {}): TestWorld {
  const world = testWorld(env)
  open.push(world)
  mkdirSync(join(world.cwd, 'data'))
  writeFileSync(join(world.cwd, 'data/orders.csv'), ORDERS)
  writeFileSync(join(world.cwd, 'own.yml'), MODEL)
  writeFileSync(join(world.cwd, 'kpiql.config.yml'), `model: [own.yml]\nsources: { files: { connector: duckdb, folder: data } }\n${rest}`)
  return world
}

async function start(world: TestWorld, flags: SetupFlags = {}) {
  const { promise: listening, resolve } = Promise.withResolvers<string>()
  const ended = serve({ port: '0', ...flags }, world, resolve)
  running.push({ world, ended })
  const address = await Promise.race([listening, ended.then(() => '')])
  const { port } = new URL(address)
  return {
    port,
    async amount(authorization?: string) {
      const query = '{ slice(period: { between: { start: "2026-05-01", end: "2026-06-01" } }) { metric(name: AMOUNT) { value } } }'
      const answer = await fetch(`http://127.0.0.1:${port}/graphql`, { method: 'POST', headers: { 'content-type': 'application/json', ...(authorization === undefined ? {} : { authorization }) }, body: JSON.stringify({ query }) })
      const body = (await answer.json()) as { data?: { slice: { metric: { value: number } } } }
      return [answer.status, body.data?.slice.metric.value ?? null]
    },
  }
}

async function keyOf(world: TestWorld, ...flags: readonly string[]): Promise<string> {
  expect(await world.run('keys', 'create', '--name', 'test', ...flags)).toBe(0)
  return world.written.out.trim()
}

describe('a server on this machine alone', () => {
  it('lets programs of this machine ask without a key, as at a first start', async () => {
    const world = shop()
    const { amount } = await start(world)
    expect(await amount()).toEqual([200, 12])
    expect(world.written.err).toContain('Access    with an API key, or from this machine')
  })

  it('asks everyone for a key where access.anonymous is none, as it must behind a proxy', async () => {
    const world = shop('access: { anonymous: none }\n')
    const secret = await keyOf(world)
    const { amount } = await start(world)
    expect([await amount(), await amount(`Bearer ${secret}`)]).toEqual([[401, null], [200, 12]])
    expect(world.written.err).toContain('Access    with an API key only')
  })
})

describe('a server that others reach', () => {
  it('does not start without an active key, and says how to make one', async () => {
    for (const host of ['0.0.0.0', '::', '10.1.2.3', 'gateway.example.com']) {
      const world = shop()
      expect([host, await world.run('serve', '--port', '0', '--host', host)]).toEqual([host, 2])
      expect(world.written.err).toContain('there is no active API key')
      expect(world.written.err).toContain('kpiql keys create --name NAME --role admin')
      expect(world.written.err).not.toContain('listening')
    }
  })

  it('does not start with keys that are all revoked, nor where a role is given to everyone', async () => {
    const world = shop()
    const secret = await keyOf(world)
    expect(await world.run('keys', 'revoke', secret.slice(6, 18))).toBe(0)
    expect(await world.run('serve', '--port', '0', '--host', '0.0.0.0')).toBe(2)
    for (const role of ['viewer', 'editor', 'admin']) {
      const open = shop(`access: { anonymous: ${role} }\n`)
      await keyOf(open)
      expect(await open.run('serve', '--port', '0', '--host', '0.0.0.0')).toBe(2)
      expect(open.written.err).toContain(`access.anonymous gives the role ${role}`)
    }
  })

  it('asks everyone for a key, this machine too', async () => {
    const world = shop()
    const secret = await keyOf(world, '--role', 'viewer')
    const { amount, port } = await start(world, { host: '0.0.0.0' })
    expect([await amount(), await amount(`Bearer ${secret}`)]).toEqual([[401, null], [200, 12]])
    expect((await fetch(`http://127.0.0.1:${port}/healthz`)).status).toBe(200)
    expect(await (await fetch(`http://127.0.0.1:${port}/readyz`)).json()).toEqual({ status: 'ready' })
    expect((await fetch(`http://127.0.0.1:${port}/metrics`)).status).toBe(401)
    expect(world.written.err).toContain('Access    with an API key only')
  })

  it('starts with the key of its environment, which is in no store and no log', async () => {
    const secret = 'f00dfacef00dfacef00dfacef00dface'
    const world = shop('', { KPIQL_ADMIN_KEY: secret, HOST: '0.0.0.0' })
    const { amount } = await start(world)
    expect([await amount(), await amount(`Bearer ${secret}`)]).toEqual([[401, null], [200, 12]])
    expect(await world.run('keys', 'list', '--json')).toBe(0)
    expect(world.written.out.trim()).toBe('[]')
    expect(world.written.err).not.toContain(secret)
  })

  it('does not take a key that could be guessed, and does not repeat it', async () => {
    for (const secret of ['changeme', 'a secret of thirty-two characters, with spaces']) {
      const world = shop('', { KPIQL_ADMIN_KEY: secret })
      expect(await world.run('serve', '--port', '0')).toBe(2)
      expect(world.written.err).toContain('KPIQL_ADMIN_KEY')
      expect(world.written.err).not.toContain(secret)
    }
  })
})

describe('kpiql doctor', () => {
  it('says whether a start would be refused for want of a key', async () => {
    const world = shop('server: { host: 0.0.0.0, port: 0 }\n')
    expect(await world.run('doctor')).toBe(1)
    expect(world.written.out).toMatch(/^FAIL +Access +The address 0\.0\.0\.0 is reached from other machines/m)
    await keyOf(world)
    await world.run('doctor')
    expect(world.written.out).toMatch(/^ok +Access +with an API key only/m)
  })
})

describe('kpiql keys', () => {
  it('makes keys that read, unless another role is asked for', async () => {
    const world = shop()
    await keyOf(world)
    await keyOf(world, '--role', 'editor')
    await keyOf(world, '--role', 'admin')
    expect(await world.run('keys', 'list', '--json')).toBe(0)
    expect((JSON.parse(world.written.out) as { role: string }[]).map(({ role }) => role).toSorted()).toEqual(['admin', 'editor', 'viewer'])
    expect(await world.run('keys', 'list')).toBe(0)
    expect(world.written.out).toMatch(/ editor  active /)
    expect(await world.run('keys', 'create', '--name', 'x', '--role', 'owner')).toBe(2)
  })
})
