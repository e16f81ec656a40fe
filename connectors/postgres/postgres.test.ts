import { afterAll } from 'vitest'
import { ENDLESS_SQL, makePlace, type PostgresPlace } from '../../test/servers/postgres-place.ts'
import { honoursTheContract, type ConformanceRow } from '../conformance.ts'

const TYPES: Readonly<Record<keyof ConformanceRow, string>> = { id: 'bigint', amount: 'numeric(18, 2)', ratio: 'double precision', label: 'text', active: 'boolean', day: 'date', happened_at: 'timestamptz' }
const NAMES = Object.keys(TYPES) as (keyof ConformanceRow)[]

const places: PostgresPlace[] = []
afterAll(async () => {
  for (const place of places) await place.remove()
})

const literal = (value: ConformanceRow[keyof ConformanceRow]): string => (value === null ? 'NULL' : `'${String(value).replaceAll("'", "''")}'`)
const insert = (rows: readonly ConformanceRow[]): string => (rows.length === 0 ? '' : `INSERT INTO conformance VALUES ${rows.map((row) => `(${NAMES.map((name) => literal(row[name])).join(', ')})`).join(', ')}`)

honoursTheContract('PostgreSQL', {
  endlessSql: ENDLESS_SQL,
  changes: true,
  async make(rows) {
    const place = await makePlace(`CREATE TABLE conformance (${NAMES.map((name) => `${name} ${TYPES[name]}`).join(', ')}); ${insert(rows)}`)
    places.push(place)
    return {
      source: place.open(),
      wasTouched: async () => Number((await place.own(`SELECT count(*) AS n FROM pg_stat_activity WHERE usename = '${place.reader}'`))[0]?.['n']) > 0,
      load: async (next) => void (await place.own(`BEGIN; DELETE FROM conformance; ${insert(next)}; COMMIT`)),
    }
  },
  async makeBroken() {
    const place = await makePlace('')
    places.push(place)
    const password = 'wr0ng/secret?'
    return { source: place.open({ password }), secrets: [password, place.reader, place.schema, '127.0.0.1', String(place.options['port'])] }
  },
})
