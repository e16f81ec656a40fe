import type { Dialect } from '../../src/sql/dialect.ts'
import { aggregate, column, integer, select } from '../../src/sql/tree.ts'
import type { ColumnInfo, ColumnKind, ColumnStatistics, Statement, TableInfo, TableStatistics } from '../contract.ts'
import { RowSink } from './row-sink.ts'

/** One statement over the columns of a table that hold days and moments: how many rows, and how far each reaches. */
export interface TimeBounds {
  readonly statement: Statement
  readonly sink: RowSink
  /** Once the sink has the row; `rows` is the engine's own count where it keeps one. */
  statistics(rows: number | null): TableStatistics
}

export function timeBounds(dialect: Dialect, source: string, table: TableInfo): TimeBounds {
  const times = timesOf(table)
  const bounds = times.flatMap(({ name }, index) => (['min', 'max'] as const).map((fn) => ({ expr: aggregate({ name: fn }, column('read', name)), as: `${fn}_${index}` })))
  const read = times.map(({ name }) => ({ expr: column(table.name, name), as: name }))
  const query = select({
    columns: [{ expr: aggregate({ name: 'count' }, null), as: 'row_count' }, ...bounds],
    from: { kind: 'query', as: 'read', query: select({ columns: read.length > 0 ? read : [{ expr: integer(1), as: 'one' }], from: { kind: 'table', name: table.name } }) },
  })
  const columns: readonly ColumnKind[] = ['integer', ...times.flatMap(({ kind }) => [kind, kind])]
  const sink = new RowSink(columns, 1, source)
  const text = (index: number): string | null => {
    const value = sink.columns[index]?.[0] ?? null
    return value === null ? null : String(value)
  }
  return {
    statement: { ...dialect.print(query), columns },
    sink,
    statistics: (rows) => knownOf(table, rows ?? Number(text(0)), new Map(times.map(({ name }, index) => [name, { min: text(1 + 2 * index), max: text(2 + 2 * index) }]))),
  }
}

/** Statistics of a table of which only the number of rows is known, and perhaps how far some columns reach. */
export function knownOf(table: TableInfo, rows: number, bounds: ReadonlyMap<string, Pick<ColumnStatistics, 'min' | 'max'>> = new Map()): TableStatistics {
  return { rows, columns: Object.fromEntries(table.columns.map(({ name, nullable }) => [name, { distinct: rows === 0 ? 0 : null, min: null, max: null, ...bounds.get(name), hasNulls: nullable }])) }
}

export function timesOf(table: TableInfo): readonly ColumnInfo[] {
  return table.columns.filter(({ kind }) => kind === 'date' || kind === 'timestamp')
}
