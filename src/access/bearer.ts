/** What an `Authorization` header holds. */
export type Credentials = { readonly kind: 'none' } | { readonly kind: 'malformed' } | { readonly kind: 'bearer'; readonly secret: string }

const LONGEST_SECRET = 1_000
const KEY = /kpiql_[0-9a-f]{12}_[\w-]{20,}/

/** Reads `Bearer SECRET`, the scheme in any case; anything else that is there is malformed. */
export function credentialsIn(authorization: string | undefined): Credentials {
  if (authorization === undefined) return { kind: 'none' }
  const secret = /^bearer +([!-~]+) *$/i.exec(authorization.slice(0, LONGEST_SECRET + 20))?.[1]
  return secret === undefined || secret.length > LONGEST_SECRET ? { kind: 'malformed' } : { kind: 'bearer', secret }
}

/** Whether an address holds an API key: addresses are kept in histories and logs, so that such a key is no secret any more. */
export function holdsKey(url: string): boolean {
  if (KEY.test(url)) return true
  if (!url.includes('%')) return false
  try {
    return KEY.test(decodeURIComponent(url))
  } catch {
    // What cannot be decoded whole is decoded letter by letter.
    return KEY.test(url.replace(/%([0-7][0-9a-f])/gi, (_text, code: string) => String.fromCharCode(Number.parseInt(code, 16))))
  }
}
