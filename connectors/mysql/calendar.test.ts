import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { GRAINS, type Grain } from '../../src/base/grain.ts'
import { column, integer, param, select, type Expr } from '../../src/sql/tree.ts'
import { randomFrom } from '../../test/oracle/shop.ts'
import { testDatabase, type TestDatabase } from '../../test/servers/mariadb-database.ts'
import type { ColumnKind, QuerySource, Value } from '../contract.ts'

const server = inject('server')
let own: TestDatabase
let source: QuerySource

beforeAll(async () => {
  if (server === null) throw new Error('There is no MariaDB server to test on.')
  own = await testDatabase(server)
  source = own.open()
})
afterAll(async () => {
  await source.close()
  await own.dispose()
})

const DAY_MS = 86_400_000
const random = randomFrom(7)
const START = Date.UTC(1001, 0, 1)
const LENGTH = Date.UTC(9998, 0, 1) - START
/** Wall clocks of nine thousand years, many of them next to the edges of months and years, to the microsecond. */
const moments = [
  ...Array.from({ length: 250 }, () => START + Math.floor(random() * LENGTH)),
  ...Array.from({ length: 50 }, () => Date.UTC(1900 + Math.floor(random() * 300), Math.floor(random() * 12), 1) - Math.floor(random() * 2)),
  0, -1, Date.UTC(2038, 0, 19, 3, 14, 8), Date.UTC(2024, 1, 29, 23, 59, 59, 999), Date.UTC(2021, 0, 3), Date.UTC(2020, 11, 31),
]

const clockText = (ms: number): string => new Date(ms).toISOString().slice(0, 23).replace('T', ' ')
const at = column('moments', 'at')

/** A column for each expression, a row for each moment. */
async function asked(exprs: readonly Expr[], kind: ColumnKind): Promise<readonly (readonly Value[])[]> {
  const rows = moments.map((ms, index) => [integer(index), param(clockText(ms), 'timestamp')])
  const { text, params } = source.dialect.print(
    select({ columns: exprs.map((expr, index) => ({ expr, as: `c${index}` })), from: { kind: 'values', rows, columns: ['index', 'at'], as: 'moments' }, orderBy: [{ expr: column('moments', 'index'), direction: 'ASC' }] }),
  )
  return (await source.query({ text, params, columns: exprs.map(() => kind) })).columns
}

function startOf(ms: number, grain: Grain, weekStart: number, fiscalYearStart: number): number {
  const date = new Date(ms)
  const day = Math.floor(ms / DAY_MS) * DAY_MS
  const month = (back: number): number => new Date(day).setUTCMonth(date.getUTCMonth() - back, 1)
  switch (grain) {
    case 'minute':
      return Math.floor(ms / 60_000) * 60_000
    case 'hour':
      return Math.floor(ms / 3_600_000) * 3_600_000
    case 'day':
      return day
    case 'week':
      return day - ((isoDay(date) - weekStart + 7) % 7) * DAY_MS
    case 'month':
      return month(0)
    case 'quarter':
      return month((date.getUTCMonth() + 13 - fiscalYearStart) % 3)
    case 'year':
      return month((date.getUTCMonth() + 13 - fiscalYearStart) % 12)
  }
}

const isoDay = (date: Date): number => date.getUTCDay() || 7

/** The week of the Thursday. */
function isoWeek(date: Date): number {
  const thursday = Math.floor(date.getTime() / DAY_MS) * DAY_MS + (4 - isoDay(date)) * DAY_MS
  return 1 + Math.floor((thursday - Date.UTC(new Date(thursday).getUTCFullYear(), 0, 1)) / (7 * DAY_MS))
}

describe('calendars on MariaDB', () => {
  it('cut nine thousand years into the buckets of every grain, week and fiscal year', async () => {
    const calendars = Array.from({ length: 12 }, (_, index) => ({ weekStart: (index % 7) + 1, fiscalYearStart: index + 1 }))
    for (const grain of GRAINS) {
      const found = await asked(calendars.map((calendar) => ({ kind: 'truncate', of: at, grain, calendar })), 'timestamp')
      expect(found).toEqual(calendars.map(({ weekStart, fiscalYearStart }) => moments.map((ms) => new Date(startOf(ms, grain, weekStart, fiscalYearStart)).toISOString())))
    }
  })

  it('number the parts of a day and a year as ISO does', async () => {
    const parts = ['hour_of_day', 'day_of_week', 'day_of_month', 'week_of_year', 'month_of_year', 'quarter_of_year', 'year'] as const
    const found = await asked(parts.map((part) => ({ kind: 'date_part', of: at, part })), 'integer')
    const dates = moments.map((ms) => new Date(ms))
    const wanted = [dates.map((date) => date.getUTCHours()), dates.map(isoDay), dates.map((date) => date.getUTCDate()), dates.map(isoWeek), dates.map((date) => date.getUTCMonth() + 1), dates.map((date) => Math.floor(date.getUTCMonth() / 3) + 1), dates.map((date) => date.getUTCFullYear())]
    expect(found).toEqual(wanted.map((values) => values.map(BigInt)))
  })

  it('count seconds before 1970 and after 2038', async () => {
    const day: Expr = { kind: 'truncate', of: at, grain: 'minute', calendar: { weekStart: 1, fiscalYearStart: 1 } }
    const [epochs, between, later] = [
      await asked([{ kind: 'epoch', of: day }], 'integer'),
      await asked([{ kind: 'seconds_between', from: param('1970-01-01 00:00:00.5', 'timestamp'), to: at }], 'float'),
      await asked([{ kind: 'add_seconds', of: at, seconds: integer(-3601) }], 'timestamp'),
    ]
    expect(epochs[0]).toEqual(moments.map((ms) => BigInt(Math.floor(ms / 60_000) * 60)))
    // Doubles hold microseconds of 285 years exactly.
    const near = (value: Value, ms: number): boolean => Math.abs(Number(value) - (ms - 500) / 1000) <= 1e-15 * Math.abs(ms)
    expect(moments.filter((ms, index) => !near(between[0]?.[index] ?? null, ms))).toEqual([])
    expect(later[0]).toEqual(moments.map((ms) => new Date(ms - 3_601_000).toISOString()))
  })

  it('end a month that is too short on its last day', async () => {
    const found = await asked([-13, 1, 25].map((count) => ({ kind: 'add_units', of: at, count, unit: 'month' })), 'timestamp')
    const moved = (ms: number, count: number): string => {
      const date = new Date(ms)
      const lastDay = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + count + 1, 0)).getUTCDate()
      const day = Math.min(date.getUTCDate(), lastDay)
      return new Date(new Date(ms).setUTCMonth(date.getUTCMonth() + count, day)).toISOString()
    }
    expect(found).toEqual([-13, 1, 25].map((count) => moments.map((ms) => moved(ms, count))))
  })
})
