import type { Ask } from './catalogue.ts'
import { splitName } from './catalogue.ts'

// The counters of rows written since the server's statistics began, and the file that holds the rows: TRUNCATE and rewrites make a new one.
// A crash of one of its processes makes all counters begin anew; the server's own start and the database's say nothing of it, the background writer's do.
// A server that follows another counts nothing; it knows how far it has followed.
const VERSIONS = `
  WITH RECURSIVE asked AS (
    SELECT t.name, c.oid, c.relkind
    FROM json_to_recordset($1::json) AS t(name text, schema text, relation text)
    JOIN pg_namespace n ON n.nspname = t.schema
    JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = t.relation
    WHERE c.relkind IN ('r', 'p', 'm')
  ), parts(name, oid) AS (
    SELECT name, oid FROM asked
    UNION
    SELECT p.name, i.inhrelid FROM parts p JOIN pg_inherits i ON i.inhparent = p.oid
  )
  SELECT p.name, CASE WHEN pg_is_in_recovery() THEN 'replayed ' || pg_last_wal_replay_lsn() ELSE 'since ' || concat_ws(' ', pg_postmaster_start_time(), pg_stat_get_bgwriter_stat_reset_time(), pg_stat_get_db_stat_reset_time((SELECT oid FROM pg_database WHERE datname = current_database())))
      || ': ' || string_agg(concat_ws('/', p.oid, pg_relation_filenode(p.oid), pg_stat_get_tuples_inserted(p.oid), pg_stat_get_tuples_updated(p.oid), pg_stat_get_tuples_deleted(p.oid)), ' ' ORDER BY p.oid) END
  FROM parts p
  JOIN pg_class c ON c.oid = p.oid
  WHERE current_setting('track_counts')::boolean
  GROUP BY p.name
  HAVING bool_and(c.relkind <> 'f')`

/**
 * A text a table that is another once rows were written to it. A connection tells its counts between transactions, at most once a
 * second, and up to ten seconds later where it falls idle within that second; where the next transaction begins within it, once that
 * one ends, however long it runs. Views and foreign tables have none.
 */
export async function readVersions(ask: Ask, ownSchema: string, tables: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const named = tables.map((name) => {
    const { schema, table } = splitName(name, ownSchema)
    return { name, schema, relation: table }
  })
  return new Map((await ask(VERSIONS, JSON.stringify(named))).map(([name, version]) => [String(name), String(version)]))
}
