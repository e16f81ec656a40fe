import type { CellType } from '../sql-kit/engine.ts'

/** A column as the server's catalogue tells it. */
export interface CatalogColumn {
  readonly name: string
  /** `varchar`. */
  readonly dataType: string
  /** `varchar(20)`, `int(10) unsigned`. */
  readonly columnType: string
  readonly isNullable: boolean
  readonly charset: string | null
  readonly collation: string | null
  readonly scale: number
  readonly isKey: boolean
}

const INTEGERS: ReadonlySet<string> = new Set(['tinyint', 'smallint', 'mediumint', 'int', 'bigint', 'year'])
const CHARACTERS: ReadonlySet<string> = new Set(['char', 'varchar', 'tinytext', 'text', 'mediumtext', 'longtext'])
const OTHER_TEXTS: ReadonlySet<string> = new Set(['enum', 'set', 'json', 'uuid', 'inet4', 'inet6', 'time'])

/** Null for types that are nothing to us, such as bytes and shapes. */
export function typeOf({ dataType, columnType, scale }: CatalogColumn): Exclude<CellType, 'null'> | null {
  if (/^(tinyint\(1\)|bit\(1\))/.test(columnType)) return 'boolean'
  if (INTEGERS.has(dataType)) return 'integer'
  if (dataType === 'decimal') return scale === 0 ? 'integer' : 'decimal'
  if (dataType === 'double' || dataType === 'float') return 'float'
  if (dataType === 'date') return 'date'
  if (dataType === 'datetime') return 'clock'
  if (dataType === 'timestamp') return 'instant'
  return CHARACTERS.has(dataType) || OTHER_TEXTS.has(dataType) ? 'text' : null
}

/** The column as statements are to see it: texts compared by their bytes, booleans 0 or 1, floats in double precision. */
export function seenAs(column: CatalogColumn, name: string, exact: string): string {
  const { dataType, columnType, charset, collation } = column
  if (CHARACTERS.has(dataType)) {
    if (collation === exact) return name
    return charset === 'utf8mb4' ? `${name} COLLATE ${exact}` : `CONVERT(${name} USING utf8mb4) COLLATE ${exact}`
  }
  if (dataType === 'enum' || dataType === 'set' || dataType === 'uuid' || dataType.startsWith('inet')) return `CONVERT(${name} USING utf8mb4) COLLATE ${exact}`
  if (columnType.startsWith('tinyint(1)')) return `(${name} <> 0)`
  if (columnType.startsWith('bit(1)')) return `(${name} + 0)`
  return dataType === 'float' ? `CAST(${name} AS DOUBLE)` : name
}
