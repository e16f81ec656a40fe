import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { day, identityWorld } from './identity-world.ts'
import type { IdentityWorld } from './identity-world.ts'

let made: IdentityWorld

beforeEach(async () => {
  made = await identityWorld()
})
afterEach(() => made.close())

async function ask(query: string): Promise<Record<string, never>> {
  expect([await made.world.run('query', query, '--format', 'json'), made.world.written.err]).toEqual([0, expect.any(String)])
  return JSON.parse(made.world.written.out) as Record<string, never>
}

const METRICS = 'paid: metric(name: STRIPE_COLLECTED) { exact } active: metric(name: MIXPANEL_ACTIVE_USERS) { value }'

describe('a gateway with Stripe, Mixpanel and what their users have in common', () => {
  it('slices metrics of both by cohorts of either, and by one over both, in one query', async () => {
    const { world } = made
    expect([await world.run('check'), world.written.out]).toEqual([0, expect.any(String)])
    expect([await world.run('sync'), world.written.err]).toEqual([0, expect.any(String)])
    const period = `period: { between: { start: "${day(7)}", end: "${day(0)}" } }`
    expect(
      await ask(`{
        slice(${period}) {
          ${METRICS} people: size(entity: PERSON)
          exporters: slice(where: { cohort: { in: [EXPORTERS] } }) { ${METRICS} }
          spenders: slice(where: { cohort: { in: [SPENDERS] } }) { ${METRICS} }
          both: slice(where: { cohort: { in: [PAYING_AND_EXPORTING] } }) { ${METRICS} people: size(entity: PERSON) }
        }
      }`),
    ).toMatchObject({
      data: {
        slice: {
          paid: { exact: '148' }, active: { value: 5 },
          // Ann, Bob, Cleo, Dan, Eve, and Fay, who is not Eve.
          people: 6,
          exporters: { paid: { exact: '140' }, active: { value: 3 } },
          spenders: { paid: { exact: '148' }, active: { value: 3 } },
          both: { paid: { exact: '140' }, active: { value: 2 }, people: 2 },
        },
      },
    })
  }, 300_000)

  it('shows in its catalog who met, and who was left apart, whatever process resolved it', async () => {
    expect(await made.world.run('sync')).toBe(0)
    expect(await ask(readFileSync(join(import.meta.dirname, '../../schema/operations/sync-status.graphql'), 'utf8'))).toMatchObject({
      data: {
        catalog: {
          identities: [
            {
              entity: 'person', people: 6, conflicts: 2, examples: ['billing.customers cus_eve and product.users u5 share their email, and differ in user_id.'], resolvedAt: expect.any(String),
              sources: [{ source: 'billing', table: 'customers', rows: 4, linked: 3, unlinked: 1 }, { source: 'product', table: 'users', rows: 5, linked: 3, unlinked: 2 }],
            },
            // All are of example.com but one, who is billed elsewhere.
            { entity: 'account', people: 2, conflicts: 0, sources: [{ rows: 4, linked: 3, unlinked: 1 }, { rows: 5, linked: 5, unlinked: 0 }] },
          ],
        },
      },
    })
  }, 300_000)

  it('follows people who become known to be one with the next sync', async () => {
    const { world, stripe } = made
    expect(await world.run('sync')).toBe(0)
    const query = `{ slice(period: { between: { start: "${day(7)}", end: "${day(0)}" } }, where: { cohort: { in: [EXPORTERS] } }) { paid: metric(name: STRIPE_COLLECTED) { exact } } }`
    expect(await ask(query)).toMatchObject({ data: { slice: { paid: { exact: '140' } } } })
    const cleo = stripe.objects.customers.get('cus_cleo')
    if (!cleo) throw new Error('There is no such customer.')
    const changed = { ...cleo, email: 'cleo@new.example', metadata: { user_id: 'u2' } }
    stripe.put('customers', changed)
    stripe.tell('customer.updated', changed)
    expect(await world.run('sync', 'billing')).toBe(0)
    expect(await ask(query)).toMatchObject({ data: { slice: { paid: { exact: '147' } } } })
  }, 300_000)

  it('is told of tables that no synced source has, of keys that are not matched, and of tables without a key', async () => {
    const { world } = made
    const config = join(world.cwd, 'kpiql.config.yml')
    const written = readFileSync(config, 'utf8')
    const check = async (from: string, to: string): Promise<string> => {
      writeFileSync(config, written.replace(from, to))
      expect(await world.run('check')).toBe(1)
      return world.written.out
    }
    expect(await check('billing.customers: { key: id, user_id', 'biling.customers: { key: id, user_id')).toContain('"biling.customers" is no table of a synced source. (Synced: billing, product.)')
    expect(await check('email: email }', 'mail: email }')).toContain('is not among the keys to match: user_id, email')
    expect(await check('{ key: distinct_id, domain: email }', '{ domain: email }')).toContain('needs a `key`')
  }, 300_000)
})
