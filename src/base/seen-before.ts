import { crc32 } from 'node:zlib'

/** Each takes four bytes. */
const PLACES = 65_536

/**
 * Remembers what was there of late by four bytes each, so that what comes once costs nothing. Seldom (once in four billion) it takes
 * something new for known, and it forgets one for each other that falls on its place.
 */
export class SeenBefore {
  readonly #marks = new Uint32Array(PLACES)

  /** Whether it was there before; from now on it was. */
  note(what: string | Buffer): boolean {
    const mark = crc32(what)
    const place = mark % PLACES
    const isKnown = this.#marks[place] === mark
    this.#marks[place] = mark
    return isKnown
  }
}
