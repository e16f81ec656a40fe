import { setTimeout as after } from 'node:timers/promises'
import { loadPackage } from '../base/load-package.ts'
import type { RedisLinkOptions } from './redis-link.ts'

/** To connect, sign in and answer. */
const PATIENCE_MS = 5_000

/**
 * Connects once, signs in and runs a script, as the shared cache does.
 *
 * @returns null where all of it worked; else a code such as `ECONNREFUSED`, `WRONGPASS`, `NOPERM` or `TIMEOUT`, which tells nothing of the address.
 * @throws KpiqlError `CONFIG_INVALID` when the client's package is not installed.
 */
export async function tryRedis({ url }: Pick<RedisLinkOptions, 'url'>): Promise<string | null> {
  const { createClient } = await loadPackage('redis', 'The setting cache.redis', () => import('redis'))
  const client = createClient({ url, RESP: 2, socket: { connectTimeout: PATIENCE_MS, reconnectStrategy: false } })
  // The failure also ends what is waited for below.
  client.on('error', () => undefined)
  const clock = new AbortController()
  const tried = client.connect().then(() => client.sendCommand(['EVAL', 'return 1', '0']))
  const late = after(PATIENCE_MS, 'TIMEOUT', { signal: clock.signal })
  for (const end of [tried, late]) end.catch(() => undefined)
  try {
    return await Promise.race([tried.then(() => null), late])
  } catch (error) {
    return codeOf(error)
  } finally {
    clock.abort()
    if (client.isOpen) client.destroy()
  }
}

function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return 'UNKNOWN'
  if ('code' in error && typeof error.code === 'string') return error.code
  return /^[A-Z]{3,}/.exec(error.message)?.[0] ?? error.name
}
