import { BSON } from 'mongodb'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { column, compare, integer, select, type From } from '../../src/sql/tree.ts'
import { startMongodbServer, type MongodbServer } from '../../test/servers/mongodb.ts'
import { freePort } from '../../test/servers/test-server.ts'
import { honoursTheContract, type ConformanceRow } from '../conformance.ts'
import type { QuerySource, TableHints } from '../contract.ts'
import mongodb from './index.ts'

const PASSWORD = 'correct-horse-9'
let server: MongodbServer
let databases = 0

beforeAll(async () => {
  server = await startMongodbServer('reader', PASSWORD)
})
afterAll(async () => {
  await server.stop()
})

const nextDatabase = (): string => `db${(databases += 1)}`
const deps = (hints?: ReadonlyMap<string, TableHints>) => ({ log: { debug() {}, info() {}, warn() {} }, stateFolder: '', hints })
const optionsFor = (database: string, more: object = {}) => mongodb.options.parse({ host: server.host, port: server.port, user: server.user, password: server.password, database, maxConcurrent: 4, connectTimeoutMs: 3000, ...more })
const open = (database: string, more: object = {}, hints?: ReadonlyMap<string, TableHints>): QuerySource => mongodb.open('shop', optionsFor(database, more), deps(hints))

const documentOf = (row: ConformanceRow) => ({
  id: BSON.Long.fromBigInt(row.id),
  amount: row.amount === null ? null : BSON.Decimal128.fromString(row.amount),
  ratio: row.ratio === null ? null : new BSON.Double(row.ratio),
  label: row.label,
  active: row.active,
  day: row.day,
  // What is null may as well be missing.
  ...(row.happened_at === null ? {} : { happened_at: new Date(row.happened_at) }),
})

/** Every way to choose one of thirty rows, ten times over; none of them is looked for. */
const choices = Array.from({ length: 10 }, (_, index): From => ({ kind: 'values', rows: Array.from({ length: 30 }, (_row, n) => [integer(n)]), columns: ['n'], as: `v${index}` }))
const endlessSql = select({
  columns: [{ expr: column('v0', 'n'), as: 'n' }],
  from: choices.reduce((left, right) => ({ kind: 'inner_join', left, right, on: compare(integer(1), '=', integer(1)) })),
  where: compare(column('v9', 'n'), '=', integer(30)),
  limit: 1,
})

honoursTheContract('MongoDB', {
  endlessSql,
  changes: true,
  make(rows) {
    const database = nextDatabase()
    const load = (next: readonly ConformanceRow[]): Promise<void> => {
      server.put(database, 'conformance', next.map(documentOf))
      return Promise.resolve()
    }
    const before = server.connections()
    void load(rows)
    const source = open(database, {}, new Map([['conformance', { refreshKey: 'count(*)', watermark: 'min(happened_at)' }]]))
    return Promise.resolve({ source, wasTouched: () => Promise.resolve(server.connections() > before), load })
  },
  makeBroken() {
    const secret = 'not-the-password-77'
    return Promise.resolve({ source: open(nextDatabase(), { password: secret }), secrets: [secret, PASSWORD, String(server.port), server.host, 'reader'] })
  },
})

describe('a verdict on a MongoDB', () => {
  const verdictOf = async (source: QuerySource): Promise<string> => {
    const { ok, message } = await source.test()
    await source.close()
    return `${ok ? 'yes' : 'no'}: ${message}`
  }
  const withOrders = (): string => {
    const database = nextDatabase()
    server.put(database, 'orders', [{ _id: new BSON.ObjectId(), amount: new BSON.Int32(1) }])
    return database
  }

  it('says what answers, and how much of it', async () => {
    expect(await verdictOf(open(withOrders()))).toBe('yes: MongoDB 7.0.0 answers; 1 table can be read.')
  })

  it('tells a wrong password and a wrong user from all else', async () => {
    expect(await verdictOf(open(withOrders(), { password: 'wrong-55' }))).toBe('no: Source "shop" refuses the user or the password. Check `user`, `password` and `authSource` of the source.')
    expect(await verdictOf(open(withOrders(), { user: 'nobody' }))).toMatch(/refuses the user or the password/)
  })

  it('tells a host that is not known, and one that refuses', async () => {
    expect(await verdictOf(open('db', { host: 'no-such-host.invalid', connectTimeoutMs: 500 }))).toMatch(/is on a host whose name is not known/)
    expect(await verdictOf(open('db', { port: await freePort(), connectTimeoutMs: 500 }))).toMatch(/refuses connections/)
  })

  it('tells a server without TLS where it is asked for', async () => {
    expect(await verdictOf(open(withOrders(), { tls: 'require', connectTimeoutMs: 500 }))).toMatch(/^no: Source "shop" (?:offers no TLS|cannot be reached)/)
  })

  it('takes a database that is not there for what MongoDB says it is: empty', async () => {
    expect(await verdictOf(open('nowhere'))).toMatch(/^no: The database of source "shop" has no collections that may be read\./)
  })

  it('tells that the user may not read', async () => {
    const database = withOrders()
    server.forbidden.add(`${database}.orders`)
    expect(await verdictOf(open(database))).toBe('no: Source "shop" does not let its user read. Give the user of the connection the role `read` on the database.')
  })

  it('tells no secret, also not that of a connection string', async () => {
    const url = `mongodb://reader:hidden-99@127.0.0.1:${server.port}/?authSource=admin`
    const source = mongodb.open('shop', mongodb.options.parse({ url, database: 'db', connectTimeoutMs: 1000 }), deps())
    const verdict = await verdictOf(source)
    expect(verdict).toMatch(/refuses the user or the password/)
    for (const secret of ['hidden-99', 'reader', String(server.port), '127.0.0.1']) expect(verdict).not.toContain(secret)
  })

  it('refuses options that contradict each other', () => {
    for (const options of [{ database: 'd' }, { database: 'd', host: 'h', url: 'mongodb://h' }, { database: 'd', host: 'h', user: 'u' }, { database: 'd', url: 'http://h' }]) expect(mongodb.options.safeParse(options).success).toBe(false)
  })
})
