/**
 * By table the moments at which the server made it and last changed it. The server remembers changes in memory only, and in whole
 * seconds; so a table is left out, and time alone tells, where none is remembered (after a restart) or the last one is so recent
 * that another could fall into its second. Only InnoDB is trusted with it, and no table that is partitioned.
 */
export const VERSIONS_SQL = `SELECT table_name, concat(create_time, ' ', update_time)
FROM information_schema.tables
WHERE table_schema = database() AND engine = 'InnoDB' AND locate('partitioned', create_options) = 0 AND update_time < now() - INTERVAL 2 SECOND`
