import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { systemClock } from '../../src/base/clock.ts'
import { KpiqlError } from '../../src/base/errors.ts'
import { silentLog } from '../../src/base/log.ts'
import { createActivations } from '../../src/jobs/activation/create-activations.ts'
import type { ActivationRecords } from '../../src/store/activation-records.ts'
import { lazyStore } from '../../src/store/lazy-store.ts'
import type { LazyStore } from '../../src/store/lazy-store.ts'
import { analyticsOver, Receiver } from './activation-world.ts'

const SEEDS = 200

let folder: string
let store: LazyStore
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'kpiql-activation-random-'))
  store = lazyStore(join(folder, 'store.db'), systemClock)
})
afterAll(async () => {
  await store.close()
  rmSync(folder, { recursive: true, force: true })
})

/** The same draws each time, by a linear congruence of 32 bits. */
function drawsOf(seed: number): (count: number) => number {
  let state = seed
  return (count) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return Math.floor((state / 2 ** 32) * count)
  }
}

/** A store whose next writes of members' records fail where it is told so, as those of a process that ends there. */
function endingStore(ends: () => boolean): LazyStore {
  const endingRecords = (records: ActivationRecords): ActivationRecords =>
    new Proxy(records, {
      get(target, name) {
        const value: unknown = Reflect.get(target, name)
        if (typeof value !== 'function') return value
        return (...args: readonly unknown[]): unknown => {
          if (name === 'put' && ends()) throw new Error('The process ended.')
          return Reflect.apply(value, target, args)
        }
      },
    })
  const ending = async (open: Promise<Awaited<ReturnType<LazyStore['open']>>>) => {
    const opened = await open
    return { ...opened, activations: endingRecords(opened.activations) }
  }
  return { ...store, open: () => ending(store.open()) }
}

describe('sending a cohort', () => {
  it('ends at its membership with each change taken once, whatever was refused, lost on the way or broken off before', async () => {
    const met = { ended: 0, unheard: 0, unanswered: 0, refused: 0 }
    for (let seed = 1; seed <= SEEDS; seed++) {
      const draw = drawsOf(seed)
      const everyone = Array.from({ length: 2 + draw(11) }, (_, index) => `p${String(index).padStart(2, '0')}`)
      const receiver = new Receiver()
      receiver.batchSize = 2 + draw(5)
      // What a tool that does not look at ids makes of the same changes: a property, or a list.
      const inProperty = new Set<string>()
      const saidById = new Map<string, string>()
      let isCalm = false
      let people: readonly string[] = []
      const ends = (): boolean => !isCalm && draw(6) === 0 && ++met.ended > 0
      receiver.before = () => {
        if (isCalm) return new Map()
        if (draw(8) === 0 && ++met.unheard > 0) throw new KpiqlError('SOURCE_UNAVAILABLE', { message: 'It did not arrive.' })
        return new Map(everyone.flatMap((member) => (draw(5) === 0 && ++met.refused > 0 ? [[member, 'not today'] as const] : [])))
      }
      const send = receiver.send.bind(receiver)
      receiver.send = async (batch) => {
        const inBatch = new Set(batch.changes.map(({ member }) => member))
        expect([batch.changes.length <= receiver.batchSize, inBatch.size]).toEqual([true, batch.changes.length])
        const outcomes = await send(batch)
        for (const [index, { id, member, change }] of batch.changes.entries()) {
          // An id stands for one change of one member only.
          expect(saidById.get(id) ?? `${member} ${change}`).toBe(`${member} ${change}`)
          saidById.set(id, `${member} ${change}`)
          if (outcomes[index]?.ok !== true) continue
          if (change === 'entered') inProperty.add(member)
          else inProperty.delete(member)
        }
        if (!isCalm && draw(8) === 0 && ++met.unanswered > 0) throw new KpiqlError('SOURCE_TIMEOUT', { message: 'Its answer did not arrive.' })
        return outcomes
      }
      const engine = createActivations({ destinations: [{ name: 'crm', connector: 'fake', target: receiver, identify: null }], store: endingStore(ends), analytics: () => analyticsOver(() => people.map((name) => [name, null])), clock: systemClock, log: silentLog })
      const run = () => engine.activate({ cohort: { name: `cohort ${seed}`, entity: 'user', predicate: { kind: 'all' } }, destination: 'crm', dryRun: false }, 30_000)
      const runs = 1 + draw(4)
      for (let index = 0; index <= runs; index++) {
        isCalm = index === runs
        if (index < runs || draw(2) === 0) people = everyone.filter(() => draw(2) === 0)
        const { state, entered, left, sent, refused } = await run()
        expect([seed, ['done', 'failed'].includes(state), sent + refused <= entered + left]).toEqual([seed, true, true])
        if (state === 'done') expect([seed, sent + refused]).toEqual([seed, entered + left])
      }
      expect([seed, [...receiver.members].toSorted(), [...inProperty].toSorted()]).toEqual([seed, people, people])
      const heard = receiver.batches.length
      expect([seed, await run()]).toEqual([seed, expect.objectContaining({ state: 'done', members: people.length, entered: 0, left: 0, sent: 0 })])
      expect([seed, receiver.batches.length]).toEqual([seed, heard])
    }
    // Each kind of fault was met often.
    expect(Object.values(met).every((times) => times > SEEDS / 4)).toBe(true)
  }, 120_000)
})
