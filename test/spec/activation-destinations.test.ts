import { afterEach, describe, expect, it } from 'vitest'
import type { ActivationTarget } from '../../connectors/activation-contract.ts'
import hubspotConnector from '../../connectors/hubspot/activate.ts'
import mixpanelConnector from '../../connectors/mixpanel/activate.ts'
import segmentConnector from '../../connectors/segment/activate.ts'
import webhookConnector from '../../connectors/webhook/activate.ts'
import { systemClock } from '../../src/base/clock.ts'
import { silentLog } from '../../src/base/log.ts'
import { createActivations } from '../../src/jobs/activation/create-activations.ts'
import type { ActivationEngine } from '../../src/jobs/activation/types.ts'
import { startHubspotIngest } from '../vendors/hubspot-ingest.ts'
import { startMixpanelIngest } from '../vendors/mixpanel-ingest.ts'
import { patientClock } from '../vendors/patient-clock.ts'
import { startSegmentIngest } from '../vendors/segment-ingest.ts'
import type { VendorServer } from '../vendors/vendor-server.ts'
import { startReceiver } from '../vendors/webhook-ingest.ts'
import { activationWorld, analyticsOver } from './activation-world.ts'
import type { ActivationWorld, Person } from './activation-world.ts'

interface Tool {
  readonly server: VendorServer
  readonly target: ActivationTarget
  /** Who is in the cohort, as the tool shows it. */
  members(): readonly string[]
  /** How often the tool took a change for a new one. */
  taken(): number | null
}

const clock = () => patientClock('2026-05-01T00:00:00Z')
const smaller = (target: ActivationTarget): ActivationTarget => ({ ...target, batchSize: 10 })

const TOOLS: Readonly<Record<string, () => Promise<Tool>>> = {
  async webhook() {
    const server = await startReceiver(() => Date.UTC(2026, 4, 1))
    const target = webhookConnector.open('t', webhookConnector.options.parse({ url: server.url, secret: server.secret, batchSize: 10 }), { ...clock(), now: () => Date.UTC(2026, 4, 1), wait: () => Promise.resolve() })
    return { server, target, members: () => [...(server.cohorts.get('vips') ?? [])], taken: () => server.seen.size }
  },
  async 'segment by traits'() {
    const server = await startSegmentIngest()
    const target = segmentConnector.open('t', segmentConnector.options.parse({ writeKey: server.writeKey, host: server.url }), clock())
    return { server, target: smaller(target), members: () => [...server.traits].flatMap(([key, { vips }]) => (vips === true ? [key.slice('user:'.length)] : [])), taken: () => server.messages.length }
  },
  async 'segment by events'() {
    const server = await startSegmentIngest()
    const target = segmentConnector.open('t', segmentConnector.options.parse({ writeKey: server.writeKey, host: server.url, mode: 'events' }), clock())
    const members = (): readonly string[] => {
      const inside = new Set<string>()
      for (const { userId = '', event } of server.messages) if (event === 'Audience Entered') inside.add(userId)
      else inside.delete(userId)
      return [...inside]
    }
    return { server, target: smaller(target), members, taken: () => server.messages.length }
  },
  async mixpanel() {
    const server = await startMixpanelIngest()
    const target = mixpanelConnector.open('t', mixpanelConnector.options.parse({ token: server.token, baseUrl: server.url }), clock())
    return { server, target: smaller(target), members: () => [...server.profiles].flatMap(([id, { kpiql_cohorts: cohorts }]) => (cohorts?.includes('vips') === true ? [id] : [])), taken: () => null }
  },
  async 'hubspot by a property'() {
    const server = await startHubspotIngest()
    const target = hubspotConnector.open('t', hubspotConnector.options.parse({ accessToken: server.token, baseUrl: server.url }), clock())
    return { server, target: smaller(target), members: () => [...server.contacts.values()].flatMap(({ properties: { email = '', kpiql_vips: isIn } }) => (isIn === 'true' ? [email] : [])), taken: () => null }
  },
  async 'hubspot by a list'() {
    const server = await startHubspotIngest()
    const target = hubspotConnector.open('t', hubspotConnector.options.parse({ accessToken: server.token, baseUrl: server.url, mode: 'list' }), clock())
    const members = (): readonly string[] => [...server.lists.values()].flatMap((list) => [...list.members].map((id) => server.contacts.get(id)?.properties['email'] ?? ''))
    return { server, target: smaller(target), members, taken: () => null }
  },
}

