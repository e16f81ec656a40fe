import type { LandingCell, LandingWrite } from '../../../connectors/landing-contract.ts'

/**
 * Writes of one table, gathered into as few as have the same result: rows of some values go first, then rows are put in by key,
 * then keys are deleted. Each key is either put or deleted, whatever came last.
 */
export class PutRows {
  /** Removed first; null as long as nothing is replaced. */
  #where: { readonly column: string; readonly at: number; readonly values: Map<LandingCell, LandingCell>; readonly held: Set<LandingCell> } | null = null
  #rows: LandingCell[][] = []
  readonly #places = new Map<string, number>()
  #keys: string[] = []
  readonly #deleted = new Map<string, readonly LandingCell[]>()

  get size(): number {
    return this.#rows.length + this.#deleted.size + (this.#where?.values.size ?? 0)
  }

  put(key: string, row: LandingCell[]): void {
    this.#deleted.delete(key)
    const place = this.#places.get(key)
    if (place === undefined) {
      this.#places.set(key, this.#rows.push(row) - 1)
      this.#keys.push(key)
    } else this.#rows[place] = row
    if (this.#where) this.#where.held.add(row[this.#where.at] ?? null)
  }

  delete(key: string, cells: readonly LandingCell[]): void {
    const place = this.#places.get(key)
    if (place !== undefined) this.#drop(key, place)
    this.#deleted.set(key, cells)
  }

  /** @returns False where rows gathered before have one of the values: then what was gathered must be written first. */
  replace(column: string, at: number, values: readonly LandingCell[]): boolean {
    if (this.#where === null) {
      if (this.#rows.length > 0 && values.length > 0) {
        const wanted = new Set(values)
        if (this.#rows.some((row) => wanted.has(row[at] ?? null))) return false
      }
      this.#where = { column, at, values: new Map(), held: new Set(this.#rows.map((row) => row[at] ?? null)) }
    } else if (this.#where.column !== column || values.some((value) => this.#where?.held.has(value))) return false
    for (const value of values) this.#where.values.set(value, value)
    return true
  }

  /** @param names the table's columns now; rows gathered before some were learned are null in those. */
  writes(table: string, names: readonly string[]): readonly LandingWrite[] {
    const writes: LandingWrite[] = []
    const rows = { names, columns: names.map((_, index) => this.#rows.map((row) => row[index] ?? null)), count: this.#rows.length }
    if (this.#where && this.#where.values.size > 0) writes.push({ kind: 'replace', table, where: { column: this.#where.column, values: [...this.#where.values.keys()] }, rows })
    else if (this.#rows.length > 0) writes.push({ kind: 'upsert', table, rows })
    if (this.#deleted.size > 0) writes.push({ kind: 'delete', table, keys: [...this.#deleted.values()] })
    return writes
  }

  /** The last row takes the place of the one that goes. */
  #drop(key: string, place: number): void {
    const last = this.#rows.length - 1
    const [row, lastKey] = [this.#rows[last], this.#keys[last]]
    if (row && lastKey !== undefined && place !== last) {
      this.#rows[place] = row
      this.#keys[place] = lastKey
      this.#places.set(lastKey, place)
    }
    this.#rows.pop()
    this.#keys.pop()
    this.#places.delete(key)
  }
}
