import { BSON } from 'mongodb'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { decimalToText, type DecimalNumber } from '../../src/base/decimal-number.ts'
import { aggregate, column, compare, integer, isNull, param, select, written, type Expr, type From, type OutputColumn, type Query, type Select } from '../../src/sql/tree.ts'
import { startMongodbServer, type MongodbServer } from '../../test/servers/mongodb.ts'
import type { ColumnKind, QueryOptions, QuerySource, Value } from '../contract.ts'
import { mongodbDialect } from './dialect.ts'
import mongodb from './index.ts'
import type { PrintedPipeline } from './json.ts'
import { link } from './link.ts'
import { shapeOf } from './shape.ts'

let server: MongodbServer
let source: QuerySource
let databases = 0
let database = ''

beforeAll(async () => {
  server = await startMongodbServer('reader', 'secret')
})
afterAll(() => server.stop())
beforeEach(() => {
  database = `db${(databases += 1)}`
})

const open = (more: object = {}): QuerySource => {
  const told: object[] = []
  const log = { debug() {}, info: (data: object) => void told.push(data), warn() {} }
  source = mongodb.open('shop', mongodb.options.parse({ host: server.host, port: server.port, user: 'reader', password: 'secret', database, ...more }), { log, stateFolder: '' })
  return source
}

const statement = (query: Query, columns: readonly ColumnKind[]) => ({ ...mongodbDialect.print(query), columns })
async function ask(query: Query, columns: readonly ColumnKind[], options: QueryOptions = {}): Promise<readonly (readonly Value[])[]> {
  const opened = open()
  try {
    const answer = await opened.query(statement(query, columns), options)
    return Array.from({ length: answer.rowCount }, (_, row) => answer.columns.map((values) => plain(values[row] ?? null)))
  } finally {
    await opened.close()
  }
}
const plain = (value: Value): Value => (value !== null && typeof value === 'object' ? decimalToText(value as DecimalNumber) : value)

const from: From = { kind: 'table', name: 't' }
const at = (name: string): Expr => column('t', name)
const out = (...exprs: readonly Expr[]): readonly OutputColumn[] => exprs.map((expr, index) => ({ expr, as: `c${index}` }))
const byId = [{ expr: at('id'), direction: 'ASC' as const }]
const rowsOf = (of: Expr, parts: Partial<Select> = {}): Query => select({ columns: out(of), from, orderBy: byId, ...parts })

describe('columns of a collection', () => {
  it('are the fields of the documents looked at, with a dot for documents within; lists and mixtures are left out and said so', async () => {
    server.put(database, 't', [
      { _id: new BSON.ObjectId(), id: new BSON.Int32(1), address: { country: 'DE', at: { x: new BSON.Double(1) } }, tags: ['a'], mixed: 'a', day: '2024-02-29', moment: '2024-02-29T10:00:00Z', note: '2024-02-29' },
      { _id: new BSON.ObjectId(), id: BSON.Long.fromBigInt(2n ** 60n), address: { country: null }, mixed: BSON.Long.fromNumber(1), nothing: null, day: '1999-12-31', moment: '2024-02-29T10:00:00.5+02:00', note: 'no day' },
    ])
    const told: object[] = []
    const opened = mongodb.open('shop', mongodb.options.parse({ host: server.host, port: server.port, user: 'reader', password: 'secret', database }), { log: { debug() {}, info: (data) => void told.push(data), warn() {} }, stateFolder: '' })
    const [table] = await opened.discover()
    await opened.close()
    expect(Object.fromEntries((table?.columns ?? []).map(({ name, kind }) => [name, kind]))).toEqual({ _id: 'text', id: 'integer', 'address.country': 'text', 'address.at.x': 'float', day: 'date', moment: 'timestamp', note: 'text' })
    expect(table?.primaryKey).toEqual(['_id'])
    expect(told).toEqual([{ source: 'shop', database, collection: 't', left: [{ path: 'tags', reason: 'holds array' }, { path: 'mixed', reason: 'holds long and string' }, { path: 'nothing', reason: 'only nulls were seen' }] }])
  })

  it('are read as what they hold: nested fields, object ids as text, dates in texts as dates', async () => {
    const id = new BSON.ObjectId('0123456789abcdef01234567')
    server.put(database, 't', [{ _id: id, address: { country: 'DE' }, day: '2024-02-29' }])
    expect(await ask(select({ columns: out(at('_id'), written('address.country'), at('day')), from }), ['text', 'text', 'date'])).toEqual([['0123456789abcdef01234567', 'DE', '2024-02-29']])
    expect(await ask(select({ columns: out(at('day')), from, where: compare(at('_id'), '=', param(id.toHexString(), 'text')) }), ['date'])).toEqual([['2024-02-29']])
  })

  it('that hold another type than was seen refuse the statement rather than be left out', async () => {
    server.put(database, 't', [{ n: new BSON.Int32(1) }, { n: 'two' }])
    const opened = open({ sampleSize: 1 })
    const total = statement(select({ columns: out(aggregate({ name: 'sum' }, at('n'))), from }), ['number'])
    await expect(opened.query(total)).rejects.toMatchObject({ code: 'SOURCE_FAILED', message: 'Source "shop" holds a document with a value of another type than the documents looked at.' })
    await opened.close()
  })

  it('that nobody has are refused by name, not taken for null', async () => {
    server.put(database, 't', [{ amount: new BSON.Int32(1) }])
    await expect(ask(select({ columns: out(at('amuont')), from }), ['number'])).rejects.toMatchObject({ code: 'SOURCE_FAILED', message: '"amuont" of collection "t" in source "shop" is no column: no document looked at has it (closest: amount).' })
  })
})

