import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { patientClock } from '../../test/vendors/patient-clock.ts'
import { startSegmentIngest } from '../../test/vendors/segment-ingest.ts'
import type { FakeSegmentIngest } from '../../test/vendors/segment-ingest.ts'
import type { ActivationTarget } from '../activation-contract.ts'
import connector from './activate.ts'

let segment: FakeSegmentIngest
beforeEach(async () => {
  segment = await startSegmentIngest()
})
afterEach(() => segment.close())

const open = (options: object = {}): ActivationTarget => connector.open('cdp', connector.options.parse({ writeKey: segment.writeKey, host: segment.url, ...options }), patientClock('2026-05-01T00:00:00Z'))
const { signal } = new AbortController()
const changes = (...list: (readonly [string, 'entered' | 'left', string])[]) => list.map(([member, change, id]) => ({ member, change, id }))
const batch = (...list: (readonly [string, 'entered' | 'left', string])[]) => ({ cohort: 'power_users', asOfUtcMs: Date.UTC(2026, 4, 1), changes: changes(...list) })

describe('Segment', () => {
  it('gets a boolean trait of each user, under the id of the change', async () => {
    expect(await open().send(batch(['u1', 'entered', 'id1'], ['u2', 'left', 'id2']), signal)).toEqual([{ ok: true }, { ok: true }])
    expect(segment.messages).toMatchObject([
      { type: 'identify', userId: 'u1', messageId: 'id1', traits: { power_users: true }, timestamp: '2026-05-01T00:00:00.000Z' },
      { type: 'identify', userId: 'u2', messageId: 'id2', traits: { power_users: false } },
    ])
  })

  it('gets events where they are asked for, with the name of the audience', async () => {
    await open({ mode: 'events' }).send(batch(['u1', 'entered', 'id1'], ['u2', 'left', 'id2']), signal)
    expect(segment.messages).toMatchObject([
      { type: 'track', userId: 'u1', event: 'Audience Entered', properties: { audience_key: 'power_users', audience_name: 'power_users', power_users: true } },
      { type: 'track', userId: 'u2', event: 'Audience Exited', properties: { power_users: false } },
    ])
  })

  it('gets a trait of accounts by group calls', async () => {
    await open({ members: 'accounts' }).send(batch(['acme', 'entered', 'id1']), signal)
    expect(segment.traits.get('group:acme')).toEqual({ power_users: true })
  })

  it('gives cohorts whose names read the same for programs traits of their own', async () => {
    await open().send({ ...batch(['u1', 'entered', 'id1']), cohort: 'Power users' }, signal)
    await open().send({ ...batch(['u1', 'entered', 'id2']), cohort: 'Power-users' }, signal)
    const names = Object.keys(segment.traits.get('user:u1') ?? {})
    expect(names).toEqual([expect.stringMatching(/^power_users_[0-9a-f]{8}$/), expect.stringMatching(/^power_users_[0-9a-f]{8}$/)])
    expect(new Set(names).size).toBe(2)
  })

  it('gets a thousand members in requests that it takes, and drops what is repeated', async () => {
    const many = batch(...Array.from({ length: 1000 }, (_, index): readonly [string, 'entered', string] => [`${'u'.repeat(400)}${index}`, 'entered', `id${index}`]))
    expect((await open().send(many, signal)).every(({ ok }) => ok)).toBe(true)
    expect([segment.messages.length, segment.heard.length > 1]).toEqual([1000, true])
    await open().send(many, signal)
    expect(segment.messages).toHaveLength(1000)
  })

  it('refuses alone what is too large for an event', async () => {
    const outcomes = await open().send(batch(['u1', 'entered', 'id1'], ['x'.repeat(40_000), 'entered', 'id2'], ['u3', 'entered', 'id3']), signal)
    expect(outcomes).toEqual([{ ok: true }, { ok: false, reason: expect.any(String) }, { ok: true }])
    expect(segment.messages.map(({ userId }) => userId)).toEqual(['u1', 'u3'])
  })

  it('is waited for through 429, 500 and connections that end', async () => {
    segment.fail({ times: 3, what: { status: 429, headers: { 'retry-after': '30' } } })
    segment.fail({ times: 1, what: { status: 500 } })
    segment.fail({ times: 1, what: 'hang up' })
    expect(await open().send(batch(['u1', 'entered', 'id1']), signal)).toEqual([{ ok: true }])
    expect(segment.messages).toHaveLength(1)
  })

  it('fails as a whole when it stays down or refuses the request, without the write key in the message', async () => {
    segment.fail({ times: 100, what: { status: 403, json: { saw: 'write-key-of-a-source' } } })
    const error = await open().send(batch(['u1', 'entered', 'id1']), signal).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code: 'SOURCE_FAILED' })
    expect(JSON.stringify([error, String(error)])).not.toContain('write-key-of')
  })

  it('stops when it is told to', async () => {
    const stopping = new AbortController()
    segment.fail({ times: 100, what: { status: 503 } })
    const sending = open().send(batch(['u1', 'entered', 'id1']), stopping.signal)
    stopping.abort()
    await expect(sending).rejects.toMatchObject({ code: 'CANCELLED' })
  })

  it('tells in its verdict that the write key is nobody’s to check', async () => {
    expect(await open().test()).toEqual({ ok: true, message: expect.stringContaining('write key') })
    segment.fail({ times: 1, what: { status: 500 } })
    expect(await open().test()).toMatchObject({ ok: false })
  })
})
