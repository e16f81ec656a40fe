import { existsSync } from 'node:fs'
import { afterEach, describe, expect, it } from 'vitest'
import { KpiqlError } from '../../src/base/errors.ts'
import { activationWorld } from './activation-world.ts'
import type { ActivationWorld, Person } from './activation-world.ts'

let world: ActivationWorld
afterEach(() => world.close())

const person = (name: string): Person => [name, `${name}@example.com`]
const people = (...names: string[]): readonly Person[] => names.map(person)
const mail = (name: string): string => `${name}@example.com`
const down = (): never => {
  throw new KpiqlError('SOURCE_UNAVAILABLE', { message: 'The CRM cannot be reached.' })
}

describe('a cohort that is sent', () => {
  it('is sent whole the first time, and a second run sends nothing and asks the tool nothing', async () => {
    world = activationWorld(people('a', 'b', 'c', 'd'))
    expect(await world.send()).toMatchObject({ state: 'done', members: 4, entered: 4, left: 0, sent: 4, refused: 0, unaddressed: 0, error: null })
    expect([...world.receiver.members].toSorted()).toEqual(['a', 'b', 'c', 'd'].map(mail))
    expect(world.receiver.batches.map(({ changes }) => changes.length)).toEqual([3, 1])
    expect(await world.send()).toMatchObject({ state: 'done', members: 4, entered: 0, left: 0, sent: 0 })
    expect([world.receiver.batches.length, world.receiver.prepared]).toEqual([2, ['vips']])
  })

  it('then sends only who entered and who left', async () => {
    world = activationWorld(people('a', 'b', 'c'))
    await world.send()
    world.receiver.batches.length = 0
    world.people = people('b', 'c', 'd')
    expect(await world.send()).toMatchObject({ entered: 1, left: 1, sent: 2 })
    expect(world.receiver.changes).toEqual([[mail('a'), 'left'], [mail('d'), 'entered']])
  })

  it('gives a change the same id however often it is sent, and a later entry of the same member another one', async () => {
    world = activationWorld(people('a'))
    const ids: string[] = []
    for (const now of [people('a'), [], people('a'), [], people('a')]) {
      world.people = now
      await world.send()
      ids.push(...(world.receiver.batches.at(-1)?.changes.map(({ id }) => id) ?? []))
    }
    expect(new Set(ids).size).toBe(5)
    for (const id of ids) expect(id).toMatch(/^[0-9a-f]{40}$/)
  })

  it('has ids of its own for each destination, cohort and entity', async () => {
    world = activationWorld(people('a'))
    await world.send(false, 'vips')
    await world.send(false, 'others')
    await world.engine.activate({ cohort: { name: 'other entity', entity: 'account', predicate: { kind: 'all' } }, destination: 'crm', dryRun: false }, 20_000)
    expect(new Set(world.receiver.batches.flatMap(({ changes }) => changes.map(({ id }) => id))).size).toBe(3)
  })

  it('lower-cases and trims e-mail addresses, takes two members of one address for one, and counts those without', async () => {
    world = activationWorld([['1', ' Ann@Example.COM '], ['2', 'ann@example.com'], ['3', null], ['4', '  '], ['5', 'Bob']])
    expect(await world.send()).toMatchObject({ members: 5, unaddressed: 2, entered: 2, sent: 2 })
    expect(world.receiver.changes).toEqual([['Bob', 'entered'], ['ann@example.com', 'entered']])
    world.people = [['2', 'ann@example.com'], ['5', 'Bob']]
    expect(await world.send()).toMatchObject({ entered: 0, left: 0 })
  })

  it('is known by the key of its entity where the destination names no dimension', async () => {
    world = activationWorld([['u1', 'x@y.z'], ['u2', null]], null)
    expect(await world.send()).toMatchObject({ unaddressed: 0, sent: 2 })
    expect([...world.receiver.members].toSorted()).toEqual(['u1', 'u2'])
    expect(world.asked[0]).toMatchObject({ cohortsAsOf: 'now', attribute: null })
  })

  it('is listed page by page, begun anew where the data changes between pages, and given up where it never rests', async () => {
    const many = Array.from({ length: 10 }, (_, index) => person(`p${index}`))
    world = activationWorld(many)
    world.engine = world.open({ page: 4 })
    expect(await world.send()).toMatchObject({ members: 10, sent: 10 })
    expect(world.asked).toHaveLength(3)

    world.people = many.slice(1)
    let changes = 1
    Object.defineProperty(world, 'version', { get: () => (world.asked.length === 5 && changes-- > 0 ? 'moved' : '1') })
    expect(await world.send()).toMatchObject({ state: 'done', members: 9, left: 1, sent: 1 })

    let version = 0
    Object.defineProperty(world, 'version', { get: () => String(version++) })
    expect(await world.send()).toMatchObject({ state: 'failed', error: { code: 'SOURCE_BUSY' }, sent: 0 })
  })

  it('is refused when it has more members than may be sent, and leaves a report', async () => {
    world = activationWorld(people('a', 'b', 'c'))
    world.engine = world.open({ members: 2 })
    await expect(world.send()).rejects.toMatchObject({ code: 'ACTIVATION_INVALID' })
    expect(await world.engine.reports(5)).toMatchObject([{ state: 'failed', error: { code: 'ACTIVATION_INVALID' } }])
    expect(world.receiver.batches).toEqual([])
  })

  it('needs a destination that is configured, and a name', async () => {
    world = activationWorld(people('a'))
    await expect(world.engine.activate({ cohort: { name: 'vips', entity: 'user', predicate: { kind: 'all' } }, destination: 'crn', dryRun: false }, 1000)).rejects.toMatchObject({ code: 'DESTINATION_UNKNOWN', hint: expect.stringContaining('crm') })
    await expect(world.send(false, ' ')).rejects.toMatchObject({ code: 'ACTIVATION_INVALID' })
    expect(world.engine.destinations()).toEqual([{ name: 'crm', connector: 'fake' }])
  })
})

