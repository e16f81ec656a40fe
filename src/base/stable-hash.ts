import { createHash } from 'node:crypto'

/** JSON with sorted keys; bigints as `123n`. Equal values have equal text. */
export function stableText(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) => {
    if (typeof inner === 'bigint') return `${inner}n`
    if (inner !== null && typeof inner === 'object' && !Array.isArray(inner)) {
      return Object.fromEntries(Object.entries(inner).toSorted(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)))
    }
    return inner
  })
}

/** 128 bits of SHA-256 in base64url: short enough for a key, long enough never to meet. */
export function stableHash(value: unknown): string {
  return createHash('sha256').update(stableText(value)).digest('base64url').slice(0, 22)
}
