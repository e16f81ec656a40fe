import { hostname } from 'node:os'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { QuerySource } from '../contract.ts'
import type { LandingConnection } from './landing-connection.ts'
import { LandingLease } from './landing-lease.ts'

interface Sign {
  readonly host: string
  readonly pid: number
  readonly atMs: number
  readonly isReleased: boolean
}

/** The table of writers, as a server has it. */
function serverOf(): { readonly signs: Map<string, Sign>; readonly lease: (host: string) => { readonly lease: LandingLease; readonly net: { isUp: boolean; late: Promise<unknown> | null } } } {
  const signs = new Map<string, Sign>()
  const lease = (host: string): ReturnType<ReturnType<typeof serverOf>['lease']> => {
    const net = { isUp: true, late: null as Promise<unknown> | null }
    const command = async (text: string): Promise<void> => {
      if (!net.isUp) throw new Error('The network is gone.')
      await net.late
      const [, holder = '', released] = /SELECT '([^']+)'.*now64\(3\), ([01])$/.exec(text) ?? []
      signs.set(holder, { host, pid: 1, atMs: Date.now(), isReleased: released === '1' })
    }
    const query: QuerySource['query'] = ({ params }) => {
      const found = [...signs].filter(([holder, { isReleased, atMs }]) => holder !== params[0]?.value && !isReleased && atMs > Date.now() - 30_000)
      return Promise.resolve({ columns: [found.map(([holder]) => holder), found.map(([, sign]) => sign.host), found.map(([, { pid }]) => BigInt(pid))], rowCount: found.length } as unknown as Awaited<ReturnType<QuerySource['query']>>)
    }
    return { lease: new LandingLease('ch', 'db', { command } as unknown as LandingConnection, { query } as unknown as QuerySource), net }
  }
  return { signs, lease }
}

describe('the right to be the one writer', () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'setInterval', 'clearInterval', 'performance', 'Date'] }))
  afterEach(() => void vi.useRealTimers())

  const refused = async (lease: LandingLease): Promise<unknown> => {
    const taking = lease.take().catch((error: unknown) => error)
    await vi.advanceTimersByTimeAsync(3000)
    return taking
  }

  it('stays with whoever says in time that it lives', async () => {
    const { lease } = serverOf()
    const [one, other] = [lease('a'), lease('b')]
    await one.lease.take()
    await vi.advanceTimersByTimeAsync(120_000)
    expect(one.lease.isHeld).toBe(true)
    expect(await refused(other.lease)).toMatchObject({ code: 'SOURCE_BUSY' })
    await one.lease.release()
    await other.lease.take()
    expect([one.lease.isHeld, other.lease.isHeld]).toEqual([false, true])
    await other.lease.release()
  })

  it('does not come back by itself to a writer that was cut off', async () => {
    const { lease } = serverOf()
    const [one, other] = [lease('a'), lease('b')]
    await one.lease.take()
    one.net.isUp = false
    await vi.advanceTimersByTimeAsync(40_000)
    expect(one.lease.isHeld).toBe(false)
    expect(() => one.lease.refuseLost()).toThrow(expect.objectContaining({ code: 'SOURCE_BUSY' }))
    await other.lease.take()
    one.net.isUp = true
    await vi.advanceTimersByTimeAsync(60_000)
    expect([one.lease.isHeld, other.lease.isHeld]).toEqual([false, true])
    expect(await refused(one.lease)).toMatchObject({ code: 'SOURCE_BUSY' })
    await other.lease.release()
    await one.lease.take()
    expect(one.lease.isHeld).toBe(true)
    await one.lease.release()
  })

  it('is lost to a writer whose sign of life came too late, and to one whose machine slept', async () => {
    const { lease, signs } = serverOf()
    const one = lease('a')
    await one.lease.take()
    const late = Promise.withResolvers<undefined>()
    one.net.late = late.promise
    await vi.advanceTimersByTimeAsync(35_000)
    one.net.late = null
    late.resolve(undefined)
    await vi.advanceTimersByTimeAsync(0)
    expect([one.lease.isHeld, [...signs.values()].map(({ isReleased }) => isReleased)]).toEqual([false, [true]])
    await one.lease.take()
    // The steady clock stands still while a machine sleeps.
    vi.setSystemTime(Date.now() + 60_000)
    expect(one.lease.isHeld).toBe(false)
    await one.lease.release()
  })

  it('is not taken from a living writer of another machine or container that has the same name and the same process id', async () => {
    const { lease, signs } = serverOf()
    signs.set('theirs', { host: hostname(), pid: process.pid, atMs: Date.now(), isReleased: false })
    const mine = lease('a')
    expect(await refused(mine.lease)).toMatchObject({ code: 'SOURCE_BUSY' })
    await vi.advanceTimersByTimeAsync(30_000)
    await mine.lease.take()
    expect(mine.lease.isHeld).toBe(true)
    await mine.lease.release()
  })
})
