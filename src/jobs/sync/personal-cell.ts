import { createHmac } from 'node:crypto'
import { KpiqlError } from '../../base/errors.ts'
import type { PersonalPolicy, SyncSettings } from './types.ts'

export function policyOf(settings: SyncSettings, table: string): PersonalPolicy {
  return typeof settings.personal === 'string' ? settings.personal : (settings.personal[table] ?? 'keep')
}

/** How a text lands where it is hashed; null where nothing is, for want of a key. */
export function landedText(hashKey: string | null): ((text: string, isEmail: boolean) => string) | null {
  return hashKey === null ? null : hasher('', { sinceUtcMs: null, streams: null, personal: 'hash', hashKey })
}

/**
 * Hashes a value as text: HMAC-SHA-256 in hexadecimal digits. The same value gives the same hash in every table and source of one
 * key, so that joins hold; e-mail addresses are trimmed and in lower case before.
 */
export function hasher(source: string, { hashKey }: SyncSettings): (text: string, isEmail: boolean) => string {
  return (text, isEmail) => {
    if (hashKey === null) throw new KpiqlError('CONFIG_INVALID', { message: `Source "${source}" hashes personal columns, and there is no key to hash with.`, hint: 'Set `sync: { hashKey: ${KPIQL_HASH_KEY} }` in the configuration.' })
    return createHmac('sha256', hashKey).update(isEmail ? text.trim().toLowerCase() : text).digest('hex')
  }
}
