import { ENGINE } from './open-test-source.ts'

export interface Runs {
  readonly duckdb: number
  /** Behind a server each question is a round trip: the first of the same seeded batches. */
  readonly served: number
  /** ClickHouse plans a statement of many slices in seconds, however small the tables. */
  readonly clickhouse: number
}

/** How many random batches a property test asks of the project's engine; ASK_BATCHES asks another number of any. */
export function runsOf({ duckdb, served, clickhouse }: Runs): number {
  return Number(process.env['ASK_BATCHES'] ?? (ENGINE === 'duckdb' ? duckdb : ENGINE === 'clickhouse' ? clickhouse : served))
}
