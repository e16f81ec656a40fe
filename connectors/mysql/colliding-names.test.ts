import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { testDatabase, type TestDatabase } from '../../test/servers/mariadb-database.ts'
import type { QuerySource, Value } from '../contract.ts'
import { CollidingNames } from './colliding-names.ts'

const server = inject('server')
const REFUSED = { code: 'SOURCE_FAILED', message: 'Source "own" has tables whose names differ in case only: "Orders", "orders". None of them can be read.' }

let own: TestDatabase
let source: QuerySource

beforeAll(async () => {
  if (server === null) throw new Error('There is no MariaDB server to test on.')
  own = await testDatabase(server)
  for (const [table, rows] of [['orders', "(1, 'a')"], ['Orders', "(2, 'b'), (3, 'B')"], ['lines', "(4, 'c')"]] as const) {
    await own.owner.query(`CREATE TABLE "${table}" (n INT, orders VARCHAR(10) COLLATE utf8mb4_general_ci)`)
    await own.owner.query(`INSERT INTO "${table}" VALUES ${rows}`)
  }
  await own.owner.query('CREATE VIEW capital AS SELECT n, orders FROM "Orders"')
  source = own.open()
})
afterAll(async () => {
  await source.close()
  await own.dispose()
})

const count = async (text: string): Promise<Value | undefined> => (await source.query({ text, params: [], columns: ['integer'] })).columns[0]?.[0]

describe('tables whose names differ in case only', () => {
  it('are not told', async () => expect((await source.discover()).map(({ name }) => name)).toEqual(['capital', 'lines']))

  it('are refused by name wherever a statement reads one, rather than one be read for the other', async () => {
    for (const text of ['SELECT count(*) FROM "Orders"', 'SELECT count(*) FROM "orders"', 'SELECT count(*) FROM lines AS l\nJOIN Orders ON 1 = 1', 'SELECT count(*) FROM lines, `Orders` AS o', 'SELECT count(*) FROM (SELECT n FROM "lines" AS x, ORDERS) AS y']) {
      await expect(count(text), text).rejects.toMatchObject(REFUSED)
    }
  })

  it('are refused with the same words where their version, their statistics or a verdict is asked', async () => {
    await expect(source.dataVersion(['Orders'], false)).rejects.toMatchObject(REFUSED)
    await expect(source.statistics('orders')).rejects.toMatchObject(REFUSED)
    const verdict = own.open({}, undefined, ['lines', 'orders'])
    expect(await verdict.test()).toMatchObject({ ok: false, message: expect.stringContaining(`The model reads what cannot be: orders. ${REFUSED.message} Rename`) as string })
    await verdict.close()
  })

  it('can be read through views of other names, and leave columns and aliases of their name alone', async () => {
    expect(await count('SELECT count(*) FROM "capital" AS "orders"')).toBe(2n)
    expect(await count('SELECT count(DISTINCT "orders") FROM "capital" WHERE orders IS NOT NULL')).toBe(2n)
    expect(await count('SELECT max(o.n) AS n FROM (SELECT n, orders AS "orders" FROM capital) AS o')).toBe(3n)
    expect(await count(`SELECT count(*) FROM "${own.name}"."Orders"`)).toBe(2n)
  })

  it('are any that are one in lower case, accents apart', () => {
    const names = new CollidingNames('own', ['École', 'école', 'ecole', 'a.b', 'A.B', 'axb'])
    expect(['École', 'école', 'ecole', 'a.b', 'axb'].map((name) => names.has(name))).toEqual([true, true, false, true, false])
    expect(() => names.refuseIn('SELECT 1 FROM "axb", ecole')).not.toThrow()
    expect(() => names.refuseIn('SELECT 1 FROM "ÉCOLE"')).toThrow('"École", "école"')
    expect(() => names.refuseIn('SELECT 1 FROM "A.b"')).toThrow('"A.B", "a.b"')
  })
})
