import { KpiqlError } from '../base/errors.ts'
import { nearest } from '../base/nearest.ts'
import { splitCsv } from './split-csv.ts'
import type { CsvRecord } from './split-csv.ts'

const MOST_CSV_BYTES = 10_000_000
/** Rows of one text, its header aside. */
export const MOST_CSV_ROWS = 100_000
const DELIMITERS = [',', ';', '\t']
const SHOWN_CHARACTERS = 200

/** A row that was not taken. */
export interface RejectedRow {
  /** Of the CSV text, the header is line 1. */
  readonly line: number
  /** As the header writes it; null where the row as a whole is at fault. */
  readonly column: string | null
  readonly reason: string
  /** The row as it stands, cut to 200 characters. */
  readonly content: string
}

/** A CSV text with a header, by the names it is read by. */
export interface CsvTable<Name extends string> {
  /** Columns that are there, and how the header writes them. */
  readonly headers: ReadonlyMap<Name, string>
  readonly rows: Iterable<CsvRow<Name>>
}

export interface CsvRow<Name extends string> {
  readonly record: CsvRecord
  /** What is wrong with the row as a whole; null where its cells can be read. */
  readonly fault: string | null
  cell(name: Name): string | null
}

/**
 * Reads the header of a CSV text. Commas, semicolons or tabs part the cells: whichever the header is written with.
 *
 * @param names what a column may be called, in lower case, and which name that is.
 * @throws KpiqlError `RECORD_INVALID` for a text that is empty or too long, and for a header that lacks a column, repeats one, or
 * has one that nothing is known of, unless those are to be ignored.
 */
export function readCsvTable<Name extends string>(csv: string, names: Readonly<Record<string, Name>>, required: readonly Name[], unknown: 'refuse' | 'ignore' = 'refuse'): CsvTable<Name> {
  checkSize(csv)
  const { delimiter, header } = readHeader(csv, names)
  const at = new Map<Name, number>()
  const headers = new Map<Name, string>()
  for (const [index, written] of header.cells.entries()) {
    const name = nameOf(written, names)
    if (name === null && unknown === 'ignore') continue
    if (name === null) {
      const [near] = nearest(written.trim().toLowerCase(), Object.keys(names))
      throw refuse(`The CSV header has a column "${written.trim().slice(0, 40)}" that is not known.`, `${near === undefined ? '' : `Did you mean "${near}"? `}Columns: ${[...new Set(Object.values(names))].join(', ')}. Remove what is not to be recorded.`, { line: header.line })
    }
    if (at.has(name)) throw refuse(`The CSV header has the column "${name}" twice.`, 'Keep one of them.', { line: header.line })
    at.set(name, index)
    headers.set(name, written.trim())
  }
  const lacking = required.filter((name) => !at.has(name))
  if (lacking.length > 0) throw refuse(`The CSV header has no column ${lacking.map((name) => `"${name}"`).join(' and ')}.`, `The first line names the columns: ${[...new Set(Object.keys(names))].join(', ')}.`, { line: header.line })
  return { headers, rows: rowsOf(csv, delimiter, header, at) }
}

/** @throws KpiqlError `RECORD_INVALID` beyond 10 MB. */
export function checkSize(csv: string): void {
  const bytes = Buffer.byteLength(csv)
  if (bytes > MOST_CSV_BYTES) throw refuse(`The CSV text has ${bytes} bytes; ${MOST_CSV_BYTES} are allowed.`, 'Upload it in several parts; cohorts combine with `anyOf`.', { limit: MOST_CSV_BYTES })
}

/** For a text of more than 100,000 rows. */
export function tooManyRows(): KpiqlError {
  return refuse(`The CSV text has more than ${MOST_CSV_ROWS} rows.`, 'Upload it in several parts; cohorts combine with `anyOf`.', { limit: MOST_CSV_ROWS })
}

function* rowsOf<Name extends string>(csv: string, delimiter: string, header: CsvRecord, at: ReadonlyMap<Name, number>): Generator<CsvRow<Name>> {
  let rows = 0
  let isHeader = true
  for (const record of splitCsv(csv, delimiter)) {
    if (isHeader) {
      isHeader = false
      continue
    }
    if (++rows > MOST_CSV_ROWS) throw tooManyRows()
    const { length } = record.cells
    const wrongCount = length === header.cells.length ? null : `has ${length} ${length === 1 ? 'cell' : 'cells'}, the header ${header.cells.length}`
    yield {
      record,
      fault: record.fault ?? wrongCount,
      cell: (name) => record.cells[at.get(name) ?? -1] ?? null,
    }
  }
}

/** @param column how the header writes it. */
export function rejected({ line, text }: CsvRecord, column: string | null, reason: string): RejectedRow {
  return { line, column, reason, content: text.slice(0, SHOWN_CHARACTERS).toWellFormed() }
}

function readHeader<Name extends string>(csv: string, names: Readonly<Record<string, Name>>): { readonly delimiter: string; readonly header: CsvRecord } {
  let best: { readonly delimiter: string; readonly header: CsvRecord; readonly known: number } | null = null
  for (const delimiter of DELIMITERS) {
    const first = splitCsv(csv, delimiter).next()
    if (first.done === true) throw refuse('The CSV text is empty.', `Its first line names the columns: ${[...new Set(Object.values(names))].join(',')}`, {})
    const header = first.value
    const known = header.cells.filter((written) => nameOf(written, names) !== null).length
    if (best === null || known > best.known) best = { delimiter, header, known }
  }
  if (best === null) throw new KpiqlError('PLAN_BROKEN', { message: 'No delimiter was tried.' })
  if (best.header.fault !== null) throw refuse(`The CSV header ${best.header.fault}.`, 'Write it as RFC 4180 says.', { line: best.header.line })
  return best
}

function nameOf<Name extends string>(written: string, names: Readonly<Record<string, Name>>): Name | null {
  const name = written.trim().toLowerCase()
  return Object.hasOwn(names, name) ? (names[name] ?? null) : null
}

function refuse(message: string, hint: string, data: Readonly<Record<string, unknown>>): KpiqlError {
  return new KpiqlError('RECORD_INVALID', { message, hint, data })
}
