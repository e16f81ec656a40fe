import type { ScanForm } from './scan.ts'

/** What statements were seen to find and to take. It chooses between forms that have one answer, and never changes one. */
export interface Observed {
  /** Most different values of a column in one result: the table has at least as many. Null where none was seen. */
  distinct(semanticModel: string, expr: string): number | null
  /** Different values of a column when most of its table was last looked through; null where that was not. */
  all(semanticModel: string, expr: string): number | null
  /** How a form did for questions of one shape; null where it was not tried. */
  form(shape: string, form: ScanForm): ObservedForm | null
}

export interface ObservedForm {
  readonly asked: number
  /** Milliseconds in the engine: the least of late, a quarter forgotten with each asking. */
  readonly ms: number
}

/** A column that a result holds as it stands. */
export interface SeenColumn {
  /** Of the result. */
  readonly index: number
  readonly semanticModel: string
  readonly expr: string
  /** Whether the result shows every value of most of the table: no test left rows out, and the period is most of its time. */
  readonly whole?: boolean | undefined
}
