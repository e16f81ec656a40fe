import { monitorEventLoopDelay } from 'node:perf_hooks'

/**
 * Monitors look this often, and count the time between two looks as delay: this much of it is none. Each look wakes the process: at every 10 ms
 * that is 8 ms of processor time a second, at 25 it is 4.
 */
export const LOOK_MS = 25

/**
 * Watches how late the event loop is.
 *
 * @param told every so many milliseconds, the 99th percentile of the delays since the time before, in milliseconds.
 * @returns Ends it.
 */
export function watchLoopDelay(everyMs: number, told: (p99Ms: number) => void): () => void {
  const delays = monitorEventLoopDelay({ resolution: LOOK_MS })
  delays.enable()
  const timer = setInterval(() => {
    const p99Ms = delays.count === 0 ? 0 : Math.max(0, delays.percentile(99) / 1e6 - LOOK_MS)
    delays.reset()
    told(p99Ms)
  }, everyMs).unref()
  return () => {
    clearInterval(timer)
    delays.disable()
  }
}
