import { isUtf8 } from 'node:buffer'
import type { RecordSink } from './split-records.ts'

export const MAX_OBJECT_BYTES = 1 << 20

const LF = 10
const QUOTE = 34
const COMMA = 44
const BACKSLASH = 92
const isBlank = (byte: number): boolean => byte === 32 || byte === 9 || byte === LF || byte === 13
const opens = (byte: number): boolean => byte === 123 || byte === 91
const closes = (byte: number): boolean => byte === 125 || byte === 93

/** What makes a whole file unreadable: past it nobody can say where an entry begins. */
export class BrokenJson extends Error {
  readonly line: number

  constructor(message: string, line: number) {
    super(message)
    this.line = line
  }
}

/**
 * Cuts UTF-8 bytes, fed in pieces, into the entries of a JSON array, or into values one after another, each with the line it starts on.
 * It looks at brackets and strings only: whether an entry is valid is for the reader of the records to find.
 *
 * @throws BrokenJson where brackets do not match up by the end of the file, or an entry is longer than `MAX_OBJECT_BYTES`.
 */
export class JsonSplitter {
  private readonly sink: RecordSink
  private carry: Buffer = Buffer.alloc(0)
  private line = 1
  private place: 'start' | 'array' | 'values' | 'after' = 'start'

  constructor(sink: RecordSink) {
    this.sink = sink
  }

  feed(chunk: Buffer): void {
    const bytes = this.carry.length === 0 ? chunk : Buffer.concat([this.carry, chunk])
    this.carry = Buffer.from(bytes.subarray(this.scan(bytes, false)))
    if (this.carry.length > MAX_OBJECT_BYTES) throw new BrokenJson(`an entry is longer than ${MAX_OBJECT_BYTES} bytes, or never closed`, this.line)
  }

  end(): void {
    const rest = this.carry.subarray(this.scan(this.carry, true))
    if (rest.length > 0) throw new BrokenJson('an entry is opened and never closed', this.line)
    if (this.place === 'array') throw new BrokenJson('the array is never closed', this.line)
  }

  /** @returns Where the first entry begins that is not whole yet. */
  private scan(bytes: Buffer, final: boolean): number {
    let at = 0
    while (at < bytes.length) {
      const byte = bytes[at] as number
      if (isBlank(byte) || (byte === COMMA && this.place !== 'after')) {
        if (byte === LF) this.line++
        at++
        continue
      }
      if (this.place === 'after') throw new BrokenJson('something follows the end of the array', this.line)
      if (this.place === 'start') {
        this.place = byte === 91 ? 'array' : 'values'
        if (this.place === 'array') {
          at++
          continue
        }
      }
      if (this.place === 'array' && byte === 93) {
        this.place = 'after'
        at++
        continue
      }
      const end = endOfValue(bytes, at, final)
      if (end < 0) return at
      this.emit(bytes, at, end)
      at = end
    }
    return at
  }

  private emit(bytes: Buffer, start: number, end: number): void {
    const entry = bytes.subarray(start, end)
    let lines = 0
    for (let newline = entry.indexOf(LF); newline >= 0; newline = entry.indexOf(LF, newline + 1)) lines++
    if (!isUtf8(entry)) this.sink.broken(bytes, start, end, this.line, 'is not valid UTF-8 (another encoding?)')
    else if (entry.includes(0) || entry.includes(31)) this.sink.broken(bytes, start, end, this.line, 'holds a control character that text may not hold')
    else if (lines === 0 && !entry.includes(13)) this.sink.record(bytes, start, end, this.line, 1, 0)
    else {
      const oneLine = withoutLineEnds(entry)
      if (oneLine) this.sink.record(oneLine, 0, oneLine.length, this.line, 1, 0)
      else this.sink.broken(bytes, start, end, this.line, 'holds a line end inside a text')
    }
    this.line += lines
  }
}

/** @returns The index after the value that begins at `start`, or -1 where it is not whole. */
function endOfValue(bytes: Buffer, start: number, final: boolean): number {
  const isNested = opens(bytes[start] as number)
  let depth = 0
  for (let at = start; at < bytes.length; at++) {
    const byte = bytes[at] as number
    if (byte === QUOTE) {
      at = endOfString(bytes, at)
      if (at < 0) return -1
      if (!isNested && depth === 0) return at + 1
    } else if (opens(byte)) depth++
    else if (closes(byte)) {
      if (depth === 0) return at === start ? at + 1 : at
      depth--
      if (depth === 0) return at + 1
    } else if (depth === 0 && (byte === COMMA || isBlank(byte))) return at
  }
  return final && !isNested ? bytes.length : -1
}

function endOfString(bytes: Buffer, start: number): number {
  for (let at = start + 1; at < bytes.length; at++) {
    if (bytes[at] === BACKSLASH) at++
    else if (bytes[at] === QUOTE) return at
  }
  return -1
}

/** Line ends between the parts of a value become blanks; inside a text they are no JSON, and the entry stays what it is: null. */
function withoutLineEnds(entry: Buffer): Buffer | null {
  const copy = Buffer.from(entry)
  for (let at = 0; at < copy.length; at++) {
    if (copy[at] === QUOTE) {
      const end = endOfString(copy, at)
      const text = copy.subarray(at, end)
      if (text.includes(LF) || text.includes(13)) return null
      at = end
    } else if (copy[at] === LF || copy[at] === 13) copy[at] = 32
  }
  return copy
}
