import { describe, expect, it } from 'vitest'
import { anonymousRole } from '../../src/access/anonymous.ts'
import { credentialsIn, holdsKey } from '../../src/access/bearer.ts'
import { KeyRing, TRUSTED_MS } from '../../src/access/key-ring.ts'
import { isLoopback } from '../../src/access/loopback.ts'
import { mayActAs, ROLES } from '../../src/access/role.ts'

const SECRET = `kpiql_0123456789ab_${'x'.repeat(43)}`

describe('a role', () => {
  it('may do what those below it may, and nothing of those above', () => {
    const may = ROLES.map((role) => ROLES.filter((needed) => mayActAs(role, needed)))
    expect(may).toEqual([['viewer'], ['viewer', 'editor'], ['viewer', 'editor', 'admin']])
  })
})

describe('an address', () => {
  it('is of this machine only where it is 127.0.0.0/8, ::1 or localhost', () => {
    for (const host of ['127.0.0.1', '127.1.2.3', '::1', '[::1]', 'localhost', 'LOCALHOST', '::ffff:127.0.0.1']) expect([host, isLoopback(host)]).toEqual([host, true])
    for (const host of ['0.0.0.0', '::', '10.0.0.1', '192.168.1.2', '127.example.com', '127.0.0.1.example.com', 'localhost.example.com', '128.0.0.1', '', '::ffff:10.0.0.1']) expect([host, isLoopback(host)]).toEqual([host, false])
  })
})

describe('a request without a key', () => {
  const from = (address: string | undefined, headers: Record<string, string> = {}) => anonymousRole('loopback', { address, headers })

  it('is an admin’s where it comes from this machine, and nobody’s where it does not', () => {
    expect([from('127.0.0.1'), from('::1'), from('::ffff:127.0.0.1', { host: '127.0.0.1:4000' }), from('127.0.0.1', { host: 'localhost:4000' }), from('::1', { host: '[::1]:4000' })]).toEqual(['admin', 'admin', 'admin', 'admin', 'admin'])
    expect([from('10.0.0.7'), from('::ffff:10.0.0.7'), from(undefined)]).toEqual([null, null, null])
  })

  it('is nobody’s where a proxy passed it on, or where it asked for another name', () => {
    for (const header of ['forwarded', 'via', 'x-forwarded-for', 'x-forwarded-host', 'x-forwarded-proto', 'x-real-ip']) expect([header, from('127.0.0.1', { [header]: '' })]).toEqual([header, null])
    expect(from('127.0.0.1', { host: 'rebound.example.com:4000' })).toBe(null)
    expect(from('127.0.0.1', { host: '127.0.0.1.example.com' })).toBe(null)
  })

  it('is nobody’s where a page of another machine asked for it, and an admin’s for a page of this machine', () => {
    const asked = (origin: string) => from('127.0.0.1', { host: 'localhost:4000', origin })
    for (const origin of ['https://evil.example', 'http://10.0.0.7:4000', 'https://localhost.example.com', 'http://localhost@evil.example', 'null', '', 'localhost', 'chrome-extension://abcdefgh']) expect([origin, asked(origin)]).toEqual([origin, null])
    for (const origin of ['http://localhost:4000', 'http://127.0.0.1:5173', 'https://[::1]:8443']) expect([origin, asked(origin)]).toEqual([origin, 'admin'])
  })

  it('has the role that was given to all such, or none', () => {
    const far = { address: '10.0.0.7', headers: {} }
    expect((['none', 'viewer', 'editor', 'admin'] as const).map((anonymous) => anonymousRole(anonymous, far))).toEqual([null, 'viewer', 'editor', 'admin'])
    expect(anonymousRole('none', { address: '127.0.0.1', headers: {} })).toBe(null)
  })
})

