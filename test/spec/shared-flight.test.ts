import { describe, expect, it } from 'vitest'
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
