import { randomBytes } from 'node:crypto'
import type { FieldNode } from 'graphql'
import { LRUCache } from 'lru-cache'

/** Of all texts kept of values that stand. */
const MAX_BYTES = 16_000_000
/** Of the entry itself. */
const ENTRY_BYTES = 200

/** Part of a JSON text. */
export type TextPiece = string | Buffer

/** No answer holds it, since nobody outside is told. */
const PLACE = `written ${randomBytes(18).toString('base64')}`

/** What a text that is being written skips, in order; null while none is. */
let skipped: Buffer[] | null = null

/** A part of an answer whose JSON is there already. */
export class Written {
  readonly bytes: Buffer

  constructor(bytes: Buffer) {
    this.bytes = bytes
  }

  toJSON(): unknown {
    if (skipped === null) return JSON.parse(this.bytes.toString())
    skipped.push(this.bytes)
    return PLACE
  }
}

/** `JSON.stringify` in pieces: what is written already is taken as it is. A value without a text (`undefined`) is `null`. */
export function jsonPieces(value: unknown): readonly TextPiece[] {
  const found: Buffer[] = []
  skipped = found
  try {
    const text = JSON.stringify(value) ?? 'null'
    if (found.length === 0) return [text]
    return text.split(`"${PLACE}"`).flatMap((part, at) => (at === 0 ? [part] : [found[at - 1] as Buffer, part]))
  } finally {
    skipped = null
  }
}

/** By value and by the field that asks for it, what its text is kept under. */
const asked = new WeakMap<object, WeakMap<FieldNode, object>>()
const kept = new LRUCache<object, Written>({ maxSize: MAX_BYTES, sizeCalculation: ({ bytes }) => bytes.length + ENTRY_BYTES })

/** Says that a value never changes and will be answered again: its JSON is kept from the second time on. */
export function standsAsWritten(value: object): void {
  asked.set(value, new WeakMap())
}

/**
 * A value as a field asks for it.
 *
 * @param make puts it into the form of the response.
 */
export function writtenOnce(value: unknown, node: FieldNode, make: () => unknown): unknown {
  const fields = typeof value === 'object' && value !== null ? asked.get(value) : undefined
  if (fields === undefined) return make()
  const place = fields.get(node)
  if (place === undefined) {
    fields.set(node, {})
    return make()
  }
  const found = kept.get(place)
  if (found !== undefined) return found
  const written = new Written(Buffer.from(JSON.stringify(make())))
  kept.set(place, written)
  return written
}
