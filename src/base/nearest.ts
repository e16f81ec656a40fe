/**
 * Names that someone who wrote `wanted` may have meant, nearest first: by edits (a swap of neighbours is one), case ignored,
 * or because one is the start of the other.
 *
 * @returns At most `most` of `names`; empty when nothing is near. Ties keep the order of `names`.
 */
export function nearest(wanted: string, names: Iterable<string>, most = 1): readonly string[] {
  const sought = wanted.toLowerCase()
  const limit = Math.max(1, Math.floor(sought.length / 3))
  const found: { name: string; cost: number }[] = []
  for (const name of names) {
    const candidate = name.toLowerCase()
    const edits = editDistance(sought, candidate, limit)
    if (edits <= limit) found.push({ name, cost: sortedLetters(sought) === sortedLetters(candidate) ? edits - 0.5 : edits })
    else if (sought.length >= 3 && (candidate.startsWith(sought) || (candidate.length >= 3 && sought.startsWith(candidate)))) found.push({ name, cost: limit + 1 })
  }
  return found
    .sort((a, b) => a.cost - b.cost)
    .slice(0, most)
    .map(({ name }) => name)
}

/** Swapped letters are the likelier slip: `tabel` is nearer to `table` than to `label`. */
function sortedLetters(text: string): string {
  return [...text].sort().join('')
}

/** Optimal string alignment distance; anything beyond `limit` is reported as `limit + 1`. */
function editDistance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) > limit) return limit + 1
  let beforeLast: number[] = []
  let last = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    let least = i
    for (let j = 1; j <= b.length; j++) {
      const replace = (last[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      let cost = Math.min(replace, (last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1)
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) cost = Math.min(cost, (beforeLast[j - 2] ?? 0) + 1)
      row.push(cost)
      least = Math.min(least, cost)
    }
    if (least > limit) return limit + 1
    beforeLast = last
    last = row
  }
  return Math.min(last[b.length] ?? limit + 1, limit + 1)
}
