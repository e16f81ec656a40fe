import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { afterAll } from 'vitest'
import { DEFAULT_READ_OPTIONS, type ReadColumn, type ReadType } from '../../src/base/read-options.ts'
import { honoursTheContract, type ConformanceRow } from '../conformance.ts'
import duckdb from './index.ts'

const made: string[] = []
const deps = (stateFolder: string, onOpened = (): void => {}) => ({ log: { debug: onOpened, info() {}, warn() {} }, stateFolder })

async function makeFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'kpiql-test-'))
  made.push(folder)
  return folder
}

afterAll(async () => {
  for (const folder of made) await rm(folder, { recursive: true, force: true })
})

const TYPES: Readonly<Record<keyof ConformanceRow, ReadType>> = { id: 'integer', amount: 'decimal', ratio: 'float', label: 'text', active: 'boolean', day: 'date', happened_at: 'timestamp' }
const NAMES = Object.keys(TYPES) as (keyof ConformanceRow)[]
const columns = NAMES.map((name): ReadColumn => ({ name, type: TYPES[name], format: null, required: false, unique: false, min: null, values: null }))

const csv = (rows: readonly ConformanceRow[]): string =>
  [NAMES, ...rows.map((row) => NAMES.map((name) => (row[name] === null ? '' : `"${String(row[name]).replaceAll('"', '""')}"`)))].map((cells) => `${cells.join(',')}\n`).join('')

/** Counts pairs of numbers for longer than any test waits. */
const endlessSql = 'SELECT count(*) FROM range(10000000) a, range(10000000) b WHERE (a.range * b.range) % 7 = 3'

honoursTheContract('a folder of CSV files', {
  endlessSql,
  changes: true,
  async make(rows) {
    const folder = await makeFolder()
    const data = join(folder, 'data')
    const state = join(folder, 'state')
    await mkdir(data)
    const load = async (next: readonly ConformanceRow[]): Promise<void> => {
      await writeFile(join(folder, 'next.csv'), csv(next))
      await rename(join(folder, 'next.csv'), join(data, 'conformance.csv'))
    }
    await load(rows)
    const options = duckdb.options.parse({ folder: data, tables: [{ name: 'conformance', read: { ...DEFAULT_READ_OPTIONS, columns } }], threads: 2 })
    return { source: duckdb.open('folder', options, deps(state)), wasTouched: async () => existsSync(state), load }
  },
  async makeBroken() {
    const folder = await makeFolder()
    const secret = join(folder, 'secret-folder')
    return { source: duckdb.open('folder', duckdb.options.parse({ folder: secret }), deps(join(folder, 'state'))), secrets: [secret, 'secret-folder', String(process.pid)] }
  },
})

const SQL_TYPES: Readonly<Record<keyof ConformanceRow, string>> = { id: 'BIGINT', amount: 'DECIMAL(18, 2)', ratio: 'DOUBLE', label: 'VARCHAR', active: 'BOOLEAN', day: 'DATE', happened_at: 'TIMESTAMP' }

honoursTheContract('a DuckDB database file', {
  endlessSql,
  // A file that is attached cannot be written, only replaced; what an older version held is gone then.
  changes: false,
  async make(rows) {
    const folder = await makeFolder()
    const file = join(folder, 'own.duckdb')
    const load = async (next: readonly ConformanceRow[]): Promise<void> => {
      const instance = await DuckDBInstance.create(file)
      const connection = await instance.connect()
      await connection.run(`CREATE OR REPLACE TABLE conformance (${NAMES.map((name) => `${name} ${SQL_TYPES[name]}`).join(', ')})`)
      for (const row of next) {
        const values = NAMES.map((name) => row[name])
        await connection.run(`INSERT INTO conformance VALUES (${NAMES.map((name, index) => `CAST($${index + 1} AS ${SQL_TYPES[name]})`).join(', ')})`, values.map((value) => (value === null ? null : String(value))))
      }
      connection.closeSync()
      instance.closeSync()
    }
    await load(rows)
    let opened = false
    const source = duckdb.open(
      'database',
      duckdb.options.parse({ database: file, threads: 2 }),
      deps('', () => {
        opened = true
      }),
    )
    return { source, wasTouched: async () => opened, load }
  },
  async makeBroken() {
    const folder = await makeFolder()
    const secret = join(folder, 'secret.duckdb')
    await writeFile(secret, 'not a database at all, but as long as a header: '.repeat(200))
    return { source: duckdb.open('database', duckdb.options.parse({ database: secret }), deps('')), secrets: [folder, 'secret.duckdb', String(process.pid)] }
  },
})
