import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { afterAll, beforeEach, describe, expect, it } from 'vitest'
import { fixedClock } from '../../src/base/clock.ts'
import { openStore } from '../../src/store/open-store.ts'
import type { Store } from '../../src/store/open-store.ts'
import { readIds } from '../../src/store/read-ids.ts'
import { readUpload } from '../../src/store/read-upload.ts'
import { splitCsv } from '../../src/store/split-csv.ts'

const cellsOf = (csv: string, delimiter = ','): readonly (readonly string[])[] => [...splitCsv(csv, delimiter)].map(({ cells }) => cells)
const read = (csv: string, currency: string | null = 'EUR') => readUpload('cost', csv, currency)
const refusal = async (work: () => Promise<unknown>): Promise<{ readonly code: string; readonly message: string }> => {
  try {
    await work()
  } catch (error) {
    return error as { code: string; message: string }
  }
  throw new Error('Nothing was refused.')
}

describe('a CSV text', () => {
  it('comes apart by RFC 4180, whatever ends its lines, with or without a byte order mark', () => {
    for (const end of ['\n', '\r\n', '\r']) {
      expect(cellsOf(`\ufeffa,b${end}1,"x ""y"", z"${end}${end}2,"two${end}lines"${end}`)).toEqual([['a', 'b'], ['1', 'x "y", z'], ['2', `two${end}lines`]])
    }
  })

  it('numbers each record by the line on which it begins', () => {
    expect([...splitCsv('a\n\n"1\n2"\n3', ',')].map(({ line }) => line)).toEqual([1, 3, 5])
  })

  it('has a fault where a quote stands alone, is followed by text, or is never closed', () => {
    const faults = [...splitCsv('a"b,1\n"a"b,2\nc,3\n"d,4\ne,5', ',')].map(({ line, fault }) => [line, fault === null ? null : fault.slice(0, 12)])
    expect(faults).toEqual([[1, 'has a quote '], [2, 'has text aft'], [3, null], [4, 'opens a quot']])
  })

  it('comes back as it was written, whatever the cells hold', () => {
    const cell = fc.string({ unit: fc.constantFrom('a', '1', '"', ',', ';', '\n', '\r', ' ', 'é', '😀'), maxLength: 6 })
    const table = fc.tuple(fc.constantFrom(',', ';', '\t'), fc.constantFrom('\n', '\r\n'), fc.array(fc.array(cell, { minLength: 2, maxLength: 4 }), { minLength: 1, maxLength: 6 }))
    fc.assert(
      fc.property(table, ([delimiter, end, rows]) => {
        const text = rows.map((row) => row.map((value) => `"${value.replaceAll('"', '""')}"`).join(delimiter)).join(end)
        expect(cellsOf(text, delimiter)).toEqual(rows)
      }),
      { numRuns: 500, seed: 7 },
    )
  })
})

