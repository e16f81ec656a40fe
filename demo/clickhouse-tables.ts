import type { ColumnKind, TableShape } from './table-writer.ts'

export interface ClickhouseLayout {
  /** Shards the rows over the servers of this cluster; null keeps them on one server. */
  readonly cluster: string | null
  /** Keeps a copy of each shard on every server of it, and makes the tables on all servers at once. Needs a cluster with Keeper. */
  readonly replicated: boolean
}

const TYPES: Readonly<Record<Extract<ColumnKind, string>, string>> = {
  integer: 'Int32',
  date: 'Date',
  month: 'String',
  timestamp: "DateTime('UTC')",
  money: 'Decimal(18, 2)',
  boolean: 'Bool',
}

/** By which rows are spread: what is counted apart and joined on, so that both stay within a shard. */
const SHARDED_BY = ['customer_id', 'visitor_id', 'user_id']

/** Statements without a closing semicolon that make these tables in ClickHouse, in order. */
export function clickhouseTables(tables: readonly TableShape[], { cluster, replicated }: ClickhouseLayout): readonly string[] {
  return tables.flatMap((table) => {
    const everywhere = replicated && cluster !== null ? ` ON CLUSTER ${quote(cluster)}` : ''
    if (cluster === null) return [createTable(table, table.name, '', 'MergeTree')]
    const local = `${table.name}_local`
    const engine = replicated ? "ReplicatedMergeTree('/clickhouse/tables/{shard}/{database}/{table}', '{replica}')" : 'MergeTree'
    return [createTable(table, local, everywhere, engine), `CREATE TABLE ${table.name}${everywhere} AS ${local}\nENGINE = Distributed(${quote(cluster)}, currentDatabase(), ${quote(local)}, cityHash64(${shardedBy(table)}))`]
  })
}

function createTable(table: TableShape, name: string, everywhere: string, engine: string): string {
  const columns = Object.entries(table.columns).map(([column, kind]) => `  ${column} ${typeOf(kind, table.nullable?.includes(column) ?? false)}`)
  const [key = ''] = Object.keys(table.columns)
  const time = firstOf(table, (kind) => kind === 'date' || kind === 'timestamp')
  // Months of the tables that grow by the moment: old ones can be dropped or moved, and a period reads only its own.
  const partition = time !== null && table.columns[time] === 'timestamp' ? [`PARTITION BY toYYYYMM(${time})`] : []
  const order = time === null ? key : `(${time}, ${key})`
  return [`CREATE TABLE ${name}${everywhere}`, '(', columns.join(',\n'), ')', `ENGINE = ${engine}`, ...partition, `ORDER BY ${order}`].join('\n')
}

/** Words of a list take a byte or two a row. */
function typeOf(kind: ColumnKind, nullable: boolean): string {
  if (typeof kind !== 'string') return `LowCardinality(${nullable ? 'Nullable(String)' : 'String'})`
  return nullable ? `Nullable(${TYPES[kind]})` : TYPES[kind]
}

function shardedBy(table: TableShape): string {
  const [key = ''] = Object.keys(table.columns)
  return SHARDED_BY.find((column) => column in table.columns && table.nullable?.includes(column) !== true) ?? key
}

function firstOf(table: TableShape, isWanted: (kind: ColumnKind) => boolean): string | null {
  return Object.entries(table.columns).find(([column, kind]) => isWanted(kind) && table.nullable?.includes(column) !== true)?.[0] ?? null
}

function quote(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`
}
