import { DuckDBInstance } from '@duckdb/node-api'
import * as fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parseCondition } from '../../src/model/filter-language.ts'
import type { DimensionLookup } from '../../src/model/filter-language.ts'
import type { Predicate, Scalar } from '../../src/model/predicate.ts'
import type { DimensionKind } from '../../src/model/types.ts'

type Cell = string | number | boolean | null
type Row = Readonly<Record<string, Cell>>

const KINDS: Readonly<Record<string, DimensionKind>> = { plan: 'text', seats: 'integer', price: 'float', paid: 'boolean', day: 'date', seen: 'timestamp' }

const lookup: DimensionLookup = (name) => {
  const kind = KINDS[name]
  return kind ? { publicName: name, kind, granularity: null, timezone: null } : { message: `There is no dimension "${name}".`, hint: null }
}

const berlin: DimensionLookup = () => ({ publicName: 'seen', kind: 'timestamp', granularity: null, timezone: 'Europe/Berlin' })

const PLANS = ['Pro', 'pro', 'Basic', "O'Hara", 'Basic+', ''] as const

/** Every value with every other would be 1,000 rows; a walk with coprime steps mixes them well enough, nulls included. */
const ROWS: readonly Row[] = Array.from({ length: 60 }, (_, index) => ({
  plan: [...PLANS, null][index % 7] ?? null,
  seats: [0, 1, 5, 10, null][index % 5] ?? null,
  price: [0, 9.5, 10, null][index % 4] ?? null,
  paid: [true, false, null][index % 3] ?? null,
  day: ['2024-01-01', '2024-01-31', '2024-02-29', null][(index * 3) % 4] ?? null,
  seen: ['2024-01-01T00:00:00Z', '2024-01-31T23:59:59.5Z', null][(index * 2) % 3] ?? null,
}))

function keeps(predicate: Predicate, row: Row): boolean {
  switch (predicate.kind) {
    case 'all':
      return true
    case 'none':
      return false
    case 'and':
      return predicate.of.every((part) => keeps(part, row))
    case 'or':
      return predicate.of.some((part) => keeps(part, row))
    case 'not':
      return !keeps(predicate.of, row)
    case 'member':
    case 'cohort':
      throw new Error('No cohorts here.')
    case 'atom': {
      const { test } = predicate
      const cell = row[predicate.dimension] ?? null
      if (test.op === 'isNull') return cell === null
      if (cell === null) return false
      const kind = KINDS[predicate.dimension]
      const comparable = (value: Scalar): Scalar => (kind === 'timestamp' ? Date.parse(String(value)) : value)
      if (test.op === 'in') {
        const fold = (value: Scalar): Scalar => (test.caseInsensitive ? String(value).toLowerCase() : comparable(value))
        return test.values.map(fold).includes(fold(cell))
      }
      if (test.op === 'range') {
        const value = comparable(cell)
        const above = test.from === null || (test.from.inclusive ? value >= comparable(test.from.value) : value > comparable(test.from.value))
        const below = test.to === null || (test.to.inclusive ? value <= comparable(test.to.value) : value < comparable(test.to.value))
        return above && below
      }
      const [text, part] = test.caseInsensitive ? [String(cell).toLowerCase(), test.text.toLowerCase()] : [String(cell), test.text]
      return test.op === 'contains' ? text.includes(part) : test.op === 'startsWith' ? text.startsWith(part) : text.endsWith(part)
    }
  }
}

function rowsKept(text: string): readonly number[] {
  const parsed = parseCondition(text, lookup)
  if (!parsed.ok) throw new Error(`${text}: ${parsed.fault.message}`)
  return ROWS.flatMap((row, index) => (keeps(parsed.predicate, row) ? [index] : []))
}

const quote = (text: string): string => `'${text.replaceAll("'", "''")}'`

const literal = (cell: Cell | undefined): string => (cell === null || cell === undefined ? 'NULL' : typeof cell === 'string' ? quote(cell.replace(/Z$/, '')) : String(cell))

