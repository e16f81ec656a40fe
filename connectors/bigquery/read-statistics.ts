import { KpiqlError } from '../../src/base/errors.ts'
import { bigqueryDialect } from '../../src/sql/dialects/bigquery.ts'
import type { TableInfo, TableStatistics } from '../contract.ts'
import { knownOf, timeBounds, timesOf } from '../sql-kit/time-bounds.ts'
import type { TableResource } from './list-tables.ts'
import { runQuery, type QueryPlace } from './run-query.ts'

/**
 * Rows by BigQuery's own count, where the table has one. Smallest and largest times by one statement over these columns alone, within
 * the same ceiling of bytes as any; where that refuses it they stay unknown. Nothing is known of distinct values.
 */
export async function readStatistics(place: QueryPlace, table: TableInfo, resource: TableResource | undefined): Promise<TableStatistics> {
  const counted = resource?.numRows === undefined || resource.streamingBuffer !== undefined || resource.type !== 'TABLE' ? null : Number(resource.numRows)
  if (counted !== null && (counted === 0 || timesOf(table).length === 0)) return knownOf(table, counted)
  const { statement, sink, statistics } = timeBounds(bigqueryDialect, place.source, table)
  try {
    await runQuery(place, statement, sink)
    return statistics(counted)
  } catch (error) {
    // The ceiling, or a table that must be asked by its partitions.
    const isRefused = error instanceof KpiqlError || (error as { readonly code?: unknown }).code === 400
    if (place.signal.aborted || !isRefused || counted === null) throw error
    return knownOf(table, counted)
  }
}
