import type { Predicate } from '../model/predicate.ts'

const BIG = '$bigint'

/** A predicate as JSON that keeps whole numbers beyond 2⁵³: `{"$bigint":"9007199254740993"}`. */
export function predicateToJson(predicate: Predicate): string {
  return JSON.stringify(predicate, (_key, value: unknown) => (typeof value === 'bigint' ? { [BIG]: value.toString() } : value))
}

/** @param json as `predicateToJson` wrote it. */
export function predicateOfJson(json: string): Predicate {
  return JSON.parse(json, (_key, value: unknown) => {
    if (typeof value !== 'object' || value === null || !(BIG in value)) return value
    return BigInt(String(value[BIG]))
  }) as Predicate
}
