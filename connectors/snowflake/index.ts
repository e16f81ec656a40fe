import { defineConnector } from '../contract.ts'
import { secretsOf } from '../sql-kit/options.ts'
import { SqlSource } from '../sql-kit/sql-source.ts'
import { SnowflakeEngine } from './engine.ts'
import { snowflakeOptions, type SnowflakeOptions } from './options.ts'

/** One schema of a Snowflake account. */
export default defineConnector<SnowflakeOptions>({
  name: 'snowflake',
  kind: 'query',
  options: snowflakeOptions,
  paths: [],
  secrets: secretsOf(snowflakeOptions),
  open: (name, options, deps) => new SqlSource(name, new SnowflakeEngine(name, options), options, deps),
})
