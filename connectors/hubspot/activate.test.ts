import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { startHubspotIngest } from '../../test/vendors/hubspot-ingest.ts'
import type { FakeHubspotIngest } from '../../test/vendors/hubspot-ingest.ts'
import { patientClock } from '../../test/vendors/patient-clock.ts'
import type { ActivationTarget } from '../activation-contract.ts'
import connector from './activate.ts'

let hubspot: FakeHubspotIngest
beforeEach(async () => {
  hubspot = await startHubspotIngest()
})
afterEach(() => hubspot.close())

const open = (options: object = {}): ActivationTarget => connector.open('crm', connector.options.parse({ accessToken: hubspot.token, baseUrl: hubspot.url, ...options }), patientClock('2026-05-01T00:00:00Z'))
const { signal } = new AbortController()
const batch = (...changes: (readonly [string, 'entered' | 'left'])[]) => ({ cohort: 'power_users', asOfUtcMs: 0, changes: changes.map(([member, change], index) => ({ member, change, id: `id${index}` })) })
const valueOf = (email: string): unknown => [...hubspot.contacts.values()].find(({ properties }) => properties['email'] === email)?.properties['kpiql_power_users']
const send = async (target: ActivationTarget, ...changes: (readonly [string, 'entered' | 'left'])[]) => {
  await target.prepare('power_users', signal)
  return target.send(batch(...changes), signal)
}

describe('HubSpot by a property', () => {
  it('makes a group and a yes-or-no property of its own once, and sets it for contacts, new ones too', async () => {
    hubspot.add('a@x.com')
    expect(await send(open(), ['a@x.com', 'entered'], ['new@x.com', 'entered'])).toEqual([{ ok: true }, { ok: true }])
    expect(hubspot.properties.get('kpiql_power_users')).toMatchObject({ type: 'bool', fieldType: 'booleancheckbox', groupName: 'kpiql_cohorts', label: 'Cohort: power_users' })
    expect([valueOf('a@x.com'), valueOf('new@x.com'), hubspot.contacts.size]).toEqual(['true', 'true', 2])
    const made = hubspot.heard.filter(({ method, path }) => method === 'POST' && path.includes('/properties/')).length
    await send(open(), ['a@x.com', 'left'])
    expect([valueOf('a@x.com'), made, hubspot.heard.filter(({ method, path }) => method === 'POST' && path.includes('/properties/')).length]).toEqual(['false', 2, 2])
  })

  it('makes no contact of who left and is not there, nor of anyone where that is not wanted', async () => {
    expect(await send(open(), ['gone@x.com', 'left'])).toEqual([{ ok: true }])
    hubspot.add('a@x.com')
    expect(await send(open({ create: false }), ['a@x.com', 'entered'], ['new@x.com', 'entered'])).toEqual([{ ok: true }, { ok: false, reason: expect.stringContaining('no such record') }])
    expect(hubspot.contacts.size).toBe(1)
  })

  it('finds contacts by any of their addresses, and keeps one in of whom one address is in', async () => {
    hubspot.add('a@x.com', ['second@x.com'])
    expect(await send(open({ create: false }), ['a@x.com', 'left'], ['second@x.com', 'entered'])).toEqual([{ ok: true }, { ok: true }])
    expect(valueOf('a@x.com')).toBe('true')
  })

  it('names the records it refuses alone, and finds those for which it refuses the whole request', async () => {
    hubspot.refused.set('no@x.com', 'This contact may not be changed')
    const members = ['a@x.com', 'no@x.com', 'not an address', 'b@x.com', 'c@x.com']
    const outcomes = await send(open(), ...members.map((member) => [member, 'entered'] as const))
    expect(outcomes).toEqual([{ ok: true }, { ok: false, reason: 'This contact may not be changed' }, { ok: false, reason: expect.stringContaining('not an address is invalid') }, { ok: true }, { ok: true }])
    expect(['a@x.com', 'b@x.com', 'c@x.com'].map(valueOf)).toEqual(['true', 'true', 'true'])
  })

  it('takes a hundred records a request', async () => {
    expect(open().batchSize).toBe(100)
    const outcomes = await send(open(), ...Array.from({ length: 100 }, (_, index) => [`p${index}@x.com`, 'entered'] as const))
    expect([outcomes.every(({ ok }) => ok), hubspot.contacts.size, hubspot.heard.filter(({ path }) => path.endsWith('/upsert')).length]).toEqual([true, 100, 1])
  })

  it('is waited for through 429, 500, a truncated answer and a connection that ends', async () => {
    hubspot.fail({ times: 2, what: { status: 429, headers: { 'retry-after': '10' }, json: { policyName: 'TEN_SECONDLY_ROLLING' } }, when: ({ path }) => path.endsWith('/upsert') })
    hubspot.fail({ times: 1, what: { status: 500 } })
    hubspot.fail({ times: 1, what: 'truncated' })
    hubspot.fail({ times: 1, what: 'hang up' })
    expect(await send(open(), ['a@x.com', 'entered'])).toEqual([{ ok: true }])
    expect(valueOf('a@x.com')).toBe('true')
  })

  it('fails when the token has expired, which no message quotes', async () => {
    const target = open()
    await target.prepare('power_users', signal)
    hubspot.token = 'another'
    const error = await target.send(batch(['a@x.com', 'entered']), signal).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code: 'SOURCE_FAILED', message: expect.stringContaining('401') })
    expect(JSON.stringify([error, String(error)])).not.toContain('pat-eu1')
  })

  it('gives a cohort with another name a property of its own, within what names may be', async () => {
    const target = open({ prefix: 'acme_' })
    await target.prepare('Power users', signal)
    await target.prepare('x'.repeat(100), signal)
    const names = [...hubspot.properties.keys()].slice(1)
    expect(names[0]).toMatch(/^acme_power_users_[0-9a-f]{8}$/)
    expect(names[1]).toMatch(/^acme_x+_[0-9a-f]{8}$/)
    expect(names[1]).toHaveLength(100)
  })
})

