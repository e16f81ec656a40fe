import { createReadStream } from 'node:fs'
import { open } from 'node:fs/promises'
import { createGunzip } from 'node:zlib'
import type { ReadOptions } from '../../src/base/read-options.ts'

const CHUNK_BYTES = 1 << 20

export type Encoding = NonNullable<ReadOptions['encoding']>

/**
 * The bytes of a text file as UTF-8 with `\n` or `\r\n` line ends, in chunks of about a megabyte: unzipped (by its first bytes,
 * whatever its name), byte order mark taken off, decoded from Latin-1 or UTF-16. Without a declared encoding only a UTF-16
 * mark is believed; all else is taken for UTF-8, so that nothing is guessed wrong silently.
 *
 * @param onBytes called with the bytes of the file (as stored) read so far.
 * @param first stop after about this many bytes.
 * @throws The file system's and unzip's own errors.
 */
export async function* readText(path: string, encoding: Encoding | null, onBytes?: (bytes: number) => void, first = Infinity): AsyncGenerator<Buffer> {
  const zipped = await isZipped(path)
  const file = createReadStream(path, { highWaterMark: CHUNK_BYTES })
  const bytes = zipped ? file.pipe(createGunzip({ chunkSize: CHUNK_BYTES })) : file
  if (zipped) file.on('error', (error) => bytes.destroy(error))
  let decoder: Decoder | null = null
  let seen = 0
  try {
    for await (const chunk of bytes as AsyncIterable<Buffer>) {
      decoder ??= decoderOf(chunk, encoding)
      const text = decoder.decode(chunk)
      if (text.length > 0) yield text
      onBytes?.(file.bytesRead)
      seen += chunk.length
      if (seen >= first) return
    }
    const rest = decoder?.rest() ?? Buffer.alloc(0)
    if (rest.length > 0) yield rest
  } finally {
    file.destroy()
    bytes.destroy()
  }
}

async function isZipped(path: string): Promise<boolean> {
  const file = await open(path)
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(2), 0, 2, 0)
    return bytesRead === 2 && buffer[0] === 0x1f && buffer[1] === 0x8b
  } finally {
    await file.close()
  }
}

interface Decoder {
  decode(chunk: Buffer): Buffer
  rest(): Buffer
}

function decoderOf(head: Buffer, encoding: Encoding | null): Decoder {
  const little = head[0] === 0xff && head[1] === 0xfe
  const big = head[0] === 0xfe && head[1] === 0xff
  let decoder: Decoder
  if (encoding === 'utf-16' || (encoding === null && (little || big))) decoder = utf16(big, little || big)
  else if (encoding === 'latin-1') decoder = { decode: (chunk) => Buffer.from(chunk.toString('latin1'), 'utf8'), rest: () => Buffer.alloc(0) }
  else decoder = withoutMark()
  return onlyReturns(head, decoder)
}

function withoutMark(): Decoder {
  let first = true
  return {
    decode(chunk) {
      const marked = first && chunk[0] === 0xef && chunk[1] === 0xbb && chunk[2] === 0xbf
      first = false
      return marked ? chunk.subarray(3) : chunk
    },
    rest: () => Buffer.alloc(0),
  }
}

function utf16(big: boolean, marked: boolean): Decoder {
  // TextDecoder keeps half characters between chunks, and turns a broken pair into U+FFFD rather than failing.
  const decoder = new TextDecoder(big ? 'utf-16be' : 'utf-16le', { ignoreBOM: !marked })
  return {
    decode: (chunk) => Buffer.from(decoder.decode(chunk, { stream: true }), 'utf8'),
    rest: () => Buffer.from(decoder.decode(), 'utf8'),
  }
}

/** Old spreadsheets end lines with `\r` alone; a file that has no `\n` at its head is taken for one. */
function onlyReturns(head: Buffer, decoder: Decoder): Decoder {
  if (head.includes(10) || !head.includes(13)) return decoder
  return { decode: (chunk) => turned(decoder.decode(chunk)), rest: () => turned(decoder.rest()) }
}

function turned(bytes: Buffer): Buffer {
  const copy = Buffer.from(bytes)
  for (let at = copy.indexOf(13); at >= 0; at = copy.indexOf(13, at + 1)) copy[at] = 10
  return copy
}
