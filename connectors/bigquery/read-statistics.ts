import { KpiqlError } from '../../src/base/errors.ts'
import { bigqueryDialect } from '../../src/sql/dialects/bigquery.ts'
import { aggregate, column, select } from '../../src/sql/tree.ts'
import type { ColumnStatistics, TableInfo, TableStatistics } from '../contract.ts'
import { RowSink } from '../sql-kit/row-sink.ts'
import type { TableResource } from './list-tables.ts'
import { runQuery, type QueryPlace } from './run-query.ts'

/**
 * Rows by BigQuery's own count, where the table has one. Smallest and largest times by one statement over these columns alone, within
 * the same ceiling of bytes as any; where that refuses it they stay unknown. Nothing is known of distinct values.
 */
export async function readStatistics(place: QueryPlace, table: TableInfo, resource: TableResource | undefined): Promise<TableStatistics> {
  const times = table.columns.filter(({ kind }) => kind === 'date' || kind === 'timestamp')
  const counted = resource?.numRows === undefined || resource.streamingBuffer !== undefined || resource.type !== 'TABLE' ? null : Number(resource.numRows)
  const found = counted !== null && (counted === 0 || times.length === 0) ? null : await readBounds(place, table.name, times)
  const columns = table.columns.map(({ name, nullable }): [string, ColumnStatistics] => [name, { distinct: null, min: null, max: null, ...found?.bounds.get(name), hasNulls: nullable }])
  return { rows: counted ?? found?.rows ?? 0, columns: Object.fromEntries(columns) }
}

interface Bounds {
  readonly rows: number
  readonly bounds: ReadonlyMap<string, Pick<ColumnStatistics, 'min' | 'max'>>
}

async function readBounds(place: QueryPlace, name: string, times: TableInfo['columns']): Promise<Bounds | null> {
  const columns = times.flatMap((time, index) => (['min', 'max'] as const).map((fn) => ({ expr: aggregate({ name: fn }, column('read', time.name)), as: `${fn}_${index}` })))
  // A name behind a name: a table's own may be no alias.
  const printed = bigqueryDialect.print(select({ columns: [{ expr: aggregate({ name: 'count' }, null), as: 'row_count' }, ...columns], from: { kind: 'query', as: 'read', query: selectTimes(name, times) } }))
  const kinds = ['integer', ...times.flatMap(({ kind }) => [kind, kind])] as const
  const sink = new RowSink(kinds, 1, place.source)
  try {
    await runQuery(place, { ...printed, columns: kinds }, sink)
  } catch (error) {
    if (place.signal.aborted) throw error
    // The ceiling, or a table that must be asked by its partitions.
    if (error instanceof KpiqlError || (error as { readonly code?: unknown }).code === 400) return null
    throw error
  }
  const text = (index: number): string | null => {
    const value = sink.columns[index]?.[0] ?? null
    return value === null ? null : String(value)
  }
  return { rows: Number(text(0)), bounds: new Map(times.map((time, index) => [time.name, { min: text(1 + 2 * index), max: text(2 + 2 * index) }])) }
}

function selectTimes(name: string, times: TableInfo['columns']): ReturnType<typeof select> {
  const columns = times.map((time) => ({ expr: column(name, time.name), as: time.name }))
  return select({ columns: columns.length === 0 ? [{ expr: { kind: 'integer', value: 1 }, as: 'one' }] : columns, from: { kind: 'table', name } })
}