describe('HubSpot by a list', () => {
  it('makes one static list a cohort, adds who entered and removes who left', async () => {
    const [a, b] = [hubspot.add('a@x.com'), hubspot.add('b@x.com')]
    const target = open({ mode: 'list' })
    expect(await send(target, ['a@x.com', 'entered'], ['b@x.com', 'entered'], ['new@x.com', 'entered'])).toEqual([{ ok: true }, { ok: true }, { ok: true }])
    const [list] = hubspot.lists.values()
    expect([hubspot.lists.size, list?.name, list?.processingType, list?.members.size]).toEqual([1, 'KPIQL: power_users', 'MANUAL', 3])
    expect(await send(target, ['b@x.com', 'left'], ['gone@x.com', 'left'])).toEqual([{ ok: true }, { ok: true }])
    expect([hubspot.lists.size, list?.members.has(a), list?.members.has(b)]).toEqual([1, true, false])
  })

  it('refuses who is not there where no contacts are made, and a list that fills itself', async () => {
    expect(await send(open({ mode: 'list', create: false }), ['new@x.com', 'entered'])).toEqual([{ ok: false, reason: expect.stringContaining('no such record') }])
    hubspot.lists.clear()
    hubspot.lists.set('7', { name: 'KPIQL: power_users', processingType: 'DYNAMIC', members: new Set() })
    await expect(open({ mode: 'list' }).prepare('power_users', signal)).rejects.toMatchObject({ code: 'SOURCE_FAILED', hint: expect.stringContaining('Rename') })
  })
})

describe('the verdict', () => {
  it('says whether the token is right and may do it', async () => {
    expect(await open().test()).toMatchObject({ ok: true })
    const wrong = await open({ accessToken: 'pat-wrong' }).test()
    expect([wrong.ok, wrong.message]).toEqual([false, expect.stringContaining('401')])
    expect(wrong.message).not.toContain('pat-wrong')
    hubspot.fail({ times: 1, what: { status: 403, json: { category: 'MISSING_SCOPES' } } })
    expect(await open().test()).toMatchObject({ ok: false, message: expect.stringContaining('scopes') })
    expect(await open({ baseUrl: 'http://nowhere.invalid' }).test()).toMatchObject({ ok: false, message: expect.stringMatching(/host|reached/) })
  })
})
