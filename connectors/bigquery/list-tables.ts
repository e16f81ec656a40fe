import type { BigQuery } from '@google-cloud/bigquery'
import type { ColumnInfo, TableInfo } from '../contract.ts'
import { columnInfo } from '../sql-kit/engine.ts'
import { within } from '../../src/base/until-aborted.ts'
import { ask } from './client.ts'
import { cellTypeOf, type Field } from './cell-type.ts'
import type { BigqueryOptions } from './options.ts'

const TABLES_PER_PAGE = 1000
const ASKED_AT_ONCE = 8

/** What `tables.get` tells, as far as we read it. Whole numbers are texts; times are milliseconds since 1970. */
export interface TableResource {
  readonly tableReference: { readonly tableId: string }
  readonly type?: string
  readonly schema?: { readonly fields?: readonly Field[] }
  readonly numRows?: string
  readonly lastModifiedTime?: string
  /** There while rows that were streamed in are not in storage yet. */
  readonly streamingBuffer?: object
  readonly tableConstraints?: { readonly primaryKey?: { readonly columns?: readonly string[] } }
}

export interface DatasetAsked {
  readonly client: BigQuery
  readonly options: BigqueryOptions
  readonly signal: AbortSignal
}

export interface DatasetResource {
  readonly location?: string
}

/** Free of charge. */
export function readDataset(asked: DatasetAsked): Promise<DatasetResource> {
  return askDataset<DatasetResource>(asked, '')
}

/** All tables and views of the dataset that may be looked at. Free of charge: one request a thousand tables, and one a table. */
export async function readTables(asked: DatasetAsked): Promise<readonly TableResource[]> {
  const names: string[] = []
  for (let pageToken: string | undefined, isLast = false; !isLast; ) {
    const page = await askDataset<{ readonly tables?: readonly TableResource[]; readonly nextPageToken?: string }>(asked, '/tables', { maxResults: TABLES_PER_PAGE, pageToken })
    names.push(...(page.tables ?? []).map(({ tableReference }) => tableReference.tableId))
    pageToken = page.nextPageToken
    isLast = pageToken === undefined || pageToken === ''
  }
  const found: (TableResource | null)[] = []
  for (let at = 0; at < names.length; at += ASKED_AT_ONCE) found.push(...(await Promise.all(names.slice(at, at + ASKED_AT_ONCE).map((name) => readTable(asked, name)))))
  return found.filter((table) => table !== null)
}

/** Null where it is gone, or may not be looked at. */
async function readTable(asked: DatasetAsked, name: string): Promise<TableResource | null> {
  try {
    return await askDataset<TableResource>(asked, `/tables/${encodeURIComponent(name)}`)
  } catch (error) {
    const { code } = error as { readonly code?: unknown }
    if (code === 403 || code === 404) return null
    throw error
  }
}

export function tableInfoOf({ tableReference, schema, tableConstraints }: TableResource): TableInfo {
  const columns = (schema?.fields ?? []).flatMap((field): readonly ColumnInfo[] => {
    const type = cellTypeOf(field)
    return type === null || field.name === undefined ? [] : [columnInfo(field.name, field.type ?? '', type, field.mode !== 'REQUIRED')]
  })
  return { name: tableReference.tableId, columns, primaryKey: tableConstraints?.primaryKey?.columns ?? [] }
}

/** When the table's own rows last changed; null for views and external tables, and while rows are streamed in: then only time tells. */
export function versionOf({ type, lastModifiedTime, numRows, streamingBuffer }: TableResource): string | null {
  if ((type !== 'TABLE' && type !== 'SNAPSHOT') || lastModifiedTime === undefined || streamingBuffer !== undefined) return null
  return `modified ${lastModifiedTime}, ${numRows ?? '?'} rows`
}

function askDataset<T>({ client, options, signal }: DatasetAsked, path: string, qs: Readonly<Record<string, string | number | undefined>> = {}): Promise<T> {
  const parts = options.dataset.split('.')
  const projectId = parts.length > 1 ? { projectId: parts.slice(0, -1).join('.') } : {}
  return ask<T>(client, { uri: `/datasets/${parts.at(-1)}${path}`, ...projectId, qs }, within(signal, options.connectTimeoutMs))
}
