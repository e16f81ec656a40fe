import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Session } from './session.ts'
import { watched } from './watch-build.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

describe('the progress of a build', () => {
  it('is four fifths reading and one fifth putting in order, never less than before, and silent while the engine does not know', () => {
    const progress = { percentage: -1 }
    const told: number[] = []
    const watch = watched({ connection: { progress } } as unknown as Session, (share) => told.push(Math.round(share * 1000) / 1000))
    for (const percentage of [-1, 0, 25, 20, 50, -1]) {
      progress.percentage = percentage
      vi.advanceTimersByTime(250)
    }
    watch.written()
    for (const percentage of [-1, 50, 120]) {
      progress.percentage = percentage
      vi.advanceTimersByTime(250)
    }
    watch.stop()
    progress.percentage = 100
    vi.advanceTimersByTime(1000)
    expect(told).toEqual([0.2, 0.4, 0.8, 0.9, 1])
  })
})
