import { BSON } from 'mongodb'
import * as fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createAnalytics } from '../../src/answer/analytics.ts'
import { fixedClock } from '../../src/base/clock.ts'
import { asked, differences } from '../../test/oracle/compare-answers.ts'
import type { ColumnType } from '../../test/engines/open-test-source.ts'
import { Oracle } from '../../test/oracle/oracle.ts'
import { asksAt } from '../../test/oracle/random-asks.ts'
import type { Cell } from '../../test/oracle/row-test.ts'
import { randomFrom, shopModel, shopTables } from '../../test/oracle/shop.ts'
import { startMongodbServer, type MongodbServer } from '../../test/servers/mongodb.ts'
import mongodb from './index.ts'

const BATCHES = Number(process.env['ASK_BATCHES'] ?? 60)
const SEED = Number(process.env['ASK_SEED'] ?? 20_260_301)

const calendars = [
  { weekStart: 1, fiscalYearStart: 1 },
  { weekStart: 7, fiscalYearStart: 4 },
] as const

const batches = fc.constantFrom(2011, 2024).chain((year) =>
  fc.record({ seed: fc.nat(1_000_000), year: fc.constant(year), calendar: fc.nat(calendars.length - 1), nowDay: fc.oneof({ weight: 2, arbitrary: fc.constant(900) }, { weight: 1, arbitrary: fc.integer({ min: 200, max: 730 }) }), asks: fc.array(asksAt(year), { minLength: 2, maxLength: 7 }) }),
)

/** A cell as people store it: integers of either size, dates as texts or as midnights. */
function stored(cell: Cell, type: ColumnType, place: number): unknown {
  if (cell === null || typeof cell === 'boolean') return cell
  switch (type) {
    case 'BIGINT':
      return place < 0.5 ? new BSON.Int32(Number(cell)) : BSON.Long.fromNumber(Number(cell))
    case 'DECIMAL(12,2)':
      return BSON.Decimal128.fromString(String(cell))
    case 'DOUBLE':
      return new BSON.Double(Number(cell))
    case 'TIMESTAMP':
    case 'TIMESTAMPTZ':
      return new Date(String(cell).includes(' ') ? `${String(cell).replace(' ', 'T')}Z` : String(cell))
    default:
      return String(cell)
  }
}

describe('random asks of MongoDB', () => {
  let server: MongodbServer
  beforeAll(async () => {
    server = await startMongodbServer('reader', 'secret')
  })
  afterAll(() => server.stop())

  it(`agree with plain loops over the rows (${BATCHES} batches, seed ${SEED})`, { timeout: 600_000 }, async () => {
    const models = calendars.map((calendar) => shopModel(calendar))
    let answered = 0
    let databases = 0
    await fc.assert(
      fc.asyncProperty(batches, async ({ seed, year, calendar, nowDay, asks }) => {
        const database = `shop${(databases += 1)}`
        const source = mongodb.open('shop', mongodb.options.parse({ host: server.host, port: server.port, user: 'reader', password: 'secret', database, columns: DECLARED, ttlSeconds: 3600 }), { log: { debug() {}, info() {}, warn() {} }, stateFolder: '' })
        try {
          const model = models[calendar] ?? shopModel()
          const nowUtcMs = Date.UTC(year, 0, 1 + nowDay, 10, 20)
          const tables = shopTables(seed, year, { customers: 14, orders: 160, subscriptions: 50 })
          const random = randomFrom(seed)
          for (const [name, { columns: types, rows }] of Object.entries(tables)) {
            const documents = rows.map((row) => Object.fromEntries(Object.entries(row).flatMap(([column, cell]) => (cell === null && random() < 0.5 ? [] : [[column, stored(cell, DAYS.has(column) ? 'TIMESTAMP' : (types[column] as ColumnType), random())]]))))
            server.put(database, name, documents)
          }
          const analytics = createAnalytics({ model, sources: new Map([['shop', { source, connector: 'mongodb', nowUtcMs: null }]]), cacheBytes: 0, clock: fixedClock(nowUtcMs), maxGroups: 100_000 })
          const session = analytics.session({ freshness: 'NO_CACHE', signal: new AbortController().signal })
          const answers = await Promise.all(asks.map((ask) => session.metric(asked(ask, model.calendar, nowUtcMs))))
          const oracle = new Oracle({ model, tables: new Map(Object.entries(tables).map(([name, { rows }]) => [name, rows])), nowUtcMs })
          for (const [index, ask] of asks.entries()) {
            const answer = answers[index]
            if (answer === undefined) throw new Error('An ask was not answered.')
            expect({ ask, differences: differences(answer, oracle.answer(ask)) }).toEqual({ ask, differences: [] })
            answered += 1
          }
        } finally {
          await source.close()
        }
      }),
      { numRuns: BATCHES, seed: SEED, endOnFailure: process.env['ASK_SHRINK'] === undefined },
    )
    if (BATCHES >= 60) expect(answered).toBeGreaterThanOrEqual(200)
  })
})

/** Days that are stored as midnights, which only a declaration tells from moments. */
const DAYS = new Set(['first_day', 'last_day', 'signup_date'])
const DECLARED = { leases: { first_day: 'date', last_day: 'date' }, customers: { signup_date: 'date' } }
