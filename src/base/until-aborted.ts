/**
 * The work's own end, or an error as soon as the signal aborts; the work goes on then, and nobody listens.
 *
 * @param left what whoever leaves is told; without it, the signal's reason.
 */
export function untilAborted<T>(work: Promise<T>, signal: AbortSignal, left: (signal: AbortSignal) => unknown = ({ reason }) => reason): Promise<T> {
  return new Promise((resolve, reject) => {
    const leave = (): void => reject(left(signal))
    if (signal.aborted) leave()
    signal.addEventListener('abort', leave, { once: true })
    const over = (): void => signal.removeEventListener('abort', leave)
    work.then(
      (value) => {
        over()
        resolve(value)
      },
      (error: unknown) => {
        over()
        reject(error)
      },
    )
  })
}

/** Gives up after so long, with a `TimeoutError`. */
export function within(signal: AbortSignal, timeoutMs: number): AbortSignal {
  return AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)])
}