let world: ActivationWorld
let tool: Tool
let engine: ActivationEngine
afterEach(async () => {
  await engine.close()
  await tool.target.close()
  await world.close()
  await tool.server.close()
})

async function open(name: string, people: readonly Person[]): Promise<void> {
  tool = await (TOOLS[name] as () => Promise<Tool>)()
  world = activationWorld(people)
  engine = createActivations({ destinations: [{ name: 't', connector: name, target: tool.target, identify: 'email' }], store: world.store, analytics: () => analyticsOver(() => world.people), clock: systemClock, log: silentLog })
}

const people = (from: number, to: number): readonly Person[] => Array.from({ length: to - from }, (_, index) => [`${from + index}`, `p${100 + from + index}@example.com`])
const emails = (list: readonly Person[]): readonly string[] => list.map(([, email]) => email ?? '')
const send = (dryRun = false) => engine.activate({ cohort: { name: 'vips', entity: 'user', predicate: { kind: 'all' } }, destination: 't', dryRun }, 30_000)
const members = (): readonly string[] => tool.members().toSorted()

describe.each(Object.keys(TOOLS))('a cohort sent to %s', (name) => {
  it('is there once, changes with the membership, and is not asked about when nothing changed', async () => {
    await open(name, people(0, 25))
    expect(await send(true)).toMatchObject({ state: 'done', entered: 25, sent: 0 })
    expect(tool.server.heard).toHaveLength(0)
    expect(await send()).toMatchObject({ state: 'done', entered: 25, sent: 25, refused: 0, error: null })
    expect(members()).toEqual(emails(people(0, 25)))
    const heard = tool.server.heard.length
    expect(await send()).toMatchObject({ state: 'done', sent: 0 })
    expect(tool.server.heard).toHaveLength(heard)

    world.people = people(5, 30)
    expect(await send()).toMatchObject({ entered: 5, left: 5, sent: 10 })
    expect(members()).toEqual(emails(people(5, 30)))
    // Who comes back is told anew.
    world.people = people(0, 30)
    expect(await send()).toMatchObject({ entered: 5, left: 0, sent: 5 })
    expect(members()).toEqual(emails(people(0, 30)))
    expect(tool.taken() ?? 40).toBe(40)
  })

  it('is completed after a failure in the middle, without doubles, and after a storm of 429', async () => {
    await open(name, people(0, 25))
    tool.server.fail({ times: 4, what: { status: 429, headers: { 'retry-after': '1' } } })
    const first = new Set<string>()
    // From the second batch on nothing is permitted any more.
    tool.server.fail({ times: 1000, what: { status: 403, json: { error: 'expired' } }, when: ({ body }) => [...body.toString().matchAll(/p1\d\d@example\.com/g)].some(([email]) => first.size >= 10 && !first.has(email)) || (noted(body, first), false) })
    const failed = await send()
    expect(failed).toMatchObject({ state: 'failed', entered: 25, sent: 10, error: { code: 'SOURCE_FAILED' } })
    expect(members()).toEqual(emails(people(0, 10)))
    first.clear()
    for (const [, email] of people(0, 25)) first.add(email ?? '')
    expect(await send()).toMatchObject({ state: 'done', entered: 15, sent: 15 })
    expect(members()).toEqual(emails(people(0, 25)))
    expect(tool.taken() ?? 25).toBe(25)
  })
})

function noted(body: Buffer, seen: Set<string>): void {
  for (const [email] of body.toString().matchAll(/p1\d\d@example\.com/g)) seen.add(email)
}
