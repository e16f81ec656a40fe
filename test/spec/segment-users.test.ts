import { createHmac } from 'node:crypto'
import { afterEach, describe, expect, it } from 'vitest'
import { openLanding } from '../../connectors/duckdb/open-landing.ts'
import type { LandingCell, OpenLanding } from '../../connectors/landing-contract.ts'
import segment from '../../connectors/segment/sync.ts'
import { fixedClock } from '../../src/base/clock.ts'
import { silentLog } from '../../src/base/log.ts'
import { createSyncs } from '../../src/jobs/sync/create-syncs.ts'
import type { SyncEngine } from '../../src/jobs/sync/types.ts'
import { randomFrom } from '../oracle/shop.ts'
import { NOBODY, NOW } from './sync-world.ts'

const KEY = 'k'.repeat(32)
const deps = { log: silentLog, now: () => NOW, wait: () => Promise.resolve() }
let place: OpenLanding
let syncs: SyncEngine

function begin(personal: 'keep' | 'hash' | 'drop' = 'keep'): void {
  place = openLanding('synced', { memoryLimit: '128MB', threads: 1 }, { log: silentLog, stateFolder: '' })
  const source = segment.open('seg', segment.options.parse({ webhookSecret: 'shh', traitColumns: ['plan', { property: 'seats', kind: 'integer' }] }), deps)
  syncs = createSyncs({ sources: [{ name: 'seg', connector: 'segment', source, settings: { sinceUtcMs: null, streams: null, personal, hashKey: KEY } }], landing: place.landing, clock: fixedClock(NOW), log: silentLog, forgotten: NOBODY })
}

afterEach(async () => {
  await syncs.close()
  await place.source.close()
})

let sent = 0
const identify = (hour: number, traits: object, userId = 'ann') => ({ type: 'identify', messageId: `m${sent++}`, userId, traits, timestamp: new Date(NOW + hour * 3_600_000).toISOString() })

async function send(...messages: readonly object[]): Promise<void> {
  const body = Buffer.from(JSON.stringify(messages))
  await syncs.receive('seg', { headers: { 'x-signature': createHmac('sha1', 'shh').update(body).digest('hex') }, body })
}

async function user(id = 'ann', columns: readonly string[] = ['email', 'name', 'plan', 'seats', 'identified_at']): Promise<readonly LandingCell[] | undefined> {
  return (await place.landing.lookUp('seg_users', columns, { column: 'user_id', values: [id] }))[0]
}
const traits = async (id = 'ann'): Promise<unknown> => JSON.parse(String((await user(id, ['traits']))?.[0])) as unknown

describe('a user of Segment', () => {
  it('keeps of each trait what was said last, since products send what changed', async () => {
    begin()
    await send(identify(0, { email: 'ann@example.com', name: 'Ann', seats: 2 }))
    await send(identify(1, { plan: 'pro' }), identify(2, { seats: 3 }))
    expect(await user()).toEqual(['ann@example.com', 'Ann', 'pro', 3n, NOW + 2 * 3_600_000])
    expect(await traits()).toEqual({ email: 'ann@example.com', name: 'Ann', seats: 3, plan: 'pro' })
    // What is said to be nothing is nothing.
    await send(identify(3, { plan: null, email: 'lee@example.com' }))
    expect(await user()).toEqual(['lee@example.com', 'Ann', null, 3n, NOW + 3 * 3_600_000])
  })

  it('learns from a message that comes late only what was never said', async () => {
    begin()
    await send(identify(5, { plan: 'pro' }))
    await send(identify(1, { plan: 'free', email: 'ann@example.com' }))
    expect(await user()).toEqual(['ann@example.com', null, 'pro', null, NOW + 5 * 3_600_000])
    // Also where both come at once.
    await send(identify(5, { plan: 'pro' }, 'bob'), identify(1, { plan: 'free', seats: 1 }, 'bob'))
    expect(await user('bob')).toEqual([null, null, 'pro', 1n, NOW + 5 * 3_600_000])
  })

  it('begins anew after a deletion', async () => {
    begin()
    await send(identify(0, { email: 'ann@example.com', plan: 'pro' }))
    await send({ type: 'delete', userId: 'ann', timestamp: new Date(NOW + 3_600_000).toISOString() }, identify(2, { plan: 'free' }))
    expect(await user()).toEqual([null, null, 'free', null, NOW + 2 * 3_600_000])
    expect(await traits()).toEqual({ plan: 'free' })
  })

  it('keeps what is hashed as it landed', async () => {
    begin('hash')
    await send(identify(0, { email: 'Ann@example.com', plan: 'pro' }))
    const before = await user()
    await send(identify(1, { plan: 'free' }))
    expect(before?.[0]).toBe(createHmac('sha256', KEY).update('ann@example.com').digest('hex'))
    expect(await user()).toEqual([before?.[0], null, 'free', null, NOW + 3_600_000])
  })

  it('is what all messages together say, over 200 orders of sending them', async () => {
    begin()
    for (let seed = 1; seed <= 200; seed++) {
      const random = randomFrom(seed)
      const id = `u${seed}`
      const said: Record<string, unknown> = {}
      const messages = Array.from({ length: 1 + Math.floor(random() * 6) }, (_, hour) => {
        const some = Object.fromEntries(['email', 'name', 'plan'].filter(() => random() < 0.4).map((trait) => [trait, `${trait} ${hour}`]))
        Object.assign(said, some)
        return identify(hour, some, id)
      })
      for (let from = 0; from < messages.length; ) {
        const count = 1 + Math.floor(random() * 3)
        await send(...messages.slice(from, from + count))
        from += count
      }
      expect([await user(id, ['email', 'name', 'plan']), await traits(id)], `seed ${seed}`).toEqual([[said['email'] ?? null, said['name'] ?? null, said['plan'] ?? null], said])
    }
  })
})
