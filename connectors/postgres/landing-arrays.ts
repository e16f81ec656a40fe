import type { LandingCell, LandingColumn, LandingRows } from '../landing-contract.ts'

/** A text has no NUL on this server. */
const NUL = /\0/g
const REPLACEMENT = '\ufffd'
const SPECIAL = /["\\]/g
const WRITERS: Readonly<Record<LandingColumn['kind'], (cell: LandingCell) => string>> = { text: quoted, json: quoted, timestamp: instant, date: day, boolean: String, integer: String, decimal: String, float: String }

/** A column of cells as the text of an array, which the server reads exactly. @param at the first cell. @param end the one behind the last. */
export function arrayText(cells: readonly LandingCell[], kind: LandingColumn['kind'], at = 0, end = cells.length): string {
  const write = WRITERS[kind]
  let text = '{'
  for (let index = at; index < end; index++) {
    const cell = cells[index] ?? null
    text += `${index > at ? ',' : ''}${cell === null ? 'NULL' : write(cell)}`
  }
  return `${text}}`
}

/** NULs become U+FFFD. */
function quoted(cell: LandingCell): string {
  const text = plain(String(cell))
  return `"${text.search(SPECIAL) < 0 ? text : text.replace(SPECIAL, '\\$&')}"`
}

function plain(text: string): string {
  return text.includes('\0') ? text.replace(NUL, REPLACEMENT) : text
}

/** 0001-01-01, before which years are counted backwards. */
const YEAR_ONE_MS = -62_135_596_800_000

/** Years of more than four digits have no sign there, and those before the first have a word. */
function instant(cell: LandingCell): string {
  const date = new Date(Number(cell))
  const text = date.toISOString()
  if (text.length === 24 && Number(cell) >= YEAR_ONE_MS) return `"${text}"`
  const year = date.getUTCFullYear()
  return `"${String(year > 0 ? year : 1 - year).padStart(4, '0')}${text.slice(-20)}${year > 0 ? '' : ' BC'}"`
}

/** There is no year 0: the one before the first is 1 BC. */
function day(cell: LandingCell): string {
  const text = String(cell)
  return text.startsWith('0000') ? `"0001${text.slice(4)} BC"` : text
}

/** Named columns of rows as arrays, so many rows at a time. */
export function* slices(rows: LandingRows, kinds: readonly LandingColumn['kind'][], size: number): Iterable<readonly string[]> {
  for (let at = 0; at < rows.count; at += size) {
    const end = Math.min(at + size, rows.count)
    yield rows.columns.map((cells, index) => arrayText(cells, kinds[index] ?? 'text', at, end))
  }
}
