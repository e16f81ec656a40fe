import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect } from 'vitest'
import type { Statement } from '../../connectors/contract.ts'
import { bigqueryDialect } from '../../src/sql/dialects/bigquery.ts'
import { snowflakeDialect } from '../../src/sql/dialects/snowflake.ts'
import { treeOf } from './tree-of-statement.ts'

const isUpdating = process.env['UPDATE_GOLDEN'] === '1'

/** Compares statements with `golden/<case>/<dialect>.sql`; with UPDATE_GOLDEN=1 writes them there, and the diff is the review. */
export function expectGolden(name: string, dialect: string, statements: readonly Statement[]): void {
  expectText(name, dialect, statements)
  // No engine of these runs on one machine: their text is made of the trees that DuckDB has just answered rightly.
  if (dialect === 'duckdb') for (const warehouse of [bigqueryDialect, snowflakeDialect]) expectText(name, warehouse.name, statements.map((statement) => ({ ...statement, ...warehouse.print(treeOf(statement)) })))
}

function expectText(name: string, dialect: string, statements: readonly Statement[]): void {
  const folder = fileURLToPath(new URL(`./golden/${name}`, import.meta.url))
  const file = `${folder}/${dialect}.sql`
  const text = statements.map(written).join('\n')
  if (isUpdating) {
    mkdirSync(folder, { recursive: true })
    writeFileSync(file, text)
  }
  if (!existsSync(file)) throw new Error(`There is no golden of ${name} for ${dialect}. Make it with UPDATE_GOLDEN=1, and read it.`)
  expect(text).toBe(readFileSync(file, 'utf8'))
}

function written({ text, params }: Statement): string {
  const values = params.map(({ value, type }, index) => `-- $${index + 1} ${type}: ${JSON.stringify(typeof value === 'bigint' ? value.toString() : value)}\n`)
  return `${text};\n${values.join('')}`
}
