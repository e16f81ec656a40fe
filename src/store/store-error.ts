import { KpiqlError } from '../base/errors.ts'

// Primary result codes of SQLite: https://www.sqlite.org/rescode.html
const BUSY = 5
const LOCKED = 6
const UNAVAILABLE: Readonly<Record<number, string>> = {
  [BUSY]: 'is in use by another program',
  [LOCKED]: 'is in use by another program',
  8: 'cannot be written',
  10: 'cannot be read from its disk',
  13: 'has no room left on its disk',
  14: 'cannot be opened',
}
const DAMAGED = new Set([11, 26])

/** What SQLite or the file system says, as ours. Names no path: whoever runs the gateway finds it in the configuration. */
export function storeError(cause: unknown): unknown {
  if (cause instanceof KpiqlError || !(cause instanceof Error)) return cause
  const code = resultCode(cause)
  if (code !== null && DAMAGED.has(code)) {
    return new KpiqlError('STORE_INVALID', { message: 'The gateway’s store is damaged, or is no store.', hint: 'Put back a copy of the file that `store.path` names, or move it away to begin with an empty one.', cause })
  }
  const trouble = code === null ? fileTrouble(cause) : UNAVAILABLE[code]
  if (trouble === undefined) return cause
  return new KpiqlError('STORE_UNAVAILABLE', { message: `The gateway’s store ${trouble}.`, hint: 'Check the file that `store.path` names, and its folder; see docs/guides/recording.md.', cause })
}

/** Whether another connection holds what is wanted: waiting helps. */
export function isBusy(error: unknown): boolean {
  const code = error instanceof KpiqlError && error.cause instanceof Error ? resultCode(error.cause) : null
  return code === BUSY || code === LOCKED
}

function resultCode(error: Error): number | null {
  // Extended codes hold the primary one in their last byte.
  return 'errcode' in error && typeof error.errcode === 'number' ? error.errcode & 0xff : null
}

function fileTrouble(error: Error): string | undefined {
  if (!('code' in error) || typeof error.code !== 'string') return undefined
  if (['EACCES', 'EPERM', 'EROFS'].includes(error.code)) return 'cannot be written'
  if (['ENOENT', 'ENOTDIR', 'EISDIR', 'EEXIST'].includes(error.code)) return 'cannot be opened'
  return error.code === 'ENOSPC' ? 'has no room left on its disk' : undefined
}
