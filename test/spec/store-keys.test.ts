import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Predicate } from '../../src/model/predicate.ts'
import { openStore } from '../../src/store/open-store.ts'
import type { Store } from '../../src/store/open-store.ts'
import { predicateOfJson, predicateToJson } from '../../src/store/predicate-json.ts'
import { testWorld } from './cli-world.ts'

const DAY = 86_400_000
const folder = mkdtempSync(join(tmpdir(), 'kpiql-keys-'))
const clock = { ms: Date.UTC(2026, 0, 1), nowMs: () => clock.ms }
let store: Store
beforeAll(async () => {
  store = await openStore(join(folder, 'store.db'), clock)
})
afterAll(async () => {
  await store.close()
  rmSync(folder, { recursive: true, force: true })
})

describe('an API key', () => {
  it('is found by its secret, of which nothing is kept but a hash', async () => {
    const { key, secret } = await store.keys.create(' nightly export ', null)
    expect(key).toMatchObject({ name: 'nightly export', state: 'active', expiresAt: null, createdAt: '2026-01-01T00:00:00.000Z' })
    expect(secret.startsWith(`${key.prefix}_`)).toBe(true)
    expect(await store.keys.lookUp(secret)).toEqual(key)
    for (const other of ['', 'kpiql_', secret.slice(0, -1), `${secret.slice(0, -1)}${secret.endsWith('A') ? 'B' : 'A'}`, secret.replace(key.id, '000000000000')]) expect(await store.keys.lookUp(other)).toBe(null)
    const random = secret.slice(key.prefix.length + 1)
    const kept = ['store.db', 'store.db-wal'].map((name) => readFileSync(join(folder, name), 'latin1')).join('')
    expect([random.length >= 40, kept.includes(key.id), kept.includes(random)]).toEqual([true, true, false])
  })

  it('is refused from the moment it expires, and once it is revoked', async () => {
    clock.ms += 1
    const { secret, key } = await store.keys.create('a day', clock.ms + DAY)
    clock.ms += DAY - 1
    expect(await store.keys.lookUp(secret)).toMatchObject({ id: key.id })
    clock.ms += 1
    expect(await store.keys.lookUp(secret)).toBe(null)
    const other = await store.keys.create('soon gone', null)
    const revoked = await store.keys.revoke(other.key.id)
    clock.ms += 1
    expect(await store.keys.revoke(other.key.id)).toEqual(revoked)
    expect(await store.keys.lookUp(other.secret)).toBe(null)
    expect((await store.keys.list()).map(({ name, state }) => [name, state])).toEqual([['nightly export', 'active'], ['a day', 'expired'], ['soon gone', 'revoked']])
  })

  it('needs a name and a moment to come', async () => {
    await expect(store.keys.create(' ', null)).rejects.toMatchObject({ code: 'RECORD_INVALID' })
    await expect(store.keys.create('late', clock.ms)).rejects.toMatchObject({ code: 'RECORD_INVALID' })
    await expect(store.keys.revoke('nobody')).rejects.toMatchObject({ code: 'RECORD_UNKNOWN' })
  })
})

describe('kpiql keys', () => {
  it('makes, lists and revokes keys in the store of the configuration, and shows the secret once', async () => {
    const world = testWorld()
    try {
      expect(await world.run('keys', 'create', '--name', 'ci', '--expires', '90 days')).toBe(0)
      const secret = world.written.out.trim()
      expect(secret).toMatch(/^kpiql_[0-9a-f]{12}_[\w-]{43}$/)
      const id = secret.slice('kpiql_'.length).slice(0, 12)
      expect(await world.run('keys', 'list')).toBe(0)
      expect(world.written.out).toContain(id)
      expect(world.written.out).not.toContain(secret)
      expect(await world.run('keys', 'revoke', id)).toBe(0)
      expect(await world.run('keys', 'list', '--json')).toBe(0)
      expect(JSON.parse(world.written.out)).toMatchObject([{ id, name: 'ci', state: 'revoked' }])
    } finally {
      world.remove()
    }
  })

  it('refuses a span that is none, and a key that is not there', async () => {
    const world = testWorld()
    try {
      expect(await world.run('keys', 'create', '--name', 'ci', '--expires', 'soon')).toBe(2)
      expect(await world.run('keys', 'revoke', 'nobody')).toBe(1)
      expect(await world.run('keys', 'create')).toBe(2)
    } finally {
      world.remove()
    }
  })
})

describe('a predicate in the store', () => {
  it('comes back as it was, whole numbers beyond 2⁵³ included', () => {
    const predicate: Predicate = {
      kind: 'and',
      of: [
        { kind: 'atom', dimension: 'seats', test: { op: 'in', values: [9007199254740993n, 2, '12345678901234567.89', true], caseInsensitive: false } },
        { kind: 'not', of: { kind: 'member', of: { kind: 'list', entity: 'customer', version: 'v', ids: ['$bigint', '1n'] } } },
      ],
    }
    expect(predicateOfJson(predicateToJson(predicate))).toEqual(predicate)
  })
})
