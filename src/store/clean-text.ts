// Tabs and line breaks may stand in a text; other control characters are damage.
// oxlint-disable-next-line no-control-regex
const CONTROL = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/

/** @param text trimmed; null stays null. Lone surrogates are replaced, since no engine stores them. */
export function cleanText(text: string | null, longest: number): { readonly value: string | null } | { readonly reason: string } {
  if (text === null) return { value: null }
  if (text.length > longest) return { reason: `is longer than ${longest} characters` }
  if (CONTROL.test(text)) return { reason: 'holds control characters' }
  return { value: text.toWellFormed() }
}
