import { KpiqlError } from '../../src/base/errors.ts'
import type { AskRows } from './engine.ts'

/**
 * What changes with the rows of a table but not with merges: per partition the last block written, the last mutation, and the rows.
 * Blocks are numbered through, so none written can hide; a merge that drops rows (replacing, collapsing, TTL) changes their number.
 * Where columns have a TTL their values change by merges alone: there the names of the parts count. A part that no mutation touched
 * has the number of its first block for a version.
 */
const SIGN = `
SELECT p.table AS table,
  hex(groupBitXor(cityHash64(p.partition_id, p.block, p.mutation, p.rows, p.names))) AS sign
FROM (
  SELECT database, table, partition_id, max(max_block_number) AS block,
    max(if(data_version = min_block_number, 0, data_version)) AS mutation, sum(rows) AS rows,
    if({ttl:UInt8} = 1, groupBitXor(cityHash64(name)), 0) AS names
  FROM <parts>
  WHERE active AND database = {database:String} AND table IN {tables:Array(String)}
  GROUP BY database, table, partition_id
) AS p
GROUP BY p.table`

const TABLES = `
SELECT name, currentDatabase() AS database, toString(uuid) AS uuid, engine, engine_full, toString(toUnixTimestamp(metadata_modification_time)) AS changed,
  if(match(create_table_query, '\\\\bTTL\\\\b'), '1', '0') AS ttl
FROM system.tables
WHERE database = currentDatabase() AND name IN {tables:Array(String)}`

interface Table {
  readonly name: string
  readonly database: string
  readonly identity: string
  readonly engine: string
  readonly engineFull: string
  readonly ttl: string
}

/**
 * Exact and cheap for tables of the MergeTree family, and for `Distributed` ones over them where the user may read `system.parts` of
 * the cluster. Other tables and views have no sign.
 */
export async function readVersions(rows: AskRows, tables: readonly string[]): Promise<ReadonlyMap<string, string>> {
  if (tables.length === 0) return new Map()
  const found = (await rows(TABLES, { tables })).map(
    (row): Table => ({ name: row['name'] ?? '', database: row['database'] ?? '', identity: `${row['uuid']} ${row['changed']}`, engine: row['engine'] ?? '', engineFull: row['engine_full'] ?? '', ttl: row['ttl'] ?? '1' }),
  )
  const versions = new Map<string, string>()
  for (const ttl of ['0', '1']) {
    const own = found.filter((table) => table.engine.endsWith('MergeTree') && table.ttl === ttl)
    if (own.length === 0) continue
    const signs = await signsOf(rows, 'system.parts', own[0]?.database ?? '', own.map(({ name }) => name), ttl)
    for (const { name, identity } of own) versions.set(name, `${identity} ${signs.get(name) ?? 'empty'}`)
  }
  for (const table of found) {
    const behind = table.engine === 'Distributed' ? tableBehind(table) : null
    if (behind === null) continue
    const sign = await distributedSign(rows, behind)
    if (sign !== null) versions.set(table.name, `${table.identity} ${sign}`)
  }
  return versions
}

async function signsOf(rows: AskRows, parts: string, database: string, tables: readonly string[], ttl: string): Promise<ReadonlyMap<string, string>> {
  const signs = await rows(SIGN.replace('<parts>', parts), { database, tables, ttl })
  return new Map(signs.map(({ table, sign }) => [table ?? '', sign ?? '']))
}

interface Behind {
  readonly cluster: string
  readonly database: string
  readonly table: string
}

/** `Distributed('cluster', 'database', 'table', …)`; null where it is written otherwise. */
function tableBehind({ engineFull, database }: Table): Behind | null {
  const [, cluster = '', named = '', table = ''] = /^Distributed\('([^'\\]+)', (?:'([^'\\]*)'|currentDatabase\(\)), '([^'\\]+)'/.exec(engineFull) ?? []
  return table === '' ? null : { cluster, database: named === '' ? database : named, table }
}

/** All shards, one replica each; null where the user may not ask the others. */
async function distributedSign(rows: AskRows, { cluster, database, table }: Behind): Promise<string | null> {
  const parts = `(SELECT hostName() AS host, * FROM cluster('${cluster}', system, parts))`
  try {
    const signs = await signsOf(rows, parts, database, [table], '1')
    return signs.get(table) ?? 'empty'
  } catch (error) {
    if (error instanceof KpiqlError || !/\(ACCESS_DENIED\)|Not enough privileges/.test(String((error as { readonly message?: unknown }).message))) throw error
    return null
  }
}
