import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { silentLog, type Log } from '../../src/base/log.ts'
import { startSchedule } from '../../src/jobs/schedule.ts'

describe('a schedule', () => {
  it('tells the next run in the zone of the calendar', () => {
    const schedule = startSchedule([{ name: 'nightly', pattern: '30 2 * * *', run: () => Promise.resolve() }], 'Asia/Kolkata', silentLog)
    const next = new Date(schedule.nextRunUtcMs('nightly') ?? 0)
    schedule.stop()
    // 02:30 in India is 21:00 of the day before in UTC, all year.
    expect([next.getUTCHours(), next.getUTCMinutes(), next.getUTCSeconds()]).toEqual([21, 0, 0])
    expect(schedule.nextRunUtcMs('other')).toBeNull()
  })

  it('leaves a run out while the one before goes on, and goes on after one that failed', async () => {
    const told: string[] = []
    const log: Log = { ...silentLog, warn: (_, message) => told.push(message), error: (_, message) => told.push(message) }
    const seen = { running: 0, most: 0, begun: 0 }
    const run = async (): Promise<void> => {
      seen.begun++
      seen.most = Math.max(seen.most, ++seen.running)
      await sleep(1500)
      seen.running--
      throw new Error('It failed.')
    }
    const schedule = startSchedule([{ name: 'often', pattern: '* * * * * *', run }], 'UTC', log)
    const lateMs = performance.now() + 20_000
    while (seen.begun < 3 && performance.now() < lateMs) await sleep(50)
    schedule.stop()
    while (seen.running > 0) await sleep(50)
    expect([seen.most, seen.begun >= 3]).toEqual([1, true])
    expect(new Set(told)).toEqual(new Set(['The run before goes on still; this one is left out.', 'A scheduled job failed.']))
  })

  it('refuses patterns and zones that are not known', () => {
    const jobs = (pattern: string): Parameters<typeof startSchedule>[0] => [{ name: 'odd', pattern, run: () => Promise.resolve() }]
    expect(() => startSchedule(jobs('61 * * * *'), 'UTC', silentLog)).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }))
    expect(() => startSchedule(jobs('0 * * * *'), 'Mars/Olympus', silentLog)).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }))
  })
})
