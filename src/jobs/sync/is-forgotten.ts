import type { SyncRecord, SyncTable } from '../../../connectors/sync-contract.ts'
import { utcMsOfIso } from '../../base/instants.ts'
import { LandedValue } from './landed-value.ts'
import type { Forgotten } from './types.ts'

/** Whether a record is one of a person's that do not land again. */
export function isForgotten(record: SyncRecord, { name, person }: SyncTable, source: string, forgotten: Forgotten): boolean {
  if (person === undefined) return false
  const textsOf = (names: readonly string[] = []): readonly string[] => names.flatMap((column) => textOf(record[column]) ?? [])
  const { user, of, device, email, where, at } = person
  const isTold = where === undefined || where.values.includes(textOf(record[where.column]) ?? '')
  const ids = isTold ? textsOf(user) : []
  return forgotten.has({ source, table: name, user: [...ids, ...textsOf(of)], device: textsOf(user).length > 0 ? [] : textsOf(device), email: isTold ? textsOf(email) : [], atUtcMs: at === undefined ? null : instantOf(record[at]) })
}

export const textOf = (value: unknown): string | null => (typeof value === 'string' || typeof value === 'number' || typeof value === 'bigint' ? String(value) : null)

function instantOf(value: unknown): number | null {
  const plain = value instanceof LandedValue ? value.cell : value
  return typeof plain === 'number' ? plain : utcMsOfIso(plain)
}
