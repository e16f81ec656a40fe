import { setImmediate } from 'node:timers'

/** What one turn of the event loop may take before the next piece of work waits for a turn of its own, in milliseconds. */
const TURN_MS = 4

const waiting: (() => void)[] = []
/** When this turn began, as far as it is known; null between turns. */
let sinceMs: number | null = null

/**
 * Asked before each piece of work of more than a moment: resolves at once while the turn is young, otherwise in a later turn that
 * no other such piece has. What else the process does (accepting requests, answering from cache) goes on in between.
 */
export function ownTurn(): Promise<void> {
  const nowMs = performance.now()
  if (sinceMs === null) {
    sinceMs = nowMs
    setImmediate(next)
  }
  if (waiting.length === 0 && nowMs - sinceMs < TURN_MS) return Promise.resolve()
  return new Promise((resolve) => waiting.push(resolve))
}

/** Runs work that may be long, and leaves the process its turns between the steps it yields at. */
export async function inTurns<T>(steps: Generator<undefined, T>): Promise<T> {
  for (;;) {
    const step = steps.next()
    if (step.done === true) return step.value
    await ownTurn()
  }
}

function next(): void {
  const first = waiting.shift()
  sinceMs = first === undefined ? null : performance.now()
  if (first === undefined) return
  setImmediate(next)
  first()
}
