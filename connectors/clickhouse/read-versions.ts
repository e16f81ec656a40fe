import { KpiqlError } from '../../src/base/errors.ts'
import type { AskRows } from './engine.ts'

/**
 * What changes with the rows of a table but not with merges: per partition the last block written, the last mutation, and the rows.
 * Blocks are numbered through, so none written can hide; a merge that drops rows (replacing, collapsing, TTL) changes their number.
 * Where columns have a TTL their values change by merges alone: there the names of the parts count, too. A part that no mutation
 * touched has the number of its first block for a version.
 */
const signsOf = (parts: string, of: string): string => `
SELECT p.table AS name, hex(groupBitXor(cityHash64(p.partition_id, p.block, p.mutation, p.rows))) AS sign,
  hex(groupBitXor(cityHash64(p.partition_id, p.block, p.mutation, p.rows, p.names))) AS sign_of_parts
FROM (
  SELECT table, partition_id, max(max_block_number) AS block,
    max(if(data_version = min_block_number, 0, data_version)) AS mutation, sum(rows) AS rows,
    groupBitXor(cityHash64(name)) AS names
  FROM ${parts}
  WHERE active AND ${of}
  GROUP BY table, partition_id
) AS p
GROUP BY p.table`

/** What each table is, and for those that have parts another row of what these hold: one round trip, on the way of every fresh answer. */
const LOOK = `
SELECT 'table' AS about, name, currentDatabase() AS database, concat(toString(uuid), ' ', toString(metadata_modification_time), ' ', toString(cityHash64(create_table_query))) AS identity, engine, engine_full,
  if(match(create_table_query, '\\\\bTTL\\\\b'), '1', '0') AS ttl, '' AS sign, '' AS sign_of_parts
FROM system.tables
WHERE database = currentDatabase()
UNION ALL
SELECT 'parts', s.name, '', '', '', '', '', s.sign, s.sign_of_parts
FROM (${signsOf('system.parts', 'database = currentDatabase()')}
) AS s`

interface Table {
  readonly name: string
  readonly database: string
  /** Another one when it is created anew or altered. */
  readonly identity: string
  readonly engine: string
  readonly engineFull: string
  /** Of a table of the MergeTree family: what its parts hold. */
  readonly sign: string
}

/** What was found at one look at a database. */
export interface Look {
  /** Changes with every table that is created, altered or dropped. */
  readonly definitions: string
  readonly tables: readonly Table[]
}

/** @returns null where the user may not read `system.parts`. */
export async function readLook(rows: AskRows): Promise<Look | null> {
  const found = await unlessDenied(rows(LOOK))
  if (found === null) return null
  const parts = new Map(found.filter(({ about }) => about === 'parts').map((row) => [row['name'], row]))
  const tables = found
    .filter(({ about }) => about === 'table')
    .map((row): Table => ({ name: row['name'] ?? '', database: row['database'] ?? '', identity: row['identity'] ?? '', engine: row['engine'] ?? '', engineFull: row['engine_full'] ?? '', sign: parts.get(row['name'] ?? '')?.[row['ttl'] === '0' ? 'sign' : 'sign_of_parts'] ?? 'empty' }))
  return { definitions: tables.map(({ name, identity }) => `${name} ${identity}`).toSorted().join('\n'), tables }
}

/**
 * Exact and cheap for tables of the MergeTree family, and for `Distributed` ones over them where the user may read `system.parts` of
 * the cluster. Other tables and views have no sign.
 */
export async function versionsAt({ tables }: Look, names: readonly string[], rows: AskRows): Promise<ReadonlyMap<string, string>> {
  const wanted = new Set(names)
  const versions = new Map<string, string>()
  for (const table of tables) {
    if (!wanted.has(table.name)) continue
    const sign = table.engine.endsWith('MergeTree') ? table.sign : table.engine === 'Distributed' ? await distributedSign(rows, table) : null
    if (sign !== null) versions.set(table.name, `${table.identity} ${sign}`)
  }
  return versions
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

/** All shards, one replica each; null where the table is written otherwise, or the user may not ask the others. */
async function distributedSign(rows: AskRows, table: Table): Promise<string | null> {
  const behind = tableBehind(table)
  if (behind === null) return null
  const parts = `(SELECT hostName() AS host, * FROM cluster('${behind.cluster}', system, parts))`
  const found = await unlessDenied(rows(signsOf(parts, 'database = {database:String} AND table = {table:String}'), { database: behind.database, table: behind.table }))
  return found === null ? null : (found[0]?.['sign_of_parts'] ?? 'empty')
}

async function unlessDenied<T>(asked: Promise<T>): Promise<T | null> {
  try {
    return await asked
  } catch (error) {
    if (error instanceof KpiqlError || !/\(ACCESS_DENIED\)|Not enough privileges/.test(String((error as { readonly message?: unknown }).message))) throw error
    return null
  }
}
