/** A record of a CSV text. Lines count from 1. */
export interface CsvRecord {
  /** On which it begins; a quoted cell may hold line breaks. */
  readonly line: number
  readonly cells: readonly string[]
  /** As it stands, without its line break. */
  readonly text: string
  /** What breaks RFC 4180, as a sentence without a subject; null where nothing does. */
  readonly fault: string | null
}

/**
 * Splits a text by RFC 4180: cells in double quotes may hold the delimiter, line breaks and doubled quotes. Lines end with LF, CRLF
 * or CR; a byte order mark is skipped, and so are blank lines. A record with a fault has no cells to trust; the next begins on the
 * next line, except after a quote that is never closed, which takes all that follows.
 */
export function* splitCsv(csv: string, delimiter: string): Generator<CsvRecord> {
  let at = csv.startsWith('\ufeff') ? 1 : 0
  let line = 1
  while (at < csv.length) {
    const from = at
    const cells: string[] = []
    let fault: string | null = null
    let lines = 1
    for (;;) {
      let cell = ''
      if (csv[at] === '"') {
        const quoted = readQuoted(csv, at)
        ;({ cell } = quoted)
        lines += quoted.lineBreaks
        at = quoted.end
        if (!quoted.closed) fault = 'opens a quote that is never closed; nothing after it was read'
        else if (at < csv.length && csv[at] !== delimiter && !isBreak(csv[at])) fault ??= 'has text after a closing quote'
      }
      const rest = endOfPlain(csv, at, delimiter)
      const plain = csv.slice(at, rest)
      if (cell === '' && plain.includes('"')) fault ??= 'has a quote inside a cell without quotes around it'
      cells.push(cell + plain)
      at = rest
      if (at >= csv.length || csv[at] !== delimiter) break
      at++
    }
    const text = csv.slice(from, at)
    if (csv[at] === '\r' && csv[at + 1] === '\n') at++
    at++
    if (text !== '') yield { line, cells, text, fault }
    line += lines
  }
}

function readQuoted(csv: string, open: number): { readonly cell: string; readonly end: number; readonly closed: boolean; readonly lineBreaks: number } {
  let cell = ''
  let at = open + 1
  for (;;) {
    const quote = csv.indexOf('"', at)
    if (quote < 0) {
      cell += csv.slice(at)
      return { cell, end: csv.length, closed: false, lineBreaks: breaksIn(cell) }
    }
    cell += csv.slice(at, quote)
    if (csv[quote + 1] !== '"') return { cell, end: quote + 1, closed: true, lineBreaks: breaksIn(cell) }
    cell += '"'
    at = quote + 2
  }
}

function endOfPlain(csv: string, from: number, delimiter: string): number {
  let at = from
  while (at < csv.length && csv[at] !== delimiter && !isBreak(csv[at])) at++
  return at
}

function breaksIn(text: string): number {
  return text.match(/\r\n|\r|\n/g)?.length ?? 0
}

function isBreak(character: string | undefined): boolean {
  return character === '\n' || character === '\r'
}
