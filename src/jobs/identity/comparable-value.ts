import type { IdentityRule, MatchKind } from './types.ts'

/** In which form a value is compared; null where it says nothing. */
export function comparableValue(text: string, kind: MatchKind, { emails, freeMail }: Pick<IdentityRule, 'emails' | 'freeMail'>): string | null {
  switch (kind) {
    case 'text':
      return text === '' ? null : text
    case 'email':
      return comparableEmail(text, emails)
    case 'domain': {
      const domain = domainIn(text)
      return domain === null || freeMail.has(domain) ? null : domain
    }
  }
}

/**
 * Trimmed and in lower case. What stands before the `@` belongs to its host alone: dots and what follows a plus are left out only
 * where that is asked for. A value without `@`, such as a hash, is compared as it is.
 */
function comparableEmail(text: string, { ignoreDots, ignorePlus }: IdentityRule['emails']): string | null {
  const email = text.trim().toLowerCase()
  const at = email.lastIndexOf('@')
  if (at < 0) return email === '' ? null : email
  let local = email.slice(0, at)
  if (ignorePlus) local = local.replace(/\+.*$/, '')
  if (ignoreDots) local = local.replaceAll('.', '')
  return local === '' ? null : `${local}${email.slice(at)}`
}

/** The domain of an e-mail address, of a web address, or itself; without `www.`, in lower case. */
function domainIn(text: string): string | null {
  const host = text
    .trim()
    .toLowerCase()
    .replace(/^[a-z][a-z0-9+.-]*:\/\//, '')
    .replace(/[/?#].*$/, '')
    .replace(/^.*@/, '')
    .replace(/:\d+$/, '')
    .replace(/^www\./, '')
    .replace(/\.$/, '')
  return /^[^\s.]+(\.[^\s.]+)+$/.test(host) ? host : null
}
