import type { Json } from './json.ts'

/** Capital letters beyond ASCII, each with its small one; made once, when first needed. */
let pairs: readonly (readonly [string, string])[] | null = null

function letterPairs(): readonly (readonly [string, string])[] {
  if (pairs !== null) return pairs
  const found: [string, string][] = []
  for (let code = 0x80; code < 0x1f000; code++) {
    if (code >= 0xd800 && code < 0xe000) continue
    const letter = String.fromCodePoint(code)
    const lower = letter.toLowerCase()
    if (lower !== letter) found.push([letter, lower])
  }
  pairs = found
  return found
}

/** Where printing leaves the list of letters to whoever runs the pipeline: it is the same each time, and long. */
export function linkedLetterPairs(): readonly { readonly of: string; readonly to: string }[] {
  return letterPairs().map(([of, to]) => ({ of, to }))
}

/** `$toLower` knows ASCII only; texts that hold more have their other capitals replaced one by one. */
export function lowerCase(of: Json): Json {
  const ascii: Json = { $eq: [{ $strLenBytes: '$$text' }, { $strLenCP: '$$text' }] }
  const others: Json = {
    $reduce: {
      input: { $letters: 1 },
      initialValue: { $toLower: '$$text' },
      in: { $replaceAll: { input: '$$value', find: '$$this.of', replacement: '$$this.to' } },
    },
  }
  return { $let: { vars: { text: of }, in: { $cond: [{ $lte: ['$$text', null] }, null, { $cond: [ascii, { $toLower: '$$text' }, others] }] } } }
}
