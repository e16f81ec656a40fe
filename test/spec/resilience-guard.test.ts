import { describe, expect, it } from 'vitest'
import type { QueryResult, QuerySource } from '../../connectors/contract.ts'
import { KpiqlError } from '../../src/base/errors.ts'
import type { ErrorCode } from '../../src/base/errors.ts'
import { noTelemetry } from '../../src/base/telemetry.ts'
import { guardOptions } from '../../src/sources/guard-options.ts'
import type { GuardOptions } from '../../src/sources/guard-options.ts'
import { guardSource } from '../../src/sources/guard-source.ts'
import { duckdbDialect } from '../../src/sql/dialects/duckdb.ts'

const ROW: QueryResult = { columns: [[1]], rowCount: 1, rowsRead: 1, elapsedMs: 1 }
const STATEMENT = { text: 'SELECT 1', params: [], columns: ['integer'] } as const

const fault = (code: ErrorCode, data?: Record<string, unknown>): KpiqlError => new KpiqlError(code, { message: code, data })
const codeOf = async (work: Promise<unknown>): Promise<string> => {
  try {
    await work
    return 'ok'
  } catch (error) {
    return error instanceof KpiqlError ? error.code : String(error)
  }
}

/** A source whose answers the test writes, behind its guard, with a clock the test moves. */
function guarded(options: Partial<GuardOptions> = {}, maxConcurrent = 2) {
  const told: string[] = []
  const world = { nowMs: 0, calls: 0, looks: [] as boolean[], answer: (): Promise<QueryResult> => Promise.resolve(ROW) }
  const bare: QuerySource = {
    name: 'shop',
    dialect: duckdbDialect,
    can: { snapshot: false, cancel: true, maxConcurrent },
    test: () => Promise.resolve({ ok: true, message: 'ready' }),
    discover: () => Promise.resolve([]),
    query: () => {
      world.calls += 1
      return world.answer()
    },
    dataVersion: async (_tables, revalidate) => {
      world.looks.push(revalidate)
      if (revalidate) await world.answer()
      return 'v1'
    },
    statistics: () => Promise.resolve({ rows: 0, columns: {} }),
    quarantine: () => Promise.resolve({ total: 0, entries: [], truncated: false }),
    watermark: () => Promise.resolve(null),
    close: () => Promise.resolve(),
  }
  const telemetry = { ...noTelemetry, sourceState: (name: string, state: string) => void told.push(`${name} ${state}`), queueLength: (_name: string, waiting: number) => void told.push(`${waiting} waiting`) }
  const source = guardSource(bare, guardOptions.parse({ retries: 0, failures: 3, openMs: 1000, maxOpenMs: 4000, ...options }), { telemetry, log: { info() {}, warn() {} }, nowMs: () => world.nowMs, random: () => 1 })
  return { world, source, told, ask: (signal?: AbortSignal) => source.query(STATEMENT, { signal }) }
}

