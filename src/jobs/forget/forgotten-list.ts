import { createHmac, randomBytes } from 'node:crypto'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Clock } from '../../base/clock.ts'
import { KpiqlError } from '../../base/errors.ts'
import type { LazyStore } from '../../store/lazy-store.ts'
import type { Forgotten } from '../sync/types.ts'

/** What is kept out of a source; values as they landed, which may be hashes. */
export interface KeptOut {
  readonly source: string
  readonly users: readonly string[]
  readonly emails: readonly string[]
}

export interface ForgottenList extends Forgotten {
  add(people: readonly KeptOut[]): Promise<void>
}

const KEY_BYTES = 32

/**
 * Opens the list of those who asked to be forgotten. The store has keyed hashes, the key is a file of its own beside it (mode 0600):
 * neither alone tells of anybody.
 *
 * @param hashes how personal columns are hashed on landing; null where they are not.
 * @throws KpiqlError `STORE_INVALID` where there are hashes and no key to compare with.
 */
export async function openForgottenList(store: LazyStore, keyFile: string, hashes: ((text: string, isEmail: boolean) => string) | null, clock: Clock): Promise<ForgottenList> {
  const known = new Set(await (await store.openIfThere())?.forgotten.hashes())
  let key = await readKey(keyFile)
  if (key === null && known.size > 0) throw new KpiqlError('STORE_INVALID', { message: 'The key by which forgotten people are recognised is not there.', hint: `Restore the file ${keyFile}: without it their records would land again.` })
  const hashOf = (parts: readonly string[]): string => createHmac('sha256', key ?? '').update(JSON.stringify(parts)).digest('hex')
  const isKept = (source: string, kind: 'user' | 'email', text: string): boolean => {
    const value = kind === 'email' ? text.trim().toLowerCase() : text
    return known.has(hashOf([source, kind, value])) || (hashes !== null && known.has(hashOf([source, kind, hashes(text, kind === 'email')])))
  }
  return {
    any: () => known.size > 0,
    has: ({ source, user, email }) => user.some((text) => isKept(source, 'user', text)) || email.some((text) => isKept(source, 'email', text)),
    async add(people) {
      key ??= await makeKey(keyFile)
      const added = people.flatMap(({ source, users, emails }) => [...users.map((text) => hashOf([source, 'user', text])), ...emails.map((text) => hashOf([source, 'email', text.trim().toLowerCase()]))])
      await (await store.open()).forgotten.add(added, new Date(clock.nowMs()).toISOString())
      for (const hash of added) known.add(hash)
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
