import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { patientClock } from '../../test/vendors/patient-clock.ts'
import type { PatientClock } from '../../test/vendors/patient-clock.ts'
import { startReceiver } from '../../test/vendors/webhook-ingest.ts'
import type { FakeReceiver } from '../../test/vendors/webhook-ingest.ts'
import type { ActivationTarget } from '../activation-contract.ts'
import connector from './activate.ts'

let receiver: FakeReceiver
let clock: PatientClock
beforeEach(async () => {
  clock = patientClock('2026-05-01T00:00:00Z')
  receiver = await startReceiver(() => clock.utcMs)
})
afterEach(() => receiver.close())

const open = (options: object = {}): ActivationTarget => connector.open('hook', connector.options.parse({ url: `${receiver.url}/kpiql?of=us`, secret: receiver.secret, ...options }), clock)
const { signal } = new AbortController()
const batch = (...changes: (readonly [string, 'entered' | 'left', string])[]) => ({ cohort: 'Power users', asOfUtcMs: Date.UTC(2026, 4, 1), changes: changes.map(([member, change, id]) => ({ member, change, id })) })

describe('a webhook', () => {
  it('is sent the changes as signed JSON, with a key that is the same for the same changes', async () => {
    const sent = batch(['a@x.y', 'entered', 'id1'], ['b@x.y', 'left', 'id2'])
    expect(await open().send(sent, signal)).toEqual([{ ok: true }, { ok: true }])
    await open().send(sent, signal)
    const [first, again] = receiver.heard
    expect(JSON.parse(first?.body.toString() ?? '')).toEqual({ cohort: 'Power users', asOf: '2026-05-01T00:00:00.000Z', changes: [{ id: 'id1', member: 'a@x.y', change: 'entered' }, { id: 'id2', member: 'b@x.y', change: 'left' }] })
    expect(first?.headers['idempotency-key']).toBe(again?.headers['idempotency-key'])
    expect([first?.path, first?.query.get('of')]).toEqual(['/kpiql', 'us'])
    expect([[...receiver.seen], receiver.heardChanges.length]).toEqual([['id1', 'id2'], 4])
  })

  it('tells whom it does not take, and why', async () => {
    receiver.refused.set('b@x.y', 'unsubscribed')
    expect(await open().send(batch(['a@x.y', 'entered', 'id1'], ['b@x.y', 'entered', 'id2']), signal)).toEqual([{ ok: true }, { ok: false, reason: 'unsubscribed' }])
  })

  it('is asked again after 429, 500, a broken answer and a connection that ends, each time with a signature of that moment', async () => {
    receiver.fail({ times: 2, what: { status: 429, headers: { 'retry-after': '600' } } })
    receiver.fail({ times: 1, what: { status: 503 } })
    receiver.fail({ times: 1, what: 'hang up' })
    expect(await open().send(batch(['a@x.y', 'entered', 'id1']), signal)).toEqual([{ ok: true }])
    expect(receiver.heard).toHaveLength(5)
    expect(new Set(receiver.heard.map(({ headers }) => headers['x-kpiql-timestamp'])).size).toBeGreaterThan(2)
    expect(receiver.seen.size).toBe(1)
  })

  it('fails when it refuses the signature or stays down, and no message holds the secret', async () => {
    const wrong = open({ secret: 'another-secret-of-many-characters', headers: { authorization: 'Bearer token-of-ours' } })
    const error = await wrong.send(batch(['a@x.y', 'entered', 'id1']), signal).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code: 'SOURCE_FAILED' })
    receiver.fail({ times: 100, what: { status: 500, json: { saw: receiver.secret, token: 'token-of-ours' } } })
    const down = await open({ headers: { authorization: 'Bearer token-of-ours' } }).send(batch(['a@x.y', 'entered', 'id1']), signal).catch((thrown: unknown) => thrown)
    expect(down).toMatchObject({ code: 'SOURCE_UNAVAILABLE' })
    for (const one of [error, down]) expect(JSON.stringify([one, String(one)])).not.toMatch(/another-secret|a-secret-of|token-of-ours/)
  })

  it('fails for a list of refusals that cannot be read', async () => {
    receiver.fail({ times: 1, what: { json: { refused: ['a@x.y'] } } })
    await expect(open().send(batch(['a@x.y', 'entered', 'id1']), signal)).rejects.toMatchObject({ code: 'SOURCE_FAILED', hint: expect.stringContaining('refused') })
  })

  it('says in its verdict whether the signature is right', async () => {
    expect(await open().test()).toMatchObject({ ok: true })
    const wrong = await open({ secret: 'another-secret-of-many-characters' }).test()
    expect([wrong.ok, wrong.message]).toEqual([false, expect.stringContaining('401')])
    expect(wrong.message).not.toContain('another-secret')
  })

  it('takes no headers that are the gateway’s own, and no short secret', () => {
    const check = (options: object): boolean => connector.options.safeParse({ url: 'https://x.y/z', secret: '0123456789abcdef', ...options }).success
    expect([check({}), check({ headers: { 'X-Kpiql-Signature': 'a' } }), check({ secret: 'short' }), check({ url: 'ftp://x.y' })]).toEqual([true, false, false, false])
  })
})
