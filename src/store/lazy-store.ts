import { existsSync } from 'node:fs'
import type { Clock } from '../base/clock.ts'
import type { Store } from './open-store.ts'

/** The gateway's store, opened when it is first needed: a start that needs nothing of it makes no file. */
export interface LazyStore {
  /** Absolute. */
  readonly file: string
  /** @throws KpiqlError `STORE_UNAVAILABLE`, `STORE_INVALID`; the next call tries again. */
  open(): Promise<Store>
  /** The same, or null where nothing was ever kept; makes no file. */
  openIfThere(): Promise<Store | null>
  /** Safe to call twice. */
  close(): Promise<void>
}

export function lazyStore(file: string, clock: Clock): LazyStore {
  let opening: Promise<Store> | null = null
  const open = (): Promise<Store> => {
    opening ??= import('./open-store.ts')
      .then(({ openStore }) => openStore(file, clock))
      .catch((error: unknown) => {
        opening = null
        throw error
      })
    return opening
  }
  return {
    file,
    open,
    openIfThere: async () => (opening !== null || existsSync(file) ? open() : null),
    async close() {
      // Who asked for the store was told why it did not open; here there is nothing to close.
      const opened = await opening?.catch(() => null)
      opening = null
      await opened?.close()
    },
  }
}
