import { Groups } from './groups.ts'
import { Turns } from './turns.ts'
import type { MatchKey } from './types.ts'

/** Rows of all tables, one entry a row. */
export interface IdentityRows {
  /** How people speak of the tables. */
  readonly tables: readonly string[]
  /** Index among the tables. */
  readonly table: readonly number[]
  readonly key: readonly string[]
  /** By the order of `match`: what is compared, null where nothing is known. */
  readonly values: readonly (readonly (string | null)[])[]
}

export interface FoundPeople {
  /** By row: the first row of the same person, by table and key. */
  readonly first: Int32Array
  /** Rows that hold a value which was not followed. */
  readonly conflicts: number
  readonly examples: readonly string[]
}

const MOST_EXAMPLES = 10

/**
 * Rows that share a value are one person; values are followed in the order of `match`. A value is not followed, for any row that
 * holds it, where
 *
 * - more rows of one table hold it than may: it is nobody's own;
 * - it would join people of whom two are known by other values of one more trusted key: either might be wrong;
 * - it is in a chain of values that together would.
 *
 * @param match the most trusted first.
 * @returns The same people for the same rows in any order. Other work of the process goes on meanwhile.
 */
export async function findPeople(rows: IdentityRows, match: readonly Pick<MatchKey, 'name' | 'sharedByAtMost'>[]): Promise<FoundPeople> {
  const turns = new Turns()
  const count = rows.key.length
  const people = new Groups(count)
  const inConflict = new Uint8Array(count)
  const examples: string[] = []
  /** A bit for each key of which the row has a value that is not everybody's. */
  const own = new Int32Array(count)
  /** The same of a whole group, by the row that stands for it. */
  const known = new Int32Array(count)
  const tell = (held: readonly number[], example: () => string): void => {
    for (const row of held) inConflict[row] = 1
    if (examples.length < MOST_EXAMPLES) examples.push(example())
  }

  for (const [index, { name: key, sharedByAtMost }] of match.entries()) {
    const values = rows.values[index] ?? []
    const holders = await holdersOf(values, turns)
    const bit = 1 << index
    for (const [row, value] of values.entries()) if (value !== null) own[row] = (own[row] ?? 0) | bit
    for (const [value, held] of holders) {
      if (turns.isOver) await turns.next()
      const crowd = sharedByAtMost === null ? null : crowdedTable(held, rows, sharedByAtMost)
      if (crowd === null) continue
      holders.delete(value)
      for (const row of held) own[row] = (own[row] ?? 0) & ~bit
      tell(held, () => `${crowd.count} rows of ${crowd.table} share one ${key}, such as ${spoken(rows, held[0] ?? 0)}: more than the ${sharedByAtMost} that may.`)
    }
    const before = bit - 1
    const chains = new Groups(count)
    for (const [value, held] of holders) {
      if (turns.isOver) await turns.next()
      const groups = [...new Set(held.map((row) => people.of(row)))]
      const clash = clashIn(groups, known, before)
      if (clash === null) for (const group of groups) chains.join(groups[0] ?? group, group)
      else {
        holders.delete(value)
        tell(held, () => disagreement(rows, held, people, known, match, clash, key))
      }
    }
    for (const held of await chainsOf(holders, people, chains, known, before, turns)) tell(held, () => `${spoken(rows, held[0] ?? 0)} and ${spoken(rows, held.at(-1) ?? 0)} would be one by a chain of rows with the same ${key}, and others of the chain are of different people.`)
    for (const held of holders.values()) {
      if (turns.isOver) await turns.next()
      for (const row of held) people.join(held[0] ?? row, row)
    }
    known.fill(0)
    for (const [row, mask] of own.entries()) known[people.of(row)] = (known[people.of(row)] ?? 0) | mask
  }
  return { first: await firstOf(rows, people, turns), conflicts: inConflict.reduce((sum, flag) => sum + flag, 0), examples }
}

