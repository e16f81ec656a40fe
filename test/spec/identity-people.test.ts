import { describe, expect, it } from 'vitest'
import { comparableValue } from '../../src/jobs/identity/comparable-value.ts'
import { findPeople } from '../../src/jobs/identity/find-people.ts'
import type { IdentityRows } from '../../src/jobs/identity/find-people.ts'
import { FREE_MAIL_DOMAINS } from '../../src/jobs/identity/free-mail-domains.ts'

type Row = readonly [place: string, key: string, ...values: (string | null)[]]

const MATCH = ['user_id', 'email', 'phone']

function rowsOf(rows: readonly Row[]): IdentityRows {
  const sorted = rows.toSorted((a, b) => (a[0] === b[0] ? (a[1] < b[1] ? -1 : 1) : a[0] < b[0] ? -1 : 1))
  const tables = [...new Set(sorted.map(([place]) => place))]
  return { tables, table: sorted.map(([place]) => tables.indexOf(place)), key: sorted.map(([, key]) => key), values: MATCH.map((_, at) => sorted.map((row) => row[at + 2] ?? null)) }
}

/** People as texts like `crm 1 + shop 4`, those of one row among them. */
async function peopleIn(rows: readonly Row[], sharedByAtMost: number | null = null): Promise<{ readonly people: readonly string[]; readonly conflicts: number; readonly examples: readonly string[] }> {
  const read = rowsOf(rows)
  const { first, conflicts, examples } = await findPeople(read, MATCH.map((name) => ({ name, sharedByAtMost })))
  const people = new Map<number, string[]>()
  for (const [row, one] of first.entries()) people.set(one, [...(people.get(one) ?? []), `${read.tables[read.table[row] ?? 0] ?? ''} ${read.key[row] ?? ''}`])
  return { people: [...people.values()].map((one) => one.join(' + ')), conflicts, examples }
}

describe('people of several tools', () => {
  it('are one where they share a value of any key, also by way of others', async () => {
    expect(await peopleIn([['crm', '1', null, 'a@x'], ['shop', '4', 'u1', 'a@x'], ['app', 'u1', 'u1', null], ['app', 'u2', 'u2', null], ['help', '9', null, null, '555'], ['shop', '5', 'u2', null, '555']])).toEqual({
      people: ['app u1 + crm 1 + shop 4', 'app u2 + help 9 + shop 5'], conflicts: 0, examples: [],
    })
  })

  it('are left apart where one key says that they are one, and a more trusted one that they are two', async () => {
    expect(await peopleIn([['app', 'u1', 'u1', 'a@x'], ['app', 'u2', 'u2', 'b@x'], ['shop', '4', 'u1', 'b@x'], ['crm', '1', null, 'b@x']])).toEqual({
      // The shop's user is known by the id; the address is not followed, for the row of the CRM either, which could be both.
      people: ['app u1 + shop 4', 'app u2', 'crm 1'], conflicts: 3, examples: ['app u2 and shop 4 share their email, and differ in user_id.'],
    })
  })

  it('may have several addresses under one user id', async () => {
    expect((await peopleIn([['app', 'u1', 'u1', 'a@x'], ['shop', '4', 'u1', 'b@x'], ['crm', '1', null, 'a@x'], ['crm', '2', null, 'b@x']])).people).toEqual(['app u1 + crm 1 + crm 2 + shop 4'])
  })

  it('are not found by a value that more rows of one table have than may', async () => {
    const shared: readonly Row[] = [['crm', '1', 'none'], ['crm', '2', 'none'], ['crm', '3', 'none'], ['app', 'x', 'none', 'a@x'], ['shop', '4', null, 'a@x']]
    expect(await peopleIn(shared, 2)).toEqual({ people: ['app x + shop 4', 'crm 1', 'crm 2', 'crm 3'], conflicts: 4, examples: ['3 rows of crm share one user_id, such as app x: more than the 2 that may.'] })
    expect(await peopleIn(shared, 3)).toMatchObject({ people: ['app x + crm 1 + crm 2 + crm 3 + shop 4'], conflicts: 0 })
  })

  it('are not joined by a chain of weaker keys which ends at two people', async () => {
    // One by address with u1, another by address with u2, and both have one phone beside a third that has nothing else.
    const chain: readonly Row[] = [['app', 'u1', 'u1', 'a@x'], ['crm', '1', null, 'a@x', '555'], ['help', '9', null, null, '555'], ['crm', '2', null, 'b@x', '555'], ['app', 'u2', 'u2', 'b@x']]
    expect(await peopleIn(chain)).toMatchObject({ people: ['app u1 + crm 1', 'app u2 + crm 2', 'help 9'], conflicts: 3 })
  })

  it('are those of a slow search, whatever the rows', async () => {
    let state = 7
    const random = (below: number): number => {
      state = (state * 1_103_515_245 + 12_345) % 2_147_483_648
      return Math.floor((state / 2_147_483_648) * below)
    }
    let conflicting = 0
    for (let round = 0; round < 400; round++) {
      const spread = 2 + random(12)
      const value = (prefix: string): string | null => (random(3) === 0 ? null : `${prefix}${random(spread)}`)
      const rows = Array.from({ length: 1 + random(14) }, (_, index): Row => [`t${random(3)}`, `k${String(index).padStart(2, '0')}`, value('u'), value('e'), value('p')])
      const most = random(2) === 0 ? null : 1 + random(3)
      const found = await peopleIn(rows, most)
      const slow = slowly(rows, most)
      expect([found.people.toSorted(), found.conflicts], JSON.stringify([rows, most])).toEqual([slow.people.toSorted(), slow.conflicts])
      conflicting += found.conflicts > 0 ? 1 : 0
    }
    expect(conflicting).toBeGreaterThan(100)
  })
})