describe('a dry run', () => {
  it('counts what would be sent, sends nothing, and makes no file', async () => {
    world = activationWorld(people('a', 'b'))
    expect(await world.send(true)).toMatchObject({ dryRun: true, state: 'done', members: 2, entered: 2, left: 0, sent: 0 })
    expect([world.receiver.batches.length, world.receiver.prepared.length, existsSync(world.store.file)]).toEqual([0, 0, false])
    expect(await world.engine.reports(5)).toMatchObject([{ dryRun: true, entered: 2 }])
  })

  it('changes nothing of what the next run sends', async () => {
    world = activationWorld(people('a', 'b'))
    await world.send()
    world.people = people('b', 'c')
    expect(await world.send(true)).toMatchObject({ entered: 1, left: 1 })
    expect(await world.send(true)).toMatchObject({ entered: 1, left: 1 })
    expect(await world.send()).toMatchObject({ entered: 1, left: 1, sent: 2 })
  })
})

describe('a run that fails', () => {
  it('is reported, loses nothing, and the next one sends the rest with the same ids', async () => {
    world = activationWorld(people('a', 'b', 'c', 'd', 'e'))
    world.receiver.batchSize = 2
    const asked: string[] = []
    world.receiver.before = ({ changes }) => {
      asked.push(...changes.map(({ id }) => id))
      return asked.length > 2 ? down() : new Map()
    }
    expect(await world.send()).toMatchObject({ state: 'failed', sent: 2, entered: 5, error: { code: 'SOURCE_UNAVAILABLE', message: 'The CRM cannot be reached.' } })
    const failed = asked.slice(2)
    world.receiver.before = () => new Map()
    expect(await world.send()).toMatchObject({ state: 'done', entered: 3, sent: 3 })
    expect(world.receiver.batches[1]?.changes.map(({ id }) => id)).toEqual(failed)
    expect(world.receiver.members.size).toBe(5)
    expect(await world.send()).toMatchObject({ sent: 0, entered: 0 })
  })

  it('doubles nothing where a batch had arrived and its answer had not', async () => {
    world = activationWorld(people('a', 'b'))
    world.receiver.after = down
    expect(await world.send()).toMatchObject({ state: 'failed', sent: 0 })
    world.receiver.after = () => undefined
    expect(await world.send()).toMatchObject({ sent: 2 })
    const ids = world.receiver.batches.map(({ changes }) => changes.map(({ id }) => id))
    expect(ids[0]).toEqual(ids[1])
    expect(world.receiver.seen.size).toBe(2)
  })

  it('is settled by the opposite change where someone went back before it could be completed', async () => {
    world = activationWorld(people('a', 'b'))
    world.receiver.after = down
    await world.send()
    world.receiver.after = () => undefined
    world.people = people('b')
    // Whether a had arrived nobody knows: leaving is told to be sure.
    expect(await world.send()).toMatchObject({ entered: 1, left: 1, sent: 2 })
    expect([...world.receiver.members]).toEqual([mail('b')])
    expect(await world.send()).toMatchObject({ sent: 0 })
  })

  it('keeps refused changes with their reason and tries them again, and drops those that do not hold any more', async () => {
    world = activationWorld(people('a', 'b', 'c'))
    world.receiver.before = () => new Map([[mail('a'), 'no such contact'], [mail('b'), 'blocked']])
    expect(await world.send()).toMatchObject({ state: 'done', sent: 1, refused: 2, refusals: [{ member: mail('a'), reason: 'no such contact' }, { member: mail('b'), reason: 'blocked' }] })
    const first = world.receiver.batches[0]?.changes.map(({ id }) => id) ?? []
    world.receiver.before = () => new Map()
    world.people = people('a', 'c')
    // b was never taken, so there is nothing to take back.
    expect(await world.send()).toMatchObject({ entered: 1, left: 0, sent: 1, refused: 0 })
    expect(world.receiver.batches[1]?.changes.map(({ id }) => id)).toEqual([first[0]])
    expect([...world.receiver.members].toSorted()).toEqual([mail('a'), mail('c')])
  })

  it('is given up where the destination takes nothing of twenty batches', async () => {
    world = activationWorld(Array.from({ length: 100 }, (_, index) => person(`p${index}`)))
    world.receiver.before = ({ changes }) => new Map(changes.map(({ member }) => [member, 'the account is closed']))
    expect(await world.send()).toMatchObject({ state: 'failed', refused: 60, error: { message: expect.stringContaining('the account is closed') } })
  })

  it('lists at most a hundred refusals, and counts all', async () => {
    world = activationWorld(Array.from({ length: 150 }, (_, index) => person(`p${index}`)))
    world.receiver.batchSize = 50
    world.receiver.before = ({ changes }) => new Map(changes.map(({ member }) => [member, 'no'.repeat(400)]))
    const report = await world.send()
    expect([report.refused, report.refusals.length, report.refusals[0]?.reason.length]).toEqual([150, 100, 300])
  })
})

