import type { StockRead } from './movement-history.ts'
import { combineParts, toNumber } from '../parts.ts'
import { groupId } from '../read.ts'
import type { Part, ReadGroup, ReadResult } from '../read.ts'

type KeyValue = string | number | boolean | null
type Place = readonly [chunk: number, pair: number]

interface Gains {
  readonly values: readonly KeyValue[]
  /** By list of windows, then by window: gains over the window before. */
  readonly chunks: Map<number, Map<number, readonly Part[]>>
}

/** Gathers what the members of one slice gain from window to window, and adds it up to what they hold in each. */
export class FollowedFold {
  readonly #placesOf: (read: StockRead) => readonly Place[]
  readonly #groups = new Map<string, Gains>()

  constructor(placesOf: (read: StockRead) => readonly Place[]) {
    this.#placesOf = placesOf
  }

  add(values: readonly KeyValue[], chunk: number, pair: number, parts: readonly Part[]): void {
    const id = groupId(values)
    const group = this.#groups.get(id) ?? { values, chunks: new Map<number, Map<number, readonly Part[]>>() }
    this.#groups.set(id, group)
    const gains = group.chunks.get(chunk) ?? new Map<number, readonly Part[]>()
    group.chunks.set(chunk, gains.set(pair, parts))
  }

  /** Groups without a member in any window are left out. */
  resultOf(read: StockRead): ReadResult {
    const places = this.#placesOf(read)
    const groups = [...this.#groups.values()].map((group): ReadGroup => ({ values: group.values, parts: partsAt(group, places) }))
    const told = groups.filter(({ parts }) => parts.some((bucket) => bucket?.some((part) => part !== null && toNumber(part) !== 0)))
    if (read.by.length === 0 && told.length === 0) return { groups: [{ values: [], parts: places.map(() => NOTHING) }] }
    return { groups: told }
  }
}

const NOTHING: readonly Part[] = [0n, 0n, 0n, 0n, 0n, 0n]

function partsAt(group: Gains, places: readonly Place[]): ReadGroup['parts'] {
  const totals = new Map([...group.chunks].map(([chunk, gains]) => [chunk, totalsOf(gains)]))
  return places.map(([chunk, pair]) => {
    const [start = 0n, end = 0n, kept = 0n, startEntities = 0n, endEntities = 0n] = lastUpTo(totals.get(chunk) ?? [], pair)
    return [start, end, kept, startEntities, endEntities, endEntities]
  })
}

function totalsOf(gains: ReadonlyMap<number, readonly Part[]>): readonly (readonly [pair: number, parts: readonly Part[]])[] {
  let total: readonly Part[] = NOTHING
  return [...gains]
    .toSorted(([a], [b]) => a - b)
    .map(([pair, parts]) => {
      total = parts.map((part, index) => combineParts(total[index] ?? null, part, 'add'))
      return [pair, total] as const
    })
}

function lastUpTo(totals: readonly (readonly [pair: number, parts: readonly Part[]])[], pair: number): readonly Part[] {
  return totals.findLast(([at]) => at <= pair)?.[1] ?? NOTHING
}
