/** Whatever an address is written with, and what may stand before it without a space between: `email=ann@example.com`. */
const ADDRESS = /[\p{L}\p{N}.!#$%&'*+/=?^_`{|}~-]{1,128}@[\p{L}\p{N}](?:[\p{L}\p{N}.-]{0,252}[\p{L}\p{N}])?/gu
/** Legal in an address, and far oftener what parts it from what is before. */
const PARTING = /[!#$%&'*/=?^`{|}~]/

/**
 * Puts other text in the place of e-mail addresses, those alone: `joann@example.com` holds no `ann@example.com`.
 *
 * @param isMeant told of addresses in lower case.
 */
export function withoutAddresses(text: string, isMeant: (address: string) => boolean, other: string): string {
  if (!text.includes('@')) return text
  return text.replace(ADDRESS, (found) => {
    for (let from = 0; from >= 0; from = nextStart(found, from)) if (isMeant(found.slice(from).toLowerCase())) return `${found.slice(0, from)}${other}`
    return found
  })
}

function nextStart(found: string, from: number): number {
  const at = found.slice(from, found.indexOf('@')).search(PARTING)
  return at < 0 ? -1 : from + at + 1
}
