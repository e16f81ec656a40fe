import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { afterAll, beforeEach, describe, expect, it } from 'vitest'
import { openStore } from '../../src/store/open-store.ts'
import type { Store } from '../../src/store/open-store.ts'
import { newId } from '../../src/store/new-id.ts'

const folder = mkdtempSync(join(tmpdir(), 'kpiql-amounts-'))
const clock = { ms: 0, nowMs: () => clock.ms }
const everything = { from: null, to: null, type: null }
const cost = { date: '2026-01-31', type: 'Sales', amount: '12.340', currency: 'eur', channel: ' ads ', description: '' }
let store: Store
let count = 0

beforeEach(async () => {
  await store?.close()
  clock.ms = Date.UTC(2026, 1, 1)
  store = await openStore(join(folder, `${++count}.db`), clock)
})
afterAll(async () => {
  await store.close()
  rmSync(folder, { recursive: true, force: true })
})

describe('a recorded amount', () => {
  it('is kept with every digit, its texts trimmed and what is blank null', async () => {
    const recorded = await store.amounts.record('cost', cost, null)
    expect(recorded).toEqual({ id: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/), date: '2026-01-31', type: 'sales', amount: '12.340', currency: 'EUR', customer: null, channel: 'ads', description: null, createdAt: '2026-02-01T00:00:00.000Z', updatedAt: '2026-02-01T00:00:00.000Z' })
    expect((await store.amounts.list('cost', everything, 1, null)).records).toEqual([recorded])
  })

  it('is corrected field by field, and only as a whole that could be recorded', async () => {
    const before = await store.amounts.record('cost', cost, null)
    clock.ms += 1000
    expect(await store.amounts.update('cost', before.id, { amount: '1', channel: null })).toEqual({ ...before, amount: '1', channel: null, updatedAt: '2026-02-01T00:00:01.000Z' })
    await expect(store.amounts.update('cost', before.id, { date: null, amount: '0' })).rejects.toMatchObject({ code: 'RECORD_INVALID', message: 'The cost cannot be recorded: date is missing; amount is zero; it must be positive.' })
    await expect(store.amounts.update('cost', before.id, { customer: 'c1' })).resolves.toMatchObject({ customer: null })
    await expect(store.amounts.update('revenue', before.id, { amount: '1' })).rejects.toMatchObject({ code: 'RECORD_UNKNOWN' })
  })

  it('is gone once deleted, and says so when it is asked for again', async () => {
    const before = await store.amounts.record('revenue', { ...cost, type: 'upsell', customer: 'c1' }, null)
    expect(await store.amounts.delete('revenue', before.id)).toEqual(before)
    await expect(store.amounts.delete('revenue', before.id)).rejects.toMatchObject({ code: 'RECORD_UNKNOWN' })
  })

  it('moves the revision of its kind and no other, however it changes', async () => {
    const seen = [await store.amounts.revisions()]
    const note = async (work: Promise<unknown>): Promise<void> => {
      await work.catch(() => {})
      seen.push(await store.amounts.revisions())
    }
    const { id } = await store.amounts.record('cost', cost, null)
    await note(store.amounts.update('cost', id, { amount: '1' }))
    await note(store.amounts.record('revenue', { ...cost, type: 'upsell' }, null))
    await note(store.amounts.record('cost', { ...cost, amount: 'no' }, null))
    await note(store.amounts.delete('cost', id))
    await note(store.amounts.delete('cost', id))
    expect(seen).toEqual([
      { cost: 0, revenue: 0 },
      { cost: 2, revenue: 0 },
      { cost: 2, revenue: 1 },
      { cost: 2, revenue: 1 },
      { cost: 3, revenue: 1 },
      { cost: 3, revenue: 1 },
    ])
  })
})

