import { isUtf8 } from 'node:buffer'

/** What stands between the cells of a record: one ASCII byte, runs of blanks, or nothing (a record is a line, quotes mean nothing). */
export type Separator = number | 'whitespace' | 'none'

/** Facts of a record that decide how it may be copied on. */
export const QUOTED = 1
/** Quotes, carriage returns or blanks that a strict reader would take otherwise: write the cells anew. */
export const ODD = 2
export const MULTILINE = 4

export interface RecordSink {
  /** One whole record, `bytes[start, end)`, without its line end. `cells` ≥ 1. The bytes are valid only during the call. */
  record(bytes: Buffer, start: number, end: number, line: number, cells: number, form: number): void
  /** A line that is no record. The bytes are valid only during the call. */
  broken(bytes: Buffer, start: number, end: number, line: number, reason: string): void
}

export const MAX_RECORD_BYTES = 1 << 20

const LF = 10
const CR = 13
const QUOTE = 34

const PLAIN = 0
const SEPARATOR = 1
const QUOTING = 2
const NEWLINE = 3
const RETURN = 4
const FORBIDDEN = 5

/**
 * Cuts UTF-8 bytes, fed in pieces, into records after RFC 4180, and says for each the line it starts on (1-based).
 * Every line that is not empty ends up in exactly one call of the sink: as (part of) a record, or as a broken line. After a
 * broken record reading goes on with the line after its first, so that one stray quote cannot swallow the file.
 */
export class RecordSplitter {
  private readonly kinds = new Uint8Array(256)
  private readonly blanks: boolean
  private readonly sink: RecordSink
  private carry: Buffer = Buffer.alloc(0)
  private line = 1
  /** Head of a line that is too long; the rest of it is read past. */
  private overlong: { head: Buffer; line: number } | null = null

  constructor(separator: Separator, sink: RecordSink) {
    this.sink = sink
    this.blanks = separator === 'whitespace'
    this.kinds[0] = FORBIDDEN
    this.kinds[LF] = NEWLINE
    this.kinds[CR] = RETURN
    if (separator === 'none') {
      // The unit separator divides the cells of the copy that the engine reads; JSON forbids it unescaped.
      this.kinds[31] = FORBIDDEN
    } else {
      this.kinds[QUOTE] = QUOTING
      if (separator === 'whitespace') this.kinds[32] = this.kinds[9] = SEPARATOR
      else this.kinds[separator] = SEPARATOR
    }
  }

  feed(chunk: Buffer): void {
    let rest = chunk
    if (this.overlong) {
      const end = rest.indexOf(LF)
      if (end < 0) return
      this.giveUpOverlong()
      rest = rest.subarray(end + 1)
    }
    const bytes = this.carry.length === 0 ? rest : Buffer.concat([this.carry, rest])
    this.carry = bytes.subarray(this.scan(bytes, false))
    if (this.carry.length > MAX_RECORD_BYTES) this.shortenCarry()
    // A subarray would keep the whole chunk alive and be overwritten where the reader reuses its buffer.
    this.carry = Buffer.from(this.carry)
  }

  end(): void {
    if (this.overlong) this.giveUpOverlong()
    else if (this.carry.length > 0) this.scan(this.carry, true)
    this.carry = Buffer.alloc(0)
  }

  private giveUpOverlong(): void {
    if (!this.overlong) return
    const { head, line } = this.overlong
    this.overlong = null
    this.line = line + 1
    this.sink.broken(head, 0, head.length, line, `longer than ${MAX_RECORD_BYTES} bytes`)
  }

  private shortenCarry(): void {
    while (this.carry.length > MAX_RECORD_BYTES) {
      const end = this.carry.indexOf(LF)
      if (end < 0) {
        this.overlong = { head: Buffer.from(this.carry.subarray(0, 400)), line: this.line }
        this.carry = Buffer.alloc(0)
        return
      }
      this.breakLine(this.carry, 0, end, 'a quote is opened and never closed')
      const rest = this.carry.subarray(end + 1)
      this.carry = rest.subarray(this.scan(rest, false))
    }
  }

  private breakLine(bytes: Buffer, start: number, end: number, reason: string): void {
    const stop = end > start && bytes[end - 1] === CR ? end - 1 : end
    this.sink.broken(bytes, start, stop, this.line, reason)
    this.line += 1
  }

