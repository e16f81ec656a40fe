import { combineParts } from './parts.ts'
import type { Combine } from './parts.ts'
import { groupId } from './read.ts'
import type { AnyRead, Part, ReadGroup, ReadResult } from './read.ts'

/** Rows after which a fold yields: one to three milliseconds. */
export const ROWS_A_STEP = 512

type KeyValue = string | number | boolean | null

interface OpenGroup {
  readonly values: readonly KeyValue[]
  readonly parts: (Part[] | undefined)[]
}

/** Gathers the pieces of one read's answer; pieces of one group and bucket are combined. */
export class ReadFold {
  readonly #read: AnyRead
  readonly #combine: readonly Combine[]
  readonly #groups = new Map<string, OpenGroup>()

  constructor(read: AnyRead, combine: readonly Combine[]) {
    this.#read = read
    this.#combine = combine
    // Without groups there is always the one: an answer of nothing is still an answer.
    if (read.by.length === 0) this.#open(groupId([]), [])
  }

  /** @param id of the values' group. */
  add(values: readonly KeyValue[], bucket: number, parts: readonly Part[], id = groupId(values)): void {
    const group = this.#groups.get(id) ?? this.#open(id, values)
    const known = group.parts[bucket]
    if (known === undefined) {
      group.parts[bucket] = [...parts]
      return
    }
    for (let index = 0; index < parts.length; index++) {
      known[index] = combineParts(known[index] ?? null, parts[index] ?? null, this.#combine[index] ?? 'never')
    }
  }

  result(): ReadResult {
    return { groups: [...this.#groups.values()] satisfies ReadGroup[] }
  }

  #open(id: string, values: readonly KeyValue[]): OpenGroup {
    const group: OpenGroup = { values, parts: Array.from({ length: this.#read.buckets.length }) }
    this.#groups.set(id, group)
    return group
  }
}
