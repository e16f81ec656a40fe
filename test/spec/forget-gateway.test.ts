import { createHmac } from 'node:crypto'
import { existsSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { fixedClock } from '../../src/base/clock.ts'
import { serve } from '../../src/cli/serve.ts'
import { openStore } from '../../src/store/open-store.ts'
import { day, identityWorld } from './identity-world.ts'
import type { IdentityWorld } from './identity-world.ts'

let made: IdentityWorld

beforeEach(async () => {
  made = await identityWorld()
})
afterEach(() => made.close())

async function run(...args: readonly string[]): Promise<{ readonly code: number; readonly out: string; readonly err: string }> {
  const code = await made.world.run(...args)
  return { code, ...made.world.written }
}

async function forget(...args: readonly string[]): Promise<unknown> {
  const { code, out, err } = await run('forget', ...args, '--json')
  expect([code, err]).toEqual([0, expect.any(String)])
  return JSON.parse(out)
}

/** Active users of Mixpanel, customers of Stripe, people of both, what those who exported paid, and what everybody did: books stay, whoever is forgotten. */
async function standing(): Promise<readonly unknown[]> {
  const query = `{
    slice(period: { between: { start: "${day(7)}", end: "${day(0)}" } }) { active: metric(name: MIXPANEL_ACTIVE_USERS) { value } all: metric(name: STRIPE_COLLECTED) { exact } exporters: slice(where: { cohort: { in: [EXPORTERS] } }) { paid: metric(name: STRIPE_COLLECTED) { exact } } }
    catalog { identities { people sources { rows } } }
  }`
  const { code, out, err } = await run('query', query, '--format', 'json')
  expect([code, err]).toEqual([0, expect.any(String)])
  const { data: { slice, catalog } } = JSON.parse(out) as { data: { slice: { active: { value: number }; all: { exact: string | null }; exporters: { paid: { exact: string | null } } }; catalog: { identities: { people: number; sources: { rows: number }[] }[] } } }
  const [person] = catalog.identities
  return [slice.active.value, person?.sources[0]?.rows, person?.people, slice.exporters.paid.exact, slice.all.exact]
}

describe('kpiql forget', () => {
  it('finds an address in any spelling in every tool, tells what it would remove, removes it, and it does not come back', async () => {
    expect((await run('sync')).code).toBe(0)
    expect(await standing()).toEqual([5, 4, 6, '140', '148'])
    const found = [{ source: 'billing', table: 'customers', rows: 1 }, { source: 'product', table: 'events', rows: 1 }, { source: 'product', table: 'users', rows: 1 }]
    const ids = [{ source: 'billing', users: 1, emails: 1 }, { source: 'product', users: 1, emails: 1 }]
    const told = (await forget('--email', 'BOB@example.com ', '--dry-run')) as { readonly tables: readonly { readonly table: string }[] }
    expect({ ...told, tables: told.tables.toSorted((a, b) => (a.table < b.table ? -1 : 1)) }).toMatchObject({ dryRun: true, tables: found, ids })
    // In each tool's own spelling, with the address as it was named.
    const whom = [{ source: 'billing', users: ['cus_bob'], devices: [], emails: [' Bob@Example.com', 'bob@example.com'] }, { source: 'product', users: ['u2'], devices: [], emails: ['bob@example.com'] }]
    expect(told).toMatchObject({ found: whom })
    const { out } = await run('forget', '--email', 'bob@example.com', '--dry-run')
    for (const line of ['  billing: id cus_bob\n', '  billing: address  Bob@Example.com\n', '  product: id u2\n']) expect(out).toContain(line)
    expect(await standing()).toEqual([5, 4, 6, '140', '148'])
    const removed = (await forget('--email', 'BOB@example.com ')) as { readonly tables: readonly { readonly table: string }[] }
    expect({ ...removed, tables: removed.tables.toSorted((a, b) => (a.table < b.table ? -1 : 1)) }).toMatchObject({ dryRun: false, tables: found, overwritten: [{ source: 'billing', table: 'charges', cells: 1 }], ids, found: [], logIsClear: true })
    expect(await standing()).toEqual([4, 3, 5, '100', '148'])
    expect((await run('sync', '--full')).code).toBe(0)
    expect(await standing()).toEqual([4, 3, 5, '100', '148'])
    expect(await forget('--email', 'bob@example.com')).toMatchObject({ tables: [] })
  }, 300_000)

  it('follows links from the tool whose user it is to the others, and spares whoever has the same address under another id', async () => {
    expect((await run('sync')).code).toBe(0)
    // Eve in both tools; Fay has the address that Stripe knows of Eve.
    const removed = (await forget('--user', 'u4')) as { readonly tables: readonly object[] }
    expect(removed.tables).toEqual(expect.arrayContaining([{ source: 'billing', table: 'customers', rows: 1 }, { source: 'product', table: 'users', rows: 1 }, { source: 'product', table: 'events', rows: 1 }]))
    expect(await standing()).toEqual([4, 3, 5, '140', '148'])
  }, 300_000)

  it('keeps no value, and lets nothing land where the key is lost by which it knows the forgotten', async () => {
    expect((await run('sync')).code).toBe(0)
    await forget('--email', 'bob@example.com')
    const state = join(made.world.cwd, '.kpiql')
    const files = readdirSync(state).filter((name) => name.startsWith('store.db'))
    expect(files).toContain('store.db.forgotten-key')
    for (const name of files) for (const text of ['bob@example.com', 'Bob@Example.com', 'cus_bob']) expect(readFileSync(join(state, name)).includes(text), `${name} ${text}`).toBe(false)
    rmSync(join(state, 'store.db.forgotten-key'))
    expect(await run('sync')).toMatchObject({ code: 1, err: expect.stringContaining('The key by which forgotten people are recognised is not there') })
  }, 300_000)

  it('removes members of uploaded cohorts and of cohorts that were sent', async () => {
    expect((await run('sync')).code).toBe(0)
    const file = join(made.world.cwd, '.kpiql', 'store.db')
    const store = await openStore(file, fixedClock(0))
    const list = (name: string, entity: string) => store.cohorts.upload({ name, description: null, key: `upload ${name}`, sent: name, entity, csv: 'u1\nu2\nu3', column: null }, async (_, ids) => ids)
    const { cohort } = await list('asked', 'mixpanel_user')
    await list('others', 'stripe_product')
    const audience = await store.activations.countRun({ destination: 'crm', cohort: 'exporters', entity: 'mixpanel_user' })
    await store.activations.put(audience.id, ['u2', 'u3'].map((member) => ({ member, record: { told: 'in', pending: null, number: null, reason: null } })), null)
    expect(await forget('--user', 'u2', '--dry-run')).toMatchObject({ listed: 1, activated: 1, mentioned: 2 })
    expect(await forget('--user', 'u2')).toMatchObject({ listed: 1, activated: 1 })
    expect(await store.cohorts.find(cohort.id)).toMatchObject({ listSize: 2 })
    expect((await store.activations.members(audience.id, '', 10, 'all')).map(({ member }) => member)).toEqual(['u3'])
    await store.close()
  }, 300_000)

  it('refuses whoever it cannot tell', async () => {
    const { world, mixpanel, stripe } = made
    expect((await run('sync')).code).toBe(0)
    expect(await run('forget')).toMatchObject({ code: 2, err: expect.stringContaining('--user ID or --email ADDRESS') })
    expect(await run('forget', '--email', 'bob')).toMatchObject({ code: 2, err: expect.stringContaining('no e-mail address') })
    expect(await run('forget', '--user', 'nobody')).toMatchObject({ code: 2, err: expect.stringContaining('No synced source has a user of this id') })
    expect(await run('forget', '--user', 'u1', '--source', 'crm')).toMatchObject({ code: 1, err: expect.stringContaining('Synced: billing, product.') })
    // An id of both tools, of two people.
    mixpanel.profiles = [...mixpanel.profiles, { $distinct_id: 'cus_cleo', $properties: {} }]
    writeFileSync(join(world.cwd, 'kpiql.config.yml'), readFileSync(join(world.cwd, 'kpiql.config.yml'), 'utf8').replace(/identity:[^]*$/, ''))
    writeFileSync(join(world.cwd, 'own.yml'), 'cohorts: []\n')
    expect((await run('sync', 'product', '--full')).code).toBe(0)
    expect(await run('forget', '--user', 'cus_cleo')).toMatchObject({ code: 2, err: expect.stringContaining('billing and product have users of this id') })
    expect(await forget('--user', 'cus_cleo', '--source', 'product')).toMatchObject({ tables: [{ source: 'product', table: 'users', rows: 1 }] })
    expect(stripe.objects.customers.has('cus_cleo')).toBe(true)
  }, 300_000)

  it('is done by the gateway that runs, which lands no live events of the person from then on', async () => {
    const { world } = made
    const secret = 'shared-with-segment'
    const config = join(world.cwd, 'kpiql.config.yml')
    writeFileSync(config, readFileSync(config, 'utf8').replace('model:\n', `  live: { connector: segment, webhookSecret: ${secret}, sync: { schedule: null } }\nmodel:\n  - { use: segment, source: live }\n`))
    const { promise: listening, resolve } = Promise.withResolvers<string>()
    const ended = serve({ port: '0' }, world, resolve)
    const address = await Promise.race([listening, ended.then(() => '')])
    try {
      const send = async (user: string, id: string): Promise<number> => {
        const body = JSON.stringify({ type: 'track', event: 'Signed Up', messageId: id, userId: user, timestamp: `${day(2)}T08:00:00.000Z`, receivedAt: `${day(2)}T08:00:01.000Z`, properties: {} })
        return (await fetch(`${address}/hooks/live`, { method: 'POST', headers: { 'content-type': 'application/json', 'x-signature': createHmac('sha1', secret).update(body).digest('hex') }, body })).status
      }
      const tracked = async (): Promise<unknown> => {
        const query = `{ slice(period: { between: { start: "${day(7)}", end: "${day(0)}" } }) { metric(name: SEGMENT_TRACKS) { value } } }`
        const response = await fetch(`${address}/graphql`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ query }) })
        return response.json()
      }
      expect([await send('someone-to-forget', 'm-1'), await send('s-2', 'm-2')]).toEqual([200, 200])
      expect(await tracked()).toMatchObject({ data: { slice: { metric: { value: 2 } } } })
      const { out } = await run('forget', '--user', 'someone-to-forget', '--source', 'live')
      expect(out).toContain('live.tracks')
      const log = join(world.cwd, '.kpiql', 'synced', 'synced.duckdb.wal')
      expect(existsSync(log) && readFileSync(log).includes('someone-to-forget')).toBe(false)
      expect(await tracked()).toMatchObject({ data: { slice: { metric: { value: 1 } } } })
      expect([await send('someone-to-forget', 'm-3'), await send('s-2', 'm-4')]).toEqual([200, 200])
      expect(await tracked()).toMatchObject({ data: { slice: { metric: { value: 2 } } } })
    } finally {
      world.signals.emit('SIGTERM')
      await ended
    }
  }, 300_000)
})