  /** @returns Where the first record begins that is not whole yet; `bytes.length` after the last. */
  private scan(bytes: Buffer, final: boolean): number {
    const { kinds, blanks, sink } = this
    const length = bytes.length
    // Checking the chunk at once costs a tenth of checking its records; the tail may end inside a character, so it is left out.
    const lastLine = final ? length : bytes.lastIndexOf(LF) + 1
    const suspicious = !isUtf8(bytes.subarray(0, lastLine))
    let start = 0
    let at = 0

    while (start < length) {
      let cells = 1
      let form = 0
      let linesInside = 0
      let forbidden = false
      let fault: string | null = null
      let atCellStart = true
      let ended = false
      let end = length
      at = start
      if (blanks) while (at < length && kinds[bytes[at] as number] === SEPARATOR) at++

      while (at < length) {
        const kind = kinds[bytes[at] as number] as number
        if (kind === PLAIN) {
          do at++
          while (at < length && kinds[bytes[at] as number] === PLAIN)
          atCellStart = false
          continue
        }
        if (kind === SEPARATOR) {
          at++
          if (blanks) {
            while (at < length && kinds[bytes[at] as number] === SEPARATOR) at++
            // Blanks before the line's end open no cell.
            const next = at < length ? (kinds[bytes[at] as number] as number) : NEWLINE
            if (next === NEWLINE || (next === RETURN && bytes[at + 1] === LF)) continue
          }
          cells++
          atCellStart = true
          continue
        }
        if (kind === NEWLINE) {
          end = at
          ended = true
          break
        }
        if (kind === RETURN) {
          if (at + 1 < length ? bytes[at + 1] !== LF : final) form |= ODD
          at++
          atCellStart = false
          continue
        }
        if (kind === FORBIDDEN) {
          forbidden = true
          at++
          atCellStart = false
          continue
        }
        if (!atCellStart) {
          form |= ODD
          at++
          continue
        }
        // A quoted cell: up to a quote that is not doubled.
        form |= QUOTED
        at++
        for (;;) {
          for (; at < length && bytes[at] !== QUOTE; at++) {
            if (bytes[at] === LF) linesInside++
            else if (bytes[at] === 0) forbidden = true
          }
          if (at >= length) {
            fault = 'a quote is opened and never closed'
            break
          }
          at++
          if (at < length && bytes[at] === QUOTE) {
            at++
            continue
          }
          break
        }
        if (fault) break
        if (linesInside > 0) form |= MULTILINE
        atCellStart = false
        if (at >= length) continue
        const next = kinds[bytes[at] as number] as number
        if (next === SEPARATOR || next === NEWLINE || (next === RETURN && (at + 1 >= length || bytes[at + 1] === LF))) continue
        fault = 'text follows a closing quote'
        break
      }

      // Not whole yet: a later chunk may close the quote or end the line.
      if (!final && !ended && (fault === null || at >= length)) return start
      if (fault) {
        const firstEnd = bytes.indexOf(LF, start)
        if (firstEnd < 0 && !final) return start
        const stop = firstEnd < 0 ? length : firstEnd
        this.breakLine(bytes, start, stop, fault)
        start = stop + 1
        continue
      }
      const next = ended ? end + 1 : length
      let stop = end
      if (stop > start && bytes[stop - 1] === CR) stop--
      if (isEmpty(bytes, start, stop, blanks)) {
        this.line++
      } else {
        if (forbidden) sink.broken(bytes, start, stop, this.line, 'holds a control character that text may not hold')
        else if (suspicious && !isUtf8(bytes.subarray(start, stop))) sink.broken(bytes, start, stop, this.line, 'is not valid UTF-8 (another encoding?)')
        else sink.record(bytes, start, stop, this.line, cells, form)
        this.line += 1 + linesInside
      }
      start = next
    }
    return length
  }
}

function isEmpty(bytes: Buffer, start: number, stop: number, blanks: boolean): boolean {
  if (start === stop) return true
  if (!blanks) return false
  for (let at = start; at < stop; at++) if (bytes[at] !== 32 && bytes[at] !== 9) return false
  return true
}

/** The cells of one record as the splitter counted them: quotes taken off, doubled quotes made one. */
export function cellsOf(record: Buffer, separator: Separator): string[] {
  const text = record.toString('utf8')
  if (separator === 'none') return [text]
  const blanks = separator === 'whitespace'
  const mark = blanks ? '' : String.fromCharCode(separator)
  const separates = (at: number): boolean => (blanks ? text[at] === ' ' || text[at] === '\t' : text[at] === mark)
  const cells: string[] = []
  let at = 0
  if (blanks) while (at < text.length && separates(at)) at++
  for (;;) {
    if (text[at] === '"') {
      let cell = ''
      at++
      for (;;) {
        const quote = text.indexOf('"', at)
        const stop = quote < 0 ? text.length : quote
        cell += text.slice(at, stop)
        at = stop + 1
        if (text[at] !== '"' || quote < 0) break
        cell += '"'
        at++
      }
      cells.push(cell)
    } else {
      const from = at
      while (at < text.length && !separates(at)) at++
      cells.push(text.slice(from, at))
    }
    if (at >= text.length) return cells
    at++
    if (blanks) {
      while (at < text.length && separates(at)) at++
      if (at >= text.length) return cells
    }
  }
}
