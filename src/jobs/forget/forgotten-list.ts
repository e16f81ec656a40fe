import { createHmac, randomBytes } from 'node:crypto'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Landing } from '../../../connectors/landing-contract.ts'
import type { Clock } from '../../base/clock.ts'
import { KpiqlError } from '../../base/errors.ts'
import type { LazyStore } from '../../store/lazy-store.ts'
import type { Forgotten } from '../sync/types.ts'
import { withoutAddresses } from './addresses-in.ts'

/** What is kept out of a source; values as they landed, which may be hashes. */
export interface KeptOut {
  readonly source: string
  readonly users: readonly string[]
  readonly devices: readonly string[]
  readonly emails: readonly string[]
}

export interface ForgottenList extends Forgotten {
  add(people: readonly KeptOut[]): Promise<void>
  /** Takes in what other gateways have put on the list, and tells the listener of it. */
  look(): Promise<void>
}

export interface ForgottenListDeps {
  readonly store: LazyStore
  readonly landing: Pick<Landing, 'states' | 'commit'>
  /** Absolute; the key that `hashKey` does not give. */
  readonly keyFile: string
  /** Of the configuration; null where it has none. */
  readonly hashKey: string | null
  /** How personal columns are hashed on landing; null where they are not. */
  readonly hashes: ((text: string, isEmail: boolean) => string) | null
  readonly clock: Clock
  /** Called once somebody was put on the list, by this gateway or another. */
  readonly onAdded: () => void
}

const KEY_BYTES = 32
/** Under these names the landing keeps the list for all gateways that land in it: no tool's. */
const SOURCE = '_kpiql'
const STREAM = 'forgotten'
/** In the place of a source, for addresses wherever they stand. */
const ANYWHERE = ''
const ALIAS_DIGITS = 24
/** In the place of an address within a text. */
const REDACTED = '(forgotten)'
/** Between a hash and the moment until which it counts, UTC ms. */
const UNTIL = '@'
/** Looked-up values that are remembered while nobody is added. */
const MOST_KNOWN = 20_000

/**
 * Opens the list of those who asked to be forgotten. Kept are keyed hashes alone, by the store and beside what landed, so that other gateways keep
 * these people out too. The key is that of the file, where it is there; else made of `hashKey`, else made once and kept in the file (mode 0600).
 *
 * @throws KpiqlError `STORE_INVALID` where there are hashes of another key.
 */
