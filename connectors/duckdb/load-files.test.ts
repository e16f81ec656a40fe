import { gzipSync } from 'node:zlib'
import * as fc from 'fast-check'
import { afterEach, describe, expect, it } from 'vitest'
import { decimalToText } from '../../src/base/decimal-number.ts'
import { makeDataFolder, readColumn, rowsOf, type DataFolder } from '../../test/fixtures/bad-files/data-folder.ts'
import type { QuarantineEntry } from '../contract.ts'

const folders: DataFolder[] = []

afterEach(async () => {
  await Promise.all(folders.splice(0).map((folder) => folder.dispose()))
})

async function folderOf(files: Readonly<Record<string, string | Buffer>>): Promise<DataFolder> {
  const folder = await makeDataFolder(files)
  folders.push(folder)
  return folder
}

const brief = ({ line, column, reason, content }: QuarantineEntry): unknown[] => [line, column, reason, content]

describe('reading well-formed files', () => {
  it('makes a table of every file, and finds the types of its columns', async () => {
    const folder = await folderOf({
      'orders.csv': 'order_id,code,price,ratio,day,ts,paid,note\n1,007,12.5,1e3,2025-01-31,2025-01-31T10:00:00Z,true,a\n2,012,0.125,0.5,2025-02-01,2025-02-01 11:30,false,\n',
      'README.md': '# no table',
      'LICENSE.txt': 'no table either',
    })
    const source = folder.open()
    const [orders, ...others] = await source.discover()
    expect(others).toEqual([])
    expect(orders?.columns.map(({ name, nativeType }) => `${name} ${nativeType}`)).toEqual([
      'order_id BIGINT',
      'code VARCHAR',
      'price DECIMAL(18,4)',
      'ratio DOUBLE',
      'day DATE',
      'ts TIMESTAMP',
      'paid BOOLEAN',
      'note VARCHAR',
    ])
    expect(orders?.columns.find(({ name }) => name === 'ts')?.zoned).toBe(true)
    expect(await rowsOf(source, 'SELECT code, price, ts, note FROM orders ORDER BY order_id', ['text', 'decimal', 'timestamp', 'text'])).toEqual([
      ['007', { units: 125000n, scale: 4 }, '2025-01-31T10:00:00.000Z', 'a'],
      ['012', { units: 1250n, scale: 4 }, '2025-02-01T11:30:00.000Z', null],
    ])
  })

  it('settles the type of a column by its last cell, not by its first thousands', async () => {
    const rows = Array.from({ length: 5000 }, (_, index) => `${index},,${index}`)
    const folder = await folderOf({ 'late.csv': `a,b,c\n${rows.join('\n')}\nx,2.5,1.23456\n` })
    const [late] = await folder.open().discover()
    expect(late?.columns.map(({ nativeType }) => nativeType)).toEqual(['VARCHAR', 'DECIMAL(18,2)', 'DECIMAL(18,6)'])
  })

  it('reads columns without a header, divided by runs of blanks', async () => {
    const folder = await folderOf({ 'sales.txt': ' 00004 0001 19970101  2   29.33\n 00004 0001 19970118 10    9.7\n' })
    const columns = [readColumn('customer'), readColumn('sample'), readColumn('day', 'date', { format: '%Y%m%d' }), readColumn('cds', 'integer'), readColumn('dollars', 'decimal')]
    const source = folder.open([{ name: 'purchases', read: { file: 'sales.txt', delimiter: 'whitespace', header: false, columns } }])
    expect(await rowsOf(source, 'SELECT * FROM purchases', ['text', 'text', 'date', 'integer', 'decimal'])).toEqual([
      ['00004', '0001', '1997-01-01', 2n, { units: 2933n, scale: 2 }],
      ['00004', '0001', '1997-01-18', 10n, { units: 970n, scale: 2 }],
    ])
  })

  it.each([
    ['UTF-8 with a mark', Buffer.from('\ufeffname,n\nZoë,1\n'), null],
    ['UTF-16 with a mark', Buffer.from('\ufeffname,n\nZoë,1\n', 'utf16le'), null],
    ['UTF-16 of the other order', Buffer.from('\ufeffname,n\nZoë,1\n', 'utf16le').swap16(), null],
    ['Latin-1, declared', Buffer.from('name,n\nZoë,1\n', 'latin1'), 'latin-1' as const],
    ['zipped', gzipSync('name,n\nZoë,1\n'), null],
    ['semicolons and Windows line ends', Buffer.from('name;n\r\nZoë;1\r\n'), null],
    ['line ends of old', Buffer.from('name,n\rZoë,1\r'), null],
    ['tabs', Buffer.from('name\tn\nZoë\t1\n'), null],
  ])('reads %s', async (_, content, encoding) => {
    const folder = await folderOf({ 'people.csv': content })
    const source = folder.open([{ name: 'people', read: { encoding } }])
    expect(await rowsOf(source, 'SELECT name, n FROM people', ['text', 'integer'])).toEqual([['Zoë', 1n]])
  })

  it('turns every time into UTC: its own offset first, then the declared zone', async () => {
    const times = ['2025-01-15 12:00:00', '2025-07-15T12:00:00', '2025-07-15T12:00:00Z', '2025-07-15T12:00:00+05:30', '2025-07-15 12:00-0800', '2025-07-15T12:00Z', '2025-07-15 12:00:00.123456 UTC', '2025-07-15']
    const folder = await folderOf({ 'events.csv': `n,at\n${times.map((time, index) => `${index},${time}`).join('\n')}\n` })
    const source = folder.open([{ name: 'events', read: { timezone: 'Europe/Berlin', columns: [readColumn('n', 'integer'), readColumn('at', 'timestamp')] } }])
    // Berlin is one hour ahead of UTC in January and two in July.
    expect((await rowsOf(source, 'SELECT "at" FROM events ORDER BY n', ['timestamp'])).flat()).toEqual([
      '2025-01-15T11:00:00.000Z',
      '2025-07-15T10:00:00.000Z',
      '2025-07-15T12:00:00.000Z',
      '2025-07-15T06:30:00.000Z',
      '2025-07-15T20:00:00.000Z',
      '2025-07-15T12:00:00.000Z',
      '2025-07-15T12:00:00.123456Z',
      '2025-07-14T22:00:00.000Z',
    ])
    expect(await source.quarantine()).toEqual({ total: 0, entries: [], truncated: false })
  })

  it('obeys formats, months, truth values and texts that mean null', async () => {
    const folder = await folderOf({ 'mixed.csv': 'm,d,t,b,n\n2025-03,31/01/2025,2025-01-31 10h,yes,n/a\n2025-04,01/02/2025,2025-02-01 00h,0,7\n' })
    const columns = [readColumn('m', 'month'), readColumn('d', 'date', { format: '%d/%m/%Y' }), readColumn('t', 'timestamp', { format: '%Y-%m-%d %Hh' }), readColumn('b', 'boolean'), readColumn('n', 'integer')]
    const source = folder.open([{ name: 'mixed', read: { nullValues: ['n/a'], columns } }])
    expect(await rowsOf(source, 'SELECT m, d, t, b, n FROM mixed', ['date', 'date', 'timestamp', 'boolean', 'integer'])).toEqual([
      ['2025-03-01', '2025-01-31', '2025-01-31T10:00:00.000Z', true, null],
      ['2025-04-01', '2025-02-01', '2025-02-01T00:00:00.000Z', false, 7n],
    ])
  })

  it('takes blanks for an empty cell, except in text', async () => {
    const folder = await folderOf({ 'blank.csv': 'n,s\n ,  \n 4 , x \n' })
    const source = folder.open([{ name: 'blank', read: { columns: [readColumn('n', 'decimal'), readColumn('s')] } }])
    expect(await rowsOf(source, 'SELECT n, s FROM blank', ['decimal', 'text'])).toEqual([
      [null, '  '],
      [{ units: 400n, scale: 2 }, ' x '],
    ])
  })

  it('unites several files by the names of their columns', async () => {
    const folder = await folderOf({ 'y2024/sales.csv': 'id,price\n1,2.50\n', 'y2025/sales.csv': 'price,id,channel\n3.25,2,web\nbad,3,web\n' })
    const source = folder.open([{ name: 'sales', read: { file: '*/sales.csv', columns: [readColumn('id', 'integer'), readColumn('price', 'decimal')] } }])
    expect(await rowsOf(source, 'SELECT id, price, channel FROM sales ORDER BY id', ['integer', 'decimal', 'text'])).toEqual([
      [1n, { units: 250n, scale: 2 }, null],
      [2n, { units: 325n, scale: 2 }, 'web'],
    ])
    expect((await source.quarantine()).entries).toMatchObject([{ file: 'y2025/sales.csv', line: 3, column: 'price', content: 'bad' }])
  })

  it('reads an optional column that no file has as null', async () => {
    const folder = await folderOf({ 'a.csv': 'x\n1\n' })
    const source = folder.open([{ name: 'a', read: { columns: [readColumn('x', 'integer'), readColumn('later', 'decimal')] } }])
    expect(await rowsOf(source, 'SELECT x, later FROM a', ['integer', 'decimal'])).toEqual([[1n, null]])
  })

  it('reads a header alone as a table without rows', async () => {
    const folder = await folderOf({ 'none.csv': 'id,day\n' })
    const source = folder.open([{ name: 'none', read: { columns: [readColumn('id', 'integer', { required: true, unique: true }), readColumn('day', 'date')] } }])
    expect(await rowsOf(source, 'SELECT id, day FROM none', ['integer', 'date'])).toEqual([])
    expect((await source.statistics('none')).rows).toBe(0)
  })

  it('reads objects, one a line or in an array', async () => {
    const folder = await folderOf({
      'lines.ndjson': '{"id":1,"price":12.50,"tags":["a","b"],"who":{"name":"Zoë"}}\n\n{"id":9007199254740993,"price":"9999999999999999.99","extra":true}\n',
      'array.json': '[\n  {"id": 1, "day": "2025-01-31"},\n  {"id": 2, "day": null}\n]\n',
      'none.json': '[]',
    })
    const source = folder.open([{ name: 'lines' }, { name: 'array' }, { name: 'none', read: { columns: [readColumn('id', 'integer', { required: true })] } }])
    expect(await rowsOf(source, 'SELECT id, price, tags, who, extra FROM lines ORDER BY id', ['integer', 'decimal', 'text', 'text', 'boolean'])).toEqual([
      [1n, { units: 1250n, scale: 2 }, '["a","b"]', '{"name":"Zoë"}', null],
      [9007199254740993n, { units: 999999999999999999n, scale: 2 }, null, null, true],
    ])
    expect(await rowsOf(source, 'SELECT id, day FROM "array" ORDER BY id', ['integer', 'date'])).toEqual([
      [1n, '2025-01-31'],
      [2n, null],
    ])
    expect(await rowsOf(source, 'SELECT id FROM none', ['integer'])).toEqual([])
  })

  it('loads the purchases of the public CDNOW layout to the cent', async () => {
    // Worked out by hand: 29.33 + 29.73 + 14.96 + 26.48 = 100.50.
    const folder = await folderOf({ 'c.txt': ' 00004 0001 19970101  2   29.33\n 00004 0001 19970118  2   29.73\n 00004 0001 19970802  1   14.96\n 00004 0001 19971212  2   26.48\n' })
    const source = folder.open([{ name: 'c', read: { delimiter: 'whitespace', header: false, columns: ['a', 'b', 'c', 'd'].map((name) => readColumn(name)).concat(readColumn('dollars', 'decimal')) } }])
    const [[total]] = (await rowsOf(source, 'SELECT sum(dollars) FROM c', ['decimal'])) as [[{ units: bigint; scale: number }]]
    expect(decimalToText(total)).toBe('100.50')
  })
})