describe('null in a pipeline', () => {
  const three = async (of: Expr): Promise<readonly Value[]> => (await ask(rowsOf(of), ['boolean'])).map(([value]) => value ?? null)
  beforeEach(() => {
    // Null is also what is missing.
    server.put(database, 't', [
      { id: new BSON.Int32(1), n: new BSON.Int32(5), m: new BSON.Int32(5), s: 'b' },
      { id: new BSON.Int32(2), n: null, m: new BSON.Int32(5), s: null },
      { id: new BSON.Int32(3), m: null },
    ])
  })

  it('makes every comparison unknown, and its negation too', async () => {
    for (const op of ['=', '<=', '>='] as const) {
      expect(await three(compare(at('n'), op, at('m')))).toEqual([true, null, null])
      expect(await three({ kind: 'not', of: compare(at('n'), op, at('m')) })).toEqual([false, null, null])
      expect(await three(compare(at('n'), op, integer(5)))).toEqual([true, null, null])
      expect(await three(compare(integer(5), op, at('n')))).toEqual([true, null, null])
    }
    for (const op of ['<', '>'] as const) expect(await three(compare(at('n'), op, at('m')))).toEqual([false, null, null])
    expect(await three({ kind: 'in', of: at('n'), values: [integer(5), integer(6)] })).toEqual([true, null, null])
    expect(await three({ kind: 'not', of: { kind: 'in', of: at('n'), values: [integer(5)] } })).toEqual([false, null, null])
    for (const how of ['contains', 'startsWith', 'endsWith'] as const) {
      expect(await three({ kind: 'match', how, of: at('s'), text: param('b', 'text') })).toEqual([true, null, null])
      expect(await three({ kind: 'not', of: { kind: 'match', how, of: at('s'), text: param('bb', 'text') } })).toEqual([true, null, null])
    }
  })

  it('is neither true nor false between and, or and not', async () => {
    const unknown = compare(at('n'), '=', integer(5))
    const [yes, no] = [compare(integer(1), '=', integer(1)), compare(integer(1), '=', integer(0))]
    expect(await three({ kind: 'and', of: [unknown, yes] })).toEqual([true, null, null])
    expect(await three({ kind: 'and', of: [unknown, no] })).toEqual([false, false, false])
    expect(await three({ kind: 'or', of: [unknown, yes] })).toEqual([true, true, true])
    expect(await three({ kind: 'or', of: [unknown, no] })).toEqual([true, null, null])
    expect(await three({ kind: 'is_true', of: unknown })).toEqual([true, false, false])
    expect(await three({ kind: 'not', of: isNull(at('n')) })).toEqual([true, false, false])
  })

  it('is one group, missing or not, and no value to count, add or order by', async () => {
    const n = at('n')
    const counted = out(n, aggregate({ name: 'count' }, null), aggregate({ name: 'count' }, n), aggregate({ name: 'sum' }, n))
    const grouped = await ask(select({ columns: counted, from, groupBy: [n], orderBy: [{ expr: n, direction: 'ASC' }] }), ['integer', 'integer', 'integer', 'integer'])
    expect(grouped).toEqual([[5n, 1n, 1n, 5n], [null, 2n, 0n, null]])
    const totals = out(aggregate({ name: 'count_distinct' }, n), aggregate({ name: 'min' }, n), aggregate({ name: 'bit_or' }, n), aggregate({ name: 'median' }, n))
    expect(await ask(select({ columns: totals, from }), ['integer', 'integer', 'integer', 'float'])).toEqual([[1n, 5n, 5n, 5]])
    expect(await ask(select({ columns: totals, from, where: isNull(n) }), ['integer', 'integer', 'integer', 'float'])).toEqual([[0n, null, null, null]])
    expect(await ask(select({ columns: out(aggregate({ name: 'count' }, null), aggregate({ name: 'sum' }, n)), from, where: compare(n, '>', integer(9)) }), ['integer', 'integer'])).toEqual([[0n, null]])
  })
})

