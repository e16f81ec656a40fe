import { setImmediate as nextTurn } from 'node:timers/promises'

/** Long enough that the turns cost nothing, short enough that nobody notices waiting. */
const LONGEST_TURN_MS = 5

/** The same items; whatever else the process has to do gets its turn every few milliseconds. */
export async function* inTurns<Item>(items: Iterable<Item>): AsyncGenerator<Item> {
  let from = performance.now()
  for (const item of items) {
    yield item
    if (performance.now() - from < LONGEST_TURN_MS) continue
    await nextTurn()
    from = performance.now()
  }
}
