/** One bound for all that is cached: an eighth for whole answers, which are small and short-lived, the rest for what they are made of. */
export function cacheShares(maxBytes: number): { readonly reads: number; readonly answers: number } {
  const answers = Math.floor(maxBytes / 8)
  return { reads: maxBytes - answers, answers }
}
