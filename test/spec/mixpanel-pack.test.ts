import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import mixpanel from '../../connectors/mixpanel/sync.ts'
import { expectUse, MARCH, READ_AT, USE } from '../fixtures/product-use/index.ts'
import { Collected } from '../vendors/collect.ts'
import { MIXPANEL_KEY, startMixpanel } from '../vendors/mixpanel.ts'
import { patientClock } from '../vendors/patient-clock.ts'
import { openPack } from './synced-pack-world.ts'
import type { PackWorld } from './synced-pack-world.ts'

const NAMES = { 'sign up': 'Sign Up', open: 'Open', buy: 'Purchase', automatic: '$ae_session' }
const ZONE = 'America/New_York'

/** @param isOld a project made before 2023, in New York: its times are wall clocks, and clocks went forward on 9 March 2025. */
async function readPack(isOld: boolean): Promise<PackWorld> {
  const clock = patientClock(READ_AT)
  const fake = await startMixpanel()
  try {
    const timeOf = (at: string): number => Date.parse(at) - (isOld ? (at < '2025-03-09T07' ? 5 : 4) * 3_600_000 : 0)
    fake.events = USE.flatMap(({ user, did, at }) => {
      const event = { event: NAMES[did], properties: { time: timeOf(at), distinct_id: user, $insert_id: `${user} ${at}` } }
      // Exports repeat what was sent again.
      return [event, event]
    })
    fake.profiles = [
      { $distinct_id: 'ann', $properties: { $created: '2025-03-03T09:00:00', $country_code: 'DE' } },
      { $distinct_id: 'bob', $properties: { $created: '2025-03-05T09:00:00', $country_code: 'US' } },
      { $distinct_id: 'cid', $properties: { $country_code: 'US' } },
      { $distinct_id: 'dan', $properties: { $created: '2025-02-10T09:00:00' } },
    ]
    const options = { ...MIXPANEL_KEY, dataUrl: `${fake.url}/api/2.0`, queryUrl: `${fake.url}/api/query`, ...(isOld ? { projectCreatedBefore2023: true, projectTimezone: ZONE } : {}) }
    const streams = await mixpanel.open('mixpanel', mixpanel.options.parse(options), clock).streams(new AbortController().signal)
    const rows: Record<string, Collected> = {}
    for (const stream of streams) {
      const tables = new Collected()
      await tables.read(stream, { nowUtcMs: Date.parse(READ_AT), sinceUtcMs: Date.parse('2025-02-01T00:00:00Z') })
      for (const { name } of stream.tables) rows[name] = tables
    }
    return await openPack('mixpanel', streams.flatMap(({ tables }) => tables), Object.fromEntries(Object.entries(rows).map(([name, tables]) => [name, tables.rows(name)])), READ_AT)
  } finally {
    await fake.close()
  }
}

describe('Mixpanel alone', () => {
  let world: PackWorld
  beforeAll(async () => {
    world = await readPack(false)
  })
  afterAll(() => world.close())

  it('answers who is active, who stays, who adopts and who buys', () => expectUse('mixpanel', world, NAMES))

  it('knows new users by their profiles, and events by what profiles say', async () => {
    expect(await world.series('mixpanel_new_users', MARCH)).toEqual([2])
    expect(await world.groups('mixpanel_active_users', { ...MARCH, by: 'mixpanel_country' })).toEqual({ DE: 1, US: 2, null: 1 })
  })
})

describe('a project of Mixpanel that keeps local time', () => {
  it('has the same answers in UTC, on both sides of a change of clocks', async () => {
    const world = await readPack(true)
    try {
      await expectUse('mixpanel', world, NAMES)
    } finally {
      await world.close()
    }
  })
})
