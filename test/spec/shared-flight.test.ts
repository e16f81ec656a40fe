import { describe, expect, it } from 'vitest'
import { KpiqlError } from '../../src/base/errors.ts'
import { SharedFlight } from '../../src/cache/shared-flight.ts'

describe('work that several wait for', () => {
  it('is stopped when the only one who wanted it was gone before it began', async () => {
    let stopped = false
    const flight = new SharedFlight<number>(
      (signal) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => {
            stopped = true
            reject(new Error('stopped'))
          })
        }),
    )
    await expect(flight.join(AbortSignal.abort())).rejects.toMatchObject({ code: 'CANCELLED' })
    expect(stopped).toBe(true)
    expect(flight.isAbandoned).toBe(true)
  })

  it('is told why when it is stopped: what made the last one leave', async () => {
    for (const isLate of [false, true]) {
      const { promise, resolve } = Promise.withResolvers<unknown>()
      const flight = new SharedFlight<never>((signal) => new Promise((_resolve, reject) => signal.addEventListener('abort', () => {
        resolve(signal.reason)
        reject(new Error('stopped'))
      })))
      const first = new AbortController()
      const last = new AbortController()
      const deadline = new KpiqlError('DEADLINE_EXCEEDED', { message: 'Time is up.' })
      if (isLate) last.abort(deadline)
      const left = isLate ? [] : [flight.join(first.signal)]
      left.push(flight.join(last.signal))
      const told = Promise.allSettled(left)
      first.abort(new KpiqlError('CANCELLED', { message: 'The client left.' }))
      await Promise.resolve()
      last.abort(deadline)
      await told
      expect(await promise).toBe(deadline)
    }
  })

  it('goes on for those who stay', async () => {
    const { promise, resolve } = Promise.withResolvers<number>()
    const flight = new SharedFlight<number>(() => promise)
    const leaving = new AbortController()
    const left = flight.join(leaving.signal)
    const stayed = flight.join(new AbortController().signal)
    leaving.abort()
    await expect(left).rejects.toMatchObject({ code: 'CANCELLED' })
    expect(flight.isAbandoned).toBe(false)
    resolve(7)
    expect(await stayed).toBe(7)
  })
})
