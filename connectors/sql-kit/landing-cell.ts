import { decimalToText, type DecimalNumber } from '../../src/base/decimal-number.ts'
import type { ColumnKind, Value } from '../contract.ts'
import type { LandingCell, LandingColumn } from '../landing-contract.ts'

/** What a statement declares to read a landed column. */
export function readKind(kind: LandingColumn['kind']): ColumnKind {
  return kind === 'json' ? 'text' : kind
}

/** A value as it was read, as the cell that landed. */
export function cellOf(value: Value, kind: LandingColumn['kind']): LandingCell {
  if (value === null) return null
  if (kind === 'decimal') return decimalToText(value as DecimalNumber)
  return kind === 'timestamp' ? Date.parse(String(value)) : (value as LandingCell)
}
