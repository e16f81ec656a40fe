import { Cron } from 'croner'
import { KpiqlError } from '../base/errors.ts'
import { describeError, type Log } from '../base/log.ts'

export interface ScheduledJob {
  /** Unique; names the job in the log. */
  readonly name: string
  /** Five or six fields. */
  readonly pattern: string
  readonly run: () => Promise<unknown>
}

export interface Schedule {
  /** UTC ms; null for a job that is not there or never runs again. */
  nextRunUtcMs(name: string): number | null
  /** Starts no more runs; those that go on are waited for by whoever runs them. */
  stop(): void
}

/**
 * Runs jobs by the calendar of one zone. A run that is due while the one before goes on is left out, and logged; a run that fails
 * is logged, and the next comes as planned.
 *
 * @throws KpiqlError `CONFIG_INVALID` for a pattern or zone that croner does not know.
 */
export function startSchedule(jobs: readonly ScheduledJob[], timezone: string, log: Log): Schedule {
  const crons = new Map<string, Cron>()
  try {
    for (const { name, pattern, run } of jobs) {
      const cron = new Cron(
        pattern,
        {
          timezone,
          unref: true,
          protect: () => log.warn({ job: name }, 'The run before goes on still; this one is left out.'),
          catch: (error) => log.error({ job: name, error: describeError(error) }, 'A scheduled job failed.'),
        },
        async () => {
          await run()
        },
      )
      crons.set(name, cron)
      // A zone that does not exist is found when the first run is computed.
      cron.nextRun()
    }
  } catch (cause) {
    for (const cron of crons.values()) cron.stop()
    throw new KpiqlError('CONFIG_INVALID', { message: 'A schedule has a pattern or a time zone that is not known.', hint: 'Write a cron pattern such as "0 * * * *", and a zone such as Europe/Berlin.', cause })
  }
  return {
    nextRunUtcMs: (name) => crons.get(name)?.nextRun()?.getTime() ?? null,
    stop: () => {
      for (const cron of crons.values()) cron.stop()
    },
  }
}
