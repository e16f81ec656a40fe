import { defineConnector } from '../contract.ts'
import { secretsOf } from '../sql-kit/options.ts'
import { SqlSource } from '../sql-kit/sql-source.ts'
import { BigqueryEngine } from './engine.ts'
import { bigqueryOptions, type BigqueryOptions } from './options.ts'

/** One dataset of BigQuery, over its REST interface. */
export default defineConnector<BigqueryOptions>({
  name: 'bigquery',
  kind: 'query',
  options: bigqueryOptions,
  paths: ['keyFilename'],
  secrets: secretsOf(bigqueryOptions),
  open: (name, options, deps) => new SqlSource(name, new BigqueryEngine(name, options, deps.log), options, deps),
})