describe('a source that is down', () => {
  it('is left alone after so many failures in a row, and says at once when it is tried again', async () => {
    const { world, ask, source, told } = guarded()
    world.answer = () => Promise.reject(fault('SOURCE_UNAVAILABLE'))
    for (let n = 0; n < 3; n++) expect(await codeOf(ask())).toBe('SOURCE_UNAVAILABLE')
    expect(world.calls).toBe(3)
    await expect(ask()).rejects.toMatchObject({ code: 'SOURCE_UNAVAILABLE', data: { retryAfterMs: 1000 } })
    await expect(source.dataVersion([], false)).rejects.toMatchObject({ code: 'SOURCE_UNAVAILABLE' })
    expect({ calls: world.calls, looks: world.looks, told }).toEqual({ calls: 3, looks: [], told: ['shop open'] })
  })

  it('is also one that answers too slowly', async () => {
    const { world, ask } = guarded()
    world.answer = () => Promise.reject(fault('SOURCE_TIMEOUT'))
    for (let n = 0; n < 5; n++) await codeOf(ask())
    expect(world.calls).toBe(3)
  })

  it('is asked once when the time has come; others wait a moment for that one and share its luck', async () => {
    for (const isBack of [true, false]) {
      const { world, ask } = guarded()
      world.answer = () => Promise.reject(fault('SOURCE_UNAVAILABLE'))
      for (let n = 0; n < 3; n++) await codeOf(ask())
      world.nowMs += 1000
      const trial = Promise.withResolvers<QueryResult>()
      world.answer = () => trial.promise
      const asked = Promise.all([codeOf(ask()), codeOf(ask())])
      await new Promise((resolve) => setTimeout(resolve, 5))
      expect(world.calls).toBe(4)
      if (isBack) trial.resolve(ROW)
      else trial.reject(fault('SOURCE_UNAVAILABLE'))
      expect({ asked: await asked, calls: world.calls }).toEqual(isBack ? { asked: ['ok', 'ok'], calls: 5 } : { asked: ['SOURCE_UNAVAILABLE', 'SOURCE_UNAVAILABLE'], calls: 4 })
    }
  })

  it('refuses others again where that one call takes long, and serves all when it is answered', async () => {
    const { world, ask, told } = guarded()
    world.answer = () => Promise.reject(fault('SOURCE_UNAVAILABLE'))
    for (let n = 0; n < 3; n++) await codeOf(ask())
    world.nowMs += 1000
    let back: (result: QueryResult) => void = () => undefined
    world.answer = () => new Promise((resolve) => (back = resolve))
    const trial = ask()
    await Promise.resolve()
    expect(await codeOf(ask())).toBe('SOURCE_UNAVAILABLE')
    back(ROW)
    await expect(trial).resolves.toBe(ROW)
    world.answer = () => Promise.resolve(ROW)
    await expect(ask()).resolves.toBe(ROW)
    expect({ calls: world.calls, told }).toEqual({ calls: 5, told: ['shop open', 'shop half_open', 'shop closed'] })
  })

  it('is left alone twice as long after each trial that fails, up to a limit', async () => {
    const { world, ask } = guarded()
    world.answer = () => Promise.reject(fault('SOURCE_UNAVAILABLE'))
    for (let n = 0; n < 3; n++) await codeOf(ask())
    const waits: unknown[] = []
    for (let n = 0; n < 4; n++) {
      const refused = await ask().catch((error: KpiqlError) => error)
      const retryAfterMs = refused instanceof KpiqlError ? Number(refused.data?.['retryAfterMs']) : 0
      waits.push(retryAfterMs)
      world.nowMs += retryAfterMs
      await codeOf(ask())
    }
    expect(waits).toEqual([1000, 2000, 4000, 4000])
  })

  it('is looked at for real when a look at its version is the trial, and not believed to be back by a version it told without looking', async () => {
    const { world, ask, source } = guarded()
    world.answer = () => Promise.reject(fault('SOURCE_UNAVAILABLE'))
    await codeOf(ask())
    await codeOf(ask())
    await source.dataVersion([], false)
    await codeOf(ask())
    expect(world.calls).toBe(3)
    expect(await codeOf(ask())).toBe('SOURCE_UNAVAILABLE')
    expect(world.calls).toBe(3)
    world.nowMs += 1000
    expect(await codeOf(source.dataVersion([], false))).toBe('SOURCE_UNAVAILABLE')
    world.nowMs += 2000
    world.answer = () => Promise.resolve(ROW)
    expect(await codeOf(source.dataVersion([], false))).toBe('ok')
    expect({ looks: world.looks, next: await codeOf(ask()) }).toEqual({ looks: [false, true, true], next: 'ok' })
  })

  it('is not one that finds fault with statements, however often, nor one whose callers leave', async () => {
    for (const code of ['SOURCE_FAILED', 'TABLE_MISSING', 'CANCELLED', 'TOO_MANY_GROUPS', 'SOURCE_BUSY', 'DEADLINE_EXCEEDED'] as const) {
      const { world, ask } = guarded()
      world.answer = () => Promise.reject(fault(code))
      for (let n = 0; n < 20; n++) expect(await codeOf(ask())).toBe(code)
      expect({ code, calls: world.calls }).toEqual({ code, calls: 20 })
    }
  })

  it('is one before which the time of requests runs out, not one that comes late to it or whose callers leave', async () => {
    const deadline = fault('DEADLINE_EXCEEDED', { deadlineMs: 1000 })
    for (const { reason, waitedMs, counts } of [
      { reason: deadline, waitedMs: 1000, counts: true },
      { reason: deadline, waitedMs: 500, counts: true },
      { reason: fault('DEADLINE_EXCEEDED'), waitedMs: 1, counts: true },
      { reason: deadline, waitedMs: 499, counts: false },
      { reason: fault('CANCELLED'), waitedMs: 1000, counts: false },
      { reason: undefined, waitedMs: 1000, counts: false },
    ]) {
      for (const code of ['CANCELLED', 'DEADLINE_EXCEEDED'] as const) {
        const { world, ask } = guarded()
        for (let n = 0; n < 20; n++) {
          const stop = new AbortController()
          world.answer = () => {
            world.nowMs += waitedMs
            stop.abort(reason)
            return Promise.reject(fault(code))
          }
          await codeOf(ask(stop.signal))
          // Fewer at a time than a pause takes: whoever is let through before its end would be a trial.
          if (counts && world.calls === 3) break
        }
        expect({ waitedMs, code, calls: world.calls, next: await codeOf(ask()) }).toEqual({ waitedMs, code, calls: counts ? 3 : 20, next: counts ? 'SOURCE_UNAVAILABLE' : code })
      }
    }
  })

  it('counts failures in a row only: an answer between them starts the count anew', async () => {
    const { world, ask } = guarded()
    for (let n = 0; n < 10; n++) {
      world.answer = () => Promise.reject(fault('SOURCE_UNAVAILABLE'))
      await codeOf(ask())
      await codeOf(ask())
      world.answer = () => Promise.resolve(ROW)
      expect(await codeOf(ask())).toBe('ok')
    }
  })

  it('gives the next caller the trial when whoever had it left before the source said anything', async () => {
    const { world, ask } = guarded()
    world.answer = () => Promise.reject(fault('SOURCE_UNAVAILABLE'))
    for (let n = 0; n < 3; n++) await codeOf(ask())
    world.nowMs += 1000
    world.answer = () => Promise.reject(fault('CANCELLED'))
    expect(await codeOf(ask())).toBe('CANCELLED')
    world.answer = () => Promise.resolve(ROW)
    expect(await codeOf(ask())).toBe('ok')
  })
})

