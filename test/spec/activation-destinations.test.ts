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
import type { PatientClock } from '../vendors/patient-clock.ts'
import { startSegmentIngest } from '../vendors/segment-ingest.ts'
import type { VendorServer } from '../vendors/vendor-server.ts'
import { startReceiver } from '../vendors/webhook-ingest.ts'
import { activationWorld, analyticsOver } from './activation-world.ts'
import type { ActivationWorld, Person } from './activation-world.ts'

interface Tool {
  readonly server: VendorServer
  readonly clock: PatientClock
  readonly target: ActivationTarget
  /** Who is in the cohort, as the tool shows it. */
  members(): readonly string[]
  /** How often the tool took a change for a new one. */
  taken(): number | null
  /** Members it takes no changes of, with its reason, though it answers with a success. */
  readonly refused?: Map<string, string>
}

const smaller = (target: ActivationTarget): ActivationTarget => ({ ...target, batchSize: 10 })

const TOOLS: Readonly<Record<string, (clock: PatientClock) => Promise<Tool>>> = {
  async webhook(clock) {
    const server = await startReceiver(clock.now)
    const target = webhookConnector.open('t', webhookConnector.options.parse({ url: server.url, secret: server.secret, batchSize: 10 }), clock)
    return { server, clock, target, members: () => [...(server.cohorts.get('vips') ?? [])], taken: () => server.seen.size, refused: server.refused }
  },
  async 'segment by traits'(clock) {
    const server = await startSegmentIngest()
    const target = segmentConnector.open('t', segmentConnector.options.parse({ writeKey: server.writeKey, host: server.url }), clock)
    return { server, clock, target: smaller(target), members: () => [...server.traits].flatMap(([key, { vips }]) => (vips === true ? [key.slice('user:'.length)] : [])), taken: () => server.messages.length }
  },
  async 'segment by events'(clock) {
    const server = await startSegmentIngest()
    const target = segmentConnector.open('t', segmentConnector.options.parse({ writeKey: server.writeKey, host: server.url, mode: 'events' }), clock)
    const members = (): readonly string[] => {
      const inside = new Set<string>()
      for (const { userId = '', event } of server.messages) if (event === 'Audience Entered') inside.add(userId)
      else inside.delete(userId)
      return [...inside]
    }
    return { server, clock, target: smaller(target), members, taken: () => server.messages.length }
  },
  async mixpanel(clock) {
    const server = await startMixpanelIngest()
    const target = mixpanelConnector.open('t', mixpanelConnector.options.parse({ token: server.token, baseUrl: server.url }), clock)
    return { server, clock, target: smaller(target), members: () => [...server.profiles].flatMap(([id, { kpiql_cohorts: cohorts }]) => (cohorts?.includes('vips') === true ? [id] : [])), taken: () => null, refused: server.refused }
  },
  async 'hubspot by a property'(clock) {
    const server = await startHubspotIngest()
    const target = hubspotConnector.open('t', hubspotConnector.options.parse({ accessToken: server.token, baseUrl: server.url }), clock)
    return { server, clock, target: smaller(target), members: () => [...server.contacts.values()].flatMap(({ properties: { email = '', kpiql_vips: isIn } }) => (isIn === 'true' ? [email] : [])), taken: () => null, refused: server.refused }
  },
  async 'hubspot by a list'(clock) {
    const server = await startHubspotIngest()
    const target = hubspotConnector.open('t', hubspotConnector.options.parse({ accessToken: server.token, baseUrl: server.url, mode: 'list' }), clock)
    const members = (): readonly string[] => [...server.lists.values()].flatMap((list) => [...list.members].map((id) => server.contacts.get(id)?.properties['email'] ?? ''))
    return { server, clock, target: smaller(target), members, taken: () => null }
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
  tool = await (TOOLS[name] as (clock: PatientClock) => Promise<Tool>)(patientClock('2026-05-01T00:00:00Z'))
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

  it('is not waited for where the tool asks for hours: the run fails at once, and a later one sends all', async () => {
    await open(name, people(0, 25))
    tool.server.fail({ times: 1, what: { status: 429, headers: { 'retry-after': '7200' } } })
    expect(await send()).toMatchObject({ state: 'failed', entered: 25, sent: 0, error: { code: 'SOURCE_BUSY' } })
    expect([tool.server.heard.length, tool.clock.waits, members()]).toEqual([1, [], []])
    tool.clock.utcMs += 7_201_000
    expect(await send()).toMatchObject({ state: 'done', entered: 25, sent: 25 })
    expect(members()).toEqual(emails(people(0, 25)))
  })
})

describe.each(['webhook', 'mixpanel', 'hubspot by a property'])('members that %s refuses in an answer that is a success', (name) => {
  it('are reported with its reason, sent again alone by the next run, and then there', async () => {
    await open(name, people(0, 25))
    for (const email of ['p103@example.com', 'p117@example.com']) tool.refused?.set(email, 'blocked by its owner')
    const refusals = [{ member: 'p103@example.com', reason: expect.stringContaining('blocked by its owner') }, { member: 'p117@example.com', reason: expect.stringContaining('blocked by its owner') }]
    expect(await send()).toMatchObject({ state: 'done', entered: 25, sent: 23, refused: 2, refusals })
    expect(members()).toEqual(emails(people(0, 25)).filter((email) => tool.refused?.has(email) !== true))
    expect(await send()).toMatchObject({ state: 'done', entered: 2, sent: 0, refused: 2, refusals })
    const begun = tool.server.heard.length
    tool.refused?.clear()
    expect(await send()).toMatchObject({ state: 'done', entered: 2, sent: 2, refused: 0, refusals: [] })
    const sent = tool.server.heard.slice(begun).map(({ body }) => body.toString()).join()
    expect([...new Set(sent.match(/p1\d\d@example\.com/g))].toSorted()).toEqual(['p103@example.com', 'p117@example.com'])
    expect(members()).toEqual(emails(people(0, 25)))
    expect(await send()).toMatchObject({ entered: 0, sent: 0, refused: 0 })
  })
})

function noted(body: Buffer, seen: Set<string>): void {
  for (const [email] of body.toString().matchAll(/p1\d\d@example\.com/g)) seen.add(email)
}
