/** How a file becomes a table: what the model says under `read`, and what the embedded engine obeys. */

export const READ_FORMATS = ['csv', 'parquet', 'json', 'ndjson'] as const
export type ReadFormat = (typeof READ_FORMATS)[number]

export const READ_TYPES = ['text', 'integer', 'decimal', 'float', 'boolean', 'date', 'timestamp', 'month'] as const
/** `decimal` holds 18 digits with 2…6 after the point; `month` is `YYYY-MM`, kept as its first day; a `timestamp` is an instant, kept in UTC. */
export type ReadType = (typeof READ_TYPES)[number]

export interface ReadColumn {
  readonly name: string
  /** Null: whatever the engine infers. */
  readonly type: ReadType | null
  /** strptime pattern for dates and timestamps (`%Y%m%d`); null for ISO. */
  readonly format: string | null
  /** Absent from the file is an error; null in a row sends the row to quarantine. */
  readonly required: boolean
  /** A second row with the same value goes to quarantine. */
  readonly unique: boolean
  /** Smaller numbers send the row to quarantine. */
  readonly min: number | null
  /** Other texts send the row to quarantine; null for any. */
  readonly values: readonly string[] | null
}

export interface ReadOptions {
  /** File name or glob in the data folder; null: the table's name with any known ending. */
  readonly file: string | null
  readonly format: ReadFormat | null
  /** One character, or `whitespace` for runs of blanks; null: found out by the engine. */
  readonly delimiter: string | null
  readonly header: boolean | null
  readonly encoding: 'utf-8' | 'latin-1' | 'utf-16' | null
  /** Zone of timestamps that carry none (IANA); null: UTC. */
  readonly timezone: string | null
  /** Texts that mean null, beside the empty one. */
  readonly nullValues: readonly string[]
  /** In the file's order where it has no header; otherwise matched by name. Columns not listed are kept as inferred. */
  readonly columns: readonly ReadColumn[]
}

export const DEFAULT_READ_OPTIONS: ReadOptions = {
  file: null,
  format: null,
  delimiter: null,
  header: null,
  encoding: null,
  timezone: null,
  nullValues: [],
  columns: [],
}
