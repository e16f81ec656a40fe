import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ActivationBatch, ActivationTarget, ChangeOutcome } from '../../connectors/activation-contract.ts'
import type { Analytics, MembersAsk } from '../../src/answer/types.ts'
import { systemClock } from '../../src/base/clock.ts'
import { silentLog } from '../../src/base/log.ts'
import { createActivations } from '../../src/jobs/activation/create-activations.ts'
import type { ActivationEngine, ActivationLimits } from '../../src/jobs/activation/types.ts'
import type { ActivationReport } from '../../src/jobs/types.ts'
import { lazyStore } from '../../src/store/lazy-store.ts'
import type { LazyStore } from '../../src/store/lazy-store.ts'

/** A member: the key, and what the destination knows them by. */
export type Person = readonly [key: string, address: string | null]

/** Answers who is in; everything else is not asked. */
export function analyticsOver(people: () => readonly Person[], asked: MembersAsk[] = [], version: () => string = () => '1'): Analytics {
  const members = (ask: MembersAsk) => {
    asked.push(ask)
    const all = people()
    const [began = version(), from = '0'] = ask.after?.split('@') ?? []
    const page = all.slice(Number(from), Number(from) + ask.first)
    const end = Number(from) + page.length
    return Promise.resolve({ ids: page.map(([key]) => key), attributes: ask.attribute ? page.map(([, address]) => address) : [], totalCount: all.length, hasNextPage: end < all.length, endCursor: `${version()}@${end}`, cursorOutdated: began !== version() })
  }
  return { nowUtcMs: () => Date.UTC(2026, 4, 1), session: () => ({ nowUtcMs: Date.UTC(2026, 4, 1), members }) } as unknown as Analytics
}

/** A receiver that can be told to fail, and forgets repetitions by their id as tools do. */
export class Receiver implements ActivationTarget {
  readonly name = 'crm'
  batchSize = 3
  readonly batches: ActivationBatch[] = []
  readonly prepared: string[] = []
  readonly seen = new Set<string>()
  readonly members = new Set<string>()
  /** Asked before a batch arrives: it may throw, wait, or say who is refused. */
  before: (batch: ActivationBatch) => Promise<ReadonlyMap<string, string>> | ReadonlyMap<string, string> = () => new Map()
  /** Asked when it has arrived. */
  after: (batch: ActivationBatch) => void = () => undefined

  test(): Promise<{ ok: boolean; message: string }> {
    return Promise.resolve({ ok: true, message: '' })
  }

  prepare(cohort: string): Promise<void> {
    this.prepared.push(cohort)
    return Promise.resolve()
  }

  async send(batch: ActivationBatch): Promise<readonly ChangeOutcome[]> {
    const refused = await this.before(batch)
    this.batches.push(batch)
    const outcomes = batch.changes.map(({ member, change, id }): ChangeOutcome => {
      const reason = refused.get(member)
      if (reason !== undefined) return { ok: false, reason }
      if (!this.seen.has(id)) {
        this.seen.add(id)
        if (change === 'entered') this.members.add(member)
        else this.members.delete(member)
      }
      return { ok: true }
    })
    this.after(batch)
    return outcomes
  }

  close(): Promise<void> {
    return Promise.resolve()
  }

  get changes(): readonly (readonly [string, string])[] {
    return this.batches.flatMap(({ changes }) => changes.map(({ member, change }) => [member, change] as const))
  }
}

export interface ActivationWorld {
  people: readonly Person[]
  version: string
  readonly asked: MembersAsk[]
  readonly receiver: Receiver
  readonly store: LazyStore
  engine: ActivationEngine
  /** Another process's engine over the same store, as far as one process can show it. */
  open(limits?: Partial<ActivationLimits>): ActivationEngine
  send(dryRun?: boolean, cohort?: string): Promise<ActivationReport>
  close(): Promise<void>
}

export function activationWorld(people: readonly Person[], identify: string | null = 'email'): ActivationWorld {
  const folder = mkdtempSync(join(tmpdir(), 'kpiql-activation-'))
  const receiver = new Receiver()
  const asked: MembersAsk[] = []
  const store = lazyStore(join(folder, 'store.db'), systemClock)
  const world: ActivationWorld = {
    people,
    version: '1',
    asked,
    receiver,
    store,
    open: (limits = {}) => createActivations({ destinations: [{ name: 'crm', connector: 'fake', target: receiver, identify }], store, analytics: () => analyticsOver(() => world.people, asked, () => world.version), clock: systemClock, log: silentLog, limits }),
    engine: undefined as unknown as ActivationEngine,
    send: (dryRun = false, cohort = 'vips') => world.engine.activate({ cohort: { name: cohort, entity: 'user', predicate: { kind: 'all' } }, destination: 'crm', dryRun }, 20_000),
    async close() {
      await world.engine.close()
      await store.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
  world.engine = world.open()
  return world
}