describe('an upload of costs', () => {
  it('reads its columns by name, in any order and case, and by comma, semicolon or tab', async () => {
    const wanted = [{ date: '2026-01-31', type: 'one_time', amount: '1.20', currency: 'EUR', customer: 'c1', channel: null, description: 'a, b' }]
    for (const delimiter of [',', ';', '\t']) {
      const csv = [['Amount', ' TYPE', 'Date', 'customer_id', 'description'], ['1.20', 'One-time', '2026-01-31', ' c1 ', '"a, b"']].map((cells) => cells.join(delimiter)).join('\n')
      expect(await readUpload('revenue', csv, 'EUR')).toEqual({ accepted: wanted, rejected: [] })
    }
  })

  it('reports every kind of bad row with its line, column, reason and text', async () => {
    const rows = [
      '2026-01-01,sales,1.5,USD',
      '2026-02-29,sales,1,USD',
      '01/02/2026,sales,1,USD',
      '2026-01-01,salse,1,USD',
      '2026-01-01,,1,USD',
      '2026-01-01,sales,"1,234.56",USD',
      '2026-01-01,sales,-1,USD',
      '2026-01-01,sales,0.00,USD',
      '2026-01-01,sales,1e3,USD',
      '2026-01-01,sales,$5,USD',
      '2026-01-01,sales,0.0000000001,USD',
      '2026-01-01,sales,1234567890123456789,USD',
      '2026-01-01,sales,1,DOLLAR',
      '2026-01-01,sales,1',
      '2026-01-01,sales,1,USD,more',
      '2026-01-01,sa"les,1,USD',
      'never,never,never,USD',
    ]
    const { accepted, rejected } = await read(`date,type,Amount,currency\n${rows.join('\n')}\n`)
    expect(accepted.map(({ amount }) => amount)).toEqual(['1.5'])
    expect(rejected.map(({ line, column }) => [line, column])).toEqual([
      [3, 'date'],
      [4, 'date'],
      [5, 'type'],
      [6, 'type'],
      [7, 'Amount'],
      [8, 'Amount'],
      [9, 'Amount'],
      [10, 'Amount'],
      [11, 'Amount'],
      [12, 'Amount'],
      [13, 'Amount'],
      [14, 'currency'],
      [15, null],
      [16, null],
      [17, null],
      [18, 'date'],
    ])
    expect(rejected.map(({ content }) => content)).toEqual(rows.slice(1))
    const reasons = rejected.map(({ reason }) => reason)
    expect(reasons[2]).toContain('did you mean sales?')
    expect(reasons[12]).toBe('The row has 3 cells, the header 4.')
    expect(reasons[15]).toMatch(/^date is no date.*; type is none of.*; Amount is no positive number/)
  })

  it('takes amounts with nine decimals as they stand', async () => {
    expect((await read('date,type,amount\n2026-01-01,other,+000123456789012345678.123456789\n2026-01-01,other,7\n2026-01-01,other,0.10\n')).accepted.map(({ amount }) => amount)).toEqual(['123456789012345678.123456789', '7', '0.10'])
  })

  it('wants a currency from somewhere', async () => {
    const csv = 'date,type,amount,currency\n2026-01-01,other,1,\n2026-01-01,other,1,usd\n'
    expect((await read(csv, 'EUR')).accepted.map(({ currency }) => currency)).toEqual(['EUR', 'USD'])
    expect((await read(csv, null)).rejected).toMatchObject([{ line: 2, column: 'currency' }])
  })

  it('is refused as a whole when it is empty, lacks a column, has one that is not known, or is too large', async () => {
    const refused = ['', '\n\n', 'date,type\n', 'date,type,amount,chanel\n', 'date,type,amount,date\n', '"date,type,amount\n', `date,type,amount\n${'x'.repeat(10_000_000)}`, `date,type,amount\n${'a\n'.repeat(100_001)}`].map((csv) => refusal(() => read(csv)))
    const messages = (await Promise.all(refused)).map(({ message }) => message)
    expect(messages.map((message) => message.replaceAll(/\d+ bytes/g, 'n bytes'))).toEqual([
      'The CSV text is empty.',
      'The CSV text is empty.',
      'The CSV header has no column "amount".',
      'The CSV header has a column "chanel" that is not known.',
      'The CSV header has the column "date" twice.',
      'The CSV header opens a quote that is never closed; nothing after it was read.',
      'The CSV text has n bytes; 10000000 are allowed.',
      'The CSV text has more than 100000 rows.',
    ])
  })
})

