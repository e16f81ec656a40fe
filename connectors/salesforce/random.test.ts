import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { randomFrom } from '../../test/oracle/shop.ts'
import { Collected } from '../../test/vendors/collect.ts'
import { instant, startSalesforce } from '../../test/vendors/salesforce.ts'
import type { FakeRecord, FakeSalesforce } from '../../test/vendors/salesforce.ts'
import type { Stream } from '../sync-contract.ts'
import salesforce from './sync.ts'

const CASES = 200
const SYNCS = 3
const START = Date.parse('2026-11-01T00:00:00Z')
/** Commits lie so far behind the present, at most; less than what is read again. */
const MOST_LATE_MS = 5 * 60_000
const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined }

let clock = START
let vendor: FakeSalesforce
let opportunities: Stream

beforeAll(async () => {
  vendor = await startSalesforce({
    Opportunity: [{ name: 'Name', type: 'string' }, { name: 'CurrencyIsoCode', type: 'picklist' }],
    OpportunityHistory: [{ name: 'OpportunityId', type: 'reference' }, { name: 'StageName', type: 'picklist' }],
    OpportunityLineItem: [{ name: 'OpportunityId', type: 'reference' }, { name: 'Quantity', type: 'double' }],
  })
  vendor.usage.limit = Infinity
  const options = salesforce.options.parse({ instanceUrl: vendor.url, accessToken: 'session-1', pageSize: 3, mostApiUsage: 1 })
  const source = salesforce.open('sf', options, { log: silent, now: () => clock, wait: async (ms) => void (clock += Math.ceil(ms)) })
  const [found] = await source.streams(new AbortController().signal)
  if (found?.name !== 'opportunities') throw new Error('There is no stream opportunities.')
  opportunities = found
})

afterAll(() => vendor.close())

const idOf = (kind: string, number: number): string => `${kind}${String(number).padStart(15, '0')}`

function recordsOf(object: string): Map<string, FakeRecord> {
  const found = vendor.objects.get(object)
  if (!found) throw new Error(`There is no ${object}.`)
  return found.records
}

/** An organisation in which things happen at random, and are committed late. */
class Organisation {
  readonly #random: () => number
  #next = 1

  constructor(random: () => number) {
    this.#random = random
    for (const { records, deleted } of vendor.objects.values()) {
      records.clear()
      deleted.length = 0
    }
  }

  happen(): void {
    clock += 1 + Math.floor(this.#random() * 40_000)
    const all = [...recordsOf('Opportunity').values()]
    const one = this.#pick(all.filter(({ IsDeleted }) => !IsDeleted))
    const binned = this.#pick(all.filter(({ IsDeleted }) => IsDeleted))
    const dice = this.#random()
    if (!one || dice < 0.3) this.#put('Opportunity', idOf('006', this.#next++), { Name: String(this.#next) })
    else if (dice < 0.5) this.#put('Opportunity', one.Id, { Name: String(this.#next++) })
    else if (dice < 0.65) {
      this.#put('OpportunityHistory', idOf('008', this.#next++), { OpportunityId: one.Id, StageName: 'New' })
      this.#put('Opportunity', one.Id, { Name: String(this.#next++) })
    } else if (dice < 0.75) this.#put('OpportunityLineItem', idOf('00k', this.#next++), { OpportunityId: one.Id, Quantity: this.#next })
    else if (dice < 0.87) this.#drop(one, { isPurged: false })
    else if (dice < 0.93) this.#drop(binned ?? one, { isPurged: true })
    else if (binned) this.#put('Opportunity', binned.Id, { IsDeleted: false })
  }

  present(object: string): readonly string[] {
    const gone = (record: FakeRecord): boolean => record.IsDeleted || (object !== 'Opportunity' && recordsOf('Opportunity').get(String(record.OpportunityId))?.IsDeleted !== false)
    return [...recordsOf(object).values()].filter((record) => !gone(record)).map(({ Id, Name }) => `${Id} ${String(Name ?? '')}`).toSorted()
  }

  #put(object: string, id: string, fields: object): void {
    const records = recordsOf(object)
    const before = records.get(id)
    const at = instant(clock - Math.floor(this.#random() * (before ? 1_000 : MOST_LATE_MS)))
    records.set(id, { Id: id, CreatedDate: at, IsDeleted: false, ...before, ...fields, SystemModstamp: at })
  }

  /** What belongs to an opportunity goes with it for good, without a trace of its own. */
  #drop(record: FakeRecord, { isPurged }: { readonly isPurged: boolean }): void {
    for (const object of ['OpportunityHistory', 'OpportunityLineItem']) for (const [id, child] of recordsOf(object)) if (child.OpportunityId === record.Id) recordsOf(object).delete(id)
    vendor.objects.get('Opportunity')?.deleted.push({ id: record.Id, deletedDate: instant(clock) })
    if (isPurged) recordsOf('Opportunity').delete(record.Id)
    else this.#put('Opportunity', record.Id, { IsDeleted: true })
  }

  #pick<T>(all: readonly T[]): T | undefined {
    return all[Math.floor(this.#random() * all.length)]
  }
}

describe('Salesforce’s opportunities, whatever happens', () => {
  it(`are what the organisation has, over ${CASES} organisations that change while they are read, with readings cut off anywhere`, async () => {
    for (let seed = 1; seed <= CASES; seed++) {
      const random = randomFrom(seed)
      clock = START
      const organisation = new Organisation(random)
      for (let count = Math.floor(random() * 12); count > 0; count--) organisation.happen()
      const landed = new Collected()
      for (let sync = 0; sync < SYNCS; sync++) {
        clock += 1 + Math.floor(random() * 900_000)
        const nowUtcMs = clock
        for (let isOver = false; !isOver; ) {
          const before = JSON.stringify(landed.cursor)
          await landed.read(opportunities, { nowUtcMs }, 1)
          isOver = before === JSON.stringify(landed.cursor) || random() < 0.15
          while (random() < 0.3) organisation.happen()
        }
      }
      clock += 3_600_000
      await landed.read(opportunities, { nowUtcMs: clock })
      const shown = (table: string) => landed.rows(table).map(({ id, name }) => `${String(id)} ${String(name ?? '')}`).toSorted()
      expect(shown('opportunities'), `seed ${seed}`).toEqual(organisation.present('Opportunity'))
      expect(shown('opportunity_history'), `seed ${seed}`).toEqual(organisation.present('OpportunityHistory'))
      expect(shown('opportunity_line_items'), `seed ${seed}`).toEqual(organisation.present('OpportunityLineItem'))
    }
  })
})
