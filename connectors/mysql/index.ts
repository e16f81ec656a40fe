import { defineConnector } from '../contract.ts'
import { secretsOf } from '../sql-kit/options.ts'
import { SqlSource } from '../sql-kit/sql-source.ts'
import { MysqlEngine } from './engine.ts'
import { mysqlOptions, type MysqlOptions } from './options.ts'

/** MySQL 8 and MariaDB 10.6 or later, read where the data lives. */
export default defineConnector<MysqlOptions>({
  name: 'mysql',
  kind: 'query',
  options: mysqlOptions,
  paths: ['socketPath', 'caFile', 'certFile', 'keyFile'],
  secrets: secretsOf(mysqlOptions),
  open: (name, options, deps) => new SqlSource(name, new MysqlEngine(name, options), options, deps),
})
