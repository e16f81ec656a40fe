import { stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import { KpiqlError } from '../../src/base/errors.ts'
import type { QuarantineReport, TableStatistics } from '../contract.ts'
import { columnInfo } from './column-info.ts'
import type { Contents, Look, ReadableTable } from './contents.ts'
import type { Engine } from './engine.ts'
import { quoteName, quoteText } from './sql-text.ts'
import { engineStatistics, estimatedRows } from './statistics.ts'

interface Key {
  readonly schema_name: string
  readonly table_name: string
  /** Null or empty for a primary key. */
  readonly referenced_table: string | null
  readonly names: string
}

interface Relation {
  readonly schema_name: string
  readonly table_name: string
  /** Null for views. */
  readonly estimated_size: bigint | null
}

/** An existing DuckDB file, attached read-only and never copied. It is attached anew when it was written since. */
export class DatabaseContents implements Contents {
  private readonly file: string
  private readonly engine: Engine
  private readonly source: string
  private last: { readonly fingerprint: string; readonly look: Look } | null = null
  private alias: string | null = null
  private count = 0

  constructor(file: string, engine: Engine, source: string) {
    this.file = resolve(file)
    this.engine = engine
    this.source = source
  }

  async refresh(): Promise<Look> {
    const { fingerprint, modifiedMs } = await this.look()
    if (fingerprint === this.last?.fingerprint) return this.last.look
    const { loader } = this.engine
    // One file cannot be attached twice, so the old one goes first; statements that run keep what they read.
    if (this.alias !== null) await loader.run(`DETACH ${quoteName(this.alias)}`)
    this.alias = null
    this.last = null
    const alias = `kpiql_database_${++this.count}`
    await loader.run(`ATTACH ${quoteText(this.file)} AS ${quoteName(alias)} (READ_ONLY)`)
    this.alias = alias
    const look = { tables: await this.list(alias, fingerprint, modifiedMs), problems: [] }
    this.last = { fingerprint, look }
    return look
  }

  quarantine(): Promise<QuarantineReport> {
    return Promise.resolve({ total: 0, entries: [], truncated: false })
  }

  retire(): Promise<void> {
    return Promise.resolve()
  }

  private async look(): Promise<{ fingerprint: string; modifiedMs: number }> {
    try {
      const { size, mtimeNs, mtimeMs, ino } = await stat(this.file, { bigint: true })
      return { fingerprint: `${size}:${mtimeNs}:${ino}`, modifiedMs: Number(mtimeMs) }
    } catch (cause) {
      throw new KpiqlError('DATA_INVALID', { message: `The database file of source "${this.source}" is not there or cannot be read.`, hint: 'Check `database` in the configuration.', cause })
    }
  }

  private async list(alias: string, fingerprint: string, newestFileMs: number): Promise<Map<string, ReadableTable>> {
    const { loader, reader } = this.engine
    const here = `database_name = ${quoteText(alias)}`
    const relations = await loader.rows<Relation>(
      `SELECT schema_name, table_name, estimated_size FROM duckdb_tables() WHERE ${here} AND NOT internal
      UNION ALL SELECT schema_name, view_name, NULL FROM duckdb_views() WHERE ${here} AND NOT internal ORDER BY 1, 2`,
    )
    const columns = await loader.rows<{ schema_name: string; table_name: string; column_name: string; data_type: string; is_nullable: boolean }>(
      `SELECT schema_name, table_name, column_name, data_type, is_nullable FROM duckdb_columns() WHERE ${here} AND NOT internal ORDER BY column_index`,
    )
    const keys = await loader.rows<Key>(
      `SELECT schema_name, table_name, referenced_table, CAST(to_json(constraint_column_names) AS VARCHAR) AS names FROM duckdb_constraints() WHERE ${here} AND constraint_type IN ('PRIMARY KEY', 'FOREIGN KEY') ORDER BY constraint_index`,
    )
    const nameOf = (schema: string, table: string): string => (schema === 'main' ? table : `${schema}.${table}`)
    const isSame = (relation: Relation) => (row: { schema_name: string; table_name: string }): boolean => row.schema_name === relation.schema_name && row.table_name === relation.table_name
    const tables = new Map<string, ReadableTable>()
    for (const relation of relations) {
      const name = nameOf(relation.schema_name, relation.table_name)
      const target = `${quoteName(alias)}.${quoteName(relation.schema_name)}.${quoteName(relation.table_name)}`
      const own = columns.filter(isSame(relation)).map(({ column_name, data_type, is_nullable }) => columnInfo(column_name, data_type, is_nullable))
      const ownKeys = keys.filter(isSame(relation)).map((key) => ({ columns: JSON.parse(key.names) as string[], refersTo: key.referenced_table }))
      // A key refers to tables of its own schema: DuckDB has no others.
      const foreignKeys = ownKeys.flatMap(({ columns: [column, ...more], refersTo }) => (refersTo === null || refersTo === '' || column === undefined || more.length > 0 ? [] : [{ column, table: nameOf(relation.schema_name, refersTo) }]))
      let statistics: Promise<TableStatistics> | null = null
      const rows = Number(relation.estimated_size ?? 0)
      tables.set(name, {
        name,
        target,
        version: `${name}:${fingerprint}`,
        info: { name, columns: own, primaryKey: ownKeys.find(({ refersTo }) => refersTo === null || refersTo === '')?.columns ?? [], foreignKeys },
        rows,
        newestFileMs,
        statistics: () => {
          statistics ??= relation.estimated_size === null ? viewStatistics(reader, target) : engineStatistics(reader, target, rows, own.map((column) => column.name))
          return statistics
        },
      })
    }
    return tables
  }
}

/** A view keeps no statistics; only its size is estimated. */
async function viewStatistics(reader: Engine['reader'], target: string): Promise<TableStatistics> {
  return { rows: await estimatedRows(reader, target), columns: {} }
}
