import { KpiqlError } from '../../src/base/errors.ts'
import { nearest } from '../../src/base/nearest.ts'
import type { ReadOptions } from '../../src/base/read-options.ts'
import { readText } from './read-text.ts'
import { RecordSplitter, cellsOf, type Separator } from './split-records.ts'

/** How one CSV file is cut: found out where the model does not say. */
export interface CsvLayout {
  readonly separator: Separator
  readonly hasHeader: boolean
  /** One name a cell, in the file's order. */
  readonly names: readonly string[]
}

const HEAD_BYTES = 256 * 1024
const HEAD_RECORDS = 200
const CANDIDATES = [',', ';', '\t', '|'] as const
/** No name has so little: numbers, dates and times have digits and signs, but hardly a letter. */
const LOOKS_LIKE_DATA = /^([^\p{L}_]+|\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}[T ].*|[+-]?[\d.]+e[+-]?\d+)$/iu

/** @throws KpiqlError `DATA_INVALID` where the file is empty or its columns have no usable names. */
export async function sniffLayout(path: string, shownName: string, read: ReadOptions): Promise<CsvLayout> {
  const chunks: Buffer[] = []
  for await (const chunk of readText(path, read.encoding, undefined, HEAD_BYTES)) chunks.push(chunk)
  const head = Buffer.concat(chunks)
  const separator = read.delimiter === null ? likeliestSeparator(head, shownName) : separatorOf(read.delimiter)
  const first = firstRecords(head, separator, 1, (reason) => {
    throw new KpiqlError('DATA_INVALID', { message: `The first line of ${shownName} cannot be read: ${reason}.`, hint: 'Correct the line, or declare `encoding` or `delimiter`.' })
  })[0]
  if (!first) throw new KpiqlError('DATA_INVALID', { message: `${shownName} is empty: it has neither a header nor rows.`, hint: 'Write the file again, or take it out of the folder.' })
  const cells = first.map((cell) => cell.trim())
  const hasHeader = read.header ?? looksLikeHeader(cells, read)
  return { separator, hasHeader, names: hasHeader ? headerNames(cells, shownName) : positionNames(cells, read, shownName) }
}

function separatorOf(delimiter: string): Separator {
  if (delimiter === 'whitespace') return 'whitespace'
  const mark = delimiter === '\\t' ? '\t' : delimiter
  const code = mark.charCodeAt(0)
  if (mark.length !== 1 || code > 126 || /["\d\r\n]/.test(mark)) {
    throw new KpiqlError('DATA_INVALID', { message: `The delimiter "${delimiter}" cannot be used.`, hint: 'Name one ASCII character that is no digit, quote or line end, or `whitespace`.' })
  }
  return code
}

function likeliestSeparator(head: Buffer, shownName: string): Separator {
  if (/\.tsv(\.gz)?$/i.test(shownName)) return 9
  let best: { separator: number; agreeing: number; cells: number } | null = null
  for (const mark of CANDIDATES) {
    const separator = mark.charCodeAt(0)
    const widths = new Map<number, number>()
    const records = firstRecords(head, separator, HEAD_RECORDS)
    for (const record of records) widths.set(record.length, (widths.get(record.length) ?? 0) + 1)
    const [cells = 1, count = 0] = [...widths].sort((a, b) => b[1] - a[1])[0] ?? []
    if (cells < 2) continue
    const agreeing = count / records.length
    if (!best || agreeing > best.agreeing || (agreeing === best.agreeing && cells > best.cells)) best = { separator, agreeing, cells }
  }
  return best?.separator ?? (isAligned(head) ? 'whitespace' : 44)
}

/** Columns kept apart by blanks alone: every line has as many words as every other. Prose does not. */
function isAligned(head: Buffer): boolean {
  const widths = firstRecords(head, 'whitespace', HEAD_RECORDS).map((record) => record.length)
  return widths.length >= 3 && (widths[0] ?? 0) >= 3 && widths.every((width) => width === widths[0])
}

function firstRecords(head: Buffer, separator: Separator, most: number, onBrokenFirst: (reason: string) => void = () => {}): string[][] {
  const records: string[][] = []
  const splitter = new RecordSplitter(separator, {
    record(bytes, start, end) {
      if (records.length < most) records.push(cellsOf(bytes.subarray(start, end), separator))
    },
    broken(_bytes, _start, _end, _line, reason) {
      if (records.length === 0) onBrokenFirst(reason)
    },
  })
  splitter.feed(head)
  // The head may end inside a record: only where it holds no whole one is its tail asked for.
  if (records.length === 0) splitter.end()
  return records
}

function looksLikeHeader(cells: readonly string[], read: ReadOptions): boolean {
  const names = new Set(cells.map((cell) => cell.toLowerCase()))
  if (read.columns.some(({ name }) => names.has(name.toLowerCase()))) return true
  return !cells.some((cell) => LOOKS_LIKE_DATA.test(cell)) && cells.some((cell) => cell !== '')
}

function headerNames(cells: readonly string[], shownName: string): string[] {
  const names = cells.map((cell, index) => (cell === '' ? `column_${index + 1}` : cell))
  refuseDoubles(names, shownName)
  return names
}

/** A file without a header: the declared columns in order. */
function positionNames(cells: readonly string[], read: ReadOptions, shownName: string): string[] {
  if (read.columns.length > cells.length) {
    throw new KpiqlError('DATA_INVALID', {
      message: `${shownName} has ${cells.length} columns and no header, but ${read.columns.length} columns are declared.`,
      hint: 'List the columns in the order of the file, or correct `delimiter`.',
    })
  }
  const names = cells.map((_, index) => read.columns[index]?.name ?? `column_${index + 1}`)
  refuseDoubles(names, shownName)
  return names
}

/** @throws KpiqlError `DATA_INVALID`: the engine's names do not differ by case. */
export function refuseDoubles(names: readonly string[], shownName: string): void {
  const seen = new Set<string>()
  for (const name of names) {
    const key = name.toLowerCase()
    if (seen.has(key)) throw new KpiqlError('DATA_INVALID', { message: `${shownName} has two columns named "${name}".`, hint: 'Rename one (upper and lower case do not differ), or say `header: false` if the first line is data.' })
    seen.add(key)
  }
}

/** `name` among `names`: as written, else in another case; null where absent. */
export function findColumn(name: string, names: readonly string[]): string | null {
  return names.find((candidate) => candidate === name) ?? names.find((candidate) => candidate.toLowerCase() === name.toLowerCase()) ?? null
}

export function missingColumnHint(name: string, names: readonly string[]): string {
  const near = nearest(name, names, 3)
  return near.length > 0 ? `Closest: ${near.join(', ')}. Its columns: ${names.join(', ')}.` : `Its columns: ${names.join(', ')}.`
}
