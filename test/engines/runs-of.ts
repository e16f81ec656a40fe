import { ENGINE } from './open-test-source.ts'

/**
 * How many random batches a property test asks. ClickHouse plans a statement of many slices in seconds, however small the tables:
 * it gets the first of the same seeded batches.
 */
export function runsOf({ usual, clickhouse }: { readonly usual: number; readonly clickhouse: number }): number {
  return Number(process.env['ASK_BATCHES'] ?? (ENGINE === 'clickhouse' ? clickhouse : usual))
}
