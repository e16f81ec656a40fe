import { defineConnector } from '../contract.ts'
import { secretsOf } from '../sql-kit/options.ts'
import { SqlSource } from '../sql-kit/sql-source.ts'
import { PostgresEngine } from './engine.ts'
import { postgresOptions, type PostgresOptions } from './options.ts'

/** PostgreSQL 14 and later, and what speaks its protocol and SQL. Aggregation happens there. */
export default defineConnector<PostgresOptions>({
  name: 'postgres',
  kind: 'query',
  options: postgresOptions,
  paths: ['caFile'],
  secrets: secretsOf(postgresOptions),
  open: (name, options, deps) => new SqlSource(name, new PostgresEngine(name, options), options, deps),
})
