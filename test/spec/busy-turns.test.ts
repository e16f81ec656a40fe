import { describe, expect, it } from 'vitest'
import type { QueryResult, QuerySource } from '../../connectors/contract.ts'
import { KpiqlError } from '../../src/base/errors.ts'
import { noTelemetry } from '../../src/base/telemetry.ts'
import { guardOptions } from '../../src/sources/guard-options.ts'
import { guardSource } from '../../src/sources/guard-source.ts'
import { duckdbDialect } from '../../src/sql/dialects/duckdb.ts'

const ROW: QueryResult = { columns: [[1]], rowCount: 1, rowsRead: 1, elapsedMs: 1 }
const CASES = 300

type Ending = 'answered' | 'cancelled' | 'refused'

/** A statement as the test follows it; times are counts of statements begun. */
interface Followed {
  readonly caller: string
  readonly number: number
  readonly stop: AbortController
  /** Statements of the same caller that waited when it came, itself among them; 0 for one that began at once. */
  readonly place: number
  readonly cameAt: number
  begunAt: number | null
  ending: Ending | null
}

/** A guarded source that answers when the test says so, and the statements it has. */
function desk(places: number, maxQueued: number) {
  const running: { readonly statement: Followed; readonly answer: () => void }[] = []
  const all: Followed[] = []
  let begun = 0
  const bare: QuerySource = {
    name: 'desk',
    dialect: duckdbDialect,
    can: { snapshot: false, cancel: true, maxConcurrent: places },
    test: () => Promise.resolve({ ok: true, message: 'ready' }),
    discover: () => Promise.resolve([]),
    query: ({ text }) => {
      const statement = all[Number(text)]
      if (statement === undefined) throw new Error(`No statement ${text}.`)
      begun += 1
      statement.begunAt = begun
      return new Promise((resolve) => running.push({ statement, answer: () => resolve(ROW) }))
    },
    dataVersion: () => Promise.resolve('v1'),
    statistics: () => Promise.resolve({ rows: 0, columns: {} }),
    quarantine: () => Promise.resolve({ total: 0, entries: [], truncated: false }),
    watermark: () => Promise.resolve(null),
    close: () => Promise.resolve(),
  }
  const source = guardSource(bare, guardOptions.parse({ retries: 0, maxQueued }), { telemetry: noTelemetry, log: { info() {}, warn() {} } })
  const waiting = (caller?: string): readonly Followed[] => all.filter((one) => one.begunAt === null && one.ending === null && (caller === undefined || one.caller === caller))
  return {
    all,
    running,
    waiting,
    ask(caller: string): Followed {
      const stop = new AbortController()
      const isFull = running.length >= places
      const statement: Followed = { caller, number: all.length, stop, place: isFull ? waiting(caller).length + 1 : 0, cameAt: begun, begunAt: null, ending: null }
      all.push(statement)
      source.query({ text: String(statement.number), params: [], columns: ['integer'] }, { signal: stop.signal, caller }).then(
        () => (statement.ending = 'answered'),
        (error: unknown) => (statement.ending = error instanceof KpiqlError && error.code === 'SOURCE_BUSY' ? 'refused' : 'cancelled'),
      )
      return statement
    },
    async answer(at: number): Promise<void> {
      running.splice(at, 1)[0]?.answer()
      await settled()
    },
  }
}

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

/** Equal seeds give equal draws from 0 to 1 (exclusive). */
function drawing(seed: number): () => number {
  let state = seed * 2_654_435_761 + 1
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648
    return state / 2_147_483_648
  }
}

