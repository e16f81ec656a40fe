import type { SourceLooks } from '../base/source-looks.ts'
import { RedisGone } from './redis-link.ts'
import type { RedisLink } from './redis-link.ts'
import { LOOK_MOMENT } from './redis-scripts.ts'

/** What another instance has looked at anew is seen after this long at the latest. */
const ASKED_ANEW_AFTER_MS = 1_000
const LONGEST_TRUST_MS = 1e12

/**
 * The moments of looks at one source that all instances with the same `key` agree on, by Redis's clock; while Redis is gone,
 * this instance's own.
 */
export function sharedLooks(link: RedisLink, key: string): SourceLooks {
  let atUtcMs = Number.NEGATIVE_INFINITY
  let takenMs = Number.NEGATIVE_INFINITY
  let askedMs = Number.NEGATIVE_INFINITY
  let asking: Promise<number> | null = null

  const take = (moment: number): number => {
    if (moment > atUtcMs) {
      atUtcMs = moment
      takenMs = performance.now()
    }
    return atUtcMs
  }
  const ask = async (trustMs: number, anew: boolean): Promise<number> => {
    askedMs = performance.now()
    try {
      const known = Number.isFinite(atUtcMs) ? String(atUtcMs) : ''
      const moment = Number(await link.send(['EVAL', LOOK_MOMENT, '1', key, String(Math.min(trustMs, LONGEST_TRUST_MS)), anew ? '1' : '0', known]))
      return take(moment)
    } catch (error) {
      if (!(error instanceof RedisGone)) throw error
      const isTrusted = !anew && performance.now() - takenMs < trustMs
      return isTrusted ? atUtcMs : take(Math.max(Date.now(), atUtcMs + 1))
    }
  }
  return {
    async moment(trustMs, anew) {
      if (!anew && asking !== null) return asking
      if (!anew && Number.isFinite(atUtcMs) && performance.now() - askedMs < Math.min(ASKED_ANEW_AFTER_MS, trustMs)) return atUtcMs
      const answer: Promise<number> = ask(trustMs, anew).finally(() => {
        if (asking === answer) asking = null
      })
      asking = answer
      return answer
    },
  }
}
