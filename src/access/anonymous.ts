import { isLoopback } from './loopback.ts'
import type { Role } from './role.ts'

/** What requests without a key may do. `loopback`: everything for programs of this machine, nothing for others. A role: that, whoever asks. */
export const ANONYMOUS = ['loopback', 'none', 'viewer', 'editor', 'admin'] as const
export type Anonymous = (typeof ANONYMOUS)[number]

/** Where a request came from. */
export interface Origin {
  /** Of the other end of the connection. */
  readonly address: string | undefined
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
}

// What reverse proxies add: a request with one of them began elsewhere, though the connection comes from this machine.
const FORWARDED = ['forwarded', 'via', 'x-forwarded-for', 'x-forwarded-host', 'x-forwarded-proto', 'x-real-ip'] as const

/** The role of a request that came without a key; null: it needs one. */
export function anonymousRole(anonymous: Anonymous, origin: Origin): Role | null {
  if (anonymous === 'none') return null
  if (anonymous !== 'loopback') return anonymous
  return isOfThisMachine(origin) ? 'admin' : null
}

function isOfThisMachine({ address, headers }: Origin): boolean {
  if (address === undefined || !isLoopback(address)) return false
  if (FORWARDED.some((name) => headers[name] !== undefined)) return false
  // A page on the internet can let its own name point to 127.0.0.1 (DNS rebinding); the name still stands in this header.
  const { host, origin } = headers
  if (typeof host === 'string' && !isLoopback(host.replace(/:\d*$/, ''))) return false
  // A browser on this machine also asks for pages of the internet. What asks for such a page says whose it is; `null` is of nobody.
  return origin === undefined || (typeof origin === 'string' && isLoopback(URL.parse(origin)?.hostname ?? ''))
}
