import { describe, expect, it } from 'vitest'
import { toPredicate } from '../../schema/where.ts'
import { ISO_CALENDAR } from '../../src/base/grain.ts'
import type { Predicate } from '../../src/model/predicate.ts'
import { shopModel, world } from './schema-world.ts'

/** The predicate that a `where`, written in GraphQL, becomes. */
async function predicateOf(where: string, zone = 'UTC'): Promise<Predicate | undefined> {
  const at = world()
  const { errors } = await at.ask(`{ table(metrics: [SALES], period: { preset: LAST_MONTH }, where: ${where}, timezone: "${zone}") { rows } }`)
  expect(errors).toBeUndefined()
  return at.tables[0]?.predicate
}

async function refusalOf(where: string, variables?: Record<string, unknown>, declared = '') {
  const { data, errors } = await world().ask(`query${declared} { table(metrics: [SALES], period: { preset: LAST_MONTH }, where: ${where}) { rows } }`, variables)
  const original = errors?.[0]?.originalError as { code?: string; hint?: string } | undefined
  return { data: data === undefined ? undefined : JSON.parse(JSON.stringify(data)), message: errors?.[0]?.message, code: original?.code, hint: original?.hint }
}

const atom = (dimension: string, test: unknown): Predicate => ({ kind: 'atom', dimension, test }) as Predicate
const oneOf = (dimension: string, ...values: unknown[]): Predicate => atom(dimension, { op: 'in', values, caseInsensitive: false })
const not = (of: Predicate): Predicate => ({ kind: 'not', of })
const range = (dimension: string, from: unknown, to: unknown, fromInclusive = true, toInclusive = false): Predicate =>
  atom(dimension, { op: 'range', from: from === null ? null : { value: from, inclusive: fromInclusive }, to: to === null ? null : { value: to, inclusive: toInclusive } })

describe('a filter of texts', () => {
  it.each([
    ['{ country: { eq: "DE" } }', oneOf('country', 'DE')],
    ['{ country: { ne: "DE" } }', not(oneOf('country', 'DE'))],
    ['{ country: { in: ["DE", "FR", "DE"] } }', oneOf('country', 'DE', 'FR')],
    ['{ country: { in: "DE" } }', oneOf('country', 'DE')],
    ['{ country: { notIn: ["DE"] } }', not(oneOf('country', 'DE'))],
    ['{ country: { isNull: true } }', atom('country', { op: 'isNull' })],
    ['{ country: { isNull: false } }', not(atom('country', { op: 'isNull' }))],
    ['{ country: { contains: "50%_" } }', atom('country', { op: 'contains', text: '50%_', caseInsensitive: false })],
    ['{ country: { startsWith: "d", caseInsensitive: true } }', atom('country', { op: 'startsWith', text: 'd', caseInsensitive: true })],
    ['{ country: { eq: "de", caseInsensitive: true } }', atom('country', { op: 'in', values: ['de'], caseInsensitive: true })],
  ])('%s', async (where, expected) => {
    expect(await predicateOf(where)).toEqual(expected)
  })

  it('wants every operator of a field, and every field, to hold', async () => {
    expect(await predicateOf('{ country: { startsWith: "D", endsWith: "E", ne: "DE" }, tier: { eq: "Gold" } }')).toEqual({
      kind: 'and',
      of: [
        not(oneOf('country', 'DE')),
        atom('country', { op: 'startsWith', text: 'D', caseInsensitive: false }),
        atom('country', { op: 'endsWith', text: 'E', caseInsensitive: false }),
        oneOf('tier', 'Gold'),
      ],
    })
  })

  it('of nothing keeps all, of an empty list none', async () => {
    for (const where of ['null', '{}', '{ country: {} }', '{ and: [] }', '{ not: { or: [] } }', '{ country: { notIn: [] } }']) expect(await predicateOf(where)).toEqual({ kind: 'all' })
    for (const where of ['{ country: { in: [] } }', '{ or: [] }', '{ not: {} }', '{ cohort: { in: [] } }', '{ amount: { in: [] } }', '{ due_on: { in: [] }, country: { eq: "DE" } }']) expect(await predicateOf(where)).toEqual({ kind: 'none' })
  })
})

