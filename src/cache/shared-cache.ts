import { createHash, randomUUID } from 'node:crypto'
import { setTimeout as after } from 'node:timers/promises'
import { KEEP_LEASES, LOOK_OR_CLAIM, RELEASE } from './redis-scripts.ts'
import { RedisGone } from './redis-link.ts'
import type { RedisLink, RedisReply } from './redis-link.ts'

/** How values are written for others; the text never begins with `+`, `-` or `!`. */
export interface Codec<V> {
  /** Null for a value whose text would be longer than `maxBytes`. */
  write(value: V, maxBytes: number): string | null
  /** Null for a text that this build did not write. */
  read(text: string): V | null
}

export interface SharedCacheOptions {
  /** Before every key. */
  readonly prefix: string
  readonly maxValueBytes: number
  readonly ttlSeconds: number
  /** The longest wait for what another instance computes. */
  readonly waitMs: number
}

export type Found<V> =
  | { readonly kind: 'value'; readonly value: V }
  /** Nobody has it, and others now wait for this instance: it must be kept or released. */
  | { readonly kind: 'ours' }
  /** Another instance computes it. */
  | { readonly kind: 'theirs' }
  /** Redis is gone, or the value is none to be shared. */
  | { readonly kind: 'alone' }

/** An instance that dies is waited for no longer than this. */
export const LEASE_MS = 3_000
const FIRST_POLL_MS = 5
const LONGEST_POLL_MS = 100
/** In the place of a value that is too large: whoever needs it computes it, without waiting for others. */
const TOO_LARGE = '!'
const TOO_LARGE_SECONDS = 60

/**
 * Finished values that several instances share, and who of them computes what is missing. Keeps what it is given and nothing
 * else: failures never come here. All that a value hangs on goes into its key. Whatever ails Redis, the answer is `alone`.
 */
export class SharedCache<V> {
  readonly waitMs: number
  readonly #link: RedisLink
  readonly #options: SharedCacheOptions
  readonly #codec: Codec<V>
  readonly #owner = randomUUID()
  readonly #held = new Set<string>()
  #renewing: NodeJS.Timeout | undefined

  constructor(link: RedisLink, options: SharedCacheOptions, codec: Codec<V>) {
    this.waitMs = options.waitMs
    this.#link = link
    this.#options = options
    this.#codec = codec
  }

  /** By key; what is missing is claimed where nobody has claimed it. */
  async look(keys: readonly string[]): Promise<ReadonlyMap<string, Found<V>>> {
    const found = new Map<string, Found<V>>()
    try {
      const texts = textsOf(await this.#link.send(['MGET', ...keys.map((key) => this.#value(key))]))
      keys.forEach((key, index) => this.#put(found, key, texts[index] ?? null))
      const missing = keys.filter((key) => !found.has(key))
      if (missing.length === 0) return found
      const claimed = textsOf(await this.#eval(LOOK_OR_CLAIM, missing, this.#owner, String(LEASE_MS)))
      missing.forEach((key, index) => {
        const text = claimed[index] ?? null
        if (text === '-') return found.set(key, { kind: 'theirs' })
        if (text !== '+') return this.#put(found, key, text)
        this.#hold(key)
        return found.set(key, { kind: 'ours' })
      })
    } catch (error) {
      if (!(error instanceof RedisGone)) throw error
    }
    for (const key of keys) if (!found.has(key)) found.set(key, { kind: 'alone' })
    return found
  }

  /**
   * Waits until none of the keys is another's work any more.
   *
   * @param isWanted false for keys that nobody waits for any longer; they are left out.
   * @param tell told of each key when it is no more theirs; after `waitMs`, `alone` for those that still are.
   */
  async wait(keys: readonly string[], isWanted: (key: string) => boolean, tell: (found: ReadonlyMap<string, Found<V>>) => void): Promise<void> {
    const endMs = performance.now() + this.waitMs
    let pauseMs = FIRST_POLL_MS
    let waiting = keys
    while (waiting.length > 0) {
      await after(pauseMs)
      pauseMs = Math.min(LONGEST_POLL_MS, pauseMs * 1.5)
      waiting = waiting.filter(isWanted)
      if (waiting.length === 0) return
      if (performance.now() >= endMs) return tell(new Map(waiting.map((key) => [key, { kind: 'alone' }])))
      const found = await this.look(waiting)
      const settled = new Map([...found].filter(([, { kind }]) => kind !== 'theirs'))
      waiting = waiting.filter((key) => !settled.has(key))
      if (settled.size > 0) tell(settled)
    }
  }

  /** Stores values for the others and ends the claims on them. Does not wait; what cannot be stored is not. */
  keep(entries: readonly (readonly [key: string, value: V])[]): void {
    if (this.#link.isUsable) {
      for (const [key, value] of entries) {
        const text = this.#codec.write(value, this.#options.maxValueBytes)
        const seconds = text === null ? TOO_LARGE_SECONDS : this.#options.ttlSeconds
        this.#send(['SET', this.#value(key), text ?? TOO_LARGE, 'EX', String(seconds)])
      }
    }
    this.release(entries.map(([key]) => key))
  }

  /** Ends the claims of this instance on keys that are not to be had from it. */
  release(keys: readonly string[]): void {
    const held = keys.filter((key) => this.#held.delete(key))
    if (this.#held.size === 0) clearInterval(this.#renewing)
    if (held.length > 0) this.#eval(RELEASE, held, this.#owner).catch(() => undefined)
  }

  /** Ends all claims. */
  close(): void {
    this.release([...this.#held])
  }

  #hold(key: string): void {
    if (this.#held.size === 0) this.#renewing = setInterval(() => this.#renew(), LEASE_MS / 3).unref()
    this.#held.add(key)
  }

  #renew(): void {
    this.#eval(KEEP_LEASES, [...this.#held], this.#owner, String(LEASE_MS)).catch(() => undefined)
  }

  #put(found: Map<string, Found<V>>, key: string, text: string | null): void {
    if (text === null) return
    const value = text === TOO_LARGE ? null : this.#codec.read(text)
    found.set(key, value === null ? { kind: 'alone' } : { kind: 'value', value })
  }

  #send(args: readonly string[]): void {
    this.#link.send(args).catch(() => undefined)
  }

  /** Each script gets the value and the claim of every key. */
  #eval(script: string, keys: readonly string[], ...args: readonly string[]): Promise<RedisReply> {
    const names = keys.flatMap((key) => [this.#value(key), `${this.#options.prefix}claim:${digest(key)}`])
    return this.#link.send(['EVAL', script, String(names.length), ...names, ...args])
  }

  #value(key: string): string {
    return `${this.#options.prefix}read:${digest(key)}`
  }
}

function digest(key: string): string {
  return createHash('sha256').update(key).digest('base64url').slice(0, 32)
}

function textsOf(reply: RedisReply): readonly (string | null)[] {
  return Array.isArray(reply) ? reply.map((one) => (typeof one === 'string' ? one : null)) : []
}
