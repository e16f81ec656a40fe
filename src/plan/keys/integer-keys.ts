/** An object of this class with its two lists, beside what they hold. */
const OWN_BYTES = 300

type Words = Float64Array<ArrayBuffer> | BigInt64Array<ArrayBuffer>

/**
 * Different integers of 64 bits: sorted words of 32 neighbours, each with a mask of those that are there. A word takes twelve bytes, so
 * dense keys take a bit or two each and scattered ones twelve bytes. Never changes.
 */
export class IntegerKeys {
  readonly kind = 'integer'
  readonly size: number
  readonly #words: Words
  readonly #masks: Uint32Array

  /** @param words ascending, no two equal, as many as masks. */
  constructor(words: Words, masks: Uint32Array) {
    this.#words = words
    this.#masks = masks
    this.size = masks.reduce((sum, mask) => sum + bitsOf(mask), 0)
  }

  /** What it holds in memory. */
  get bytes(): number {
    return OWN_BYTES + this.#words.byteLength + this.#masks.byteLength
  }

  /** The keys of both. */
  with(other: IntegerKeys): IntegerKeys {
    const most = this.#masks.length + other.#masks.length
    const isPlain = this.#words instanceof Float64Array && other.#words instanceof Float64Array
    const words = isPlain ? new Float64Array(most) : new BigInt64Array(most)
    const masks = new Uint32Array(most)
    let count = 0
    this.#along(other, (word, mine, theirs) => {
      words[count] = isPlain ? word : BigInt(word)
      masks[count++] = mine | theirs
    })
    return new IntegerKeys(words.slice(0, count), masks.slice(0, count))
  }

  /** How many of these keys the other lacks. */
  beyond(other: IntegerKeys): number {
    let count = 0
    this.#along(other, (_, mine, theirs) => void (count += bitsOf(mine & ~theirs)))
    return count
  }

  /** All words of both in their order; a mask is 0 where one has none. Numbers and bigints compare as numbers do. */
  #along(other: IntegerKeys, tell: (word: number | bigint, mine: number, theirs: number) => void): void {
    const [mine, theirs] = [this.#words, other.#words]
    let [i, j] = [0, 0]
    while (i < mine.length || j < theirs.length) {
      const [left, right] = [mine[i], theirs[j]]
      if (right === undefined || (left !== undefined && left < right)) tell(left as number | bigint, this.#masks[i++] as number, 0)
      else if (left === undefined || right < left) tell(right, 0, other.#masks[j++] as number)
      else tell(left, this.#masks[i++] as number, other.#masks[j++] as number)
    }
  }
}

/** Gathers integers, in any order and any number of times. */
export class IntegerKeysBuilder {
  readonly #masks = new Map<number | bigint, number>()

  /**
   * @param word of 64 bits.
   * @param mask of the neighbours `32 · word` to `32 · word + 31`: any bit for each, but always the same.
   */
  add(word: number | bigint, mask: number | bigint): void {
    const id = typeof word === 'bigint' ? plainly(word) : word
    this.#masks.set(id, ((this.#masks.get(id) ?? 0) | Number(mask)) >>> 0)
  }

  build(): IntegerKeys {
    const found = [...this.#masks.keys()]
    const words = found.every((word) => typeof word === 'number') ? Float64Array.from(found).sort() : BigInt64Array.from(found, BigInt).sort()
    const masks = Uint32Array.from<number | bigint>(words as Iterable<number | bigint>, (word) => this.#masks.get(typeof word === 'bigint' ? plainly(word) : word) ?? 0)
    return new IntegerKeys(words, masks)
  }
}

function plainly(word: bigint): number | bigint {
  const number = Number(word)
  return Number.isSafeInteger(number) ? number : word
}

/** How many bits of 32 are set. */
function bitsOf(mask: number): number {
  const pairs = mask - ((mask >>> 1) & 0x55555555)
  const fours = (pairs & 0x33333333) + ((pairs >>> 2) & 0x33333333)
  return Math.imul((fours + (fours >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24
}
