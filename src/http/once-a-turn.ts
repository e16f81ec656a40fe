/**
 * Asks once for all who want to know in one turn of the event loop. Nobody outside can have learnt anything newer within it: what is
 * written to a socket comes back in a later turn.
 */
export function onceATurn<T>(ask: () => Promise<T>): () => Promise<T> {
  let asked: Promise<T> | null = null
  return () => {
    if (asked === null) {
      asked = ask()
      setImmediate(() => (asked = null))
    }
    return asked
  }
}
