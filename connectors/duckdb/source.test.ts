import { spawn } from 'node:child_process'
import { open, readdir, stat, truncate, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { afterEach, describe, expect, it } from 'vitest'
import { makeDataFolder, readColumn, rowsOf, type DataFolder } from '../../test/fixtures/bad-files/data-folder.ts'
import type { DuckdbSource } from './source.ts'
import { translateError } from './translate-error.ts'

const folders: DataFolder[] = []

afterEach(async () => {
  await Promise.all(folders.splice(0).map((folder) => folder.dispose()))
})

async function folderOf(files: Readonly<Record<string, string | Buffer>>): Promise<DataFolder> {
  const folder = await makeDataFolder(files)
  folders.push(folder)
  return folder
}

const numbers = (source: DuckdbSource, table = 'n'): Promise<unknown[]> => rowsOf(source, `SELECT n FROM ${table} ORDER BY n`, ['integer']).then((rows) => rows.flat())

const content = (from: number): string => `n\n${Array.from({ length: 400_000 }, (_, index) => from + index).join('\n')}\n`

async function databaseFile(folder: DataFolder): Promise<string> {
  const name = (await readdir(folder.state)).find((file) => file.endsWith('.duckdb'))
  return join(folder.state, name ?? 'none')
}

describe('what is kept between starts', () => {
  it('reads no file again that is as it was', async () => {
    const folder = await folderOf({ 'n.csv': 'n\n1\nx\n2\n' })
    const file = join(folder.data, 'n.csv')
    const tables = [{ name: 'n', read: { columns: [readColumn('n', 'integer')] } }]
    await utimes(file, 1_750_000_000, 1_750_000_000)
    const first = folder.open(tables)
    const version = await first.dataVersion(['n'], false)
    await first.close()
    // Other content of the same size and time: whoever reads it would see it.
    await writeFile(file, 'n\n7\ny\n8\n')
    await utimes(file, 1_750_000_000, 1_750_000_000)
    const second = folder.open(tables)
    expect(await second.dataVersion(['n'], true)).toBe(version)
    expect(await numbers(second)).toEqual([1n, 2n])
    expect((await second.quarantine()).entries).toMatchObject([{ line: 3, content: 'x' }])
    expect((await second.statistics('n')).rows).toBe(2)
    await second.close()
    await utimes(file, 1_750_000_001, 1_750_000_001)
    const third = folder.open(tables)
    expect(await numbers(third)).toEqual([7n, 8n])
    expect(await third.dataVersion(['n'], false)).not.toBe(version)
  })

  it('opens what it has loaded without loading it again', async () => {
    const rows = Array.from({ length: 200_000 }, (_, index) => `${index},2025-01-${String(1 + (index % 28)).padStart(2, '0')},text ${index}`)
    const folder = await folderOf({ 'big.csv': `n,day,label\n${rows.join('\n')}\n` })
    const first = folder.open()
    const version = await first.dataVersion(['big'], false)
    expect(folder.progress.at(-1)).toBe(1)
    expect([...folder.progress]).toEqual([...folder.progress].sort((a, b) => a - b))
    await first.close()
    folder.progress.length = 0
    const second = folder.open()
    expect(await second.dataVersion(['big'], false)).toBe(version)
    expect(folder.progress).toEqual([])
  })

  it('reads a file again when it is to be read otherwise', async () => {
    const folder = await folderOf({ 'n.csv': 'n\n1\n' })
    const first = folder.open([{ name: 'n' }])
    const version = await first.dataVersion(['n'], false)
    await first.close()
    const second = folder.open([{ name: 'n', read: { columns: [readColumn('n', 'text')] } }])
    expect(await second.dataVersion(['n'], false)).not.toBe(version)
    expect((await second.discover())[0]?.columns[0]?.kind).toBe('text')
  })

  it('builds a damaged working database anew, with a warning', async () => {
    for (const damage of [(file: string) => truncate(file, 5000), (file: string) => writeFile(file, 'this is no database')]) {
      const folder = await folderOf({ 'n.csv': 'n\n1\n' })
      const first = folder.open()
      expect(await numbers(first)).toEqual([1n])
      await first.close()
      await damage(await databaseFile(folder))
      expect(await numbers(folder.open())).toEqual([1n])
      expect(folder.warnings).toEqual(['The working copy of the data files cannot be opened and is built anew from the files.'])
    }
  })

  it('says so when blocks of it turn out damaged, and builds it anew at the next start', async () => {
    const rows = Array.from({ length: 300_000 }, (_, index) => `${index},label ${(index * 7919) % 300_000}`)
    const folder = await folderOf({ 'big.csv': `n,label\n${rows.join('\n')}\n` })
    const first = folder.open()
    await first.discover()
    await first.close()
    const path = await databaseFile(folder)
    const file = await open(path, 'r+')
    const { size } = await file.stat()
    // The header stays whole, so that the file opens; everything that holds rows does not.
    for (let at = 262_144; at < size - 600_000; at += 4096) await file.write(Buffer.alloc(64, 0xaa), 0, 64, at)
    await file.close()
    const second = folder.open()
    const error = await second.query({ text: 'SELECT max(label), sum(n) FROM big', params: [], columns: ['text', 'integer'] }).then(
      () => null,
      (thrown: unknown) => thrown as { message: string; hint: string },
    )
    await second.close()
    const third = folder.open()
    expect(await rowsOf(third, 'SELECT count(label), sum(n) FROM big', ['integer', 'integer'])).toEqual([[300_000n, 44_999_850_000n]])
    if (error) {
      expect(error.message).toBe('The database of source "test" is damaged.')
      expect(error.hint).toMatch(/rebuilt from the files/)
    }
    expect(folder.warnings.length).toBe(1)
  })

  it('keeps nothing where it has no folder for it', async () => {
    const folder = await folderOf({ 'n.csv': 'n\n1\n' })
    const { default: duckdb } = await import('./index.ts')
    const source = duckdb.open('memory', duckdb.options.parse({ folder: folder.data }), { log: { debug() {}, info() {}, warn() {} }, stateFolder: '' })
    expect((await source.query({ text: 'SELECT sum(n) FROM n', params: [], columns: ['integer'] })).columns).toEqual([[1n]])
    await source.close()
    await expect(stat(folder.state)).rejects.toThrow()
  })
})

describe('who may use it', () => {
  it('refuses a second process, naming neither path nor process', async () => {
    const folder = await folderOf({ 'n.csv': 'n\n1\n' })
    const mine = folder.open()
    await mine.discover()
    await mine.close()
    const script = `import { DuckDBInstance } from ${JSON.stringify(import.meta.resolve('@duckdb/node-api'))}
      const instance = await DuckDBInstance.create(process.argv[1])
      process.stdout.write('open')
      process.stdin.on('data', () => process.exit(0))`
    const other = spawn(process.execPath, ['--input-type=module', '-e', script, await databaseFile(folder)], { stdio: ['pipe', 'pipe', 'inherit'] })
    await new Promise((resolve) => other.stdout.once('data', resolve))
    try {
      const source = folder.open()
      const error = await source.query({ text: 'SELECT 1', params: [], columns: ['integer'] }).catch((thrown: unknown) => thrown as { code: string; message: string; hint: string })
      expect(error).toMatchObject({ code: 'SOURCE_BUSY', message: 'Another kpiql process uses the same data folder as source "test".' })
      expect(JSON.stringify(error)).not.toContain(folder.state)
      expect(JSON.stringify(error)).not.toContain(String(other.pid))
      other.stdin.write('stop')
      await new Promise((resolve) => other.once('exit', resolve))
      // A failed start is not remembered.
      expect(await numbers(source)).toEqual([1n])
    } finally {
      other.kill()
    }
  })

  it('refuses a second source on the same working database in this process', async () => {
    const folder = await folderOf({ 'n.csv': 'n\n1\n' })
    await folder.open().discover()
    expect(await folder.open().test()).toEqual({ ok: false, message: 'Source "test" is already open in this process. Close it first, or give the second one another name or state folder.' })
  })

  it('lets statements read no other file, change nothing, and run one at a time', async () => {
    const folder = await folderOf({ 'n.csv': 'n\n1\n' })
    await writeFile(join(folder.data, '..', 'secret.csv'), 'n\n42\n')
    const source = folder.open()
    const run = (text: string): Promise<unknown> => source.query({ text, params: [], columns: ['integer'] })
    await expect(run(`SELECT n FROM read_csv('${join(folder.data, '..', 'secret.csv')}')`)).rejects.toMatchObject({ code: 'SOURCE_UNAVAILABLE' })
    await expect(run(`SELECT n FROM read_csv('${folder.data}/../secret.csv')`)).rejects.toMatchObject({ code: 'SOURCE_UNAVAILABLE' })
    for (const text of ['CREATE TABLE x AS SELECT 1', 'DELETE FROM n', 'DROP VIEW n', `COPY n TO '${folder.data}/x.csv'`, "SET memory_limit = '8GB'", "ATTACH ':memory:' AS x", 'INSTALL httpfs', 'CHECKPOINT']) {
      await expect(run(text)).rejects.toMatchObject({ code: expect.stringMatching(/^(PLAN_BROKEN|SOURCE_FAILED)$/) as string })
    }
    await expect(run('SELECT 1; SELECT 2')).rejects.toMatchObject({ code: 'SOURCE_FAILED' })
    expect(await numbers(source)).toEqual([1n])
  })
})

describe('data that changes', () => {
  it('is looked at when asked to, or when the last look is old', async () => {
    const folder = await folderOf({ 'n.csv': 'n\n1\n', 'm.csv': 'n\n5\n' })
    const source = folder.open([], { ttlSeconds: 0.3 })
    const [n, m] = [await source.dataVersion(['n'], true), await source.dataVersion(['m'], false)]
    await folder.write('n.csv', 'n\n1\n2\n')
    expect(await source.dataVersion(['n'], false)).toBe(n)
    expect(await numbers(source)).toEqual([1n])
    expect(await source.dataVersion(['n'], true)).not.toBe(n)
    expect(await numbers(source)).toEqual([1n, 2n])
    expect(await source.dataVersion(['m'], true)).toBe(m)
    await folder.write('n.csv', 'n\n3\n')
    await new Promise((resolve) => setTimeout(resolve, 350))
    // A query reads what was looked at last; who asks for the version looks.
    expect(await numbers(source)).toEqual([1n, 2n])
    await source.dataVersion(['n'], false)
    expect(await numbers(source)).toEqual([3n])
  })

  it('is loaded once, however many ask, while others read what was there', async () => {
    const folder = await folderOf({ 'n.csv': content(0) })
    const source = folder.open()
    const before = await source.dataVersion(['n'], true)
    await folder.write('n.csv', content(1))
    folder.progress.length = 0
    const looks = Promise.all(Array.from({ length: 5 }, () => source.dataVersion(['n'], true)))
    const least = async (): Promise<unknown> => (await rowsOf(source, 'SELECT min(n), max(n) FROM n', ['integer', 'integer']))[0]
    const seen: unknown[] = []
    const progress = { done: false }
    const finish = (): void => {
      progress.done = true
    }
    looks.then(finish, finish)
    while (!progress.done) seen.push(await least())
    const versions = new Set(await looks)
    expect(versions.size).toBe(1)
    expect(versions.has(before)).toBe(false)
    expect(folder.progress.filter((part) => part === 1).length).toBe(1)
    expect(seen.length).toBeGreaterThan(2)
    expect(seen[0]).toEqual([0n, 399_999n])
    for (const pair of seen) expect([[0n, 399_999n], [1n, 400_000n]]).toContainEqual(pair)
    expect(await least()).toEqual([1n, 400_000n])
  })

  it('never keeps readers from loading, nor loading from readers', async () => {
    const part = (from: number): string => content(from).slice(0, 400_000)
    const folder = await folderOf({ 'n.csv': part(0) })
    const source = folder.open()
    await source.discover()
    const loading = { done: false }
    const readers = Array.from({ length: source.can.maxConcurrent }, async () => {
      while (!loading.done) await rowsOf(source, 'SELECT sum(n) FROM n', ['integer'])
    })
    for (let round = 1; round <= 12; round++) {
      await folder.write('n.csv', part(round))
      await source.dataVersion(['n'], true)
      expect(await rowsOf(source, 'SELECT min(n) FROM n', ['integer'])).toEqual([[BigInt(round)]])
    }
    loading.done = true
    await Promise.all(readers)
  })

  it('refuses a table that has become unreadable rather than serve what it was', async () => {
    const folder = await folderOf({ 'n.csv': 'n\n1\n', 'm.csv': 'n\n5\n' })
    const source = folder.open([{ name: 'n' }, { name: 'm' }])
    expect(await numbers(source)).toEqual([1n])
    await folder.write('n.csv', '')
    await expect(source.dataVersion(['n'], true)).rejects.toMatchObject({ code: 'DATA_INVALID', message: 'Source "test": n.csv is empty (0 bytes).' })
    await expect(numbers(source)).rejects.toMatchObject({ code: 'DATA_INVALID' })
    expect(await numbers(source, 'm')).toEqual([5n])
    await folder.write('n.csv', 'n\n9\n')
    await source.dataVersion(['n'], true)
    expect(await numbers(source)).toEqual([9n])
  })

  it('reaches to when the newest file was written, or to the present the source declares', async () => {
    const folder = await folderOf({ 'n-1.csv': 'n\n1\n', 'n-2.csv': 'n\n2\n' })
    await utimes(join(folder.data, 'n-1.csv'), new Date('2025-03-01T12:00:00Z'), new Date('2025-03-01T12:00:00Z'))
    await utimes(join(folder.data, 'n-2.csv'), new Date('2025-01-01T12:00:00Z'), new Date('2025-01-01T12:00:00Z'))
    const tables = [{ name: 'n', read: { file: 'n-*.csv' } }]
    const clock = folder.open(tables)
    expect(await clock.watermark('n')).toBe(Date.UTC(2025, 2, 1, 12))
    await clock.close()
    expect(await folder.open(tables, { now: '2025-02-01T00:00:00Z' }).watermark('n')).toBe(Date.UTC(2025, 1, 1))
  })

  it('takes a replaced database file for a new version, and refuses the old one', async () => {
    const folder = await folderOf({})
    const file = join(folder.data, 'own.duckdb')
    const fill = async (value: number): Promise<void> => {
      const instance = await DuckDBInstance.create(`${file}.next`)
      const connection = await instance.connect()
      await connection.run(`CREATE OR REPLACE TABLE n AS SELECT ${value} AS n; CREATE SCHEMA IF NOT EXISTS sales; CREATE OR REPLACE TABLE sales.orders (id INTEGER PRIMARY KEY, placed TIMESTAMPTZ); CREATE OR REPLACE VIEW v AS SELECT n FROM n`)
      connection.closeSync()
      instance.closeSync()
      const { rename } = await import('node:fs/promises')
      await rename(`${file}.next`, file)
    }
    await fill(1)
    const { default: duckdb } = await import('./index.ts')
    const source = duckdb.open('own', duckdb.options.parse({ database: file }), { log: { debug() {}, info() {}, warn() {} }, stateFolder: '' }) as DuckdbSource
    try {
      const before = await source.dataVersion(['n'], false)
      const tables = await source.discover()
      expect(tables.map(({ name, primaryKey }) => [name, primaryKey])).toEqual([['n', []], ['v', []], ['sales.orders', ['id']]])
      expect(tables[2]?.columns[1]).toEqual({ name: 'placed', nativeType: 'TIMESTAMP WITH TIME ZONE', kind: 'timestamp', nullable: true, zoned: true })
      expect(await rowsOf(source, 'SELECT count(*) FROM "sales"."orders"', ['integer'])).toEqual([[0n]])
      expect(await source.statistics('n')).toEqual({ rows: 1, columns: { n: { distinct: 1, min: '1', max: '1', hasNulls: false } } })
      expect((await source.statistics('v')).columns).toEqual({})
      await fill(2)
      expect(await source.dataVersion(['n'], true)).not.toBe(before)
      expect(await numbers(source)).toEqual([2n])
      expect(await rowsOf(source, 'SELECT n FROM v', ['integer'])).toEqual([[2n]])
      await expect(source.query({ text: 'SELECT n FROM n', params: [], columns: ['integer'] }, { dataVersion: before })).rejects.toMatchObject({ code: 'SOURCE_BUSY' })
    } finally {
      await source.close()
    }
  })
})

describe('answers', () => {
  it('hold what the engine has, exactly, and null for what is no number', async () => {
    const folder = await folderOf({ 'n.csv': 'n\n1\n' })
    const text = `SELECT 170141183460469231731687303715884105727::HUGEINT, sum(99999999999999999999999999999999999.99::DECIMAL(38, 2)), 'nan'::DOUBLE, 'inf'::DOUBLE, 1::TINYINT, 12::DECIMAL(18, 0), 7::UBIGINT,
      TIMESTAMP '1969-12-31 23:59:59.999999', TIMESTAMPTZ '2025-06-01 12:00:00+02', TIMESTAMP_NS '2025-01-01 00:00:00.000000001', 'infinity'::DATE, DATE '0044-03-15', date_trunc('month', DATE '2025-05-17'), [1, 2], UUID '00000000-0000-0000-0000-000000000001', NULL, 'infinity'::TIMESTAMP, 'a'::ENUM('a', 'b')`
    const kinds = ['integer', 'decimal', 'float', 'float', 'integer', 'integer', 'number', 'timestamp', 'timestamp', 'timestamp', 'date', 'date', 'date', 'text', 'text', 'decimal', 'timestamp', 'text'] as const
    expect(await rowsOf(folder.open(), text, kinds)).toEqual([
      [
        170141183460469231731687303715884105727n,
        { units: 9999999999999999999999999999999999999n, scale: 2 },
        null,
        null,
        1n,
        12n,
        7n,
        '1969-12-31T23:59:59.999999Z',
        '2025-06-01T10:00:00.000Z',
        '2025-01-01T00:00:00.000000001Z',
        null,
        '0044-03-15',
        '2025-05-01',
        '[1, 2]',
        '00000000-0000-0000-0000-000000000001',
        null,
        null,
        'a',
      ],
    ])
  })

  it('tell NaN and infinities from null where an aggregate must see them', async () => {
    const folder = await folderOf({ 'n.csv': 'n\n1\n' })
    const text = "SELECT sum('nan'::DOUBLE), max('inf'::FLOAT), min('-inf'::DOUBLE), sum(NULL::DOUBLE), 0.5::DOUBLE"
    expect(await rowsOf(folder.open(), text, ['number', 'number', 'number', 'number', 'number'])).toEqual([[Number.NaN, Infinity, -Infinity, null, 0.5]])
  })

  it('say how many rows the scans touched, after the engine left out what it could', async () => {
    const rows = Array.from({ length: 500_000 }, (_, index) => index)
    const folder = await folderOf({ 'n.csv': `n\n${rows.join('\n')}\n` })
    const source = folder.open()
    const read = async (text: string): Promise<number | null> => (await source.query({ text, params: [], columns: ['integer'] })).rowsRead
    expect(await read('SELECT sum(n) FROM n')).toBe(500_000)
    expect(await read('SELECT sum(n) FROM n WHERE n < 10')).toBeLessThan(130_000)
    expect(await read('SELECT sum(a.n) FROM n a JOIN n b USING (n)')).toBe(1_000_000)
    // Answered from statistics where the engine has them at hand.
    expect([0, 500_000]).toContain(await read('SELECT count(*) FROM n'))
    expect(await read('SELECT 1')).toBe(0)
  })
})

describe('errors of the engine', () => {
  it.each([
    ['INTERRUPT Error: Interrupted!', 'CANCELLED'],
    ['IO Error: Could not set lock on file "/home/me/x.duckdb": Conflicting lock is held in /usr/bin/node (PID 4711)', 'SOURCE_BUSY'],
    ['Out of Memory Error: could not allocate block of size 256.0 KiB (953.6 MiB/953.6 MiB used)', 'SOURCE_FAILED'],
    ['Catalog Error: Table with name orders does not exist!\nDid you mean "_kpiql_files"?\n\nLINE 1: SELECT 4711 FROM orders', 'TABLE_MISSING'],
    ['Binder Error: Referenced column "prize" not found in FROM clause!\nCandidate bindings: "price"\n\nLINE 1: SELECT prize FROM "4711"', 'SOURCE_FAILED'],
    ['Conversion Error: Could not convert string \'4711\' to INT64\n\nLINE 1: SELECT', 'SOURCE_FAILED'],
    ['IO Error: Cannot open file "/home/me/4711.csv": No such file or directory', 'SOURCE_UNAVAILABLE'],
    ['FATAL Error: Failed: database has been invalidated because of a previous fatal error. /home/me', 'SOURCE_UNAVAILABLE'],
    ['something nobody has seen: SELECT 4711', 'SOURCE_FAILED'],
  ])('become ours without SQL, paths or processes: %s', (text, code) => {
    const cause = new Error(text)
    const error = translateError(cause, { source: 'demo' })
    expect(error.code).toBe(code)
    expect(error.cause).toBe(cause)
    const told = JSON.stringify([error.message, error.hint, error.data])
    expect(told).not.toMatch(/4711|\/home|SELECT|LINE/)
  })
})
