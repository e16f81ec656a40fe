import type { Observed } from './observed.ts'

/**
 * What the planner knows of the data without reading it. Estimates only ever choose between forms that have one answer.
 * All lookups are by the model's own SQL text; null means unknown.
 */
export interface Facts {
  rows(semanticModel: string): number | null
  /** Whether its rows are worked through one by one, so that leaving one out saves all that would be done with it. */
  byRow(semanticModel: string): boolean
  /** Approximate distinct values of a plain column. */
  distinct(semanticModel: string, expr: string): number | null
  /** `distinct` as the statistics have it, whatever was seen; without it they are one. */
  stated?(semanticModel: string, expr: string): number | null
  /** What statements were seen to find and take; `distinct` is what was found of most of a table, and never less than any of them found. Without it nothing was seen. */
  readonly observed?: Observed | undefined
  columnType(semanticModel: string, expr: string): 'text' | 'boolean' | 'integer' | 'decimal' | 'float' | 'date' | 'clock' | 'instant' | null
  /** The collation of a plain column of texts that are equal just where their bytes are; null where they may not be. */
  exactCollation(semanticModel: string, expr: string): string | null
  /** Smallest and largest value of a plain column, as text. */
  range(semanticModel: string, expr: string): { readonly min: string; readonly max: string } | null
}