describe('statements that wait for a source', () => {
  it('are begun in turns: one of a caller of few is not kept by the many of another', async () => {
    const { ask, answer, all } = desk(1, 1000)
    for (let n = 0; n < 500; n++) ask('heavy')
    await settled()
    const light = ask('light')
    await settled()
    await answer(0)
    await answer(0)
    expect({ begunAt: light.begunAt, heavyBegun: all.filter(({ caller, begunAt }) => caller === 'heavy' && begunAt !== null).length }).toEqual({ begunAt: 3, heavyBegun: 2 })
  })

  it('wait no longer than their place among the caller’s own times the number of callers, keep the caller’s order, and are all answered', async () => {
    for (let seed = 1; seed <= CASES; seed++) {
      const draw = drawing(seed)
      const places = 1 + Math.floor(draw() * 3)
      const callers = Array.from({ length: 1 + Math.floor(draw() * 6) }, (_, index) => `caller ${index}`)
      const { ask, answer, all, running, waiting } = desk(places, 10_000)
      const cancelled: Followed[] = []
      for (let step = 0; step < 60; step++) {
        const what = draw()
        if (what < 0.55) {
          // Some callers ask far more than others.
          const caller = callers[Math.floor(draw() ** 3 * callers.length)] ?? ''
          for (let count = draw() < 0.1 ? 20 : 1; count > 0; count--) ask(caller)
        } else if (what < 0.9) await answer(Math.floor(draw() * running.length))
        else {
          const one = waiting()[Math.floor(draw() * waiting().length)]
          if (one !== undefined) {
            one.stop.abort()
            cancelled.push(one)
          }
        }
        await settled()
      }
      while (running.length > 0) await answer(Math.floor(draw() * running.length))

      const begun = all.filter(({ begunAt }) => begunAt !== null)
      const tooLate = begun.filter((one) => (one.begunAt ?? 0) - one.cameAt > Math.max(1, one.place * callers.length))
      expect({ seed, tooLate: tooLate.map(({ number }) => number) }).toEqual({ seed, tooLate: [] })
      for (const caller of callers) {
        const own = begun.filter((one) => one.caller === caller).toSorted((one, other) => (one.begunAt ?? 0) - (other.begunAt ?? 0)).map(({ number }) => number)
        expect({ seed, caller, own }).toEqual({ seed, caller, own: own.toSorted((one, other) => one - other) })
      }
      expect({ seed, cancelled: cancelled.filter(({ begunAt }) => begunAt !== null).length }).toEqual({ seed, cancelled: 0 })
      expect({ seed, lost: all.filter((one) => one.ending !== (cancelled.includes(one) ? 'cancelled' : 'answered')).length }).toEqual({ seed, lost: 0 })
    }
  })

  it('are never more than may wait, and none is refused while those of its caller are less than the caller’s part of the line', async () => {
    for (let seed = 1; seed <= CASES; seed++) {
      const draw = drawing(seed)
      const maxQueued = 4 + Math.floor(draw() * 12)
      const callers = Array.from({ length: 2 + Math.floor(draw() * 4) }, (_, index) => `caller ${index}`)
      const part = Math.floor(maxQueued / callers.length)
      const { ask, answer, all, running, waiting } = desk(1, maxQueued)
      let longest = 0
      for (let step = 0; step < 80; step++) {
        if (draw() < 0.75) ask(callers[Math.floor(draw() ** 3 * callers.length)] ?? '')
        else await answer(0)
        await settled()
        longest = Math.max(longest, waiting().length)
      }
      while (running.length > 0) await answer(0)
      const unfair = all.filter(({ ending, place }) => ending === 'refused' && place <= part).length
      expect({ seed, unfair, isBounded: longest <= maxQueued }).toEqual({ seed, unfair: 0, isBounded: true })
      expect({ seed, lost: all.filter(({ ending, begunAt }) => ending === null || (ending === 'answered') !== (begunAt !== null)).length }).toEqual({ seed, lost: 0 })
    }
  })

  it('make room for another caller’s when the line is full: the last of whoever has most is refused, then nobody is', async () => {
    const { ask, all, waiting } = desk(1, 4)
    for (let n = 0; n < 5; n++) ask('heavy')
    await settled()
    ask('light')
    ask('light')
    await settled()
    expect(all.map(({ caller, ending }) => [caller, ending])).toEqual([['heavy', null], ['heavy', null], ['heavy', null], ['heavy', 'refused'], ['heavy', 'refused'], ['light', null], ['light', null]])
    const third = ask('light')
    await settled()
    expect({ ending: third.ending, waiting: waiting().length }).toEqual({ ending: 'refused', waiting: 4 })
  })
})