describe('rows that do not fit', () => {
  it('puts each aside with its line, column and reason, and loads the others', async () => {
    const folder = await folderOf({
      'subs.csv': Buffer.concat([
        Buffer.from(
          [
            'id,customer,start,price,status', // 1
            's1,c1,2025-01-31,9.99,Success', // 2
            's2,c1,2025-02-30,9.99,Success', // 3: no such day
            's3,c1,2025-03-01,-5,Success', // 4: negative
            's4,c1,2025-03-01,1.2345678,Success', // 5: seven digits
            's5,c1,2025-03-01,5.00,Pending', // 6: another value
            's1,c2,2025-03-01,5.00,Success', // 7: repeats a key
            ',c2,2025-03-01,5.00,Success', // 8: no key
            's6,c2,2025-03-01', // 9: too few
            's7,c2,2025-03-01,5.00,Success,more', // 10: too many
            '"s8', // 11: goes on over the line, and is well
            'and on",c2,2025-03-01,5.00,Failed', // 12
            's9,"c2,2025-03-01,5.00,Success', // 13: open quote
            '', // 14: empty
            's10,c2,20250301,5.00,Success', // 15: another format
            '',
          ].join('\n'),
        ),
        Buffer.from('s11,Zoë,2025-03-01,5.00,Success\n', 'latin1'), // 16
        Buffer.from('s12,Zoë,2025-03-01,five,Success\n'), // 17
      ]),
    })
    const columns = [
      readColumn('id', 'text', { required: true, unique: true }),
      readColumn('start', 'date'),
      readColumn('price', 'decimal', { min: 0 }),
      readColumn('status', 'text', { values: ['Success', 'Failed'] }),
    ]
    const source = folder.open([{ name: 'subs', read: { columns } }])
    expect(await rowsOf(source, 'SELECT id, price FROM subs ORDER BY id', ['text', 'decimal'])).toEqual([
      ['s1', { units: 999n, scale: 2 }],
      ['s8\nand on', { units: 500n, scale: 2 }],
    ])
    const report = await source.quarantine()
    expect(report.total).toBe(12)
    expect(report.truncated).toBe(false)
    expect(report.entries.every(({ table, file }) => table === 'subs' && file === 'subs.csv')).toBe(true)
    expect(report.entries.map(brief)).toEqual([
      [3, 'start', 'not a date (expected YYYY-MM-DD)', '2025-02-30'],
      [4, 'price', 'below 0', '-5'],
      [5, 'price', 'more than 6 digits after the point', '1.2345678'],
      [6, 'status', 'none of Success, Failed', 'Pending'],
      [7, 'id', 'repeats the key of an earlier row', 's1'],
      [8, 'id', 'empty, but required', ''],
      [9, null, '3 cells where 5 are expected', 's6,c2,2025-03-01'],
      [10, null, '6 cells where 5 are expected', 's7,c2,2025-03-01,5.00,Success,more'],
      [13, null, 'a quote is opened and never closed', 's9,"c2,2025-03-01,5.00,Success'],
      [15, 'start', 'not a date (expected YYYY-MM-DD)', '20250301'],
      [16, null, 'is not valid UTF-8 (another encoding?)', 's11,Zoë,2025-03-01,5.00,Success'],
      [17, 'price', 'not a number of at most 16 digits before the point', 'five'],
    ])
    expect((await source.test()).message).toBe('1 table with 2 rows; 12 rows in quarantine.')
  })

  it('takes nothing for a number that only looks like one to the engine', async () => {
    const cells = ['1_000', '0x1F', '1e3', '12.7', 'NaN', 'inf', '1,000', '٣', '9223372036854775808', '+5', '5.0', '-0']
    const folder = await folderOf({ 'n.csv': `k;n\n${cells.map((cell, index) => `${index};${cell}`).join('\n')}\n` })
    const source = folder.open([{ name: 'n', read: { columns: [readColumn('n', 'integer')] } }])
    expect((await rowsOf(source, 'SELECT n FROM n ORDER BY k', ['integer'])).flat()).toEqual([5n, 5n, 0n])
    expect((await source.quarantine()).entries.map(({ content }) => content)).toEqual(cells.slice(0, 9))
  })

  it('keeps a decimal column as narrow as its widest good number allows', async () => {
    const folder = await folderOf({ 'n.csv': 'k,n\n1,1.123400\n2,99999999999999.9999\n3,100000000000000\n4,1.1234567\n' })
    const source = folder.open([{ name: 'n', read: { columns: [readColumn('n', 'decimal')] } }])
    expect((await source.discover())[0]?.columns[1]?.nativeType).toBe('DECIMAL(18,4)')
    expect((await rowsOf(source, 'SELECT n FROM n ORDER BY k', ['decimal'])).flat()).toEqual([{ units: 11234n, scale: 4 }, { units: 999999999999999999n, scale: 4 }])
    expect((await source.quarantine()).entries.map(brief)).toEqual([
      [4, 'n', 'not a number of at most 14 digits before the point', '100000000000000'],
      [5, 'n', 'more than 6 digits after the point', '1.1234567'],
    ])
  })

  it('puts lines aside that are no JSON objects, and numbers that JSON has rounded', async () => {
    const folder = await folderOf({ 'j.jsonl': '{"n":1}\n{"n":\n[1]\n"x"\n{"n":"2.5"}\n{"n":1234567890123456.89}\n{"n":12.25}\n' })
    const source = folder.open([{ name: 'j', read: { columns: [readColumn('n', 'decimal')] } }])
    expect((await rowsOf(source, 'SELECT n FROM j ORDER BY n', ['decimal'])).flat()).toEqual([{ units: 100n, scale: 2 }, { units: 250n, scale: 2 }, { units: 1225n, scale: 2 }])
    expect((await source.quarantine()).entries.map(({ line, reason }) => [line, reason])).toEqual([
      [2, 'not a JSON object'],
      [3, 'not a JSON object'],
      [4, 'not a JSON object'],
      [6, 'more digits than a JSON number keeps (write it as text)'],
    ])
  })

  it('cuts an array into its entries, and names the line of each that is wrong', async () => {
    const folder = await folderOf({ 'a.json': '[\n  {"n": 1,\n   "s": "a]}, \\" {"},\n  {"n": },\n  7, {"n": "x"},\n  {"n": 2}\n]\n' })
    const source = folder.open([{ name: 'a', read: { columns: [readColumn('n', 'integer'), readColumn('s')] } }])
    expect(await rowsOf(source, 'SELECT n, s FROM a ORDER BY n', ['integer', 'text'])).toEqual([
      [1n, 'a]}, " {'],
      [2n, null],
    ])
    expect((await source.quarantine()).entries.map(brief)).toEqual([
      [4, null, 'not a JSON object', '{"n": }'],
      [5, null, 'not a JSON object', '7'],
      [5, 'n', 'not a whole number of 64 bits', 'x'],
    ])
  })

  it('checks Parquet as it checks text, and names rows instead of lines', async () => {
    const folder = await folderOf({ 'seed.csv': 'id,price,day,at\n1,1.5,2025-01-01,2025-01-01T00:00:00Z\n1,2.5,2025-01-02,2025-01-02T00:00:00Z\n3,-1,2025-01-03,2025-01-03T00:00:00Z\n,4,2025-01-04,2025-01-04T00:00:00Z\n' })
    const { DuckDBInstance } = await import('@duckdb/node-api')
    const instance = await DuckDBInstance.create()
    const connection = await instance.connect()
    await connection.run(`COPY (SELECT id, price::DOUBLE AS price, day, "at"::TIMESTAMPTZ AS "at" FROM read_csv('${folder.data}/seed.csv')) TO '${folder.data}/p.parquet'`)
    connection.closeSync()
    instance.closeSync()
    const columns = [readColumn('id', 'integer', { required: true, unique: true }), readColumn('price', 'decimal', { min: 0 }), readColumn('day', 'date')]
    const source = folder.open([{ name: 'p', read: { columns } }])
    expect(await rowsOf(source, 'SELECT id, price, day FROM p', ['integer', 'decimal', 'date'])).toEqual([[1n, { units: 150n, scale: 2 }, '2025-01-01']])
    expect((await source.discover())[0]?.columns.at(-1)).toEqual({ name: 'at', nativeType: 'TIMESTAMP', kind: 'timestamp', nullable: true, zoned: true })
    expect((await source.quarantine()).entries.map(brief)).toEqual([
      [null, 'id', 'repeats the key of an earlier row', 'row 2: 1'],
      [null, 'price', 'below 0', 'row 3: -1.0'],
      [null, 'id', 'empty, but required', 'row 4: '],
    ])
  })

  it('loads or puts aside every row of any file, each exactly once', async () => {
    const cell = fc.constantFrom('1', '2', '3.5', '-1', 'x', '', '2025-01-31', '"q"', '"a,b"', '"open', 'é', '\xff')
    const line = fc.array(cell, { minLength: 1, maxLength: 4 }).map((cells) => cells.join(','))
    await fc.assert(
      fc.asyncProperty(fc.array(line, { minLength: 1, maxLength: 30 }), async (lines) => {
        const body = lines.filter((text) => text !== '')
        const folder = await folderOf({ 't.csv': Buffer.concat([Buffer.from('a,b,c\n'), ...body.map((text) => Buffer.from(`${text}\n`, text.includes('\xff') ? 'latin1' : 'utf8'))]) })
        const columns = [readColumn('a', 'integer', { unique: true }), readColumn('b', 'decimal', { min: 0 }), readColumn('c', 'date')]
        const source = folder.open([{ name: 't', read: { columns } }])
        const [[loaded]] = (await rowsOf(source, 'SELECT count(*) FROM t', ['integer'])) as [[bigint]]
        const { total, entries } = await source.quarantine()
        // An open quote may be closed lines later; no line is then a row of its own. Without quotes every line is one.
        if (!body.some((text) => text.includes('"open'))) expect(Number(loaded) + total).toBe(body.length)
        expect(entries.length).toBe(total)
        expect(new Set(entries.map((entry) => entry.line)).size).toBe(total)
        await folder.dispose()
      }),
      { numRuns: 25 },
    )
  })

  it('lists the first thousand, and says how many there are', async () => {
    const folder = await folderOf({ 'n.csv': `n\n${'x\n'.repeat(2500)}` })
    const report = await folder.open([{ name: 'n', read: { columns: [readColumn('n', 'integer')] } }]).quarantine()
    expect([report.total, report.entries.length, report.truncated]).toEqual([2500, 1000, true])
  })
})

