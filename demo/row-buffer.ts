import type { RowSource } from './table-writer.ts'

/** Rows of numbers in one growing block of memory (8 bytes a value). NaN stands for null. */
export class RowBuffer implements RowSource {
  readonly width: number
  #values: Float64Array
  #length = 0
  #sent = 0

  constructor(width: number) {
    this.width = width
    this.#values = new Float64Array(width * 1024)
  }

  get length(): number {
    return this.#length
  }

  push(...row: readonly number[]): void {
    if (row.length !== this.width) throw new RangeError(`A row of ${this.width} values was given ${row.length}.`)
    const offset = this.#length * this.width
    if (offset === this.#values.length) {
      const larger = new Float64Array(this.#values.length * 2)
      larger.set(this.#values)
      this.#values = larger
    }
    this.#values.set(row, offset)
    this.#length++
  }

  at(row: number, column: number): number {
    return this.#values[row * this.width + column] ?? NaN
  }

  set(row: number, column: number, value: number): void {
    this.#values[row * this.width + column] = value
  }

  /** The same rows ordered by one column, rows of equal values in the order they came. */
  sortedBy(column: number): RowBuffer {
    const order = Array.from({ length: this.#length }, (_, row) => row)
    order.sort((left, right) => this.at(left, column) - this.at(right, column) || left - right)
    const sorted = new RowBuffer(this.width)
    for (const row of order) sorted.push(...this.#values.subarray(row * this.width, (row + 1) * this.width))
    return sorted
  }

  /** Writes 1, 2, 3… into a column: a key in row order. */
  numberRows(column: number): this {
    for (let row = 0; row < this.#length; row++) this.set(row, column, row + 1)
    return this
  }

  fill(columns: readonly Float64Array[], most: number): number {
    const count = Math.min(most, this.#length - this.#sent)
    for (let column = 0; column < this.width; column++) {
      const target = columns[column]
      if (target === undefined) throw new RangeError(`Column ${column} has no place to go.`)
      for (let row = 0; row < count; row++) target[row] = this.at(this.#sent + row, column)
    }
    this.#sent += count
    return count
  }
}