describe('a read that failed before anything came of it', () => {
  it('is asked again at most twice, where the source could not be reached', async () => {
    const { world, ask } = guarded({ retries: 2, failures: 10 })
    world.answer = () => (world.calls < 3 ? Promise.reject(fault('SOURCE_UNAVAILABLE')) : Promise.resolve(ROW))
    await expect(ask()).resolves.toBe(ROW)
    expect(world.calls).toBe(3)
    world.answer = () => Promise.reject(fault('SOURCE_UNAVAILABLE'))
    expect(await codeOf(ask())).toBe('SOURCE_UNAVAILABLE')
    expect(world.calls).toBe(6)
  })

  it('is not asked again after a timeout, a fault of its own or a refusal that names no time or a long one', async () => {
    for (const error of [fault('SOURCE_TIMEOUT'), fault('SOURCE_FAILED'), fault('TABLE_MISSING'), fault('SOURCE_BUSY'), fault('SOURCE_BUSY', { retryAfterMs: 60_000 })]) {
      const { world, ask } = guarded({ retries: 2 })
      world.answer = () => Promise.reject(error)
      expect(await codeOf(ask())).toBe(error.code)
      expect({ code: error.code, calls: world.calls }).toEqual({ code: error.code, calls: 1 })
    }
  })

  it('is asked again when the source itself says that it is soon free', async () => {
    const { world, ask } = guarded({ retries: 2 })
    world.answer = () => (world.calls === 1 ? Promise.reject(fault('SOURCE_BUSY', { retryAfterMs: 20 })) : Promise.resolve(ROW))
    await expect(ask()).resolves.toBe(ROW)
  })

  it('is never asked again once its request is over', async () => {
    const { world, ask } = guarded({ retries: 2 })
    const stop = new AbortController()
    world.answer = () => Promise.reject(fault('SOURCE_UNAVAILABLE'))
    const asked = codeOf(ask(stop.signal))
    setTimeout(() => stop.abort(), 10)
    expect(await asked).toBe('SOURCE_UNAVAILABLE')
    expect(world.calls).toBe(1)
  })
})

describe('the line before a source', () => {
  it('lets as many statements run as the source takes, the others wait in order, and one too many is refused at once', async () => {
    const { world, ask, told } = guarded({ maxQueued: 3 }, 2)
    const ends: (() => void)[] = []
    world.answer = () => new Promise((resolve) => ends.push(() => resolve(ROW)))
    const order: number[] = []
    const asked = Array.from({ length: 5 }, (_, index) => ask().then(() => void order.push(index)))
    await expect(ask()).rejects.toMatchObject({ code: 'SOURCE_BUSY', data: { running: 2, waiting: 3 } })
    expect(world.calls).toBe(2)
    for (let end = 0; end < 5; end++) {
      ends[end]?.()
      await new Promise((resolve) => setTimeout(resolve, 0))
    }
    await Promise.all(asked)
    expect({ order, told }).toEqual({ order: [0, 1, 2, 3, 4], told: ['1 waiting', '2 waiting', '3 waiting', '2 waiting', '1 waiting', '0 waiting'] })
    world.answer = () => Promise.resolve(ROW)
    await expect(ask()).resolves.toBe(ROW)
  })

  it('is left by a statement whose request is cancelled, which never reaches the source', async () => {
    const { world, ask } = guarded({ maxQueued: 1 }, 1)
    let end: (result: QueryResult) => void = () => undefined
    world.answer = () => new Promise((resolve) => (end = resolve))
    const running = ask()
    const stop = new AbortController()
    const waiting = codeOf(ask(stop.signal))
    stop.abort()
    expect(await waiting).toBe('CANCELLED')
    const next = ask()
    end(ROW)
    await running
    world.answer = () => Promise.resolve(ROW)
    await new Promise((resolve) => setTimeout(resolve, 0))
    end(ROW)
    await next
    expect(world.calls).toBe(2)
  })

  it('says of a place that it is free again when a statement fails', async () => {
    const { world, ask } = guarded({ maxQueued: 0 }, 1)
    world.answer = () => Promise.reject(fault('SOURCE_FAILED'))
    for (let n = 0; n < 5; n++) expect(await codeOf(ask())).toBe('SOURCE_FAILED')
  })
})
