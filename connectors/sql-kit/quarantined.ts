import { createHash } from 'node:crypto'
import type { QuarantinedRecord } from '../landing-contract.ts'

/** Tells records in quarantine apart, so that one which is read again and again is there once. */
export function digestOf({ table, column, reason, content }: QuarantinedRecord): string {
  return createHash('sha256').update(JSON.stringify([table, column, reason, content])).digest('base64url')
}

/** As a text stands inside JSON, which is what quarantine holds; texts without a character are in everything, and left out. */
export function mentioned(texts: readonly string[]): readonly string[] {
  return texts.flatMap((text) => (text === '' ? [] : [JSON.stringify(text).slice(1, -1)]))
}
