import { defineConnector } from '../contract.ts'
import { secretsOf } from '../sql-kit/options.ts'
import { clickhouseOptions, type ClickhouseOptions } from './options.ts'
import { ClickhouseSource } from './source.ts'

/** One database of a ClickHouse server or cluster, over its HTTP interface. */
export default defineConnector<ClickhouseOptions>({
  name: 'clickhouse',
  kind: 'query',
  options: clickhouseOptions,
  paths: ['caFile'],
  secrets: secretsOf(clickhouseOptions),
  open: (name, options, deps) => new ClickhouseSource(name, options, deps),
})
