import { randomBytes } from 'node:crypto'
import { afterAll, afterEach, describe, expect, inject, it } from 'vitest'
import type { ColumnKind, Value } from '../../connectors/contract.ts'
import type { LandingCell, LandingCommit, LandingRows, LandingTable, LandingWrite, OpenLanding } from '../../connectors/landing-contract.ts'
import { addDecimals, decimalToText } from '../../src/base/decimal-number.ts'
import { randomFrom } from '../oracle/shop.ts'
import { askClickhouse } from '../servers/clickhouse.ts'
import { makePlace } from '../servers/postgres-place.ts'

/** Every landing holds what a plain map holds after the same commits, and so all hold the same. The project decides which one this is. */
const ENGINE = process.env['KPIQL_TEST_ENGINE'] ?? 'duckdb'
/** Small statements take a server of ClickHouse long. */
const WORLDS = ENGINE === 'clickhouse' ? 8 : 25
const COMMITS = 8

const TABLE: LandingTable = {
  name: 'tool_rows',
  key: ['a', 'b'],
  columns: [
    { name: 'a', kind: 'text', scale: 0 },
    { name: 'b', kind: 'decimal', scale: 2 },
    { name: 'parent', kind: 'text', scale: 0 },
    { name: 'day', kind: 'date', scale: 0 },
    { name: 'at', kind: 'timestamp', scale: 0 },
    { name: 'flag', kind: 'boolean', scale: 0 },
    { name: 'size', kind: 'float', scale: 0 },
  ],
}
const EXTRA: LandingTable = { ...TABLE, columns: [...TABLE.columns, { name: 'extra', kind: 'integer', scale: 0 }] }
const NAMES = EXTRA.columns.map(({ name }) => name)

type Random = () => number
interface Kept {
  readonly cells: readonly LandingCell[]
  readonly generation: number
}

const pick = <T>(random: Random, values: readonly [T, ...T[]]): T => values[Math.floor(random() * values.length)] ?? values[0]
const TEXTS = ['p', "q'\\", 'r\t\n', 'é🙂'] as const
const DAYS = ['1999-12-31', '2024-02-29', '2038-01-20'] as const

function randomCell(random: Random, kind: string): LandingCell {
  if (random() < 0.2) return null
  switch (kind) {
    case 'text':
      return pick(random, TEXTS)
    case 'date':
      return pick(random, DAYS)
    case 'timestamp':
      return Math.floor(random() * 2e12)
    case 'boolean':
      return random() < 0.5
    case 'float':
      return random() * 1e6 - 5e5
    default:
      return BigInt(Math.floor(random() * 9e8)) * 9_999_999_967n
  }
}

const randomKey = (random: Random): readonly [string, string] => [pick(random, TEXTS), pick(random, ['0', '1.5', '-2.25', '12345678901234567890.01'])]

/** No two rows have one key; some columns are not named. */
function randomRows(random: Random, table: LandingTable): LandingRows {
  const keys = [...new Map(Array.from({ length: Math.floor(random() * 9) }, () => randomKey(random)).map((key) => [key.join('\n'), key])).values()]
  const others = table.columns.slice(2).filter(() => random() < 0.8)
  return { names: ['a', 'b', ...others.map(({ name }) => name)], columns: [keys.map(([a]) => a), keys.map(([, b]) => b), ...others.map(({ kind }) => keys.map(() => randomCell(random, kind)))], count: keys.length }
}

function randomWrite(random: Random, table: LandingTable): LandingWrite {
  const kind = pick<LandingWrite['kind']>(random, ['upsert', 'upsert', 'replace', 'delete'])
  if (kind === 'delete') return { kind, table: TABLE.name, keys: [...new Map(Array.from({ length: Math.floor(random() * 4) }, () => randomKey(random)).map((key) => [key.join('\n'), key])).values()] }
  const rows = randomRows(random, table)
  if (kind === 'upsert') return { kind, table: TABLE.name, rows }
  const where = random() < 0.6 ? { column: 'parent', values: [pick(random, TEXTS), 'nobody'] } : random() < 0.5 ? { column: 'day', values: [pick(random, DAYS)] } : { column: 'b', values: ['1.50', '-2.25'] }
  return { kind, table: TABLE.name, where, rows }
}

/** A commit as a loop over a map would do it. */
function applied(held: Map<string, Kept>, { writes, sweeps }: LandingCommit, generation: number): { written: number; removed: number } {
  let written = 0
  let removed = 0
  const keyOf = (a: LandingCell | undefined, b: LandingCell | undefined): string => `${String(a)}\n${plain(b ?? null)}`
  for (const write of writes) {
    if (write.kind === 'delete') {
      for (const [a, b] of write.keys) removed += held.delete(keyOf(a, b)) ? 1 : 0
      continue
    }
    const { rows } = write
    const fresh = new Map(Array.from({ length: rows.count }, (_, at) => [keyOf(rows.columns[0]?.[at], rows.columns[1]?.[at]), NAMES.map((name) => rows.columns[rows.names.indexOf(name)]?.[at] ?? null)]))
    if (write.kind === 'replace') {
      const values = new Set(write.where.values.map(plain))
      for (const [key, { cells }] of held) if (cells[NAMES.indexOf(write.where.column)] !== null && values.has(plain(cells[NAMES.indexOf(write.where.column)] ?? null)) && held.delete(key) && !fresh.has(key)) removed += 1
    }
    for (const [key, cells] of fresh) held.set(key, { cells, generation })
    written += rows.count
  }
  for (const [key, kept] of sweeps ? held : []) if (kept.generation !== generation && held.delete(key)) removed += 1
  return { written, removed }
}

