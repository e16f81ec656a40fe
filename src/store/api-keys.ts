import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import { ROLES } from '../access/role.ts'
import type { Role } from '../access/role.ts'
import type { Clock } from '../base/clock.ts'
import { KpiqlError } from '../base/errors.ts'
import { cleanText } from './clean-text.ts'
import type { StoreFiles } from './store-files.ts'
import type { StoreTables } from './tables.ts'

/** A key as it may be shown: its secret is known to nobody but whoever made it. */
export interface ApiKey {
  readonly id: string
  /** How the secret begins. */
  readonly prefix: string
  readonly name: string
  readonly role: Role
  /** UTC, ISO text; likewise the others. */
  readonly createdAt: string
  /** From this moment on it is refused; null: never. */
  readonly expiresAt: string | null
  readonly revokedAt: string | null
  readonly state: 'active' | 'expired' | 'revoked'
}

const SECRET = /^kpiql_([0-9a-f]{12})_[\w-]{43}$/
const LONGEST_NAME = 100
/** What the hash of an unknown key is compared with, so that it takes as long. */
const NOBODY = Buffer.alloc(32)

/** Keys for programs. */
export class ApiKeys {
  readonly #files: StoreFiles
  readonly #clock: Clock

  constructor(files: StoreFiles, clock: Clock) {
    this.#files = files
    this.#clock = clock
  }

  /**
   * @param expiresAtMs UTC; null: never.
   * @param role without it the one that may least.
   * @returns The secret, 256 random bits of it, this once: only its SHA-256 is kept, and that suffices for what nobody can guess.
   * @throws KpiqlError `RECORD_INVALID` for a blank name or a moment that is past.
   */
  async create(name: string, expiresAtMs: number | null, role: Role = 'viewer'): Promise<{ readonly key: ApiKey; readonly secret: string }> {
    const cleaned = cleanText(name.trim() || null, LONGEST_NAME)
    if ('reason' in cleaned || cleaned.value === null) throw new KpiqlError('RECORD_INVALID', { message: `The name of an API key has 1 to ${LONGEST_NAME} characters.`, hint: 'Name the program that uses it.' })
    const nowMs = this.#clock.nowMs()
    if (expiresAtMs !== null && !(expiresAtMs > nowMs)) throw new KpiqlError('RECORD_INVALID', { message: 'The API key would have expired already.', hint: 'Choose a later moment.' })
    const id = randomBytes(6).toString('hex')
    const secret = `kpiql_${id}_${randomBytes(32).toString('base64url')}`
    const row = { id, name: cleaned.value, hash: hashOf(secret).toString('hex'), created_at: new Date(nowMs).toISOString(), expires_at: expiresAtMs === null ? null : new Date(expiresAtMs).toISOString(), revoked_at: null, role }
    await this.#files.write((writer) => writer.insertInto('api_keys').values(row).execute())
    return { key: toKey(row, nowMs), secret }
  }

  /** Oldest first, those revoked or expired too. */
  async list(): Promise<readonly ApiKey[]> {
    const rows = await this.#files.read.selectFrom('api_keys').selectAll().orderBy('created_at').orderBy('id').execute()
    return rows.map((row) => toKey(row, this.#clock.nowMs()))
  }

  /** Whether any key would be let in now. */
  async anyActive(): Promise<boolean> {
    return (await this.list()).some(({ state }) => state === 'active')
  }

  /** For good; revoking again changes nothing. @throws KpiqlError `RECORD_UNKNOWN`. */
  async revoke(id: string): Promise<ApiKey> {
    const nowMs = this.#clock.nowMs()
    return this.#files.write(async (writer) => {
      const row = await writer.selectFrom('api_keys').selectAll().where('id', '=', id).executeTakeFirst()
      if (row === undefined) throw new KpiqlError('RECORD_UNKNOWN', { message: 'There is no API key with this id.', hint: 'List them with: kpiql keys list' })
      const revoked = { ...row, revoked_at: row.revoked_at ?? new Date(nowMs).toISOString() }
      await writer.updateTable('api_keys').set({ revoked_at: revoked.revoked_at }).where('id', '=', id).execute()
      return toKey(revoked, nowMs)
    })
  }

  /** The active key with this secret; null for any other text. Hashes are compared in constant time. */
  async lookUp(secret: string): Promise<ApiKey | null> {
    const id = SECRET.exec(secret)?.[1] ?? ''
    const row = await this.#files.read.selectFrom('api_keys').selectAll().where('id', '=', id).executeTakeFirst()
    const isSame = timingSafeEqual(hashOf(secret), row === undefined ? NOBODY : Buffer.from(row.hash, 'hex'))
    if (row === undefined || !isSame) return null
    const key = toKey(row, this.#clock.nowMs())
    return key.state === 'active' ? key : null
  }
}

function hashOf(secret: string): Buffer {
  return createHash('sha256').update(secret).digest()
}

function toKey({ id, name, created_at, expires_at, revoked_at, role }: StoreTables['api_keys'], nowMs: number): ApiKey {
  const state = revoked_at !== null ? 'revoked' : expires_at !== null && Date.parse(expires_at) <= nowMs ? 'expired' : 'active'
  return { id, prefix: `kpiql_${id}`, name, role: ROLES.find((one) => one === role) ?? 'viewer', createdAt: created_at, expiresAt: expires_at, revokedAt: revoked_at, state }
}
