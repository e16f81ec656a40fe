import type { ColumnInfo } from '../contract.ts'

/** What a column of the engine is to the gateway. Lists, structs and other types without a kind of their own are text. */
export function columnInfo(name: string, nativeType: string, nullable: boolean): ColumnInfo {
  const kind = kindOf(nativeType)
  const zoned = kind === 'timestamp' ? { zoned: nativeType === 'TIMESTAMP WITH TIME ZONE' } : {}
  return { name, nativeType, kind, nullable, ...zoned }
}

function kindOf(nativeType: string): ColumnInfo['kind'] {
  if (/^U?(TINYINT|SMALLINT|INTEGER|BIGINT|HUGEINT)$/.test(nativeType) || /^DECIMAL\(\d+,0\)$/.test(nativeType)) return 'integer'
  if (/^DECIMAL\(\d+,\d+\)$/.test(nativeType)) return 'decimal'
  if (nativeType === 'DOUBLE' || nativeType === 'FLOAT') return 'float'
  if (nativeType === 'BOOLEAN') return 'boolean'
  if (nativeType === 'DATE') return 'date'
  return /^TIMESTAMP(_S|_MS|_NS| WITH TIME ZONE)?$/.test(nativeType) ? 'timestamp' : 'text'
}
