import { DuckDBInstance } from '@duckdb/node-api'
import type { DuckDBConnection } from '@duckdb/node-api'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { narrowedColumns } from '../../connectors/duckdb/narrow-columns.ts'
import { Session } from '../../connectors/duckdb/session.ts'

let instance: DuckDBInstance
let connection: DuckDBConnection

beforeEach(async () => {
  instance = await DuckDBInstance.create(':memory:')
  connection = await instance.connect()
})
afterEach(() => {
  connection.closeSync()
  instance.closeSync()
})

/** A table of one column with these values, copied as it is best kept: its type then, and its values as text. */
async function kept(type: string, values: readonly (string | null)[]): Promise<{ readonly type: string; readonly values: readonly (string | null)[] }> {
  const rows = values.map((value, index) => `(${index}, CAST(${value === null ? 'NULL' : `'${value}'`} AS ${type}))`)
  await connection.run(`CREATE TABLE wide AS SELECT * FROM (VALUES ${rows.join(', ')}) AS rows(place, "a part")`)
  const columns = await narrowedColumns(new Session(connection), 'wide')
  await connection.run(`CREATE TABLE narrow AS SELECT ${columns.join(', ')} FROM wide`)
  const read = await connection.runAndReadAll('SELECT typeof("a part"), CAST("a part" AS VARCHAR) FROM narrow ORDER BY place')
  const found = read.getRows()
  return { type: String(found[0]?.[0]), values: found.map(([, value]) => (value === null || value === undefined ? null : String(value))) }
}

describe('the width of what a rollup keeps', () => {
  it.each([
    ['HUGEINT', ['9223372036854775807', '-9223372036854775808', null], 'BIGINT'],
    ['HUGEINT', ['9223372036854775808', '1', null], 'HUGEINT'],
    ['HUGEINT', ['-9223372036854775809', '1'], 'HUGEINT'],
    ['DECIMAL(38,2)', ['9999999999999999.99', '-9999999999999999.99', null], 'DECIMAL(18,2)'],
    ['DECIMAL(38,2)', ['10000000000000000.00', '0.01'], 'DECIMAL(38,2)'],
    ['DECIMAL(38,2)', ['0.01', '-10000000000000000.00'], 'DECIMAL(38,2)'],
    ['DECIMAL(38,17)', ['1.12345678901234567'], 'DECIMAL(18,17)'],
    ['DECIMAL(38,18)', ['1.000000000000000000'], 'DECIMAL(38,18)'],
    ['DECIMAL(38,20)', ['0.12345678901234567890'], 'DECIMAL(38,20)'],
    ['DECIMAL(18,4)', ['1.2345'], 'DECIMAL(18,4)'],
    ['HUGEINT', [null, null], 'BIGINT'],
    ['DOUBLE', ['1e+300'], 'DOUBLE'],
    ['VARCHAR', ['HUGEINT'], 'VARCHAR'],
  ] as const)('keeps %s of %j as %s and every value as it is', async (type, values, expected) => {
    expect(await kept(type, values)).toEqual({ type: expected, values })
  })
})