describe('what an author writes over a collection', () => {
  const written1 = async (sql: string, kind: ColumnKind): Promise<Value> => (await ask(select({ columns: out(written(sql)), from }), [kind]))[0]?.[0] ?? null
  beforeEach(() => server.put(database, 't', [{ price: BSON.Decimal128.fromString('19.99'), n: new BSON.Int32(3), day: '2024-02-29', name: "O'Hara", nested: { flag: true } }]))

  it('is fields, literals, arithmetic, comparisons, case and a few functions; decimals stay exact', async () => {
    expect(await written1('price * n - 0.97', 'decimal')).toBe('59')
    expect(await written1('-n + 2 * (n - 1)', 'integer')).toBe(1n)
    expect(await written1("CASE WHEN price > 10 AND nested.flag THEN 'dear' ELSE 'cheap' END", 'text')).toBe('dear')
    expect(await written1("name = 'O''Hara' and n in (1, 3) and n not between 4 and 9", 'boolean')).toBe(true)
    expect(await written1('coalesce(null, lower(name))', 'text')).toBe("o'hara")
    expect(await written1('"n" <> 3 or price is not null', 'boolean')).toBe(true)
  })

  it('compares dates with texts as dates, however they are stored', async () => {
    expect(await written1("day >= '2024-02-29' and day < DATE '2024-03-01'", 'boolean')).toBe(true)
    expect(await written1("day = '2024-02-28'", 'boolean')).toBe(false)
  })

  it('is refused where types do not meet, which MongoDB would compare and add in silence', async () => {
    for (const sql of ["n > 'a'", 'day = n', 'day + 1', 'name * 2', "day = 'someday'"]) await expect(written1(sql, 'boolean')).rejects.toMatchObject({ code: 'NOT_SUPPORTED' })
  })

  it('is refused where it is anything else, by a refusal that names the collection and shows nothing of the SQL', async () => {
    for (const sql of ['price / n', 'upper(name)', "name LIKE 'O%'", 'price::float', 'n; drop', "name || 'x'", '(select 1)', 'n in (1, null)', '$where', 'date_trunc(\'day\', day)']) {
      const refused = { code: 'NOT_SUPPORTED', message: 'MongoDB cannot be asked for an expression over "t" that is more than fields, literals, simple arithmetic, comparisons and CASE.' }
      expect(() => mongodbDialect.print(select({ columns: out(written(sql)), from }))).toThrow(expect.objectContaining(refused))
      expect(() => mongodbDialect.print(select({ columns: out(written(`sum(${sql})`)), from }))).toThrow(expect.objectContaining(refused))
    }
    expect(() => mongodbDialect.print(select({ columns: out(column('w', 'a')), from: { kind: 'written', sql: 'select 1 as a', as: 'w' } }))).toThrow(expect.objectContaining({ code: 'NOT_SUPPORTED' }))
  })

  it('never becomes part of the pipeline but by names of fields', () => {
    const text = mongodbDialect.print(select({ columns: out(written("name = '$price' and name <> '{\"$gt\": 1}'")), from, where: compare(at('name'), '=', param('$$ROOT', 'text')) })).text
    expect(text).not.toContain('$price')
    expect(text).not.toContain('$gt": 1')
    expect(text).not.toContain('$$ROOT')
  })
})