const plan = fc.constantFrom(...PLANS).map(quote)
const values = {
  plan,
  seats: fc.constantFrom('0', '1', '5', '7', '-1'),
  price: fc.constantFrom('0', '9.5', '10.0', '1e1', '-.5'),
  day: fc.constantFrom("'2024-01-31'", "DATE '2024-02-29'", "'2023-12-31'"),
  seen: fc.constantFrom("'2024-01-01'", "TIMESTAMP '2024-01-31 23:59:59.5'", "'2024-02-01'"),
} as const

const ordered = fc.constantFrom('plan', 'seats', 'price', 'day', 'seen' as const)
const comparison = ordered.chain((name) => fc.tuple(fc.constantFrom('=', '<>', '!=', '<', '<=', '>', '>='), values[name], fc.boolean()).map(([operator, value, valueFirst]) => (valueFirst ? `${value} ${operator} ${name}` : `${name} ${operator} ${value}`)))
const list = ordered.chain((name) =>
  fc.tuple(fc.boolean(), fc.array(fc.oneof({ weight: 4, arbitrary: values[name] }, { weight: 1, arbitrary: fc.constant('NULL') }), { minLength: 1, maxLength: 3 })).map(([negated, items]) => `${name} ${negated ? 'NOT ' : ''}IN (${items.join(', ')})`),
)
const span = ordered.chain((name) => fc.tuple(fc.boolean(), values[name], values[name]).map(([negated, from, to]) => `${name} ${negated ? 'not ' : ''}between ${from} and ${to}`))
const pattern = fc
  .tuple(fc.boolean(), fc.constantFrom('LIKE', 'ILIKE'), fc.constantFrom('Pro', 'pro', 'B', "O'", 'c+', ''), fc.boolean(), fc.boolean())
  .map(([negated, like, text, opens, closes]) => `plan ${negated ? 'NOT ' : ''}${like} ${quote(`${opens ? '%' : ''}${text}${closes ? '%' : ''}`)}`)
const is = fc.oneof(
  fc.tuple(fc.constantFrom(...Object.keys(KINDS)), fc.boolean()).map(([name, negated]) => `${name} IS ${negated ? 'NOT ' : ''}NULL`),
  fc.tuple(fc.constantFrom('TRUE', 'FALSE'), fc.boolean()).map(([value, negated]) => `paid IS ${negated ? 'NOT ' : ''}${value}`),
)
const leaf = fc.oneof(comparison, list, span, pattern, is, fc.constantFrom('paid', 'NOT paid', 'paid = TRUE', 'paid <> false', 'TRUE', 'false'))
const { condition } = fc.letrec<{ condition: string }>((tie) => ({
  condition: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    leaf,
    tie('condition').map((inner) => `NOT (${inner})`),
    fc.tuple(tie('condition'), fc.constantFrom('AND', 'or', 'OR'), tie('condition')).map(([left, word, right]) => `(${left}) ${word} ${right}`),
  ),
}))

