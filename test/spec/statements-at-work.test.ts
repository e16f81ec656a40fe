import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { StatementsAtWork } from '../../src/answer/statements-at-work.ts'
import type { Predicate } from '../../src/model/predicate.ts'
import type { Scan } from '../../src/plan/scan.ts'

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

const is = (dimension: string, value: string): Predicate => ({ kind: 'atom', dimension, test: { op: 'in', values: [value], caseInsensitive: false } })

/** What is looked at of a statement that counts the rows of some slices. */
function scanOf(predicates: readonly Predicate[], more: { readonly rollups?: readonly string[]; readonly by?: readonly string[] } = {}): Scan {
  const by = (more.by ?? []).map((dimension) => ({ kind: 'dimension', dimension }))
  return { semanticModel: 'sales', reads: predicates.map((predicate) => ({ measure: { kind: 'aggregate' }, predicate, by })), ...(more.rollups === undefined ? {} : { rollups: more.rollups }) } as unknown as Scan
}

describe('statements are of one kind', () => {
  const kindOf = (scan: Scan, source = 'shop', behind = 2): string | null => new StatementsAtWork(behind).kindOf(scan, source)

  it('where they differ in values alone', () => {
    expect(kindOf(scanOf([is('fruit', 'pear')]))).toBe(kindOf(scanOf([is('fruit', 'plum')])))
    expect(kindOf(scanOf([is('fruit', 'pear')]))).not.toBeNull()
  })

  it('of one source, tested by the same dimensions and grouped by the same', () => {
    const pears = scanOf([is('fruit', 'pear')])
    const others = [kindOf(pears, 'stall'), kindOf(scanOf([is('customer', '7')])), kindOf(scanOf([is('fruit', 'pear')], { by: ['country'] }))]
    expect(new Set([kindOf(pears), ...others]).size).toBe(4)
  })

  it('and of none where they tell slices apart, read rollups, or nothing is ever held', () => {
    const both = scanOf([is('fruit', 'pear'), is('fruit', 'plum')])
    expect([kindOf(both), kindOf(scanOf([is('fruit', 'pear')], { rollups: ['daily'] })), kindOf(scanOf([is('fruit', 'pear')]), 'shop', 0)]).toEqual([null, null, null])
    expect(kindOf(scanOf([is('fruit', 'pear'), is('fruit', 'pear')]))).toBe(kindOf(scanOf([is('fruit', 'pear')])))
  })
})
