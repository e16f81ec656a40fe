import type { SyncColumnKind } from '../../../connectors/sync-contract.ts'
import { fitsInt64 } from '../../base/int64.ts'

/** PostgreSQL cuts names at 63 bytes. */
const LONGEST = 60

/** A column's name for a field that no column is declared for: `userId` and `User ID` are `user_id`. Names that begin with `_` are the gateway's own. */
export function snakeCase(field: string): string {
  const name = field
    .replaceAll(/([\p{Ll}\d])(\p{Lu})/gu, '$1_$2')
    .replaceAll(/(\p{Lu})(\p{Lu}\p{Ll})/gu, '$1_$2')
    .toLowerCase()
    .normalize('NFKD')
    .replaceAll(/[^a-z0-9]+/g, '_')
    .replaceAll(/^_+|_+$/g, '')
    .slice(0, LONGEST)
  return /^[a-z]/.test(name) && !field.startsWith('_') ? name : `field_${name}`.replace(/_$/, '')
}

/** What a column takes whose first value is this. A number may be whole by chance: the next may have a fraction. */
export function inferKind(value: unknown): SyncColumnKind {
  if (typeof value === 'boolean') return 'boolean'
  if (typeof value === 'number') return 'float'
  if (typeof value === 'bigint') return fitsInt64(value) ? 'integer' : 'decimal'
  return typeof value === 'object' ? 'json' : 'text'
}
