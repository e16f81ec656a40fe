import { setImmediate as turn } from 'node:timers/promises'
import { jsonPieces, Written } from '../../schema/written.ts'
import type { TextPiece } from '../../schema/written.ts'

/** A text as it lies in memory; put end to end by whoever needs it so. */
export type Pieces = readonly TextPiece[]

/** Values within an answer up to which it is written at one go: about a megabyte, which takes a few milliseconds. */
const LIGHT = 20_000
/** Of a longer answer, how many values are written at one go, and how long it goes on before others have a turn. */
const PART = 5_000
const SLICE_MS = 4

/**
 * JSON of an answer's data, equal to `JSON.stringify`. A large one is written in parts, between which others have their turn, and is
 * UTF-8 by then.
 */
export function dataPieces(data: object): Pieces | Promise<Pieces> {
  return weightOf(data, LIGHT) < LIGHT ? jsonPieces(data) : inParts(data)
}

/** The whole response around its `data`. */
export function responsePieces(errors: readonly object[] | undefined, data: Pieces, extensions: object): Pieces {
  const begin = errors === undefined ? '{"data":' : `{"errors":${JSON.stringify(errors)},"data":`
  return [begin, ...data, `,"extensions":${JSON.stringify(extensions)}}\n`]
}

/** In UTF-8. */
export function bytesOf(pieces: Pieces): number {
  return pieces.reduce((sum, piece) => sum + Buffer.byteLength(piece), 0)
}

/** End to end, in UTF-8. */
export function joined(pieces: Pieces): Buffer {
  return Buffer.concat(pieces.map((piece) => (typeof piece === 'string' ? Buffer.from(piece) : piece)))
}

/** Values within a value, itself included, by the first and last of each list; stops counting at `most`. */
function weightOf(value: unknown, most: number): number {
  if (typeof value !== 'object' || value === null || value instanceof Written) return 1
  if (Array.isArray(value)) return 1 + (value.length * (weightOf(value[0], most) + weightOf(value.at(-1), most))) / 2
  let weight = 1
  for (const inner of Object.values(value)) {
    weight += weightOf(inner, most - weight)
    if (weight >= most) return weight
  }
  return weight
}

async function inParts(data: object): Promise<Pieces> {
  const pieces: Buffer[] = []
  let sinceMs = performance.now()
  const breathe = async (): Promise<void> => {
    if (performance.now() - sinceMs < SLICE_MS) return
    await turn()
    sinceMs = performance.now()
  }
  const add = (piece: TextPiece): void => void pieces.push(typeof piece === 'string' ? Buffer.from(piece) : piece)
  const write = async (value: unknown): Promise<void> => {
    if (weightOf(value, PART) < PART) {
      for (const piece of jsonPieces(value)) add(piece)
      return breathe()
    }
    if (Array.isArray(value)) return writeList(value)
    add('{')
    let before = ''
    for (const [key, inner] of Object.entries(value as object)) {
      if (inner === undefined) continue
      add(`${before}${JSON.stringify(key)}:`)
      before = ','
      await write(inner)
    }
    add('}')
  }
  /** Items that are light together are written together. */
  const writeList = async (list: readonly unknown[]): Promise<void> => {
    add('[')
    for (let from = 0; from < list.length; ) {
      let to = from
      for (let weight = 0; to < list.length && weight < PART; to++) weight += weightOf(list[to], PART)
      if (from > 0) add(',')
      if (to - from === 1) await write(list[from])
      else for (const piece of withoutBrackets(jsonPieces(list.slice(from, to)))) add(piece)
      from = to
      await breathe()
    }
    add(']')
  }
  await write(data)
  return pieces
}

function withoutBrackets(pieces: Pieces): Pieces {
  return pieces.map((piece, at) => (typeof piece === 'string' ? piece.slice(at === 0 ? 1 : 0, at === pieces.length - 1 ? -1 : piece.length) : piece))
}
