import type { SyncDeps } from '../../connectors/sync-contract.ts'

/** A clock of tests: waiting takes no time, but moves it. */
export interface PatientClock extends SyncDeps {
  utcMs: number
  /** Every wait so far, ms. */
  readonly waits: number[]
}

export function patientClock(startUtc: string): PatientClock {
  const clock: PatientClock = {
    utcMs: Date.parse(startUtc),
    waits: [],
    log: { debug: () => undefined, info: () => undefined, warn: () => undefined },
    now: () => clock.utcMs,
    async wait(ms, signal) {
      signal.throwIfAborted()
      clock.waits.push(ms)
      clock.utcMs += ms
      await Promise.resolve()
    },
  }
  return clock
}