describe('conditions', () => {
  let instance: DuckDBInstance

  beforeAll(async () => {
    instance = await DuckDBInstance.create(':memory:')
    const connection = await instance.connect()
    await connection.run('CREATE TABLE facts (id INTEGER, plan VARCHAR, seats INTEGER, price DOUBLE, paid BOOLEAN, day DATE, seen TIMESTAMP)')
    const tuples = ROWS.map((row, index) => `(${[index, ...Object.keys(KINDS).map((name) => literal(row[name]))].join(', ')})`)
    await connection.run(`INSERT INTO facts VALUES ${tuples.join(', ')}`)
    connection.closeSync()
  })
  afterAll(() => {
    instance.closeSync()
  })

  it('keep exactly the rows that SQL keeps, nulls included, for a thousand random texts', async () => {
    const connection = await instance.connect()
    await fc.assert(
      fc.asyncProperty(condition, async (text) => {
        const reader = await connection.runAndReadAll(`SELECT id FROM facts WHERE (${text}) ORDER BY id`)
        expect(rowsKept(text), text).toEqual(reader.getRows().map(([id]) => id))
      }),
      { numRuns: 1000 },
    )
    connection.closeSync()
  })

  it('keep the null apart from both a value and its negation', () => {
    const equal = rowsKept("plan = 'Pro'")
    const unequal = rowsKept("plan <> 'Pro'")
    const unknown = rowsKept('plan IS NULL')
    expect([...equal, ...unequal, ...unknown].sort((a, b) => a - b)).toEqual(ROWS.map((_, index) => index))
  })

  it('understand the names that dbt writes', () => {
    const parsed = parseCondition("{{ Dimension('customer__country') }} = 'DE' AND {{ TimeDimension('order__day', 'day') }} >= '2024-01-01'", (name) => ({ publicName: name, kind: name === 'order__day' ? 'date' : 'text', granularity: null, timezone: null }))
    expect(parsed).toEqual({
      ok: true,
      predicate: {
        kind: 'and',
        of: [
          { kind: 'atom', dimension: 'customer__country', test: { op: 'in', values: ['DE'], caseInsensitive: false } },
          { kind: 'atom', dimension: 'order__day', test: { op: 'range', from: { value: '2024-01-01', inclusive: true }, to: null } },
        ],
      },
    })
  })

  it('turn times with an offset into UTC and keep every digit', () => {
    expect(parseCondition("seen < '2024-01-31T23:30:00.123456-02:00'", lookup)).toMatchObject({ predicate: { test: { to: { value: '2024-02-01T01:30:00.123456Z', inclusive: false } } } })
  })

  it('keep integers beyond 2^53 exact', () => {
    expect(parseCondition('seats = 9007199254740993', lookup)).toMatchObject({ predicate: { test: { values: [9007199254740993n] } } })
  })

  const refusals: readonly (readonly [text: string, offset: number, message: RegExp])[] = [
    ["plan = 'Pro' AND sets > 3", 17, /no dimension "sets"/],
    ['plan = 5', 7, /number cannot be compared with a text/],
    ["seats = '5'", 8, /text cannot be compared with an integer/],
    ['seats = 1.5', 8, /not a whole number/],
    ["day = '2024-02-30'", 6, /not a date/],
    ['plan = seats', 7, /Expected a value here, not the name "seats"/],
    ["lower(plan) = 'pro'", 0, /is a function/],
    ["plan LIKE 'P_o'", 10, /more than a start/],
    ["plan LIKE 'a%b'", 10, /more than a start/],
    ['plan = NULL', 7, /never true/],
    ['plan', 0, /stands alone/],
    ["plan = 'Pro", 7, /not closed/],
    ["plan = 'Pro' -- all", 13, /Comments/],
    ["plan = 'Pro'; DROP TABLE x", 12, /Expected AND, OR or the end/],
    ["day >= current_date", 7, /does not depend on the day/],
    ['seats + 1 > 2', 6, /no arithmetic/],
    ["customers.plan = 'Pro'", 0, /without their table/],
    ['seats IN (SELECT 1)', 10, /no subqueries/],
    ['paid < TRUE', 5, /no order/],
    ["(plan = 'Pro'", 13, /Expected "\)"/],
    ['', 0, /Expected a dimension here, not the end/],
    [`${'('.repeat(200)}paid${')'.repeat(200)}`, 100, /nested too deeply/],
  ]
  it.each(refusals)('refuse %s at the place of the fault', (text, offset, message) => {
    const parsed = parseCondition(text, lookup)
    expect(parsed).toMatchObject({ ok: false, fault: { offset, message: expect.stringMatching(message) as string } })
  })

  it('ask for an offset where the times of a dimension are those of a place', () => {
    expect(parseCondition("seen >= '2024-01-01'", berlin)).toMatchObject({ ok: false, fault: { offset: 8, message: expect.stringContaining('Europe/Berlin') as string } })
    expect(parseCondition("seen >= '2024-01-01T00:00:00+01:00'", berlin)).toMatchObject({ ok: true, predicate: { test: { from: { value: '2023-12-31T23:00:00Z' } } } })
  })
})
