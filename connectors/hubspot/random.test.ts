import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { randomFrom } from '../../test/oracle/shop.ts'
import { Collected } from '../../test/vendors/collect.ts'
import { startHubspot } from '../../test/vendors/hubspot.ts'
import type { FakeHubspot, FakeRecord } from '../../test/vendors/hubspot.ts'
import type { Stream } from '../sync-contract.ts'
import hubspot from './sync.ts'

const CASES = 200
const SYNCS = 3
const START = Date.parse('2026-11-01T00:00:00Z')
/** The index learns of changes so much later, at most; less than what is read again. */
const MOST_LAG_MS = 90_000
const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined }

let clock = START
let vendor: FakeHubspot
let contacts: Stream

beforeAll(async () => {
  vendor = await startHubspot(() => clock)
  vendor.properties.contacts.push({ name: 'turn', label: 'Turn', type: 'string' })
  const options = hubspot.options.parse({ accessToken: 'pat-eu1-secret', baseUrl: vendor.url, objects: ['contacts'], pageSize: 3 })
  const source = hubspot.open('crm', options, { log: silent, now: () => clock, wait: async (ms) => void (clock += Math.ceil(ms)) })
  const [, found] = await source.streams(new AbortController().signal)
  if (found?.name !== 'contacts') throw new Error('There is no stream contacts.')
  contacts = found
})

afterAll(() => vendor.close())

/** All that was merged into a record, also into those that were. */
function mergedInto({ properties }: FakeRecord): readonly string[] {
  return `${properties.hs_merged_object_ids ?? ''};${properties.hs_calculated_merged_vids ?? ''}`.split(/[;]/).map((one) => one.split(':')[0] ?? '').filter((id) => id !== '')
}

/** An account in which things happen at random; what the search index knows follows later. */
class Account {
  readonly #random: () => number
  readonly #records = vendor.records.contacts
  #lags: { readonly record: FakeRecord; readonly untilMs: number }[] = []
  #nextId = 1
  #turn = 0

  constructor(random: () => number) {
    this.#random = random
    this.#records.clear()
  }

  /** One thing happens. */
  happen(): void {
    clock += 1 + Math.floor(this.#random() * 40_000)
    this.settle()
    const present = this.present()
    const one = this.#pick(present)
    const other = this.#pick(present.filter((record) => record !== one))
    const dice = this.#random()
    if (!one || dice < 0.3) this.#add()
    else if (dice < 0.6) this.#change(one)
    else if (dice < 0.7) this.#lagging(one, { archived: true })
    else if (dice < 0.78) {
      const archived = this.#pick([...this.#records.values()].filter((record) => record.archived === true))
      if (archived) this.#lagging(archived, { archived: false, modifiedMs: clock })
    } else if (other && dice < 0.9) {
      const winner = this.#add({ hs_merged_object_ids: [one, other].flatMap((loser) => [loser.id, ...mergedInto(loser)]).join(';') })
      for (const loser of [one, other]) this.#lagging(loser, { mergedInto: winner.id })
    } else if (other) {
      this.#change(other, { hs_calculated_merged_vids: [one.id, ...mergedInto(one), ...mergedInto(other)].map((id) => `${id}:${clock}`).join(';') })
      this.#lagging(one, { mergedInto: other.id })
    }
  }

  /** The index has caught up with what is old enough. */
  settle(): void {
    for (const { record, untilMs } of this.#lags) if (untilMs <= clock) delete record.index
    this.#lags = this.#lags.filter(({ untilMs }) => untilMs > clock)
  }

  present(): readonly FakeRecord[] {
    return [...this.#records.values()].filter(({ archived, mergedInto }) => archived !== true && mergedInto === undefined)
  }

  #add(more: Record<string, string> = {}): FakeRecord {
    const record: FakeRecord = { id: String(this.#nextId++), properties: { turn: String(this.#turn++), ...more }, createdMs: clock, modifiedMs: clock }
    this.#records.set(record.id, record)
    this.#lag(record, 'unknown')
    return record
  }

  #change(record: FakeRecord, more: Record<string, string> = {}): void {
    this.#lagging(record, { modifiedMs: clock, properties: { ...record.properties, turn: String(this.#turn++), ...more } })
  }

  /** The index goes on showing what it knew. */
  #lagging(record: FakeRecord, change: Partial<FakeRecord>): void {
    const wasShown = record.archived !== true && record.mergedInto === undefined
    const before = record.index ?? (wasShown ? { modifiedMs: record.modifiedMs } : ('unknown' as const))
    Object.assign(record, change)
    this.#lag(record, before)
  }

  #lag(record: FakeRecord, index: NonNullable<FakeRecord['index']>): void {
    record.index = index
    this.#lags = [...this.#lags.filter((one) => one.record !== record), { record, untilMs: clock + Math.floor(this.#random() * MOST_LAG_MS) }]
    this.settle()
  }

  #pick<T>(all: readonly T[]): T | undefined {
    return all[Math.floor(this.#random() * all.length)]
  }
}

describe('HubSpot’s contacts, whatever happens', () => {
  it(`are what the account has, over ${CASES} accounts that change while they are read, with readings cut off anywhere`, async () => {
    for (let seed = 1; seed <= CASES; seed++) {
      const random = randomFrom(seed)
      clock = START
      const account = new Account(random)
      for (let count = Math.floor(random() * 12); count > 0; count--) account.happen()
      const landed = new Collected()
      for (let sync = 0; sync < SYNCS; sync++) {
        clock += 1 + Math.floor(random() * 600_000)
        account.settle()
        const nowUtcMs = clock
        for (let isOver = false; !isOver; ) {
          const pages = await landed.read(contacts, { nowUtcMs: isOver ? clock : nowUtcMs }, 1)
          isOver = pages.length === 0 || random() < 0.25
          while (random() < 0.4) account.happen()
        }
      }
      clock += 3_600_000
      account.settle()
      await landed.read(contacts, { nowUtcMs: clock })
      const rows = Object.fromEntries(landed.rows('contacts').map(({ id, turn }) => [id, turn]))
      expect(rows, `seed ${seed}`).toEqual(Object.fromEntries(account.present().map(({ id, properties }) => [id, properties.turn])))
    }
  })
})
