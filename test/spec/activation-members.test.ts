import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { MembersAsk } from '../../src/answer/types.ts'
import { readMembership } from '../../src/jobs/activation/read-membership.ts'
import type { TestSource } from '../engines/open-test-source.ts'
import { analyticsOf, behavior, cohortModel, did, is, member, openWorld, periodOf, sessionOf } from './cohorts-world.ts'
import type { World } from './cohorts-world.ts'

const NOW = Date.UTC(2025, 2, 5)
const world: World = {
  customers: [{ customer_id: 1, segment: 'Big@Example.com' }, { customer_id: 2, segment: null }],
  users: [
    { user_id: 'u1', customer_id: 1, country: 'Ann@Example.com' },
    { user_id: 'u2', customer_id: 1, country: ' ann@example.com ' },
    { user_id: 'u3', customer_id: 2, country: null },
    { user_id: 'u4', customer_id: null, country: 'dan@example.com' },
  ],
  events: ['u1', 'u2', 'u3'].map((user_id, index) => ({ event_id: index, user_id, name: 'export', happened: '2025-01-05 10:00:00', amount: '1.00' })),
  invoices: [],
  subscriptions: [],
}

let source: TestSource
beforeAll(async () => {
  source = await openWorld(world)
})
afterAll(() => source.close())

const exporters = member(behavior('user', did('export'), 1))
const ask = (changes: Partial<MembersAsk> = {}): MembersAsk => ({ entity: 'user', predicate: exporters, period: periodOf('2025-03-05', '2025-03-06'), cohortsAsOf: 'now', first: 10, after: null, ...changes })

describe('members with an attribute', () => {
  it('come with its value, own or of what they belong to, null where there is none', async () => {
    const session = sessionOf(analyticsOf(source, cohortModel(), NOW))
    expect(await session.members(ask({ attribute: 'country' }))).toMatchObject({ ids: ['u1', 'u2', 'u3'], attributes: ['Ann@Example.com', ' ann@example.com ', null], totalCount: 3 })
    expect(await session.members(ask({ attribute: 'segment' }))).toMatchObject({ ids: ['u1', 'u2', 'u3'], attributes: ['Big@Example.com', 'Big@Example.com', null] })
    expect(await session.members(ask())).toMatchObject({ ids: ['u1', 'u2', 'u3'], attributes: [] })
  })

  it('are refused one that their table does not reach', async () => {
    const session = sessionOf(analyticsOf(source, cohortModel(), NOW))
    await expect(session.members(ask({ attribute: 'name' }))).rejects.toMatchObject({ code: 'FILTER_INVALID' })
  })

  it('are listed page by page for a destination, each address once', async () => {
    const analytics = analyticsOf(source, cohortModel(), NOW)
    const read = (identify: string | null, page: number) => readMembership(analytics, { name: 'exporters', entity: 'user', predicate: exporters }, identify, { members: 10, page }, new AbortController().signal)
    for (const page of [1, 2, 10]) {
      expect(await read('country', page)).toEqual({ asOfUtcMs: NOW, members: 3, unaddressed: 1, addresses: new Set(['ann@example.com']) })
      expect(await read(null, page)).toMatchObject({ members: 3, unaddressed: 0, addresses: new Set(['u1', 'u2', 'u3']) })
    }
  })

  it('are those of the cohort alone', async () => {
    const session = sessionOf(analyticsOf(source, cohortModel(), NOW))
    expect(await session.members(ask({ predicate: is('country', 'dan@example.com'), attribute: 'country' }))).toMatchObject({ ids: ['u4'], attributes: ['dan@example.com'] })
  })
})
