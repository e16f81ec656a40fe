import { closeSync, openSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import type { Encoding } from './read-text.ts'
import { readText } from './read-text.ts'
import { JsonSplitter } from './split-json.ts'
import { ODD, RecordSplitter, cellsOf, type Separator } from './split-records.ts'

const PIECE_BYTES = 64 << 20
const BUFFER_BYTES = 4 << 20
/** Room for two numbers and their separators. */
const PREFIX_BYTES = 40
const CONTENT_CHARACTERS = 200

export interface BrokenLine {
  readonly line: number
  readonly reason: string
  readonly content: string
}

/** What copying gives: files that hold `<file>,<line>,<record>`, every record well-formed and of the right width. */
export interface CopiedRecords {
  readonly pieces: readonly string[]
  /** Separates the cells of the pieces. */
  readonly mark: string
  readonly records: number
  readonly broken: number
}

export interface CopyJob {
  readonly path: string
  /** Written into every record, so that many files can be read at once. */
  readonly fileIndex: number
  readonly encoding: Encoding | null
  readonly separator: Separator | 'json'
  /** Cells each record must have; null where a record is one cell. */
  readonly width: number | null
  readonly skipFirst: boolean
  readonly folder: string
  readonly onBytes: (bytes: number) => void
  /** Gets broken lines as they come; awaited between chunks, so that a bad file cannot fill the memory. */
  readonly onBroken: (lines: readonly BrokenLine[]) => Promise<void>
  readonly signal: AbortSignal
}

/**
 * Copies the records of a text file into pieces that an engine can read in parallel without guessing: UTF-8, one `\n` a record,
 * the line number in front. What is no record of the right width goes to `onBroken` instead: records + broken = data rows.
 *
 * Line numbers are the reason for copying: DuckDB tells them only for rows it rejects itself, not for those that fail our checks.
 */
export async function copyRecords(job: CopyJob): Promise<CopiedRecords> {
  const writer = new PieceWriter(job)
  const splitter = job.separator === 'json' ? new JsonSplitter(writer) : new RecordSplitter(job.separator, writer)
  try {
    for await (const chunk of readText(job.path, job.encoding, job.onBytes)) {
      job.signal.throwIfAborted()
      splitter.feed(chunk)
      if (writer.brokenLines.length > 0) await job.onBroken(writer.brokenLines.splice(0))
    }
    splitter.end()
    if (writer.brokenLines.length > 0) await job.onBroken(writer.brokenLines.splice(0))
  } finally {
    writer.finish()
  }
  return { pieces: writer.pieces, mark: writer.mark, records: writer.records, broken: writer.brokenCount }
}

class PieceWriter {
  readonly pieces: string[] = []
  readonly brokenLines: BrokenLine[] = []
  readonly mark: string
  records = 0
  brokenCount = 0

  private readonly job: CopyJob
  private readonly markByte: number
  private readonly buffer = Buffer.allocUnsafe(BUFFER_BYTES)
  private used = 0
  private file: number | null = null
  private pieceBytes = 0
  private skipping: boolean

  constructor(job: CopyJob) {
    this.job = job
    this.skipping = job.skipFirst
    this.markByte = job.separator === 'whitespace' ? 9 : job.separator === 'none' || job.separator === 'json' ? 31 : job.separator
    this.mark = String.fromCharCode(this.markByte)
  }

  record(bytes: Buffer, start: number, end: number, line: number, cells: number, form: number): void {
    if (this.skipping) {
      this.skipping = false
      return
    }
    const { width, separator } = this.job
    if (width !== null && cells !== width) {
      this.broken(bytes, start, end, line, `${cells} ${cells === 1 ? 'cell' : 'cells'} where ${width} are expected`)
      return
    }
    this.records++
    if (separator !== 'json' && (separator === 'whitespace' || (form & ODD) !== 0)) {
      const text = cellsOf(bytes.subarray(start, end), separator).map(quoted).join(this.mark)
      const copy = Buffer.from(text, 'utf8')
      this.copy(copy, 0, copy.length, line)
    } else {
      this.copy(bytes, start, end, line)
    }
  }

  broken(bytes: Buffer, start: number, end: number, line: number, reason: string): void {
    this.skipping = false
    this.brokenCount++
    const head = bytes.subarray(start, Math.min(end, start + CONTENT_CHARACTERS * 4))
    const text = head.toString('utf8')
    const content = text.includes('\ufffd') ? head.toString('latin1') : text
    this.brokenLines.push({ line, reason, content: content.slice(0, CONTENT_CHARACTERS) })
  }

  finish(): void {
    this.flush()
    this.closePiece()
  }

  private copy(bytes: Buffer, start: number, end: number, line: number): void {
    if (this.used + (end - start) + PREFIX_BYTES > BUFFER_BYTES) this.flush()
    this.number(this.job.fileIndex)
    this.number(line)
    this.used += bytes.copy(this.buffer, this.used, start, end)
    this.buffer[this.used++] = 10
  }

  private number(value: number): void {
    const digits = value < 10 ? 1 : Math.floor(Math.log10(value) + 1e-9) + 1
    let rest = value
    for (let at = this.used + digits - 1; at >= this.used; at--) {
      const tens = Math.floor(rest / 10)
      this.buffer[at] = 48 + rest - tens * 10
      rest = tens
    }
    this.used += digits
    this.buffer[this.used++] = this.markByte
  }

  private flush(): void {
    if (this.used === 0) return
    if (this.file === null) {
      const path = join(this.job.folder, `piece-${this.job.fileIndex}-${this.pieces.length}`)
      this.file = openSync(path, 'w', 0o600)
      this.pieces.push(path)
    }
    writeSync(this.file, this.buffer, 0, this.used)
    this.pieceBytes += this.used
    this.used = 0
    if (this.pieceBytes >= PIECE_BYTES) this.closePiece()
  }

  private closePiece(): void {
    if (this.file !== null) closeSync(this.file)
    this.file = null
    this.pieceBytes = 0
  }
}

const quoted = (cell: string): string => (cell === '' ? '' : `"${cell.replaceAll('"', '""')}"`)

