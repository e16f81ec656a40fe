import type { LandingCell, LandingRows, LandingWrite } from '../landing-contract.ts'
import type { LandedShape } from '../sql-kit/landed-shape.ts'
import { keyText, plainText } from './landing-find.ts'
import { kindOf } from './landing-rows.ts'

interface Pending {
  readonly key: readonly LandingCell[]
  /** Null where the row goes. */
  readonly row: { readonly rows: LandingRows; readonly at: number } | null
}

/** What the database holds; asked only for writes that take rows away. */
export interface Held {
  where(column: string, values: readonly LandingCell[]): Promise<readonly (readonly LandingCell[])[]>
  keys(keys: readonly (readonly LandingCell[])[]): Promise<readonly (readonly LandingCell[])[]>
}

/** The writes of one commit to one table, told as one write: the rows that are put in and the keys that go, each key once. */
export class Overlay {
  removed = 0
  readonly #shape: LandedShape
  readonly #held: Held
  readonly #pending = new Map<string, Pending>()

  constructor(shape: LandedShape, held: Held) {
    this.#shape = shape
    this.#held = held
  }

  async apply(write: LandingWrite): Promise<void> {
    if (write.kind === 'delete') return this.#delete(write.keys)
    if (write.kind === 'replace') await this.#clear(write.where, write.rows)
    for (let at = 0; at < write.rows.count; at++) {
      const key = this.#keyAt(write.rows, at)
      this.#pending.set(keyText(key, this.#shape), { key, row: { rows: write.rows, at } })
    }
  }

  /** Rows with all columns of the table; those from `live` on only name keys that go. */
  result(): { readonly rows: LandingRows; readonly live: number } {
    const pending = [...this.#pending.values()].toSorted((a, b) => Number(a.row === null) - Number(b.row === null))
    const names = this.#shape.columns.map(({ name }) => name)
    const columns = names.map((name) => {
      const inKey = this.#shape.key.indexOf(name)
      return pending.map(({ key, row }): LandingCell => (inKey >= 0 ? (key[inKey] ?? null) : row === null ? null : (row.rows.columns[row.rows.names.indexOf(name)]?.[row.at] ?? null)))
    })
    return { rows: { names, columns, count: pending.length }, live: pending.filter(({ row }) => row !== null).length }
  }

  async #delete(keys: readonly (readonly LandingCell[])[]): Promise<void> {
    const held = new Set((await this.#held.keys(keys)).map((key) => keyText(key, this.#shape)))
    for (const key of keys) {
      const text = keyText(key, this.#shape)
      const before = this.#pending.get(text)
      if (before === undefined ? held.has(text) : before.row !== null) this.#takeAway(text, key)
    }
  }

  /** Rows of some values, save those that the write itself puts in. */
  async #clear({ column, values }: { readonly column: string; readonly values: readonly LandingCell[] }, rows: LandingRows): Promise<void> {
    const kept = new Set(Array.from({ length: rows.count }, (_, at) => keyText(this.#keyAt(rows, at), this.#shape)))
    for (const key of await this.#held.where(column, values)) {
      const text = keyText(key, this.#shape)
      if (!this.#pending.has(text) && !kept.has(text)) this.#takeAway(text, key)
    }
    const kind = kindOf(this.#shape, column)
    const sought = new Set(values.map((value) => plainText(value, kind)))
    for (const [text, { key, row }] of this.#pending) {
      const cell = row === null ? null : (row.rows.columns[row.rows.names.indexOf(column)]?.[row.at] ?? null)
      if (cell !== null && sought.has(plainText(cell, kind)) && !kept.has(text)) this.#takeAway(text, key)
    }
  }

  #takeAway(text: string, key: readonly LandingCell[]): void {
    this.#pending.set(text, { key, row: null })
    this.removed += 1
  }

  #keyAt(rows: LandingRows, at: number): readonly LandingCell[] {
    return this.#shape.key.map((name) => rows.columns[rows.names.indexOf(name)]?.[at] ?? null)
  }
}
