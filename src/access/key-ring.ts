import { hash as digest, timingSafeEqual } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import type { Caller, Role } from './role.ts'

/** Finds active keys by their secrets. */
export interface KeyLookup {
  /** `expiresAt` as ISO text in UTC; null: never. */
  lookUp(secret: string): Promise<{ readonly id: string; readonly role: Role; readonly expiresAt: string | null } | null>
}

/** How long a key that was found is taken at its word: one revoked elsewhere is refused within this time. */
export const TRUSTED_MS = 2_000
const MOST_TRUSTED = 1_000

interface Trusted {
  readonly caller: Caller
  readonly untilMs: number
}

/**
 * Tells who a key belongs to. A key in use costs the store a read every two seconds, not every request; one that is unknown is
 * never remembered. Secrets are held as their hashes only.
 */
export class KeyRing {
  readonly #keys: () => Promise<KeyLookup | null>
  readonly #fixed: { readonly hash: Buffer; readonly caller: Caller } | null
  readonly #nowMs: () => number
  readonly #trusted = new LRUCache<string, Trusted>({ max: MOST_TRUSTED })
  readonly #asked = new Map<string, Promise<Caller | null>>()

  /**
   * @param keys null where none was ever made.
   * @param adminKey a secret of whoever starts the gateway, which is in no store.
   */
  constructor(keys: () => Promise<KeyLookup | null>, adminKey: string | null, nowMs: () => number) {
    this.#keys = keys
    this.#fixed = adminKey === null ? null : { hash: hashOf(adminKey), caller: { role: 'admin', keyId: 'KPIQL_ADMIN_KEY' } }
    this.#nowMs = nowMs
  }

  /** Null for a secret of no active key. At once where the key is trusted. @throws KpiqlError `STORE_UNAVAILABLE`, `STORE_INVALID`. */
  callerOf(secret: string): Caller | null | Promise<Caller | null> {
    const hash = hashOf(secret)
    if (this.#fixed !== null && timingSafeEqual(hash, this.#fixed.hash)) return this.#fixed.caller
    const name = hash.toString('base64')
    const known = this.#trusted.get(name)
    const nowMs = this.#nowMs()
    if (known !== undefined && nowMs < known.untilMs && known.untilMs <= nowMs + TRUSTED_MS) return known.caller
    this.#trusted.delete(name)
    let asked = this.#asked.get(name)
    if (asked === undefined) {
      asked = this.#lookUp(secret, name).finally(() => this.#asked.delete(name))
      this.#asked.set(name, asked)
    }
    return asked
  }

  async #lookUp(secret: string, name: string): Promise<Caller | null> {
    const fromMs = this.#nowMs()
    const key = (await (await this.#keys())?.lookUp(secret)) ?? null
    if (key === null) return null
    const caller: Caller = { role: key.role, keyId: key.id }
    const expiresMs = key.expiresAt === null ? Number.POSITIVE_INFINITY : Date.parse(key.expiresAt)
    this.#trusted.set(name, { caller, untilMs: Math.min(fromMs + TRUSTED_MS, expiresMs) })
    return caller
  }
}

function hashOf(secret: string): Buffer {
  return digest('sha256', secret, 'buffer')
}