describe('an Authorization header', () => {
  it('holds a key after the word Bearer, in any case', () => {
    for (const text of [`Bearer ${SECRET}`, `bearer ${SECRET}`, `BEARER   ${SECRET} `]) expect(credentialsIn(text)).toEqual({ kind: 'bearer', secret: SECRET })
    expect(credentialsIn(undefined)).toEqual({ kind: 'none' })
  })

  it('is malformed whatever else it holds', () => {
    for (const text of ['', 'Bearer', 'Bearer ', SECRET, `Basic ${SECRET}`, `Bearer ${SECRET} more`, `Bearer a\tb`, `Bearer ${'x'.repeat(2_000)}`, `Bearer ${SECRET}, Bearer ${SECRET}`, 'Bearer kpiql_ä']) expect([text, credentialsIn(text).kind]).toEqual([text, 'malformed'])
  })
})

describe('a key in an address', () => {
  it('is seen wherever it stands, also where letters are spelled out', () => {
    for (const url of [`/graphql?key=${SECRET}`, `/${SECRET}`, `/graphql?query=%7B${SECRET}%7D`, `/graphql?k=kpiql%5F${SECRET.slice(6)}`, `/graphql?k=%6Bpiql_${SECRET.slice(6)}&broken=%E0%A4%A`]) expect([url, holdsKey(url)]).toEqual([url, true])
    for (const url of ['/graphql', '/graphql?key=kpiql_', '/graphql?query={ kpiql_ }', '/%', '/graphql?x=%zz']) expect([url, holdsKey(url)]).toEqual([url, false])
  })
})

describe('a ring of keys', () => {
  function ring() {
    const state = { nowMs: 1_000_000, reads: 0, isActive: true, expiresAt: null as string | null, fails: false }
    const lookUp = async (secret: string) => {
      state.reads += 1
      await Promise.resolve()
      if (state.fails) throw new Error('disk')
      return secret === SECRET && state.isActive ? { id: 'k1', role: 'editor' as const, expiresAt: state.expiresAt } : null
    }
    return { state, keys: new KeyRing(async () => ({ lookUp }), null, () => state.nowMs) }
  }
  const editor = { role: 'editor', keyId: 'k1' }

  it('asks the store once for a key in use, and again when its trust is over: a revoked key is refused within 5 s', async () => {
    const { state, keys } = ring()
    expect(TRUSTED_MS).toBeLessThanOrEqual(5_000)
    expect(await Promise.all([keys.callerOf(SECRET), keys.callerOf(SECRET)])).toEqual([editor, editor])
    for (let count = 0; count < 100; count++) expect(keys.callerOf(SECRET)).toEqual(editor)
    expect(state.reads).toBe(1)
    state.isActive = false
    state.nowMs += TRUSTED_MS - 1
    expect(keys.callerOf(SECRET)).toEqual(editor)
    state.nowMs += 1
    expect(await keys.callerOf(SECRET)).toBe(null)
    expect(await keys.callerOf(SECRET)).toBe(null)
    expect(state.reads).toBe(3)
  })

  it('never trusts a key beyond its expiry, nor longer because the clock was set back', async () => {
    const { state, keys } = ring()
    state.expiresAt = new Date(state.nowMs + 500).toISOString()
    expect(await keys.callerOf(SECRET)).toEqual(editor)
    state.isActive = false
    state.nowMs += 500
    expect(await keys.callerOf(SECRET)).toBe(null)
    Object.assign(state, { isActive: true, expiresAt: null })
    expect(await keys.callerOf(SECRET)).toEqual(editor)
    state.isActive = false
    state.nowMs -= 3_600_000
    expect(await keys.callerOf(SECRET)).toBe(null)
  })

  it('does not remember that the store failed', async () => {
    const { state, keys } = ring()
    state.fails = true
    await expect(keys.callerOf(SECRET)).rejects.toThrow('disk')
    state.fails = false
    expect(await keys.callerOf(SECRET)).toEqual(editor)
  })

  it('knows the key that was given at the start without a store, and nobody where no key was ever made', async () => {
    const given = 'g'.repeat(32)
    const keys = new KeyRing(async () => null, given, () => 0)
    expect(keys.callerOf(given)).toEqual({ role: 'admin', keyId: 'KPIQL_ADMIN_KEY' })
    expect(await keys.callerOf(`${given}g`)).toBe(null)
    expect(await keys.callerOf(SECRET)).toBe(null)
  })
})