/** By relabelling lists, key by key and value by value. */
function slowly(rows: readonly Row[], most: number | null): { readonly people: readonly string[]; readonly conflicts: number } {
  let people: Row[][] = rows.map((row) => [row])
  const conflicting = new Set<Row>()
  const crowded = new Set<string>()
  const valueOf = (row: Row, at: number): string | null => (crowded.has(`${at} ${row[at + 2] ?? ''}`) ? null : (row[at + 2] ?? null))
  const mayBeOne = (groups: readonly (readonly Row[])[], at: number): boolean =>
    MATCH.slice(0, at).every((_, stronger) => groups.filter((group) => group.some((row) => valueOf(row, stronger) !== null)).length < 2)
  for (const at of MATCH.keys()) {
    const values = [...new Set(rows.flatMap((row) => row[at + 2] ?? []))]
    const followed: string[] = []
    for (const value of values) {
      const held = rows.filter((row) => row[at + 2] === value)
      const perTable = Math.max(...held.map(([place]) => held.filter((row) => row[0] === place).length))
      if (most !== null && perTable > most) crowded.add(`${at} ${value}`)
      else if (mayBeOne(people.filter((group) => group.some((row) => row[at + 2] === value)), at)) {
        followed.push(value)
        continue
      }
      for (const row of held) conflicting.add(row)
    }
    // What the values that are left would join, all together.
    let joined = people.map((group) => [group])
    for (const value of followed) {
      const touched = joined.filter((chain) => chain.some((group) => group.some((row) => row[at + 2] === value)))
      joined = [...joined.filter((chain) => !touched.includes(chain)), touched.flat()]
    }
    people = joined.flatMap((chain) => {
      if (mayBeOne(chain, at)) return chain.length === 0 ? [] : [chain.flat()]
      for (const value of followed) {
        const touched = chain.filter((group) => group.some((row) => row[at + 2] === value))
        if (touched.length > 1) for (const row of touched.flat()) if (row[at + 2] === value) conflicting.add(row)
      }
      return chain
    })
  }
  const named = people.map((group) => group.map(([place, key]) => `${place} ${key}`).sort().join(' + '))
  return { people: named, conflicts: conflicting.size }
}

describe('values that are compared', () => {
  const rule = { emails: { ignoreDots: false, ignorePlus: false }, freeMail: new Set(FREE_MAIL_DOMAINS) }
  const google = { ...rule, emails: { ignoreDots: true, ignorePlus: true } }

  it('are e-mail addresses trimmed and in lower case, and nothing else unless it is asked for', async () => {
    expect([' Ann.Lee+shop@Example.com ', '', '  ', '@example.com', 'ab12cd'].map((text) => comparableValue(text, 'email', rule))).toEqual(['ann.lee+shop@example.com', null, null, null, 'ab12cd'])
    expect(comparableValue(' Ann.Lee+shop@Example.com ', 'email', google)).toBe('annlee@example.com')
  })

  it('are domains of addresses of any kind, unless anybody has an address there', async () => {
    expect(['ann@Example.com', 'https://www.example.com/about?x=1', 'example.com.', 'shop.example.com:8080', 'ann@gmail.com', 'localhost', ''].map((text) => comparableValue(text, 'domain', rule))).toEqual(['example.com', 'example.com', 'example.com', 'shop.example.com', null, null, null])
  })

  it('are ids to the letter', async () => {
    expect(['U1', ' u1', ''].map((text) => comparableValue(text, 'text', rule))).toEqual(['U1', ' u1', null])
  })
})