describe('and, or, not and cohorts', () => {
  it('compose', async () => {
    expect(await predicateOf('{ or: [{ country: { eq: "DE" } }, { and: [{ tier: { eq: "Gold" } }, { not: { is_gift: { eq: true } } }] }], cohort: { in: [GOLD, GERMAN], notIn: [GERMAN] } }')).toEqual({
      kind: 'and',
      of: [
        { kind: 'or', of: [oneOf('country', 'DE'), { kind: 'and', of: [oneOf('tier', 'Gold'), not(oneOf('is_gift', true))] }] },
        { kind: 'or', of: [{ kind: 'cohort', cohort: 'gold' }, { kind: 'cohort', cohort: 'german' }] },
        not({ kind: 'cohort', cohort: 'german' }),
      ],
    })
  })
})

describe('a filter of numbers', () => {
  it.each([
    ['{ amount: { gt: 1, lte: 2.5 } }', range('amount', 1, 2.5, false, true)],
    ['{ amount: { between: { from: 1, to: 2 } } }', range('amount', 1, 2, true, true)],
    ['{ quantity: { gte: 9007199254740993 } }', range('quantity', 9_007_199_254_740_993n, null)],
    ['{ quantity: { eq: "9007199254740993" } }', oneOf('quantity', 9_007_199_254_740_993n)],
    ['{ quantity: { in: [1, "2"] } }', oneOf('quantity', 1, 2)],
    ['{ quantity: { eq: 2.5 } }', oneOf('quantity', 2.5)],
    ['{ amount: { eq: "0.1" } }', oneOf('amount', 0.1)],
    ['{ amount: { eq: "12345678901234567.89" } }', oneOf('amount', '12345678901234567.89')],
    ['{ amount: { lt: 1e21 } }', range('amount', null, '1000000000000000000000')],
    ['{ weight: { eq: "0.5", isNull: false } }', { kind: 'and', of: [oneOf('weight', 0.5), not(atom('weight', { op: 'isNull' }))] }],
  ] as const)('%s', async (where, expected) => {
    expect(await predicateOf(where)).toEqual(expected)
  })

  it.each([
    ['{ quantity: { eq: 9007199254740992 } }', oneOf('quantity', 9_007_199_254_740_992n)],
    ['{ quantity: { in: ["2.0", 2, "+2"] } }', oneOf('quantity', 2)],
    ['{ quantity: { lt: "9007199254740993.5" } }', range('quantity', null, '9007199254740993.5')],
    ['{ quantity: { between: { from: "-9223372036854775808", to: "9223372036854775807" } } }', range('quantity', -9_223_372_036_854_775_808n, 9_223_372_036_854_775_807n, true, true)],
    ['{ amount: { in: ["1.50", 1.5, "1.5000000000"] } }', oneOf('amount', 1.5)],
    ['{ amount: { in: [0, -0.0] } }', oneOf('amount', 0)],
    ['{ amount: { gt: "99999999999999999999999999999.999999999" } }', range('amount', '99999999999999999999999999999.999999999', null, false)],
  ] as const)('%s has one form for one number', async (where, expected) => {
    expect(await predicateOf(where)).toEqual(expected)
  })

  it.each([
    ['{ quantity: { gt: 9223372036854775808 } }', 'where.quantity compares with a number beyond an integer of 64 bits.'],
    ['{ quantity: { gt: "-9223372036854775809" } }', 'where.quantity compares with a number beyond an integer of 64 bits.'],
    ['{ quantity: { eq: 2.0000000001 } }', 'where.quantity compares with a number of more than 9 digits after the point.'],
    ['{ amount: { lt: 1e300 } }', 'where.amount compares with a number beyond a decimal of 29 digits before the point.'],
    ['{ amount: { in: ["100000000000000000000000000000"] } }', 'where.amount compares with a number beyond a decimal of 29 digits before the point.'],
    ['{ amount: { between: { from: 0, to: "0.0000000001" } } }', 'where.amount compares with a number of more than 9 digits after the point.'],
  ])('%s is refused, since no column of the kind holds it exactly', async (where, message) => {
    expect(await refusalOf(where)).toMatchObject({ code: 'FILTER_INVALID', message, hint: expect.any(String) })
  })

  it('with two bounds on a side keeps both', async () => {
    expect(await predicateOf('{ amount: { gt: 1, gte: 2 } }')).toEqual({ kind: 'and', of: [range('amount', 1, null, false), range('amount', 2, null)] })
  })

  it.each(['"1e5"', '"abc"', '""', 'true', '"Infinity"', '1e999'])('is refused for %s before anything is read', async (number) => {
    expect(await refusalOf(`{ amount: { eq: ${number} } }`)).toMatchObject({ data: undefined, code: 'FILTER_INVALID' })
  })
})

