import { defineConnector } from '../contract.ts'
import { secretsOf } from '../sql-kit/options.ts'
import { SqlSource } from '../sql-kit/sql-source.ts'
import { ClickhouseEngine } from './engine.ts'
import { clickhouseOptions, type ClickhouseOptions } from './options.ts'

/** One database of a ClickHouse server or cluster, over its HTTP interface. */
export default defineConnector<ClickhouseOptions>({
  name: 'clickhouse',
  kind: 'query',
  options: clickhouseOptions,
  paths: ['caFile'],
  secrets: secretsOf(clickhouseOptions),
  open: (name, options, deps) => new SqlSource(name, new ClickhouseEngine(name, options), options, deps),
})
