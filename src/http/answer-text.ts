import { setImmediate as turn } from 'node:timers/promises'

/** Values within an answer up to which it is written at one go: about a megabyte, which takes a few milliseconds. */
const LIGHT = 20_000
/** Of a longer answer, how many values are written at one go, and how long it goes on before others have a turn. */
const PART = 5_000
const SLICE_MS = 8

const written = new WeakMap<object, string>()

/**
 * JSON of an answer's data, equal to `JSON.stringify`; written once for all who need it. A large one is written in parts, between which
 * others have their turn.
 */
export function dataText(data: object): string | Promise<string> {
  const found = written.get(data)
  if (found !== undefined) return found
  if (weightOf(data, LIGHT) < LIGHT) return noted(data, JSON.stringify(data))
  return inParts(data).then((text) => noted(data, text))
}

function noted(data: object, text: string): string {
  written.set(data, text)
  return text
}

/** The whole response. Its `data` is not written again where it was already. */
export function responseText(result: Readonly<Record<string, unknown>>): string | Promise<string> {
  const { errors, data, extensions, ...others } = result
  if (typeof data !== 'object' || data === null || Object.keys(others).length > 0) return `${JSON.stringify(result)}\n`
  const begin = errors === undefined ? '{"data":' : `{"errors":${JSON.stringify(errors)},"data":`
  const end = extensions === undefined ? '}\n' : `,"extensions":${JSON.stringify(extensions)}}\n`
  const text = dataText(data)
  // Nobody asks for it again, and what a weak map holds outlives the next small collection.
  written.delete(data)
  return typeof text === 'string' ? `${begin}${text}${end}` : text.then((found) => `${begin}${found}${end}`)
}

/** Values within a value, itself included, by the first and last of each list; stops counting at `most`. */
function weightOf(value: unknown, most: number): number {
  if (typeof value !== 'object' || value === null) return 1
  if (Array.isArray(value)) return 1 + (value.length * (weightOf(value[0], most) + weightOf(value.at(-1), most))) / 2
  let weight = 1
  for (const inner of Object.values(value)) {
    weight += weightOf(inner, most - weight)
    if (weight >= most) return weight
  }
  return weight
}

async function inParts(data: object): Promise<string> {
  // Put end to end without being copied each time: that is done once, when the response is sent.
  let text = ''
  let sinceMs = performance.now()
  const breathe = async (): Promise<void> => {
    if (performance.now() - sinceMs < SLICE_MS) return
    await turn()
    sinceMs = performance.now()
  }
  const write = async (value: unknown): Promise<void> => {
    if (weightOf(value, PART) < PART) {
      text += JSON.stringify(value) ?? 'null'
      return breathe()
    }
    if (Array.isArray(value)) return writeList(value)
    text += '{'
    let isFirst = true
    for (const [key, inner] of Object.entries(value as object)) {
      if (inner === undefined) continue
      text += `${isFirst ? '' : ','}${JSON.stringify(key)}:`
      isFirst = false
      await write(inner)
    }
    text += '}'
  }
  /** Items that are light together are written together. */
  const writeList = async (list: readonly unknown[]): Promise<void> => {
    text += '['
    for (let from = 0; from < list.length; ) {
      let to = from
      for (let weight = 0; to < list.length && weight < PART; to++) weight += weightOf(list[to], PART)
      if (from > 0) text += ','
      if (to - from === 1) await write(list[from])
      else text += JSON.stringify(list.slice(from, to)).slice(1, -1)
      from = to
      await breathe()
    }
    text += ']'
  }
  await write(data)
  return text
}
