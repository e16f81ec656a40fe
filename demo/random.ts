/**
 * A reproducible stream of random numbers: sfc32 ("small fast counter", Chris Doty-Humphrey, PractRand),
 * seeded through splitmix32 (Sebastiano Vigna's SplitMix in its 32-bit form). Not for secrets.
 */
export class RandomStream {
  #a: number
  #b: number
  #c: number
  #counter = 1

  /**
   * @param seed a safe integer ≥ 0
   * @param purpose what the stream is for; streams of different purposes or numbers are independent,
   *   so that one more draw in one customer's story leaves all others as they were
   */
  constructor(seed: number, purpose: string, number = 0) {
    let state = fnv1a(purpose) ^ Math.imul(number + 1, 0x9e3779b1)
    const splitmix32 = (): number => {
      state = (state + 0x9e3779b9) | 0
      let mixed = state ^ (state >>> 16)
      mixed = Math.imul(mixed, 0x21f0aaad)
      mixed ^= mixed >>> 15
      mixed = Math.imul(mixed, 0x735a2d97)
      return (mixed ^ (mixed >>> 15)) >>> 0
    }
    this.#a = splitmix32() ^ (seed >>> 0)
    this.#b = splitmix32() ^ Math.floor(seed / 2 ** 32)
    this.#c = splitmix32()
    for (let round = 0; round < 15; round++) this.integer()
  }

  /** An unsigned 32-bit integer. */
  integer(): number {
    const sum = (this.#a + this.#b + this.#counter) | 0
    this.#counter = (this.#counter + 1) | 0
    this.#a = this.#b ^ (this.#b >>> 9)
    this.#b = (this.#c + (this.#c << 3)) | 0
    this.#c = ((this.#c << 21) | (this.#c >>> 11)) + sum | 0
    return sum >>> 0
  }

  /** In [0, 1). */
  fraction(): number {
    return this.integer() / 2 ** 32
  }

  chance(probability: number): boolean {
    return this.fraction() < probability
  }

  /** A whole number in [from, to], both included. */
  between(from: number, to: number): number {
    return from + Math.floor(this.fraction() * (to - from + 1))
  }

  /** Bell curve (Box and Muller) around 0 with standard deviation 1. */
  normal(): number {
    return Math.sqrt(-2 * Math.log(1 - this.fraction())) * Math.cos(2 * Math.PI * this.fraction())
  }

  exponential(mean: number): number {
    return -mean * Math.log(1 - this.fraction())
  }

  /** A count with the mean given (Knuth's product method; for means up to some hundreds). */
  poisson(mean: number): number {
    const limit = Math.exp(-mean)
    let count = 0
    for (let product = this.fraction(); product > limit; product *= this.fraction()) count++
    return count
  }

  /** The index of one of `weights`, with a chance in proportion to its weight. */
  pick(weights: readonly number[]): number {
    let rest = this.fraction() * weights.reduce((sum, weight) => sum + weight, 0)
    for (let index = 0; index < weights.length - 1; index++) {
      rest -= weights[index] ?? 0
      if (rest < 0) return index
    }
    return weights.length - 1
  }
}

function fnv1a(text: string): number {
  let hash = 0x811c9dc5
  for (let index = 0; index < text.length; index++) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193)
  return hash
}