describe('integers beyond 64 bits', () => {
  beforeEach(() => server.put(database, 't', [{ id: BSON.Long.fromBigInt(-1n) }, { id: new BSON.Int32(0) }, { id: BSON.Long.fromBigInt(2n ** 63n - 1n) }]))
  const all = [-1n, 0n, 2n ** 63n - 1n]

  it.each([2n ** 64n - 1n, 2n ** 63n, 2n ** 64n, 10n ** 33n + 1n, 10n ** 40n + 7n])('are larger than every stored one, and equal to none (%s)', async (large) => {
    const found = async (op: '=' | '<' | '<=' | '>' | '>=', value: bigint): Promise<readonly Value[]> => (await ask(rowsOf(at('id'), { where: compare(at('id'), op, param(value, 'integer')) }), ['integer'])).map(([id]) => id ?? null)
    const [equal, below, above, belowNegative, aboveNegative] = [await found('=', large), await found('<', large), await found('>=', large), await found('<=', -large - 1n), await found('>', -large - 1n)]
    expect({ equal, below, above, belowNegative, aboveNegative }).toEqual({ equal: [], below: all, above: [], belowNegative: [], aboveNegative: all })
    const among = await ask(rowsOf(at('id'), { where: { kind: 'in', of: at('id'), values: [param(large, 'integer'), param(-1n, 'integer')] } }), ['integer'])
    expect(among).toEqual([[-1n]])
    expect(await ask(rowsOf(written(`id < ${large}`)), ['boolean'])).toEqual([[true], [true], [true]])
    // A filter over a related table goes to the index of its field.
    const related: From = { kind: 'query', as: 'r', query: select({ columns: [{ expr: written('id'), as: 'id' }], from }) }
    expect(await ask(select({ columns: out(aggregate({ name: 'count' }, null)), from: related, where: compare(column('r', 'id'), '=', param(large, 'integer')) }), ['integer'])).toEqual([[0n]])
  })
})

describe('texts', () => {
  it('compare by their bytes, and are lowered beyond ASCII', async () => {
    server.put(database, 't', ['Zürich', 'ZÜRICH', 'zürich', 'ÅSA ΣΊ', 'a'].map((s, id) => ({ id: new BSON.Int32(id), s })))
    expect(await ask(rowsOf({ kind: 'lower', of: at('s') }), ['text'])).toEqual([['zürich'], ['zürich'], ['zürich'], ['åsa σί'], ['a']])
    expect(await ask(select({ columns: out(at('s')), from, orderBy: [{ expr: at('s'), direction: 'ASC' }] }), ['text'])).toEqual([['ZÜRICH'], ['Zürich'], ['a'], ['zürich'], ['ÅSA ΣΊ']])
  })
})

describe('joins', () => {
  const related = (name: string, as: string, columns: readonly string[]): From => ({ kind: 'query', as, query: select({ columns: columns.map((one) => ({ expr: written(one), as: one })), from: { kind: 'table', name } }) })
  const joined: Query = select({
    columns: out(column('o', 'n'), column('c', 'name')),
    from: { kind: 'left_join', left: related('orders', 'o', ['n', 'customer']), right: related('customers', 'c', ['key', 'name']), on: compare(column('o', 'customer'), '=', column('c', 'key')) },
    where: compare(column('o', 'n'), '>', param(0, 'integer')),
    orderBy: [{ expr: column('o', 'n'), direction: 'ASC' }],
  })

  it('keep rows without a partner, and null meets nothing, by texts as by object ids', async () => {
    for (const key of [new BSON.ObjectId('0123456789abcdef01234567'), 'text', new BSON.Int32(4)]) {
      server.put(database, 'orders', [{ n: new BSON.Int32(1), customer: key }, { n: new BSON.Int32(2), customer: null }, { n: new BSON.Int32(3) }, { n: new BSON.Int32(0), customer: key }])
      server.put(database, 'customers', [{ key, name: 'Ada' }, { key: null, name: 'nobody' }, { name: 'no one' }])
      expect(await ask(joined, ['integer', 'text'])).toEqual([[1n, 'Ada'], [2n, null], [3n, null]])
    }
  })

  it('and conditions on stored fields are told so that indexes can answer them', () => {
    const shapes = new Map([
      ['orders', shapeOf([{ n: new BSON.Int32(1), customer: new BSON.ObjectId() }], {})],
      ['customers', shapeOf([{ key: new BSON.ObjectId(), name: 'Ada' }], {})],
    ])
    const { text, params } = mongodbDialect.print(joined)
    const { collection, pipeline } = link(JSON.parse(text) as PrintedPipeline, { source: 's', bson: BSON, shapes, params })
    expect(collection).toBe('orders')
    expect(pipeline[0]).toEqual({ $match: { $and: [{ n: { $gt: BSON.Long.fromNumber(0) } }] } })
    expect(pipeline.find((stage) => '$lookup' in stage)).toMatchObject({ $lookup: { from: 'customers', localField: '~~j1key', foreignField: 'key' } })
    expect(pipeline.find((stage) => '$set' in stage)).toMatchObject({ $set: { '~~j1key': { $convert: { to: 'objectId', onError: null, onNull: null } } } })
  })
})

