/**
 * A pipeline as it is printed: JSON, in which `$param`, `$table`, `$join`, `$union` and `$texts` stand for what is put in when it
 * runs (see link.ts). No value of a question and no text of the model's author stands in it, but for names of fields and collections.
 */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject | TableRead
export interface JsonObject {
  readonly [key: string]: Json
}
export type Stage = JsonObject

/** A condition that an index of the collection may answer: the stored field against a bound value. */
export interface IndexedCondition {
  readonly path: string
  readonly op: '$eq' | '$lt' | '$lte' | '$gt' | '$gte'
  readonly param: number
}

/** What a printed pipeline asks of the types of columns, which only the collection knows. */
export type Check =
  | { readonly rule: 'number'; readonly table: string; readonly path: string }
  | { readonly rule: 'alike'; readonly table: string; readonly path: string; readonly other: { readonly table: string; readonly path: string } }

/** The text of a statement. */
export interface PrintedPipeline {
  readonly pipeline: readonly Stage[]
  /** Field of each result column, in order. */
  readonly columns: readonly string[]
  readonly checks: readonly Check[]
}

/** The rows of a collection, of which printing finds out column by column what is needed. */
export class TableRead {
  readonly name: string
  /** Field of the row → path in the stored document. */
  readonly columns = new Map<string, string>()
  readonly where: IndexedCondition[] = []

  constructor(name: string) {
    this.name = name
  }

  toJSON(): JsonObject {
    return { name: this.name, columns: Object.fromEntries(this.columns), ...(this.where.length > 0 ? { where: this.where.map((one) => ({ ...one })) } : {}) }
  }
}

/** A name as a field: `address.country` must not become a path, and `_id` and `__proto__` are not ours to write. What begins with `~~` is made by the printer. */
export function fieldOf(name: string): string {
  const field = name.replaceAll(/[^A-Za-z0-9_]/g, (sign) => `~${sign.charCodeAt(0).toString(16)}~`)
  return field === '' || field === '_id' || field === '__proto__' ? `${field}~` : field
}

/** An exact integer in an expression; plain JSON numbers only say how many and which. */
export const long = (value: number | bigint): JsonObject => ({ $numberLong: value.toString() })
/** A branch of `$switch`. */
// oxlint-disable-next-line unicorn/no-thenable -- MongoDB calls it so; nobody awaits a part of a pipeline.
export const branch = (test: Json, result: Json): JsonObject => ({ case: test, then: result })
export const isNothing = (of: Json): JsonObject => ({ $lte: [of, null] })
export const isSomething = (of: Json): JsonObject => ({ $gt: [of, null] })
/** What SQL leaves out as unknown: greater than everything there is, so that no comparison with it holds. */
export const orBeyond = (of: Json): JsonObject => ({ $ifNull: [of, { $maxKey: 1 }] })
