import { afterAll, describe, expect, inject, it } from 'vitest'
import { honoursTheContract, type ConformanceRow } from '../conformance.ts'
import { testDatabase, type TestDatabase } from '../../test/servers/mariadb-database.ts'

// Dates and times do not depend on the zone of the process: all of this runs in one with days of 23 and 25 hours.
process.env['TZ'] = 'America/New_York'

const server = inject('server')
const databases: TestDatabase[] = []

afterAll(async () => {
  for (const database of databases) await database.dispose()
})

async function database(): Promise<TestDatabase> {
  if (server === null) throw new Error('There is no MariaDB server to test on.')
  const made = await testDatabase(server)
  databases.push(made)
  return made
}

const TYPES: Readonly<Record<keyof ConformanceRow, string>> = { id: 'BIGINT', amount: 'DECIMAL(18,2)', ratio: 'DOUBLE', label: 'VARCHAR(200)', active: 'TINYINT(1)', day: 'DATE', happened_at: 'DATETIME(3)' }
const NAMES = Object.keys(TYPES) as (keyof ConformanceRow)[]

const cell = (value: ConformanceRow[keyof ConformanceRow]): string | null => {
  if (value === null) return null
  return typeof value === 'boolean' ? String(Number(value)) : String(value).replace(/^(\d{4}-\d\d-\d\d)T(.*)Z$/, '$1 $2')
}

/** Sums numbers for longer than any test waits. */
const endlessSql = 'SELECT count(*) FROM seq_1_to_1000000000 AS a, seq_1_to_1000000000 AS b WHERE (a.seq * b.seq) % 7 = 3'

describe('the zone of the process', () => {
  it('is not UTC here', () => expect(new Date('2024-07-01T00:00:00Z').getTimezoneOffset()).toBe(240))
})

honoursTheContract('MariaDB', {
  endlessSql,
  changes: true,
  async make(rows) {
    const made = await database()
    await made.owner.query(`CREATE TABLE conformance (${NAMES.map((name) => `${name} ${TYPES[name]}`).join(', ')})`)
    const load = async (next: readonly ConformanceRow[]): Promise<void> => {
      await made.owner.query('START TRANSACTION')
      await made.owner.query('DELETE FROM conformance')
      for (const row of next) await made.owner.execute(`INSERT INTO conformance VALUES (${NAMES.map(() => '?').join(', ')})`, NAMES.map((name) => cell(row[name])))
      await made.owner.query('COMMIT')
    }
    await load(rows)
    const hints = new Map([['conformance', { refreshKey: "concat(count(*), ' ', coalesce(sum(crc32(concat_ws('|', id, amount, label))), 0))", watermark: null }]])
    return { source: made.open({}, hints), wasTouched: async () => (await made.sessions()).length > 0, load }
  },
  async makeBroken() {
    const made = await database()
    const password = 'not-the-password'
    return { source: made.open({ password }), secrets: [password, made.reader.user, made.reader.password, made.name, '127.0.0.1', String(server?.port)] }
  },
})
