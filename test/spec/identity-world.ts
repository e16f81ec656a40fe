import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { customer } from '../fixtures/stripe/shapes.ts'
import { MIXPANEL_KEY, startMixpanel } from '../vendors/mixpanel.ts'
import type { FakeMixpanel } from '../vendors/mixpanel.ts'
import { API_KEY, startStripe } from '../vendors/stripe.ts'
import type { StripeFake } from '../vendors/stripe.ts'
import { intoPlace } from '../servers/into-place.ts'
import type { IntoPlace } from '../servers/into-place.ts'
import { testWorld } from './cli-world.ts'
import type { TestWorld } from './cli-world.ts'

const DAY_MS = 86_400_000
/** Before the present, at noon UTC: whatever the clock says, it is over. */
export const at = (daysAgo: number): number => Math.floor(Date.now() / DAY_MS - daysAgo) * DAY_MS + DAY_MS / 2
export const day = (daysAgo: number): string => new Date(at(daysAgo)).toISOString().slice(0, 10)

/**
 * One company in Stripe and in Mixpanel.
 *
 * | in Stripe | paid | user id in its metadata | e-mail | in Mixpanel | did |
 * | --- | --- | --- | --- | --- | --- |
 * | cus_ann | 100.00 | u1 | ann@billing.example | u1 (ann@example.com) | export, open |
 * | cus_bob | 40.00 | | ' Bob@Example.com' | u2 (bob@example.com) | export |
 * | cus_cleo | 7.00 | | cleo@example.com | | |
 * | | | | | u3 (dan@example.com) | open |
 * | cus_eve | 1.00 | u4 | fay@example.com | u4 (eve@example.com) | open |
 * | | | | | u5 (fay@example.com) | export |
 *
 * Eve's and Fay's address is one, and their user ids are two.
 */
export interface IdentityWorld {
  readonly world: TestWorld
  readonly stripe: StripeFake
  readonly mixpanel: FakeMixpanel
  readonly place: IntoPlace
  close(): Promise<void>
}

export const IDENTITY = `
identity:
  person:
    match: [user_id, email]
    from:
      billing.customers: { key: id, user_id: metadata.user_id, email: email }
      product.users: { key: distinct_id, user_id: distinct_id, email: email }
  account:
    match: [domain]
    from:
      billing.customers: { key: id, domain: email }
      product.users: { key: distinct_id, domain: email }
`

export async function identityWorld(more = ''): Promise<IdentityWorld> {
  const stripe = await startStripe(Math.floor(Date.now() / 1000))
  const mixpanel = await startMixpanel()
  const world = testWorld({ STRIPE_KEY: API_KEY })
  const place = intoPlace()
  const person = (id: string, name: string, email: string, userId: string | null) => ({ ...customer(id, name, '2024-01-01', 'DE'), email, metadata: userId === null ? {} : { user_id: userId } })
  stripe.put('customers', person('cus_ann', 'Ann', 'ann@billing.example', 'u1'), person('cus_bob', 'Bob', ' Bob@Example.com', null), person('cus_cleo', 'Cleo', 'cleo@example.com', null), person('cus_eve', 'Eve', 'fay@example.com', 'u4'))
  stripe.put('charges', ...[['cus_ann', 100_00], ['cus_bob', 40_00], ['cus_cleo', 7_00], ['cus_eve', 1_00]].map(([of, amount]) => ({
    id: `ch_${of}`, object: 'charge', created: at(3) / 1000, customer: of, amount, amount_captured: amount, amount_refunded: 0, captured: true, currency: 'usd', status: 'succeeded', refunded: false, disputed: false, failure_code: null, payment_intent: `pi_${of}`,
    payment_method_details: { type: 'card', card: { brand: 'visa', country: 'US' } }, balance_transaction: null, metadata: {}, description: null, outcome: null,
  })))
  mixpanel.profiles = [['u1', 'ann@example.com'], ['u2', 'bob@example.com'], ['u3', 'dan@example.com'], ['u4', 'eve@example.com'], ['u5', 'fay@example.com']].map(([id = '', email]) => ({ $distinct_id: id, $properties: { $email: email } }))
  mixpanel.events = [['u1', 'export'], ['u1', 'open'], ['u2', 'export'], ['u3', 'open'], ['u4', 'open'], ['u5', 'export']].map(([user, event = '']) => ({ event, properties: { time: at(2), distinct_id: user, $insert_id: `${user} ${event}` } }))
  writeFileSync(join(world.cwd, 'kpiql.config.yml'), `
sources:
  billing: { connector: stripe, apiKey: '\${STRIPE_KEY}', baseUrl: '${stripe.url}', requestsPerSecond: 100, sync: { schedule: null, streams: [customers, charges] } }
  product: { connector: mixpanel, username: ${MIXPANEL_KEY.username}, secret: ${MIXPANEL_KEY.secret}, projectId: ${MIXPANEL_KEY.projectId}, dataUrl: '${mixpanel.url}/api/2.0', queryUrl: '${mixpanel.url}/api/query', sync: { schedule: null, since: ${day(6)} } }
model:
  - { use: stripe, source: billing }
  - { use: mixpanel, source: product }
  - ./own.yml
log: { level: warn }
${place.into === null ? '' : `sync: { into: ${JSON.stringify(place.into)} }\n`}${IDENTITY}${more}`)
  writeFileSync(join(world.cwd, 'own.yml'), `
cohorts:
  - { name: exporters, entity: mixpanel_user, behavior: { event: { metric: mixpanel_events, filter: mixpanel_event = 'export' } } }
  - { name: spenders, entity: stripe_customer, behavior: { event: { metric: stripe_payments } } }
  - { name: paying, entity: person, behavior: { event: { metric: stripe_payments } } }
  - { name: exporting, entity: person, behavior: { event: { metric: mixpanel_events, filter: mixpanel_event = 'export' } } }
  - { name: paying_and_exporting, entity: person, all_of: [paying, exporting] }
`)
  return {
    world,
    stripe,
    mixpanel,
    place,
    async close() {
      world.remove()
      await Promise.all([stripe.close(), mixpanel.close(), place.remove()])
    },
  }
}