describe('runs beside each other', () => {
  it('of one cohort and destination are refused, also by another engine over the same store; others go on', async () => {
    world = activationWorld(people('a'))
    const { promise: arrived, resolve: release } = Promise.withResolvers<void>()
    world.receiver.before = async () => {
      await arrived
      return new Map()
    }
    const first = world.send()
    await expect.poll(() => world.engine.reports(1)).toMatchObject([{ state: 'running' }])
    await expect(world.send()).rejects.toMatchObject({ code: 'ACTIVATION_RUNNING' })
    const other = world.open()
    await expect(other.activate({ cohort: { name: 'vips', entity: 'user', predicate: { kind: 'all' } }, destination: 'crm', dryRun: false }, 1000)).rejects.toMatchObject({ code: 'ACTIVATION_RUNNING' })
    const beside = world.send(false, 'others')
    expect(await world.send(true)).toMatchObject({ dryRun: true, state: 'done' })
    release()
    expect([(await first).state, (await beside).state]).toEqual(['done', 'done'])
    await other.close()
  })

  it('answer as they stand when they take longer than is waited', async () => {
    world = activationWorld(people('a', 'b', 'c', 'd'))
    const { promise: arrived, resolve: release } = Promise.withResolvers<void>()
    world.receiver.before = async () => {
      if (world.receiver.batches.length === 1) await arrived
      return new Map()
    }
    const report = await world.engine.activate({ cohort: { name: 'vips', entity: 'user', predicate: { kind: 'all' } }, destination: 'crm', dryRun: false }, 300)
    expect(report).toMatchObject({ state: 'running', endedUtcMs: null })
    release()
    await expect.poll(() => world.engine.reports(1)).toMatchObject([{ id: report.id, state: 'done', sent: 4 }])
  })

  it('are stopped after the batch under way when the gateway closes, shown as interrupted, and completed by the next', async () => {
    world = activationWorld(people('a', 'b', 'c', 'd'))
    const { promise: arrived, resolve: release } = Promise.withResolvers<void>()
    world.receiver.before = async () => {
      await arrived
      return new Map()
    }
    const first = world.send()
    await expect.poll(() => world.engine.reports(1)).toMatchObject([{ state: 'running', entered: 0 }])
    const closed = world.engine.close()
    release()
    await closed
    expect((await first).state).toBe('interrupted')
    await expect(world.send()).rejects.toMatchObject({ code: 'CANCELLED' })
    world.engine = world.open()
    expect(await world.engine.reports(1)).toMatchObject([{ state: 'interrupted' }])
    expect(await world.send()).toMatchObject({ state: 'done' })
    expect(world.receiver.seen.size).toBe(4)
  })
})

describe('reports', () => {
  it('come newest first, and those of a process that is gone are interrupted', async () => {
    world = activationWorld(people('a'))
    await world.send(false, 'one')
    await world.send(false, 'two')
    const { activations } = await world.store.open()
    const [newest] = await activations.runs(1)
    if (newest === undefined) throw new Error('There is a run.')
    const gone = { ...newest, id: 'zzz', cohort: 'three', state: 'running', owner: JSON.stringify({ host: 'elsewhere', pid: 1, token: 'x' }), report: JSON.stringify({ ...(JSON.parse(newest.report) as object), id: 'zzz', cohort: 'three', state: 'running' }) }
    await activations.begin({ ...gone, aliveUntilMs: Date.now() - 1 }, () => false)
    expect(await world.engine.reports(5)).toMatchObject([{ cohort: 'three', state: 'interrupted' }, { cohort: 'two', state: 'done' }, { cohort: 'one', state: 'done' }])
    expect(await world.engine.reports(1)).toHaveLength(1)
    expect(await world.send(false, 'three')).toMatchObject({ state: 'done' })
  })

  it('are kept a thousand at most', async () => {
    world = activationWorld(people('a'))
    await world.send()
    const { activations } = await world.store.open()
    const [run] = await activations.runs(1)
    if (run === undefined) throw new Error('There is a run.')
    for (let index = 0; index < 1010; index++) await activations.begin({ ...run, id: `z${String(index).padStart(5, '0')}`, state: 'done' }, () => false)
    const kept = await activations.runs(5000)
    expect([kept.length, kept.at(-1)?.id]).toEqual([1000, 'z00010'])
  }, 60_000)
})
