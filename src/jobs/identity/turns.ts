import { setImmediate as nextTurn } from 'node:timers/promises'

const LONGEST_MS = 8
const LOOKED_EVERY = 512

/** Lets other work of the process go on within a long loop: `if (turns.isOver) await turns.next()` in each round. */
export class Turns {
  #rounds = 0
  #begunMs = performance.now()

  get isOver(): boolean {
    return ++this.#rounds % LOOKED_EVERY === 0 && performance.now() - this.#begunMs > LONGEST_MS
  }

  async next(): Promise<void> {
    await nextTurn()
    this.#begunMs = performance.now()
  }
}