describe('a filter of dates', () => {
  it.each([
    ['{ due_on: { eq: "2026-03-01" } }', oneOf('due_on', '2026-03-01')],
    ['{ due_on: { gt: "2026-03-01", lte: "2026-03-05" } }', range('due_on', '2026-03-01', '2026-03-05', false, true)],
    ['{ due_on: { between: { start: "2026-03-01", end: "2026-04-01" } } }', range('due_on', '2026-03-01', '2026-04-01')],
    // The present is noon of Wednesday, 11 March 2026.
    ['{ due_on: { last: { count: 7, unit: DAY } } }', range('due_on', '2026-03-04', '2026-03-11')],
    ['{ due_on: { last: { count: 7, unit: DAY, includeCurrent: true } } }', range('due_on', '2026-03-05', '2026-03-12')],
    ['{ due_on: { preset: MONTH_TO_DATE } }', range('due_on', '2026-03-01', '2026-03-12')],
    ['{ due_on: { ne: "2026-03-01" } }', not(oneOf('due_on', '2026-03-01'))],
  ])('%s never shifts with the zone', async (where, expected) => {
    expect(await predicateOf(where)).toEqual(expected)
    expect(await predicateOf(where, 'Europe/Berlin')).toEqual(expected)
  })
})

describe('a filter of instants', () => {
  it.each([
    ['{ ordered_at: { eq: "2026-03-01" } }', range('ordered_at', '2026-02-28T23:00:00.000Z', '2026-03-01T23:00:00.000Z')],
    // Clocks go forward on the 29th: its day has 23 hours.
    ['{ ordered_at: { eq: "2026-03-29" } }', range('ordered_at', '2026-03-28T23:00:00.000Z', '2026-03-29T22:00:00.000Z')],
    ['{ ordered_at: { gt: "2026-03-01" } }', range('ordered_at', '2026-03-01T23:00:00.000Z', null)],
    ['{ ordered_at: { gte: "2026-03-01", lte: "2026-03-02" } }', range('ordered_at', '2026-02-28T23:00:00.000Z', '2026-03-02T23:00:00.000Z')],
    ['{ ordered_at: { lt: "2026-03-01" } }', range('ordered_at', null, '2026-02-28T23:00:00.000Z')],
    ['{ ordered_at: { eq: "2026-03-01T09:30:00" } }', oneOf('ordered_at', '2026-03-01T08:30:00.000Z')],
    ['{ ordered_at: { lte: "2026-03-01T09:30:00+05:30" } }', range('ordered_at', null, '2026-03-01T04:00:00.000Z', true, true)],
    ['{ ordered_at: { in: ["2026-03-01T09:30:00Z", "2026-03-02"] } }', { kind: 'or', of: [oneOf('ordered_at', '2026-03-01T09:30:00.000Z'), range('ordered_at', '2026-03-01T23:00:00.000Z', '2026-03-02T23:00:00.000Z')] }],
    ['{ ordered_at: { between: { start: "2026-03-01", end: "2026-03-02" } } }', range('ordered_at', '2026-02-28T23:00:00.000Z', '2026-03-01T23:00:00.000Z')],
    ['{ ordered_at: { last: { count: 1, unit: DAY } } }', range('ordered_at', '2026-03-09T23:00:00.000Z', '2026-03-10T23:00:00.000Z')],
    ['{ ordered_at: { preset: MONTH_TO_DATE } }', range('ordered_at', '2026-02-28T23:00:00.000Z', '2026-03-11T12:00:00.000Z')],
  ] as const)('%s is read in the zone asked', async (where, expected) => {
    expect(await predicateOf(where, 'Europe/Berlin')).toEqual(expected)
  })
})