describe('files that cannot be loaded', () => {
  it('are told all at once, with the file, the column and the nearest names', async () => {
    const folder = await folderOf({
      'customers.csv': 'customerid,signup_date\nc1,2025-01-01\n',
      'empty.csv': '',
      'blank.csv': '\n\n',
      'twice.csv': 'a,A\n1,2\n',
      'cut.parquet': 'PAR1 and no more',
      'broken.json': '[{"a":1},',
      'zip.csv.gz': Buffer.concat([gzipSync('a,b\n1,2\n').subarray(0, 12)]),
      'fine.csv': 'n\n1\n',
    })
    const source = folder.open([
      { name: 'customers', read: { columns: [readColumn('customer_id', 'text', { required: true }), readColumn('segment', 'text', { required: true })] } },
      { name: 'empty' },
      { name: 'blank' },
      { name: 'twice' },
      { name: 'cut' },
      { name: 'broken' },
      { name: 'zip' },
      { name: 'custmers' },
      { name: 'outside', read: { file: '../secret.csv' } },
      { name: 'bad_format', read: { file: 'fine.csv', columns: [readColumn('n', 'date', { format: '%Q' })] } },
      { name: 'bad_zone', read: { file: 'fine.csv', timezone: 'Mars/Olympus', columns: [readColumn('n', 'timestamp')] } },
      { name: 'bad_delimiter', read: { file: 'fine.csv', delimiter: '::' } },
      { name: 'fine' },
    ])
    const error = await source.discover().catch((thrown: unknown) => thrown as { code: string; data: { problems: { table: string; file: string | null; column: string | null; message: string; hint: string }[] } })
    expect(error).toMatchObject({ code: 'DATA_INVALID' })
    if (Array.isArray(error) || !('data' in error)) throw new Error('It was answered.')
    const { problems } = error.data
    const of = (table: string) => problems.filter((problem) => problem.table === table)
    expect(of('customers').map(({ file, column, message }) => [file, column, message])).toEqual([
      ['customers.csv', 'customer_id', 'customers.csv has no column "customer_id".'],
      ['customers.csv', 'segment', 'customers.csv has no column "segment".'],
    ])
    expect(of('customers')[0]?.hint).toBe('Closest: customerid. Its columns: customerid, signup_date.')
    expect(of('empty')[0]?.message).toBe('empty.csv is empty (0 bytes).')
    expect(of('blank')[0]?.message).toBe('blank.csv is empty: it has neither a header nor rows.')
    expect(of('twice')[0]?.message).toBe('twice.csv has two columns named "A".')
    expect(of('cut')[0]?.message).toBe('cut.parquet cannot be read as Parquet.')
    expect(of('broken')[0]?.message).toBe('broken.json is not valid JSON: on line 1, the array is never closed.')
    expect(of('zip')[0]?.message).toBe('zip.csv.gz cannot be unzipped.')
    expect(of('custmers')[0]?.hint).toBe('Closest: customers.csv.')
    expect(of('outside')[0]?.message).toBe('Table "outside" reads "secret.csv" from outside the data folder.')
    expect(of('bad_format')[0]).toMatchObject({ column: 'n', message: 'The format "%Q" of column "n" is not understood.' })
    expect(of('bad_zone')[0]?.message).toBe('The time zone "Mars/Olympus" of table "bad_zone" is not known.')
    expect(of('bad_delimiter')[0]?.message).toBe('The delimiter "::" cannot be used.')
    expect(of('fine')).toEqual([])
    expect(JSON.stringify(problems)).not.toContain(folder.data)
    // One bad file does not take the others with it.
    expect(await rowsOf(source, 'SELECT n FROM fine', ['integer'])).toEqual([[1n]])
    await expect(source.query({ text: 'SELECT * FROM customers', params: [], columns: ['text'] })).rejects.toMatchObject({ code: 'DATA_INVALID' })
    await expect(source.dataVersion(['fine'], false)).resolves.toBeTypeOf('string')
    await expect(source.dataVersion(['fine', 'empty'], false)).rejects.toMatchObject({ code: 'DATA_INVALID', message: 'Source "test": empty.csv is empty (0 bytes).' })
    expect((await source.test()).ok).toBe(false)
  })

  it('name both files where two would be one table', async () => {
    const folder = await folderOf({ 'a.csv': 'n\n1\n', 'a.json': '[{"n":1}]' })
    expect((await folder.open().test()).message).toMatch(/a\.csv and a\.json would both be table "a"/)
    expect((await folder.open([{ name: 'a' }], {}).test()).message).toMatch(/already open|could be a\.csv or a\.json/)
  })
})
