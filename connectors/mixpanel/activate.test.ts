import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { startMixpanelIngest } from '../../test/vendors/mixpanel-ingest.ts'
import type { FakeMixpanelIngest } from '../../test/vendors/mixpanel-ingest.ts'
import { patientClock } from '../../test/vendors/patient-clock.ts'
import type { ActivationTarget } from '../activation-contract.ts'
import connector from './activate.ts'

let mixpanel: FakeMixpanelIngest
beforeEach(async () => {
  mixpanel = await startMixpanelIngest()
})
afterEach(() => mixpanel.close())

const open = (options: object = {}): ActivationTarget => connector.open('analytics', connector.options.parse({ token: mixpanel.token, baseUrl: mixpanel.url, ...options }), patientClock('2026-05-01T00:00:00Z'))
const { signal } = new AbortController()
const batch = (cohort: string, ...changes: (readonly [string, 'entered' | 'left'])[]) => ({ cohort, asOfUtcMs: 0, changes: changes.map(([member, change], index) => ({ member, change, id: `id${index}` })) })
const cohortsOf = (id: string): unknown => mixpanel.profiles.get(id)?.['kpiql_cohorts']

describe('Mixpanel', () => {
  it('keeps the names of the cohorts of each profile, several of them, and each once', async () => {
    const target = open()
    await target.send(batch('vips', ['u1', 'entered'], ['u2', 'entered']), signal)
    await target.send(batch('vips', ['u1', 'entered']), signal)
    await target.send(batch('Power users', ['u1', 'entered']), signal)
    expect([cohortsOf('u1'), cohortsOf('u2')]).toEqual([['vips', 'Power users'], ['vips']])
    await target.send(batch('vips', ['u1', 'left'], ['nobody', 'left']), signal)
    expect([cohortsOf('u1'), mixpanel.profiles.has('nobody')]).toEqual([['Power users'], false])
  })

  it('gets 2,000 profiles a request, as JSON, without the token in an address, and leaves place and last visit alone', async () => {
    expect(open().batchSize).toBe(2000)
    const outcomes = await open().send(batch('vips', ...Array.from({ length: 2000 }, (_, index): readonly [string, 'entered'] => [`u${index}`, 'entered'])), signal)
    expect([outcomes.length, outcomes.every(({ ok }) => ok), mixpanel.profiles.size, mixpanel.heard.length]).toEqual([2000, true, 2000, 1])
    const [heard] = mixpanel.heard
    expect([heard?.query.toString(), heard?.headers['content-type']]).toEqual(['verbose=1', 'application/json'])
    expect((JSON.parse(heard?.body.toString() ?? '[]') as unknown[])[0]).toEqual({ $token: mixpanel.token, $distinct_id: 'u0', $ip: '0', $ignore_time: true, $union: { kpiql_cohorts: ['vips'] } })
  })

  it('names the profiles it refuses, though it refuses whole requests with 200 for one of them', async () => {
    const long = 'x'.repeat(300)
    const outcomes = await open().send(batch('vips', ['u1', 'entered'], ['u2', 'entered'], [long, 'entered'], ['u3', 'left'], ['u4', 'entered']), signal)
    expect(outcomes.map(({ ok }) => ok)).toEqual([true, true, false, true, true])
    expect(outcomes[2]).toEqual({ ok: false, reason: expect.stringContaining('$distinct_id, invalid') })
    expect(JSON.stringify(outcomes)).not.toContain(mixpanel.token)
    expect([...mixpanel.profiles.keys()].toSorted()).toEqual(['u1', 'u2', 'u4'])
  })

  it('is not asked for each profile where it takes none at all', async () => {
    mixpanel.fail({ times: 10_000, what: { json: { status: 0, error: 'project is disabled' } } })
    const outcomes = await open().send(batch('vips', ...Array.from({ length: 500 }, (_, index): readonly [string, 'entered'] => [`u${index}`, 'entered'])), signal)
    expect([outcomes.length, outcomes.every((one) => !one.ok && one.reason.includes('project is disabled'))]).toEqual([500, true])
    expect(mixpanel.heard.length).toBeLessThan(40)
  })

  it('is waited for through 429, 500, a truncated answer and a connection that ends', async () => {
    mixpanel.fail({ times: 3, what: { status: 429 } })
    mixpanel.fail({ times: 1, what: { status: 502 } })
    mixpanel.fail({ times: 1, what: 'truncated' })
    mixpanel.fail({ times: 1, what: 'hang up' })
    expect(await open().send(batch('vips', ['u1', 'entered']), signal)).toEqual([{ ok: true }])
    expect(cohortsOf('u1')).toEqual(['vips'])
  })

  it('fails without the token in the message', async () => {
    mixpanel.fail({ times: 100, what: { status: 403, json: { saw: mixpanel.token } } })
    const error = await open().send(batch('vips', ['u1', 'entered']), signal).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code: 'SOURCE_FAILED' })
    expect(JSON.stringify([error, String(error)])).not.toContain(mixpanel.token)
  })

  it('lives where the project’s data does', () => {
    expect(connector.options.parse({ token: 't', region: 'eu' })).toMatchObject({ region: 'eu', property: 'kpiql_cohorts' })
    expect(connector.options.safeParse({ token: 't', property: '$email' }).success).toBe(false)
  })

  it('says in its verdict that the token is nobody’s to check', async () => {
    expect(await open().test()).toEqual({ ok: true, message: expect.stringContaining('token') })
    mixpanel.fail({ times: 1, what: 'hang up' })
    expect(await open().test()).toMatchObject({ ok: false })
  })
})
