/**
 * When a source was last looked at. Instances of the gateway that agree on the moment agree on the versions that only time
 * tells, and a newer look of one makes all others look again.
 */
export interface SourceLooks {
  /**
   * The moment of the look that counts now, UTC ms: another moment than that of the last look is the time for a new one.
   *
   * @param trustMs how long a look is trusted.
   * @param anew takes a new moment, whatever is trusted.
   * @returns A moment that never falls. Never fails.
   */
  moment(trustMs: number, anew: boolean): Promise<number>
}

/** Of a gateway that is alone. */
export function ownLooks(): SourceLooks {
  let atUtcMs = Number.NEGATIVE_INFINITY
  let takenMs = Number.NEGATIVE_INFINITY
  return {
    moment(trustMs, anew) {
      const nowMs = performance.now()
      if (anew || nowMs - takenMs >= trustMs) {
        // The machine's clock may be set back.
        atUtcMs = Math.max(Date.now(), atUtcMs + 1)
        takenMs = nowMs
      }
      return Promise.resolve(atUtcMs)
    },
  }
}
