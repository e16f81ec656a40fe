import { KpiqlError } from '../../src/base/errors.ts'
import type { ColumnKind, Value } from '../contract.ts'
import type { CellType } from './engine.ts'
import { cellReader } from './read-cells.ts'
import type { CellReader } from './read-cells.ts'

/** Takes the rows of one answer as texts and keeps them as values, column by column. */
export class RowSink {
  readonly columns: readonly Value[][]
  readonly #kinds: readonly ColumnKind[]
  /** Rows beyond this are refused: whoever gathers rows before they are fed need not gather more. */
  readonly maxRows: number
  readonly #source: string
  #readers: readonly CellReader[] | null = null
  #rows = 0

  constructor(kinds: readonly ColumnKind[], maxRows: number, source: string) {
    this.#kinds = kinds
    this.maxRows = maxRows
    this.#source = source
    this.columns = kinds.map(() => [])
  }

  get rowCount(): number {
    return this.#rows
  }

  /** The types of the answer's columns, before its first row. @throws KpiqlError `PLAN_BROKEN` where they cannot carry what the statement declared. */
  begin(types: readonly CellType[]): void {
    if (types.length !== this.#kinds.length) throw new KpiqlError('PLAN_BROKEN', { message: `A statement gave ${types.length} columns where ${this.#kinds.length} were declared.` })
    this.#readers = types.map((type, index) => cellReader(type, this.#kinds[index] as ColumnKind, index))
  }

  /**
   * One row, as the database's text of each cell: numbers in plain notation (floats also with an exponent), dates `YYYY-MM-DD`, times in UTC, of wall
   * clocks as they stand. @throws KpiqlError `TOO_MANY_GROUPS` for a row too many; whoever feeds the rows must stop the statement then.
   */
  row(cells: readonly (string | null)[]): void {
    const readers = this.#readers
    if (readers === null) throw new KpiqlError('PLAN_BROKEN', { message: 'Rows came before the types of their columns.' })
    this.#rows += 1
    if (this.#rows > this.maxRows) {
      throw new KpiqlError('TOO_MANY_GROUPS', { message: `The answer of source "${this.#source}" has more than ${this.maxRows} rows.`, hint: 'Group by fewer dimensions, or narrow the period or the filter.', data: { maxRows: this.maxRows } })
    }
    for (let index = 0; index < readers.length; index++) {
      const cell = cells[index] ?? null
      this.columns[index]?.push(cell === null ? null : (readers[index] as CellReader)(cell))
    }
  }
}