export async function openForgottenList({ store, landing, keyFile, hashKey, hashes, clock, onAdded }: ForgottenListDeps): Promise<ForgottenList> {
  const known = new Set<string>()
  /** Of those that count until some moment, the last one. */
  const until = new Map<string, number>()
  const verdicts = new Map<string, boolean>()
  /** Of what the landing keeps. */
  const shared = { version: -1, hashes: new Set<string>() }
  let stored = 0
  let key = (await readKey(keyFile)) ?? (hashKey === null ? null : createHmac('sha256', hashKey).update('kpiql forgotten').digest())

  const hashOf = (parts: readonly string[]): string => createHmac('sha256', key ?? '').update(JSON.stringify(parts)).digest('hex')
  /** Among the hashes of one key is always this one. */
  const markOfKey = (): string => hashOf(['key'])
  const refuseOtherKey = (found: readonly string[], hint: string): void => {
    if (found.length > 0 && (key === null || !found.includes(markOfKey()))) throw new KpiqlError('STORE_INVALID', { message: 'The key by which forgotten people are recognised is not there.', hint })
  }
  const takeIn = (found: Iterable<string>): boolean => {
    const before = known.size
    for (const entry of found) {
      known.add(entry)
      const [hash = '', moment] = entry.split(UNTIL)
      if (moment !== undefined) until.set(hash, Math.max(until.get(hash) ?? 0, Number(moment)))
    }
    if (known.size > before) verdicts.clear()
    return known.size > before
  }
  const isKnown = (...parts: readonly string[]): boolean => {
    const text = parts.join('\u0000')
    let verdict = verdicts.get(text)
    if (verdict === undefined) {
      if (verdicts.size >= MOST_KNOWN) verdicts.clear()
      verdict = known.has(hashOf(parts))
      verdicts.set(text, verdict)
    }
    return verdict
  }
  const isKept = (source: string, kind: 'user' | 'device' | 'email', text: string): boolean => {
    const value = kind === 'email' ? text.trim().toLowerCase() : text
    return isKnown(source, kind, value) || (hashes !== null && isKnown(source, kind, hashes(text, kind === 'email')))
  }

  const isKeptAt = (source: string, text: string, atUtcMs: number | null): boolean => {
    if (until.size === 0) return false
    const last = until.get(hashOf([source, 'user', text]))
    return last !== undefined && (atUtcMs === null || atUtcMs <= last)
  }

  const readStore = async (): Promise<boolean> => {
    const kept = (await store.openIfThere())?.forgotten
    const count = (await kept?.count()) ?? 0
    if (kept === undefined || count === stored) return false
    const found = await kept.hashes()
    refuseOtherKey(found, `Restore the file ${keyFile}: without it their records would land again.`)
    stored = found.length
    return takeIn(found)
  }
  const readLanding = async (): Promise<boolean> => {
    const kept = (await landing.states(SOURCE)).get(STREAM)
    if (kept === undefined || kept.version === shared.version) return false
    const found = kept.cursor as readonly string[]
    refuseOtherKey(found, `Copy the file *.forgotten-key of the gateway that forgot them to ${keyFile}: without it their records would land again.`)
    Object.assign(shared, { version: kept.version, hashes: new Set(found) })
    return takeIn(found)
  }
  const keep = async (): Promise<void> => {
    if (known.size > stored) {
      const { forgotten } = await store.open()
      await forgotten.add([...known], new Date(clock.nowMs()).toISOString())
      stored = await forgotten.count()
    }
    if ([...known].every((hash) => shared.hashes.has(hash))) return
    const version = Math.max(0, shared.version)
    const state = { cursor: [...known], generation: 1, isWhole: true, completeUntilUtcMs: null, committedUtcMs: clock.nowMs() }
    await landing.commit({ source: SOURCE, stream: STREAM, tables: [], writes: [], quarantined: [], state, expects: version, sweeps: false })
    Object.assign(shared, { version: version + 1, hashes: new Set(known) })
  }
  const read = async (): Promise<void> => {
    const isNew = [await readStore(), await readLanding()].includes(true)
    if (isNew) onAdded()
  }

  await readStore()
  return {
    any: () => known.size > 0,
    has: ({ source, user, device, email, atUtcMs = null }) => user.some((text) => isKept(source, 'user', text) || isKeptAt(source, text, atUtcMs)) || device.some((text) => isKept(source, 'device', text) || isKept(source, 'user', text)) || email.some((text) => isKept(source, 'email', text)),
    aliasOf: (source, id) => (isKept(source, 'user', id) ? `forgotten_${hashOf(['alias', source, id]).slice(0, ALIAS_DIGITS)}` : null),
    redacted: (text) => withoutAddresses(text, (address) => isKnown(ANYWHERE, 'email', address), REDACTED),
    look: read,
    async prepare() {
      await read()
      if (known.size > 0) await keep()
    },
    async keepOutUntil(source, users, untilUtcMs) {
      const isNew = (hash: string): boolean => (until.get(hash) ?? Number.NEGATIVE_INFINITY) < untilUtcMs
      await read()
      key ??= await makeKey(keyFile)
      const hashes = users.map((text) => hashOf([source, 'user', text])).filter(isNew)
      if (hashes.length === 0) return
      takeIn([markOfKey(), ...hashes.map((hash) => `${hash}${UNTIL}${untilUtcMs}`)])
      await keep()
    },
    async add(people) {
      await read()
      key ??= await makeKey(keyFile)
      const addresses = people.flatMap(({ emails }) => emails.map((text) => text.trim().toLowerCase()).filter((text) => text.includes('@')))
      takeIn([
        markOfKey(),
        ...people.flatMap(({ source, users, devices, emails }) => [...users.map((text) => hashOf([source, 'user', text])), ...devices.map((text) => hashOf([source, 'device', text])), ...emails.map((text) => hashOf([source, 'email', text.trim().toLowerCase()]))]),
        ...addresses.map((address) => hashOf([ANYWHERE, 'email', address])),
      ])
      await keep()
      onAdded()
    },
  }
}

async function readKey(file: string): Promise<Buffer | null> {
  try {
    return Buffer.from((await readFile(file, 'utf8')).trim(), 'hex')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null
    throw error
  }
}

async function makeKey(file: string): Promise<Buffer> {
  const key = randomBytes(KEY_BYTES)
  await mkdir(dirname(file), { recursive: true })
  await writeFile(file, `${key.toString('hex')}\n`, { mode: 0o600, flag: 'wx' })
  return key
}