describe('a filter that cannot be meant', () => {
  it.each([
    ['{ country: { eq: null } }', 'where.country.eq is null.', /isNull: true/],
    ['{ country: null }', 'where.country is null.', /isNull: true/],
    ['{ not: null }', 'where.not is null.', /Leave it out/],
    ['{ or: [{ country: { in: null } }] }', 'where.or[0].country.in is null.', /isNull: true/],
    ['{ due_on: { eq: "2026-02-30" } }', 'where.due_on.eq "2026-02-30" is not on the calendar.', /ISO date/],
    ['{ due_on: { eq: "yesterday" } }', 'where.due_on.eq "yesterday" is not an ISO date or datetime.', /ISO date/],
    ['{ due_on: { gte: "2026-03-01T10:00:00" } }', 'where.due_on.gte has a time of day, but "Due on" holds dates.', /dates only/],
    ['{ due_on: { between: { start: "2026-03-01T10:00:00Z", end: "2026-03-02" } } }', 'where.due_on.between has a time of day, but "Due on" holds dates.', /dates only/],
    ['{ due_on: { last: { count: 3, unit: HOUR } } }', 'where.due_on.last has a time of day, but "Due on" holds dates.', /dates only/],
    ['{ ordered_at: { last: { count: 0, unit: DAY } } }', 'where.ordered_at.last.count is 0.', /1 to 10,000/],
    ['{ ordered_at: { between: { start: "2026-03-02", end: "2026-03-01" } } }', 'where.ordered_at.between ends before it starts: from 2026-03-02T00:00:00Z to 2026-03-01T00:00:00Z.', /half-open/],
    ['{ ordered_at: { lt: "0000-01-01" } }', 'where.ordered_at.lt "0000-01-01" lies in the year 0.', /0001/],
  ])('%s is refused where it stands', async (where, message, hint) => {
    expect(await refusalOf(where)).toEqual({ data: { table: null }, message, code: 'FILTER_INVALID', hint: expect.stringMatching(hint) })
  })

  it('is refused as a null variable too, which would otherwise keep every row; one left out is no test', async () => {
    expect(await refusalOf('{ country: { eq: $country } }', { country: null }, '($country: String)')).toMatchObject({ code: 'FILTER_INVALID' })
    expect(await refusalOf('{ country: { eq: $country } }', {}, '($country: String)')).toMatchObject({ code: undefined, data: { table: { rows: expect.anything() } } })
  })
})

describe('a filter of any size', () => {
  const context = { model: shopModel, zone: 'UTC', nowUtcMs: Date.UTC(2026, 2, 11), calendar: ISO_CALENDAR, savedCohorts: new Map() }
  const nested = (levels: number, wrap: (inner: unknown) => unknown): unknown => Array.from({ length: levels }).reduce(wrap, { country: { eq: 'DE' } })
  const negate = (inner: unknown): unknown => ({ not: inner })
  const negateList = (inner: unknown): unknown => ({ not: { and: [inner, { tier: { eq: 'Gold' } }] } })
  const germans = (count: number): unknown => ({ or: Array.from({ length: count }, (_, index) => ({ country: { eq: `DE${index}`, caseInsensitive: false } })) })
  const countries = (count: number): unknown => ({ country: { in: Array.from({ length: count }, (_, index) => `DE${index}`) } })

  it('is taken up to 50 levels, 2,000 tests and 10,000 values', () => {
    expect(toPredicate(nested(50, negate), context)).toEqual(oneOf('country', 'DE'))
    expect(toPredicate(nested(25, negateList), context)).toMatchObject({ kind: 'not' })
    expect(toPredicate(germans(2000), context)).toMatchObject({ kind: 'or' })
    expect(toPredicate(countries(10_000), context)).toMatchObject({ kind: 'atom' })
  })

  it.each([
    ['51 levels', nested(51, negate), /50 levels/, 50],
    ['100,000 levels', nested(100_000, negate), /50 levels/, 50],
    ['600 levels of lists', nested(600, negateList), /50 levels/, 50],
    ['2,001 tests', germans(2001), /2000 tests/, 2000],
    ['10,001 values', countries(10_001), /10000 are the most/, 10_000],
  ])('is refused at %s, naming the limit', (_, where, message, limit) => {
    expect(() => toPredicate(where, context)).toThrow(expect.objectContaining({ code: 'FILTER_INVALID', message: expect.stringMatching(message), data: { limit } }))
  })

  it('leaves a null to its own refusal', () => {
    for (const where of [{ and: null }, { not: null }, { or: [null] }, { country: null }]) {
      expect(() => toPredicate(where, context)).toThrow(expect.objectContaining({ code: 'FILTER_INVALID', message: expect.stringMatching(/ is null\.$/) }))
    }
  })
})