describe('what an upload leaves behind', () => {
  const folder = mkdtempSync(join(tmpdir(), 'kpiql-uploads-'))
  let store: Store
  let count = 0
  beforeEach(async () => {
    await store?.close()
    store = await openStore(join(folder, `${++count}.db`), fixedClock(Date.UTC(2026, 0, 2, 3, 4, 5)))
  })
  afterAll(async () => {
    await store.close()
    rmSync(folder, { recursive: true, force: true })
  })

  const mixed = 'date,type,amount\n2026-01-01,sales,1\n2026-01-01,sales,x\n2026-01-02,sales,2\n'
  const asked = { csv: mixed, currency: 'EUR', dryRun: false, onError: 'reject_rows', key: null } as const
  const amounts = async (): Promise<readonly string[]> => (await store.amounts.list('cost', { from: null, to: null, type: null }, 10, null)).records.map(({ amount }) => amount)

  it('is the good rows, or none at all where one bad row keeps all out, or for a dry run', async () => {
    expect(await store.amounts.upload('cost', { ...asked, dryRun: true })).toMatchObject({ accepted: 2, recorded: 0, rejectedCount: 1 })
    expect(await store.amounts.upload('cost', { ...asked, onError: 'reject_all' })).toMatchObject({ accepted: 2, recorded: 0, rejectedCount: 1 })
    expect(await amounts()).toEqual([])
    expect(await store.amounts.upload('cost', asked)).toMatchObject({ accepted: 2, recorded: 2, rejectedCount: 1 })
    expect(await amounts()).toEqual(['2', '1'])
  })

  it('is there once however often it comes with its key, and its key is free while nothing was recorded', async () => {
    await store.amounts.upload('cost', { ...asked, onError: 'reject_all', key: 'k' })
    const mended = { ...asked, csv: mixed.replace('x', '3'), onError: 'reject_all', key: 'k' } as const
    const first = await store.amounts.upload('cost', mended)
    expect(await store.amounts.upload('cost', mended)).toEqual(first)
    expect(await Promise.all([store.amounts.upload('cost', mended), store.amounts.upload('cost', mended)])).toEqual([first, first])
    expect(await amounts()).toEqual(['2', '3', '1'])
    await expect(store.amounts.upload('cost', { ...asked, key: 'k' })).rejects.toMatchObject({ code: 'KEY_REUSED' })
    // Keys of costs and of revenue never meet.
    expect(await store.amounts.upload('revenue', { ...mended, csv: 'date,type,amount\n2026-01-01,upsell,1\n' })).toMatchObject({ recorded: 1 })
  })

  it('lists at most a thousand bad rows, and says that there are more', async () => {
    const csv = `date,type,amount\n${'2026-01-01,sales,x\n'.repeat(1001)}`
    const { rejectedCount, rejected, truncated } = await store.amounts.upload('cost', { ...asked, csv })
    expect([rejectedCount, rejected.length, truncated, rejected.at(-1)?.line]).toEqual([1001, 1000, true, 1001])
  })
})

describe('an uploaded list of ids', () => {
  it('is one id a line, with or without a header, each id once', async () => {
    expect(await readIds('\ufeffCustomer_ID\r\nc1\r\n"c,2"\r\n c1 \r\n""\r\n', 'customer', null)).toEqual({ ids: ['c1', 'c,2'], blank: 1, duplicates: 1, rejected: [] })
    expect((await readIds('c1\nid\n', 'customer', null)).ids).toEqual(['c1', 'id'])
  })

  it('reports rows that are no id', async () => {
    expect((await readIds(`c1\nc2,x\n${'c'.repeat(201)}\nc\u0000\n`, 'customer', null)).rejected.map(({ line, reason }) => [line, reason])).toEqual([
      [2, 'The row has several cells.'],
      [3, 'The row is longer than 200 characters.'],
      [4, 'The row holds control characters.'],
    ])
  })

  it('needs the name of the column where there are several', async () => {
    expect((await refusal(() => readIds('a,b\n1,2\n', 'customer', null))).message).toBe('The text has several columns.')
    expect((await readIds('a;b\n1;2\n3;4\n', 'customer', 'B')).ids).toEqual(['2', '4'])
  })

  it('has at most 100,000 rows in either form', async () => {
    const ids = (count: number): string => Array.from({ length: count }, (_, index) => `c${index}\n`).join('')
    expect((await readIds(`customer\n${ids(100_000)}`, 'customer', null)).ids.length).toBe(100_000)
    expect((await readIds(`key\n${ids(100_000)}`, 'customer', 'key')).ids.length).toBe(100_000)
    for (const column of [null, 'key']) expect((await refusal(() => readIds(`${column ?? 'id'}\n${ids(100_001)}`, 'customer', column))).message).toBe('The CSV text has more than 100000 rows.')
  })

  it('lets others have their turn while it is read and while it is kept', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'kpiql-turns-'))
    const store = await openStore(join(folder, 'store.db'), fixedClock(0))
    let turns = 0
    let atUnknown = 0
    let busy = true
    const count = (): void => {
      turns += 1
      if (busy) setImmediate(count)
    }
    setImmediate(count)
    const csv = Array.from({ length: 100_000 }, (_, index) => `c${index}`).join('\n')
    const asked = { name: 'long', description: null, entity: 'customer', csv, column: null, key: null, sent: null }
    const uploaded = await store.cohorts.upload(asked, async () => {
      atUnknown = turns
      return []
    })
    busy = false
    expect([uploaded.cohort.listSize, atUnknown >= 3, turns - atUnknown >= 40]).toEqual([100_000, true, true])
    await store.close()
    rmSync(folder, { recursive: true, force: true })
  })
})
