import { hash } from 'node:crypto'

/**
 * JSON with sorted keys; bigints as `123n`, what is undefined left out. Equal values have equal text, different ones different.
 * Written out, since `JSON.stringify` with a replacer takes several times as long and this is on the way of every question.
 */
export function stableText(value: unknown): string {
  if (typeof value === 'bigint') return `${value}n`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null'
  if (Array.isArray(value)) return `[${value.map(stableText).join(',')}]`
  const members = value as Readonly<Record<string, unknown>>
  const keys = Object.keys(members)
  let text = ''
  for (const key of keys.length > 1 ? keys.sort() : keys) {
    const inner = members[key]
    if (inner !== undefined) text += `${text === '' ? '' : ','}${JSON.stringify(key)}:${stableText(inner)}`
  }
  return `{${text}}`
}

/** 128 bits of SHA-256 in base64url: short enough for a key, long enough never to meet. */
export function stableHash(value: unknown): string {
  return hash('sha256', stableText(value), 'base64url').slice(0, 22)
}
