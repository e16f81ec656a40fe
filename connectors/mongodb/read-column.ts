import { branch, isNothing, type Json } from './json.ts'
import type { BsonType, ColumnType, StoredColumn } from './shape.ts'

/** From the stored types of a column to the one its rows have. */
const CONVERSIONS: Readonly<Record<ColumnType, Partial<Record<BsonType, (raw: Json) => Json>>>> = {
  text: { string: (raw) => raw, objectId: (raw) => ({ $toString: raw }) },
  boolean: { bool: (raw) => raw },
  integer: { int: (raw) => raw, long: (raw) => raw, double: wholeNumber, decimal: wholeNumber },
  decimal: { int: (raw) => raw, long: (raw) => raw, decimal: (raw) => raw, double: (raw) => ({ $toDecimal: raw }) },
  float: { double: (raw) => raw, int: (raw) => ({ $toDouble: raw }), long: (raw) => ({ $toDouble: raw }), decimal: (raw) => ({ $toDouble: raw }) },
  // A moment that is read as a date is its day in UTC.
  date: { date: (raw) => ({ $dateTrunc: { date: raw, unit: 'day' } }), string: (raw) => ({ $dateFromString: { dateString: raw, format: '%Y-%m-%d' } }) },
  timestamp: { date: (raw) => raw, string: (raw) => ({ $dateFromString: { dateString: raw } }) },
}

function wholeNumber(raw: Json): Json {
  // A fraction is no integer: it finds no branch, as anything else that is none.
  return { $switch: { branches: [branch({ $eq: [raw, { $trunc: raw }] }, { $toLong: raw })] } }
}

/**
 * A column of a stored document as an expression that is never missing. A value of a type that the column was not seen to have fails
 * the statement, by a `$switch` without a default: left in, MongoDB would compare and add it in silence.
 */
export function readColumn({ path, type, stored }: StoredColumn): Json {
  const raw = `$${path}`
  const branches = new Map<string, { readonly result: Json; readonly types: string[] }>()
  for (const one of stored) {
    const result = CONVERSIONS[type][one]?.(raw)
    if (result === undefined) continue
    const id = JSON.stringify(result)
    const known = branches.get(id) ?? { result, types: [] }
    known.types.push(one)
    branches.set(id, known)
  }
  const cases = [...branches.values()].map(({ result, types }) => branch({ $in: [{ $type: raw }, types] }, result))
  return { $switch: { branches: [...cases, branch(isNothing(raw), null)] } }
}

/** Whether the stored values of a column compare as the column does, so that a condition may be put to an index. */
export function isStoredAsIs({ type, seen }: StoredColumn): boolean {
  if (type === 'timestamp') return seen.every((one) => one === 'date')
  if (type === 'text') return seen.every((one) => one === 'string')
  // A double that became a decimal is another number by its last digits.
  if (type === 'decimal') return !seen.includes('double')
  return type !== 'date'
}
