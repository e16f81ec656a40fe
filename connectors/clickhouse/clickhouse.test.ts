import { afterAll } from 'vitest'
import { ENDLESS_SQL, makePlace, type ClickhousePlace } from '../../test/servers/clickhouse-place.ts'
import { honoursTheContract, type ConformanceRow } from '../conformance.ts'

const TYPES: Readonly<Record<keyof ConformanceRow, string>> = { id: 'Int64', amount: 'Nullable(Decimal(18, 2))', ratio: 'Nullable(Float64)', label: 'Nullable(String)', active: 'Nullable(Bool)', day: 'Nullable(Date32)', happened_at: "Nullable(DateTime64(3, 'Asia/Kolkata'))" }
const NAMES = Object.keys(TYPES) as (keyof ConformanceRow)[]
const COLUMNS = NAMES.map((name) => `${name} ${TYPES[name]}`).join(', ')

const places: ClickhousePlace[] = []
afterAll(async () => {
  for (const place of places) await place.remove()
})

/** Integers as texts, which no reader of JSON rounds. */
const lines = (rows: readonly ConformanceRow[]): string => rows.map((row) => JSON.stringify(NAMES.map((name) => (name === 'id' ? row.id.toString() : row[name])))).join('\n')

async function prepared(create: readonly string[], table: string, rows: readonly ConformanceRow[]) {
  const place = await makePlace(create)
  places.push(place)
  const load = async (next: readonly ConformanceRow[]): Promise<void> => {
    await place.own(`TRUNCATE TABLE ${table} SYNC`)
    await place.own(`INSERT INTO ${table} FORMAT JSONCompactEachRow\n${lines(next)}`)
  }
  await load(rows)
  return { source: place.open(), wasTouched: async () => (await place.witnessed()).databases.includes(place.database), load }
}

async function makeBroken() {
  const place = await makePlace([])
  places.push(place)
  const password = 'wr0ng/secret?'
  return { source: place.open({ password }), secrets: [password, 'tester', place.database, '127.0.0.1', new URL(String(place.options['url'])).port] }
}

const endlessSql = ENDLESS_SQL

honoursTheContract('a MergeTree table of ClickHouse', {
  endlessSql,
  changes: true,
  make: (rows) => prepared([`CREATE TABLE conformance (${COLUMNS}) ENGINE = MergeTree ORDER BY id`], 'conformance', rows),
  makeBroken,
})

honoursTheContract('a Distributed table of ClickHouse', {
  endlessSql,
  changes: true,
  make: (rows) =>
    prepared([`CREATE TABLE conformance_local (${COLUMNS}) ENGINE = MergeTree ORDER BY id`, 'CREATE TABLE conformance AS conformance_local ENGINE = Distributed(one_shard, currentDatabase(), conformance_local)'], 'conformance_local', rows),
  makeBroken,
})