/** Equal decimals as equal texts. */
function plain(cell: LandingCell): string {
  const text = String(cell)
  return /^-?\d+\.\d+$/.test(text) ? text.replace(/\.?0+$/, '') : text
}

function shown(value: Value | LandingCell, name: string): string {
  if (value === null) return 'null'
  if (typeof value === 'object') return plain(decimalToText(addDecimals(value, { units: 0n, scale: 2 })))
  return name === 'at' ? String(new Date(typeof value === 'number' ? value : String(value)).getTime()) : plain(value)
}

const KINDS: readonly ColumnKind[] = ['text', 'decimal', 'text', 'date', 'timestamp', 'boolean', 'float', 'integer']

async function held({ source }: OpenLanding): Promise<readonly string[]> {
  const { columns, rowCount } = await source.query({ text: `SELECT ${NAMES.map((name) => `"${name}"`).join(', ')} FROM tool_rows`, params: [], columns: KINDS })
  return Array.from({ length: rowCount }, (_, row) => NAMES.map((name, at) => shown(columns[at]?.[row] ?? null, name)).join(' | ')).toSorted()
}

const made: string[] = []

async function open(): Promise<OpenLanding> {
  const deps = { log: { debug() {}, info() {}, warn() {} }, stateFolder: '' }
  const place = `landings_${randomBytes(4).toString('hex')}`
  const server = inject('server')
  if (ENGINE === 'duckdb') {
    const { default: duckdb } = await import('../../connectors/duckdb/open-landing.ts')
    return duckdb.open('into', duckdb.options.parse({}), deps)
  }
  if (server === null) throw new Error(`There is no server of ${ENGINE} to test on.`)
  made.push(place)
  const { host, port, user, password } = server
  if (ENGINE === 'postgres') {
    const { default: postgres } = await import('../../connectors/postgres/open-landing.ts')
    return postgres.open('into', postgres.options.parse({ host, port, user, password, database: 'postgres', landingSchema: place }), deps)
  }
  const { default: clickhouse } = await import('../../connectors/clickhouse/open-landing.ts')
  return clickhouse.open('into', clickhouse.options.parse({ url: `http://${host}:${port}`, user, password, landingDatabase: place, connectTimeoutMs: 120_000, statementTimeoutMs: 120_000 }), deps)
}

describe(`the landing in ${ENGINE}`, () => {
  const opened: OpenLanding[] = []
  afterEach(async () => {
    for (const { source, landing } of opened.splice(0)) {
      await source.close()
      await landing.close()
    }
  })
  afterAll(async () => {
    const server = inject('server')
    if (ENGINE === 'clickhouse' && server !== null) for (const place of made) await askClickhouse(server, `DROP DATABASE IF EXISTS ${place} SYNC`)
    if (ENGINE !== 'postgres') return
    const owner = await makePlace('')
    for (const place of made) await owner.own(`DROP SCHEMA IF EXISTS ${place} CASCADE`)
    await owner.remove()
  })

  it.each([...Array.from({ length: WORLDS }).keys()])('holds what a map holds after any commits (world %i)', async (seed) => {
    const random = randomFrom(seed + 1)
    const one = await open()
    opened.push(one)
    const expected = new Map<string, Kept>()
    let generation = 1
    for (let at = 0; at < COMMITS; at++) {
      const isNext = random() < 0.25
      if (isNext) generation += 1
      // Live events keep the state, and so the generation, of the commit before.
      const isLive = !isNext && at > 0 && random() < 0.2
      const table = at === 0 ? EXTRA : pick(random, [TABLE, EXTRA])
      const commit: LandingCommit = {
        source: 'tool',
        stream: 'rows',
        tables: [table],
        writes: Array.from({ length: Math.floor(random() * 4) }, () => randomWrite(random, table)),
        quarantined: [],
        state: isLive ? null : { cursor: at, generation, isWhole: false, completeUntilUtcMs: null, committedUtcMs: at },
        sweeps: random() < 0.2,
      }
      expect(await one.landing.commit(commit)).toEqual(applied(expected, commit, generation))
      const rows = [...expected.values()].map(({ cells }) => cells.map((cell, index) => shown(cell, NAMES[index] ?? '')).join(' | ')).toSorted()
      expect(await held(one)).toEqual(rows)
    }
    expect([...(await one.landing.rowCounts('tool')).values()]).toEqual([expected.size])
  })
})
