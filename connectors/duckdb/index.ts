import { defineConnector } from '../contract.ts'
import { duckdbOptions, type DuckdbOptions } from './options.ts'
import { DuckdbSource } from './source.ts'

/** DuckDB in our own process: a folder of CSV, Parquet, JSON and NDJSON files, or an existing database file. */
export default defineConnector<DuckdbOptions>({
  name: 'duckdb',
  kind: 'query',
  options: duckdbOptions,
  paths: ['folder', 'database'],
  secrets: [],
  open: (name, options, deps) => new DuckdbSource(name, options, deps),
})
