import { describeError } from '../../base/log.ts'
import type { Log } from '../../base/log.ts'
import type { UsageCount, UsageReport, UsageTarget } from './types.ts'

const EVERY_MS = 60_000
/** Different questions that wait; more are not told of. */
const MOST_WAITING = 1_000
const CLOSING_MS = 2_000

export interface ReportDeps {
  readonly target: UsageTarget
  readonly now: () => number
  readonly log: Log
  /** Between two reports; absent: a minute. */
  readonly everyMs?: number | undefined
}

/** Counts what is asked and tells it once a minute. What does not arrive is lost: it is worth no second request's time. */
export function reportUsage({ target, now, log, everyMs = EVERY_MS }: ReportDeps): UsageReport {
  let waiting = new Map<string, UsageCount>()
  let hasFailed = false
  let sending: Promise<void> | null = null
  const stopping = new AbortController()

  const flush = (): void => {
    if (sending !== null || waiting.size === 0) return
    const counts = [...waiting.values()]
    waiting = new Map()
    sending = target
      .send(counts, now(), stopping.signal)
      .then(
        () => {
          hasFailed = false
        },
        (error: unknown) => {
          // Once, until it has gone well again.
          if (!hasFailed) log.warn({ tool: target.tool, error: describeError(error) }, 'Which metrics are asked could not be told')
          hasFailed = true
        },
      )
      .finally(() => {
        sending = null
      })
  }
  const timer = setInterval(flush, everyMs)
  timer.unref()

  return {
    asked(metrics, role) {
      for (const asked of metrics) {
        const key = JSON.stringify([asked.metric, asked.grain, asked.cohorts, role])
        const before = waiting.get(key)
        if (before === undefined && waiting.size >= MOST_WAITING) continue
        waiting.set(key, { ...asked, role, times: (before?.times ?? 0) + 1 })
      }
    },
    async close() {
      clearInterval(timer)
      const limit = setTimeout(() => stopping.abort(), CLOSING_MS)
      await sending
      flush()
      await sending
      clearTimeout(limit)
    },
  }
}
