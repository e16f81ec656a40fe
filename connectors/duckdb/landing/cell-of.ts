import type { LandingCell, LandingColumn } from '../../landing-contract.ts'

const DAY_MS = 86_400_000

/** A value as the driver gives it, as the cell that landed. */
export function cellOf(value: unknown, { kind }: LandingColumn): LandingCell {
  if (value === null || value === undefined) return null
  switch (kind) {
    case 'date':
      return new Date((value as { readonly days: number }).days * DAY_MS).toISOString().slice(0, 10)
    case 'timestamp':
      return Number((value as { readonly micros: bigint }).micros / 1000n)
    case 'decimal':
      return String(value)
    case 'text':
    case 'json':
    case 'boolean':
    case 'integer':
    case 'float':
      return value as LandingCell
  }
}
