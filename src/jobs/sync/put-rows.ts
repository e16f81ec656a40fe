import type { LandingCell, LandingWrite } from '../../../connectors/landing-contract.ts'

interface Replaced {
  readonly column: string
  /** Where the column stands in a row. */
  readonly at: number
  readonly values: Set<LandingCell>
  /** What rows gathered so far have there, and maybe more. */
  readonly held: Set<LandingCell>
}

/**
 * Writes of one table, gathered into as few as have the same result: rows of some values go first, then rows are put in by key,
 * then keys are deleted. Each key is either put or deleted, whatever came last. Cells are kept by column, as they are written:
 * an array a row took most of a sync's memory.
 */
export class PutRows {
  /** Removed first; null as long as nothing is replaced. */
  #where: Replaced | null = null
  readonly #columns: LandingCell[][] = []
  #count = 0
  readonly #places = new Map<string, number>()
  readonly #keys: string[] = []
  readonly #deleted = new Map<string, readonly LandingCell[]>()

  /** @param row read at once, and not kept. */
  put(key: string, row: readonly LandingCell[]): void {
    this.#deleted.delete(key)
    let place = this.#places.get(key)
    if (place === undefined) {
      place = this.#count++
      this.#places.set(key, place)
      this.#keys.push(key)
      for (const column of this.#columns) column.push(null)
    }
    while (this.#columns.length < row.length) this.#columns.push(Array.from({ length: this.#count }, () => null))
    for (let at = 0; at < this.#columns.length; at++) {
      const column = this.#columns[at]
      if (column) column[place] = row[at] ?? null
    }
    if (this.#where) this.#where.held.add(row[this.#where.at] ?? null)
  }

  delete(key: string, cells: readonly LandingCell[]): void {
    const place = this.#places.get(key)
    if (place !== undefined) this.#drop(key, place)
    this.#deleted.set(key, cells)
  }

  /** @returns False where rows gathered before have one of the values: then what was gathered must be written first. */
  replace(column: string, at: number, values: readonly LandingCell[]): boolean {
    this.#where ??= { column, at, values: new Set(), held: new Set(this.#columns[at]) }
    const { held } = this.#where
    if (this.#where.column !== column || values.some((value) => held.has(value))) return false
    for (const value of values) this.#where.values.add(value)
    return true
  }

  /** @param names the table's columns now; those that were learned after the last row are null. What was gathered is handed over: nothing may be put in afterwards. */
  writes(table: string, names: readonly string[]): readonly LandingWrite[] {
    const writes: LandingWrite[] = []
    const rows = this.#count === 0 ? { names, columns: names.map(() => []), count: 0 } : { names: names.slice(0, this.#columns.length), columns: this.#columns, count: this.#count }
    if (this.#where && this.#where.values.size > 0) writes.push({ kind: 'replace', table, where: { column: this.#where.column, values: [...this.#where.values] }, rows })
    else if (this.#count > 0) writes.push({ kind: 'upsert', table, rows })
    if (this.#deleted.size > 0) writes.push({ kind: 'delete', table, keys: [...this.#deleted.values()] })
    return writes
  }

  /** The last row takes the place of the one that goes. */
  #drop(key: string, place: number): void {
    const last = --this.#count
    const lastKey = this.#keys.pop()
    for (const column of this.#columns) {
      const cell = column.pop() ?? null
      if (place !== last) column[place] = cell
    }
    this.#places.delete(key)
    if (lastKey === undefined || place === last) return
    this.#keys[place] = lastKey
    this.#places.set(lastKey, place)
  }
}
