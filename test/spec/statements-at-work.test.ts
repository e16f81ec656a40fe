import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { StatementsAtWork } from '../../src/answer/statements-at-work.ts'

beforeEach(() => void vi.useFakeTimers({ toFake: ['performance'] }))
afterEach(() => void vi.useRealTimers())

/** So many statements of a kind, each taking so long. */
function after(taking: readonly number[], behind = 2): StatementsAtWork {
  const atWork = new StatementsAtWork(behind)
  for (const ms of taking) {
    const ended = atWork.begun('sales by fruit')
    vi.advanceTimersByTime(ms)
    ended()
  }
  return atWork
}

function heldBehind(atWork: StatementsAtWork, running: number, kind = 'sales by fruit'): number {
  for (let count = 0; count < running; count += 1) atWork.begun(kind)
  return atWork.heldMs(kind)
}

describe('a statement is held', () => {
  it('behind as many of its kind as are to run at once, for as long as one takes', () => {
    expect(heldBehind(after([40]), 1)).toBe(0)
    expect(heldBehind(after([40]), 2)).toBe(40)
    expect(heldBehind(after([40]), 3)).toBe(40)
    expect(heldBehind(after([40], 1), 1)).toBe(40)
  })

  it('never where statements of its kind are quick, or nothing is known of them', () => {
    expect(heldBehind(after([9]), 5)).toBe(0)
    expect(heldBehind(after([]), 5)).toBe(0)
    expect(heldBehind(after([40]), 5, 'sales by customer')).toBe(0)
  })

  it('for a quarter of a second at most', () => {
    expect(heldBehind(after([4_000]), 2)).toBe(250)
  })

  it('by what the last ones took: each counts a quarter', () => {
    // 40, then 40 + (80 - 40) / 4
    expect(heldBehind(after([40, 80]), 2)).toBe(50)
  })

  it('no longer once enough of them are done', () => {
    const atWork = after([40])
    const ended = atWork.begun('sales by fruit')
    atWork.begun('sales by fruit')
    expect(atWork.heldMs('sales by fruit')).toBe(40)
    ended()
    expect(atWork.heldMs('sales by fruit')).toBe(0)
  })
})
