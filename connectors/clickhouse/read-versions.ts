import { KpiqlError } from '../../src/base/errors.ts'
import type { AskRows } from './engine.ts'

/**
 * What changes with the rows of a table but not with merges: per partition the last block written, the last mutation, and the rows.
 * Blocks are numbered through, so none written can hide; a merge that drops rows (replacing, collapsing, TTL) changes their number.
 * Where columns have a TTL their values change by merges alone: there the names of the parts count, too. A part that no mutation
 * touched has the number of its first block for a version.
 */
const signsOf = (parts: string, database: string): string => `
SELECT p.table AS name, hex(groupBitXor(cityHash64(p.partition_id, p.block, p.mutation, p.rows))) AS sign,
  hex(groupBitXor(cityHash64(p.partition_id, p.block, p.mutation, p.rows, p.names))) AS sign_of_parts
FROM (
  SELECT table, partition_id, max(max_block_number) AS block,
    max(if(data_version = min_block_number, 0, data_version)) AS mutation, sum(rows) AS rows,
    groupBitXor(cityHash64(name)) AS names
  FROM ${parts}
  WHERE active AND database = ${database} AND table IN {tables:Array(String)}
  GROUP BY table, partition_id
) AS p
GROUP BY p.table`

/** What each table is, and for those that have parts another row of what these hold: one round trip, on the way of every fresh answer. */
const LOOK = `
SELECT 'table' AS about, name, currentDatabase() AS database, concat(toString(uuid), ' ', toString(toUnixTimestamp(metadata_modification_time))) AS identity, engine, engine_full AS engineFull,
  if(match(create_table_query, '\\\\bTTL\\\\b'), '1', '0') AS ttl, '' AS sign, '' AS sign_of_parts
FROM system.tables
WHERE database = currentDatabase() AND name IN {tables:Array(String)}
UNION ALL
SELECT 'parts', s.name, '', '', '', '', '', s.sign, s.sign_of_parts
FROM (${signsOf('system.parts', 'currentDatabase()')}
) AS s
`

interface Table {
  readonly database: string
  readonly engine: string
  readonly engineFull: string
}

/**
 * Exact and cheap for tables of the MergeTree family, and for `Distributed` ones over them where the user may read `system.parts` of
 * the cluster. Other tables and views have no sign, and nothing has where the user may not read `system.parts`.
 */
export async function readVersions(rows: AskRows, tables: readonly string[]): Promise<ReadonlyMap<string, string>> {
  if (tables.length === 0) return new Map()
  const look = (await unlessDenied(rows(LOOK, { tables }))) ?? []
  const parts = new Map(look.filter(({ about }) => about === 'parts').map((row) => [row['name'], row]))
  const versions = new Map<string, string>()
  for (const { about, name, identity, database, engine, engineFull, ttl } of look) {
    if (about !== 'table' || typeof name !== 'string' || typeof engine !== 'string') continue
    const sign = engine.endsWith('MergeTree')
      ? (parts.get(name)?.[ttl === '0' ? 'sign' : 'sign_of_parts'] ?? 'empty')
      : engine === 'Distributed'
        ? await distributedSign(rows, { database: database ?? '', engine, engineFull: engineFull ?? '' })
        : null
    if (sign !== null) versions.set(name, `${identity} ${sign}`)
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
  const found = await unlessDenied(rows(signsOf(parts, '{database:String}'), { database: behind.database, tables: [behind.table] }))
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
