const SHOWN = 300
const SHORTEST = 4
const STARS = '***'

/** Values that must not be quoted: what the headers carry (also what `Basic` hides), and the secrets that are named. */
export function secretsIn(headers: Readonly<Record<string, string>>, named: readonly string[]): readonly string[] {
  const found = Object.entries(headers)
    .filter(([name]) => !/^(accept|content-type|user-agent|[\w-]*-version)$/i.test(name))
    .flatMap(([, value]) => [value, ...value.split(/\s+/).flatMap((part) => [part, ...pairOf(part)])])
  const all = [...found, ...named].filter((text) => text.length >= SHORTEST && !/^(basic|bearer|token)$/i.test(text))
  // Longer ones first, so that no part of one is left behind.
  return [...new Set(all.flatMap((text) => [text, encodeURIComponent(text)]))].toSorted((a, b) => b.length - a.length)
}

/** The tool's own words in one line, cut to 300 characters, without secrets. */
export function quoted(text: string, secrets: readonly string[]): string {
  let said = text.slice(0, 100 * SHOWN)
  for (const secret of secrets) said = said.replaceAll(secret, STARS)
  return said.replaceAll(/\s+/g, ' ').trim().slice(0, SHOWN)
}

function pairOf(part: string): readonly string[] {
  const pair = Buffer.from(part, 'base64').toString('utf8')
  // eslint-disable-next-line no-control-regex -- what decodes to anything else was no pair
  return /^[^\u0000-\u001f\ufffd]*:[^\u0000-\u001f\ufffd]*$/.test(pair) ? [pair, ...pair.split(':')] : []
}
