import { defineConnector } from '../contract.ts'
import { secretsOf } from '../sql-kit/options.ts'
import { SqlSource } from '../sql-kit/sql-source.ts'
import { MongodbEngine } from './engine.ts'
import { mongodbOptions, type MongodbOptions } from './options.ts'

/** A database of MongoDB 7.0 or newer, through its aggregation pipelines. */
export default defineConnector<MongodbOptions>({
  name: 'mongodb',
  kind: 'query',
  options: mongodbOptions,
  paths: ['caFile'],
  secrets: secretsOf(mongodbOptions),
  open: (name, options, deps) => new SqlSource(name, new MongodbEngine(name, options, deps.log), options, deps),
})
