/** An object of this class with its three lists, beside what they hold. */
const OWN_BYTES = 400
const FEWEST_PLACES = 16
const ENCODER = new TextEncoder()

/**
 * Different texts: their bytes in UTF-8 one behind the other, where each ends, and a table of places by hash. So they are three
 * lists to the collector of garbage, however many they are. Never changes.
 */
export class TextKeys {
  readonly kind = 'text'
  readonly size: number
  readonly #bytes: Uint8Array
  readonly #ends: Uint32Array
  /** Number of the text from 1 on; 0 for none. Its length is a power of two. */
  readonly #places: Uint32Array

  constructor(bytes: Uint8Array, ends: Uint32Array, places: Uint32Array) {
    this.#bytes = bytes
    this.#ends = ends
    this.#places = places
    this.size = ends.length
  }

  /** What it holds in memory. */
  get bytes(): number {
    return OWN_BYTES + this.#bytes.byteLength + this.#ends.byteLength + this.#places.byteLength
  }

  /** The keys of both. */
  with(other: TextKeys): TextKeys {
    const builder = new TextKeysBuilder()
    for (const keys of [this, other]) keys.#each((from, to) => builder.addBytes(keys.#bytes, from, to))
    return builder.build()
  }

  /** How many of these keys the other lacks. */
  beyond(other: TextKeys): number {
    let count = 0
    this.#each((from, to) => {
      if (other.#places[placeOf(other.#places, other.#bytes, other.#ends, this.#bytes, from, to)] === 0) count += 1
    })
    return count
  }

  #each(tell: (from: number, to: number) => void): void {
    let from = 0
    for (const to of this.#ends) {
      tell(from, to)
      from = to
    }
  }
}

/** Gathers texts, in any order and any number of times. */
export class TextKeysBuilder {
  #bytes = new Uint8Array(256)
  #ends = new Uint32Array(FEWEST_PLACES)
  #places = new Uint32Array(FEWEST_PLACES)
  #size = 0
  #scratch = new Uint8Array(256)

  /** @param text well formed: no half of a pair of code units. */
  add(text: string): void {
    // A code unit takes three bytes at most.
    if (this.#scratch.length < text.length * 3) this.#scratch = new Uint8Array(text.length * 3)
    this.addBytes(this.#scratch, 0, ENCODER.encodeInto(text, this.#scratch).written)
  }

  addBytes(source: Uint8Array, from: number, to: number): void {
    const place = placeOf(this.#places, this.#bytes, this.#ends, source, from, to)
    if (this.#places[place] !== 0) return
    const start = this.#size === 0 ? 0 : (this.#ends[this.#size - 1] as number)
    const end = start + to - from
    if (end > this.#bytes.length) this.#bytes = grown(this.#bytes, new Uint8Array(Math.max(end, this.#bytes.length * 2)))
    if (this.#size === this.#ends.length) this.#ends = grown(this.#ends, new Uint32Array(this.#ends.length * 2))
    for (let index = from; index < to; index++) this.#bytes[start + index - from] = source[index] as number
    this.#ends[this.#size] = end
    this.#places[place] = this.#size += 1
    if (this.#size * 3 > this.#places.length * 2) this.#placeAnew()
  }

  build(): TextKeys {
    const ends = this.#ends.slice(0, this.#size)
    return new TextKeys(this.#bytes.slice(0, ends.at(-1) ?? 0), ends, this.#places.slice())
  }

  #placeAnew(): void {
    this.#places = new Uint32Array(this.#places.length * 2)
    for (let index = 0; index < this.#size; index++) {
      const [from, to] = [index === 0 ? 0 : (this.#ends[index - 1] as number), this.#ends[index] as number]
      this.#places[placeOf(this.#places, this.#bytes, this.#ends, this.#bytes, from, to)] = index + 1
    }
  }
}

/** Where in a table a text is, or would be. */
function placeOf(places: Uint32Array, bytes: Uint8Array, ends: Uint32Array, source: Uint8Array, from: number, to: number): number {
  // FNV-1a.
  let hash = 0x811c9dc5
  for (let index = from; index < to; index++) hash = Math.imul(hash ^ (source[index] as number), 0x01000193)
  // Its low bits alone tell short texts badly apart.
  let place = (hash ^ (hash >>> 15)) & (places.length - 1)
  for (;;) {
    const number = places[place] as number
    if (number === 0) return place
    const start = number === 1 ? 0 : (ends[number - 2] as number)
    if ((ends[number - 1] as number) - start === to - from && areEqual(bytes, start, source, from, to)) return place
    place = (place + 1) & (places.length - 1)
  }
}

function areEqual(bytes: Uint8Array, start: number, source: Uint8Array, from: number, to: number): boolean {
  for (let index = from; index < to; index++) if (bytes[start + index - from] !== source[index]) return false
  return true
}

function grown<T extends Uint8Array | Uint32Array>(before: T, after: T): T {
  after.set(before)
  return after
}
