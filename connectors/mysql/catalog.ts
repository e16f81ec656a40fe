import { columnInfo } from '../sql-kit/engine.ts'
import type { TableInfo } from '../contract.ts'
import { CollidingNames } from './colliding-names.ts'
import { seenAs, typeOf, type CatalogColumn } from './column-type.ts'

/** What the server's catalogue says of the tables that the user may read. */
export const CATALOG_SQL = `SELECT table_name, column_name, data_type, column_type, is_nullable, character_set_name, collation_name, numeric_scale, column_key
FROM information_schema.columns
WHERE table_schema = database() AND locate('select', lower(privileges)) > 0
ORDER BY table_name, ordinal_position`

/** The tables of a database, and how statements are to see them. */
export class Catalog {
  /** Without those whose names collide. */
  readonly tables: readonly TableInfo[]
  readonly collisions: CollidingNames
  readonly #columns: ReadonlyMap<string, readonly CatalogColumn[]>
  /** By table that looks another way from outside than it is: the select that makes it so. */
  readonly #seen: ReadonlyMap<string, string>

  /** @param rows of `CATALOG_SQL`. */
  constructor(source: string, database: string, collation: string, rows: readonly (readonly (string | null)[])[]) {
    const columns = new Map<string, CatalogColumn[]>()
    for (const [table, name, dataType, columnType, isNullable, charset, found, scale, key] of rows) {
      const one: CatalogColumn = { name: name ?? '', dataType: (dataType ?? '').toLowerCase(), columnType: (columnType ?? '').toLowerCase(), isNullable: isNullable === 'YES', charset: charset ?? null, collation: found ?? null, scale: Number(scale ?? 0), isKey: key === 'PRI' }
      const known = columns.get(table ?? '')
      if (known === undefined) columns.set(table ?? '', [one])
      else known.push(one)
    }
    this.#columns = columns
    this.collisions = new CollidingNames(source, columns.keys())
    const readable = [...columns].filter(([table]) => !this.collisions.has(table))
    this.tables = readable.map(([name, list]) => ({
      name,
      columns: list.flatMap((column) => {
        const type = typeOf(column)
        return type === null ? [] : [columnInfo(column.name, column.columnType, type, column.isNullable)]
      }),
      primaryKey: list.filter(({ isKey }) => isKey).map(({ name: key }) => key),
    }))
    this.#seen = new Map(
      readable.flatMap(([table, list]) => {
        const shown = list.map((column) => seenAs(column, quoted(column.name), collation))
        if (list.every(({ name }, index) => shown[index] === quoted(name))) return []
        const select = list.map(({ name }, index) => (shown[index] === quoted(name) ? quoted(name) : `${shown[index]} AS ${quoted(name)}`))
        return [[table, `SELECT ${select.join(', ')} FROM ${quoted(database)}.${quoted(table)}`] as const]
      }),
    )
  }

  columns(table: string): readonly CatalogColumn[] {
    return this.#columns.get(table) ?? []
  }

  /**
   * The statement with the tables it names put before it as they are to be seen. A named result hides the table of its name, in what
   * the author of a model wrote as well; engines look through it as through a view.
   *
   * @throws KpiqlError `SOURCE_FAILED` where it reads a table whose name collides with another's.
   */
  seenBy(text: string): string {
    this.collisions.refuseIn(text)
    const lower = text.toLowerCase()
    const words = new Set(lower.match(/[\p{L}\p{N}_$]+/gu))
    const named = [...this.#seen].filter(([table]) => (/^[\p{L}\p{N}_$]+$/u.test(table) ? words.has(table.toLowerCase()) : lower.includes(table.toLowerCase())))
    if (named.length === 0) return text
    const tables = named.map(([table, select]) => `${quoted(table)} AS (${select})`).join(', ')
    return text.startsWith('WITH ') ? `WITH ${tables}, ${text.slice('WITH '.length)}` : `WITH ${tables}\n${text}`
  }
}

export const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`
