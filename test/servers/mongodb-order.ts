import { compareNum, isNum } from './mongodb-numbers.ts'

/** BSON's MaxKey; greater than everything. */
export class Beyond {
  readonly name = 'MaxKey'
}

export class Id {
  readonly hex: string
  constructor(hex: string) {
    this.hex = hex
  }
  toString(): string {
    return this.hex
  }
}

/** The brackets of BSON's order: https://www.mongodb.com/docs/manual/reference/bson-type-comparison-order/ */
function bracket(value: unknown): number {
  if (value === undefined || value === null) return 2
  if (isNum(value)) return 3
  if (typeof value === 'string') return 4
  if (Array.isArray(value)) return 6
  if (value instanceof Id) return 8
  if (typeof value === 'boolean') return 9
  if (value instanceof Date) return 10
  return value instanceof Beyond ? 12 : 5
}

/** Missing counts as less than null only by comparison operators; sorts and these take them alike, as every pipeline of ours must. */
export function compareValues(a: unknown, b: unknown): number {
  const [x, y] = [bracket(a), bracket(b)]
  if (x !== y) return x - y
  if (isNum(a) && isNum(b)) return compareNum(a, b)
  if (typeof a === 'string' && typeof b === 'string') return Buffer.compare(Buffer.from(a), Buffer.from(b))
  if (typeof a === 'boolean' || a instanceof Date) return Number(a) - Number(b)
  if (a instanceof Id && b instanceof Id) return a.hex < b.hex ? -1 : a.hex > b.hex ? 1 : 0
  if (x === 5 || x === 6) {
    const [left, right] = [Object.entries(a as object), Object.entries(b as object)]
    for (const [index, [key, value]] of left.entries()) {
      const other = right[index]
      if (other === undefined) return 1
      const order = (x === 5 && key !== other[0] ? (key < other[0] ? -1 : 1) : 0) || compareValues(value, other[1])
      if (order !== 0) return order
    }
    return left.length - right.length
  }
  return 0
}

/** Equal for equal values, also of different types of number. A field that is missing is not one that is null. */
export function keyOf(value: unknown): string {
  if (value === undefined) return 'missing'
  if (isNum(value)) return typeof value === 'number' && !Number.isInteger(value) ? `n${value}` : `n${typeof value === 'number' ? (Number.isFinite(value) ? BigInt(value) : value) : value.toString()}`
  if (value instanceof Date) return `d${value.getTime()}`
  if (value instanceof Id) return `i${value.hex}`
  if (Array.isArray(value)) return `[${value.map(keyOf).join(',')}]`
  if (value !== null && typeof value === 'object') return `{${Object.entries(value).filter(([, part]) => part !== undefined).map(([key, part]) => `${JSON.stringify(key)}:${keyOf(part)}`).join(',')}}`
  return JSON.stringify(value)
}
