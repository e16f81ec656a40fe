import type { Session } from './session.ts'

const EVERY_MS = 250
/** What of a build goes by with reading the table, about; the rest is putting the rows in order. */
const READING = 0.8

/** Tells what share of a build is done, as the engine tells it of the two statements of one, and never less than before. */
export function watched({ connection }: Session, progress: (share: number) => void): { readonly written: () => void; readonly stop: () => void } {
  let told = 0
  let from = 0
  const tell = (share: number): void => {
    if (share <= told) return
    told = share
    progress(share)
  }
  const timer = setInterval(() => {
    const { percentage } = connection.progress
    // -1 before it knows.
    if (percentage > 0) tell(from + (Math.min(percentage, 100) / 100) * (from === 0 ? READING : 1 - READING))
  }, EVERY_MS)
  return {
    written: () => {
      from = READING
      tell(READING)
    },
    stop: () => clearInterval(timer),
  }
}