async function firstOf({ table, key }: IdentityRows, people: Groups, turns: Turns): Promise<Int32Array> {
  const first = Int32Array.from({ length: key.length }, (_, row) => people.of(row))
  const best = Int32Array.from(first)
  const isBefore = (row: number, other: number): boolean => (table[row] ?? 0) < (table[other] ?? 0) || (table[row] === table[other] && (key[row] ?? '') < (key[other] ?? ''))
  for (const [row, group] of first.entries()) {
    if (turns.isOver) await turns.next()
    if (isBefore(row, best[group] ?? group)) best[group] = row
  }
  return first.map((group) => best[group] ?? group)
}

/** Rows by value, where at least two hold it. */
async function holdersOf(values: readonly (string | null)[], turns: Turns): Promise<Map<string, number[]>> {
  const holders = new Map<string, number[]>()
  for (const [row, value] of values.entries()) {
    if (turns.isOver) await turns.next()
    if (value === null) continue
    const held = holders.get(value)
    if (held) held.push(row)
    else holders.set(value, [row])
  }
  for (const [value, held] of holders) {
    if (turns.isOver) await turns.next()
    if (held.length < 2) holders.delete(value)
  }
  return holders
}

function crowdedTable(held: readonly number[], { table, tables }: IdentityRows, most: number): { readonly table: string; readonly count: number } | null {
  if (held.length <= most) return null
  const counts = new Map<number, number>()
  for (const row of held) counts.set(table[row] ?? 0, (counts.get(table[row] ?? 0) ?? 0) + 1)
  for (const [index, count] of counts) if (count > most) return { table: tables[index] ?? '', count }
  return null
}

/** The most trusted key of which two of the groups have values; null where there is none. */
function clashIn(groups: readonly number[], known: Int32Array, before: number): number | null {
  if (before === 0 || groups.length < 2) return null
  let once = 0
  let twice = 0
  for (const group of groups) {
    const mask = (known[group] ?? 0) & before
    twice |= once & mask
    once |= mask
  }
  return twice === 0 ? null : Math.log2(twice & -twice)
}

/** Takes out the values of chains that would join what must not be joined. @returns The rows that hold them, one list a chain. */
async function chainsOf(holders: Map<string, number[]>, people: Groups, chains: Groups, known: Int32Array, before: number, turns: Turns): Promise<readonly (readonly number[])[]> {
  if (before === 0) return []
  const groupsOf = new Map<number, Set<number>>()
  for (const held of holders.values()) {
    if (turns.isOver) await turns.next()
    for (const row of held) {
      const group = people.of(row)
      const chain = chains.of(group)
      groupsOf.set(chain, (groupsOf.get(chain) ?? new Set()).add(group))
    }
  }
  const broken = new Map<number, number[]>()
  for (const [chain, groups] of groupsOf) {
    if (turns.isOver) await turns.next()
    if (clashIn([...groups], known, before) !== null) broken.set(chain, [])
  }
  if (broken.size === 0) return []
  for (const [value, held] of holders) {
    const found = broken.get(chains.of(people.of(held[0] ?? 0)))
    if (found === undefined || new Set(held.map((row) => people.of(row))).size < 2) continue
    found.push(...held)
    holders.delete(value)
  }
  return [...broken.values()]
}

function disagreement(rows: IdentityRows, held: readonly number[], people: Groups, known: Int32Array, match: readonly Pick<MatchKey, 'name'>[], clash: number, key: string): string {
  const different = new Map<number, number>()
  for (const row of held) if (((known[people.of(row)] ?? 0) >> clash) % 2 === 1 && !different.has(people.of(row))) different.set(people.of(row), row)
  const [one = 0, two = 0] = different.values()
  return `${spoken(rows, one)} and ${spoken(rows, two)} share their ${key}, and differ in ${match[clash]?.name ?? ''}.`
}

function spoken({ tables, table, key }: IdentityRows, row: number): string {
  return `${tables[table[row] ?? 0] ?? ''} ${key[row] ?? ''}`
}
