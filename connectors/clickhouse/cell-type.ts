import type { CellType } from '../sql-kit/engine.ts'

const TYPES: readonly (readonly [RegExp, CellType])[] = [
  [/^(String$|FixedString\(|UUID$|Enum(8|16)?\(|IPv[46]$)/, 'text'],
  [/^Bool$/, 'boolean'],
  [/^U?Int(8|16|32|64|128|256)$/, 'integer'],
  [/^(Float(32|64)|BFloat16)$/, 'float'],
  [/^Decimal(32|64|128|256)?\(/, 'decimal'],
  [/^Date(32)?$/, 'date'],
  // The zone of a column decides how it is shown; what it holds is a moment.
  [/^DateTime(64)?(\(|$)/, 'instant'],
  [/^Nothing$/, 'null'],
]

/** What cells of one of ClickHouse's types are; null for those we cannot read (arrays, maps, tuples, JSON, states of aggregates). */
export function cellTypeOf(native: string): CellType | null {
  const wrapped = /^(?:Nullable|LowCardinality|SimpleAggregateFunction)\((?:\w+, )?(.*)\)$/.exec(native)
  if (wrapped?.[1] !== undefined) return cellTypeOf(wrapped[1])
  return TYPES.find(([pattern]) => pattern.test(native))?.[1] ?? null
}

export function isNullable(native: string): boolean {
  return /^(LowCardinality\()?Nullable\(/.test(native)
}