describe('windows', () => {
  it('put nulls last, and peers together', async () => {
    server.put(database, 't', [[1, 2], [2, null], [3, 1], [4, 2]].map(([id, n]) => ({ id: new BSON.Int32(id ?? 0), n: n === null ? null : new BSON.Int32(n ?? 0) })))
    const over = { partitionBy: [], orderBy: [{ expr: at('n'), direction: 'ASC' as const }] }
    const window = (fn: 'sum' | 'count' | 'lead' | 'max', frame: 'peers' | 'before' | 'partition'): Expr => ({ kind: 'window', fn, arg: at('n'), ...over, frame })
    const answer = await ask(select({ columns: out(at('id'), window('sum', 'peers'), window('count', 'peers'), window('max', 'before')), from, orderBy: byId }), ['integer', 'number', 'integer', 'integer'])
    expect(answer.map(([id, sum, count]) => [id, sum, count])).toEqual([[1n, 5n, 3n], [2n, 5n, 3n], [3n, 1n, 1n], [4n, 5n, 3n]])
    expect(answer.find(([id]) => id === 3n)?.[3]).toBeNull()
    expect(answer.find(([id]) => id === 2n)?.[3]).toBe(2n)
  })
})

describe('statements of MongoDB', () => {
  it('bring any number of rows, batch by batch', async () => {
    server.put(database, 't', Array.from({ length: 2500 }, (_, id) => ({ id: new BSON.Int32(id) })))
    expect((await ask(rowsOf(at('id')), ['integer'])).map(([id]) => id)).toEqual(Array.from({ length: 2500 }, (_, id) => BigInt(id)))
  })

  it('add integers beyond 64 bits exactly', async () => {
    server.put(database, 't', Array.from({ length: 3 }, () => ({ n: BSON.Long.MAX_VALUE })))
    expect(await ask(select({ columns: out(aggregate({ name: 'sum' }, at('n'))), from }), ['integer'])).toEqual([[3n * 9223372036854775807n]])
  })

  it('interpolate percentiles exactly', async () => {
    server.put(database, 't', [10, 20, 30, 45].map((n) => ({ n: new BSON.Int32(n) })))
    expect(await ask(select({ columns: out(aggregate({ name: 'median' }, at('n')), aggregate({ name: 'percentile', fraction: 0.9 }, at('n'))), from }), ['float', 'float'])).toEqual([[25, 40.5]])
  })

  it('are stopped in the server when they are cancelled, and when they take too long', async () => {
    server.put(database, 't', [{ id: new BSON.Int32(1) }])
    const choices = Array.from({ length: 10 }, (_, index): From => ({ kind: 'values', rows: Array.from({ length: 30 }, (_row, n) => [integer(n)]), columns: ['n'], as: `v${index}` }))
    const endless = select({ columns: out(column('v0', 'n')), from: choices.reduce((left, right) => ({ kind: 'inner_join', left, right, on: compare(integer(1), '=', integer(1)) })), where: compare(column('v9', 'n'), '=', integer(30)) })
    const stop = new AbortController()
    setTimeout(() => stop.abort(), 300)
    await expect(ask(endless, ['integer'], { signal: stop.signal })).rejects.toMatchObject({ code: 'CANCELLED' })
    await expect.poll(() => server.running()).toEqual([])
    const opened = open({ statementTimeoutMs: 300 })
    await expect(opened.query(statement(endless, ['integer']))).rejects.toMatchObject({ code: 'SOURCE_TIMEOUT' })
    await expect.poll(() => server.running()).toEqual([])
    await opened.close()
  })
})