describe('a request with a key', () => {
  it('has its first answer again, also once what it recorded was corrected or deleted', async () => {
    const first = await store.amounts.record('cost', cost, 'k')
    await store.amounts.delete('cost', first.id)
    expect(await store.amounts.record('cost', cost, 'k')).toEqual(first)
    expect((await store.amounts.list('cost', everything, 1, null)).totalCount).toBe(0)
  })

  it('is refused with a blank key or one that is too long', async () => {
    for (const key of ['', ' ', 'k'.repeat(201)]) await expect(store.amounts.record('cost', cost, key)).rejects.toMatchObject({ code: 'RECORD_INVALID' })
  })
})

describe('a list of recorded amounts', () => {
  it('gives each once, newest first, while others are recorded between its pages', async () => {
    const days = ['2026-01-03', '2026-01-01', '2026-01-02', '2026-01-02', '2026-01-02', '2026-01-05']
    for (const date of days) await store.amounts.record('cost', { ...cost, date }, null)
    const filter = { from: '2026-01-01', to: '2026-01-04', type: 'sales' }
    const expected = (await store.amounts.list('cost', filter, 10, null)).records.map(({ id }) => id)
    const seen: string[] = []
    let after: string | null = null
    for (;;) {
      const page = await store.amounts.list('cost', filter, 2, after)
      seen.push(...page.records.map(({ id }) => id))
      await store.amounts.record('cost', { ...cost, date: '2026-01-03' }, null)
      after = page.endCursor
      if (!page.hasNextPage) break
    }
    expect(seen).toEqual(expected)
    expect((await store.amounts.list('cost', everything, 10, null)).records[0]?.date).toBe('2026-01-05')
  })

  it('refuses the cursor of another list, and what is none', async () => {
    await store.amounts.record('cost', cost, null)
    const { endCursor } = await store.amounts.list('cost', everything, 1, null)
    for (const after of [endCursor, 'nonsense', '']) await expect(store.amounts.list('cost', { ...everything, type: 'sales' }, 1, after)).rejects.toMatchObject({ code: 'INVALID_CURSOR' })
  })

  it('adds up each currency as whole billionths would', async () => {
    let day = Date.UTC(2000, 0, 1)
    // At most 18 digits before the point.
    const amount = fc.record({ units: fc.bigInt({ min: 1n, max: 10n ** 18n - 1n }), scale: fc.integer({ min: 0, max: 9 }), currency: fc.constantFrom('EUR', 'USD', 'JPY') })
    await fc.assert(
      fc.asyncProperty(fc.array(amount, { minLength: 1, maxLength: 20 }), async (amounts) => {
        // A day of its own for each case.
        day += 86_400_000
        const [from = '', to = ''] = [day, day + 86_400_000].map((ms) => new Date(ms).toISOString().slice(0, 10))
        const csv = `date,type,amount,currency\n${amounts.map(({ units, scale, currency }) => `${from},sales,${decimalText(units, scale)},${currency}`).join('\n')}`
        await store.amounts.upload('cost', { csv, currency: null, dryRun: false, onError: 'reject_all', key: null })
        const byHand = new Map<string, bigint>()
        for (const { units, scale, currency } of amounts) byHand.set(currency, (byHand.get(currency) ?? 0n) + units * 10n ** BigInt(9 - scale))
        const totals = await store.amounts.totals('cost', { from, to, type: null })
        const billionths = totals.map(({ currency, amount: sum }) => [currency, BigInt(sum.replace('.', '')) * 10n ** BigInt(9 - (sum.split('.')[1]?.length ?? 0))])
        expect(billionths).toEqual([...byHand].toSorted(([a], [b]) => (a < b ? -1 : 1)))
      }),
      { numRuns: 200, seed: 11 },
    )
  })
})

function decimalText(units: bigint, scale: number): string {
  const digits = units.toString().padStart(scale + 1, '0')
  return scale === 0 ? digits : `${digits.slice(0, -scale)}.${digits.slice(-scale)}`
}

describe('an id', () => {
  it('sorts by when it was made, also where the clock stands still or is set back', () => {
    const ids = [1000, 1000, 1001, 900, 900, ...Array.from({ length: 5000 }, () => 1001)].map((ms) => newId(ms + 4e12))
    expect(ids).toEqual(ids.toSorted())
    expect(new Set(ids).size).toBe(ids.length)
  })
})
