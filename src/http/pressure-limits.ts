export interface PressureLimits {
  /** Requests worked on at once, while the event loop keeps up. */
  readonly maxRequestsRunning: number
  /** Requests that wait for that; beyond them `SERVER_BUSY`. */
  readonly maxRequestsWaiting: number
  /** When the event loop is later than this, fewer are worked on at once; in milliseconds. */
  readonly maxLoopDelayMs: number
}

export const PRESSURE_LIMITS: PressureLimits = { maxRequestsRunning: 1_000, maxRequestsWaiting: 2_000, maxLoopDelayMs: 200 }
