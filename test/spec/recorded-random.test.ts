import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openFeed } from '../../connectors/duckdb/open-feed.ts'
import { systemClock } from '../../src/base/clock.ts'
import { storeFeed } from '../../src/cli/store-feed.ts'
import { lazyStore } from '../../src/store/lazy-store.ts'
import { COST_TYPES } from '../../src/store/recorded-amount.ts'

const folder = mkdtempSync(join(tmpdir(), 'kpiql-random-'))
const lazy = lazyStore(join(folder, 'store.db'), systemClock)
const source = openFeed('kpiql', storeFeed(lazy), { log: { debug() {}, info() {}, warn() {} }, stateFolder: '' })
beforeAll(async () => {
  await lazy.open()
})
afterAll(async () => {
  await source.close()
  await lazy.close()
  rmSync(folder, { recursive: true, force: true })
})

interface Row {
  readonly id: string
  readonly date: string
  readonly type: string
  readonly amount: string
  readonly currency: string
  readonly channel: string | null
}

const fields = fc.record({
  date: fc.integer({ min: 0, max: 73_000 }).map((day) => new Date(Date.UTC(1950, 0, 1) + day * 86_400_000).toISOString().slice(0, 10)),
  type: fc.constantFrom(...COST_TYPES),
  amount: fc.tuple(fc.bigInt({ min: 0n, max: 10n ** 18n - 1n }), fc.stringMatching(/^[0-9]{0,8}[1-9]$/)).map(([whole, decimals]) => `${whole}.${decimals}`),
  currency: fc.constantFrom('EUR', 'USD'),
  channel: fc.option(fc.string({ unit: fc.constantFrom('a', "'", '"', '\\', '%', '😀', ';', '\n'), minLength: 1, maxLength: 5 }).map((text) => text.trim() || null)),
})
const step = fc.oneof(fc.record({ what: fc.constant('record'), fields }), fc.record({ what: fc.constant('update'), at: fc.nat(), fields }), fc.record({ what: fc.constant('delete'), at: fc.nat() }), fc.record({ what: fc.constant('upload'), rows: fc.array(fields, { minLength: 1, maxLength: 5 }) }))

/** As the engine has it, amounts without the zeros that its scale adds. */
async function read(): Promise<readonly Row[]> {
  const dataVersion = await source.dataVersion(['recorded_costs', 'recorded_revenue'], false)
  const { columns } = await source.query({ text: 'SELECT id, CAST(date AS VARCHAR), type, CAST(amount AS VARCHAR), currency, channel FROM recorded_costs ORDER BY id', params: [], columns: ['text', 'text', 'text', 'text', 'text', 'text'] }, { dataVersion })
  const [id = [], date = [], type = [], amount = [], currency = [], channel = []] = columns as readonly (readonly (string | null)[])[]
  return id.map((one, index) => ({ id: String(one), date: String(date[index]), type: String(type[index]), amount: String(amount[index]).replace(/\.?0+$/, ''), currency: String(currency[index]), channel: channel[index] ?? null }))
}

describe('what the source reads', () => {
  it('is after every change what was recorded, corrected, deleted and uploaded by then', async () => {
    const { amounts } = await lazy.open()
    const kept = new Map<string, Row>()
    const nth = (at: number): Row | undefined => [...kept.values()][at % Math.max(1, kept.size)]
    const keep = ({ id, date, type, amount, currency, channel }: Row): void => void kept.set(id, { id, date, type, amount, currency, channel })
    await fc.assert(
      fc.asyncProperty(step, async (asked) => {
        if ('rows' in asked) {
          const csv = ['date,type,amount,currency,channel', ...asked.rows.map(({ date, type, amount, currency, channel }) => [date, type, amount, currency, `"${(channel ?? '').replaceAll('"', '""')}"`].join(','))].join('\n')
          await amounts.upload('cost', { csv, currency: null, dryRun: false, onError: 'reject_all', key: null })
          const { records } = await amounts.list('cost', { from: null, to: null, type: null }, 10_000, null)
          const added = records.filter(({ id }) => !kept.has(id)).toSorted((a, b) => (a.id < b.id ? -1 : 1))
          expect(added.length).toBe(asked.rows.length)
          for (const [index, row] of asked.rows.entries()) keep({ ...row, id: added[index]?.id ?? '' })
        } else if (asked.what === 'record' && 'fields' in asked) keep({ ...asked.fields, id: (await amounts.record('cost', asked.fields, null)).id })
        else if ('at' in asked) {
          const row = nth(asked.at)
          if (row === undefined) return
          if ('fields' in asked) {
            await amounts.update('cost', row.id, asked.fields)
            keep({ ...asked.fields, id: row.id })
          } else {
            await amounts.delete('cost', row.id)
            kept.delete(row.id)
          }
        }
        expect(await read()).toEqual([...kept.values()].toSorted((a, b) => (a.id < b.id ? -1 : 1)))
      }),
      { numRuns: 200, seed: 3 },
    )
  })
})
