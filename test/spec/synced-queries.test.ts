import { describe, expect, it } from 'vitest'
import { loadModel } from '../../src/model/load-model.ts'
import type { LoadResult } from '../../src/model/load-model.ts'

function load(source: string, sql: string, rest = ''): LoadResult {
  const text = `semantic_models:
  - name: latest
    source: ${source}
    sql: ${JSON.stringify(sql)}${rest}
    agg_time_dimension: made_on
    dimensions: [{ name: made_on, type: time }]
`
  return loadModel([{ name: 'model.yml', text }], { landed: { source: 'synced', from: new Set(['billing', 'say "hi"']) } })
}

const relation = (...written: Parameters<typeof load>): unknown => {
  const model = load(...written).model?.semanticModels.get('latest')
  return [model?.source, model?.relation]
}
const problems = (...written: Parameters<typeof load>): readonly string[] => load(...written).problems.map(({ message }) => message)

describe('a query over a tool that is synced', () => {
  it('names its tables as the tool does, and reads them where they landed', () => {
    expect(relation('billing', "SELECT * FROM {{ table('customers') }} JOIN {{table('customers')}} AS c USING (id) JOIN {{ table( 'plans' ) }} USING (plan)")).toEqual([
      'synced',
      { sql: 'SELECT * FROM "billing_customers" JOIN "billing_customers" AS c USING (id) JOIN "billing_plans" USING (plan)', tables: ['billing_customers', 'billing_plans'] },
    ])
  })

  it('may name others in full, beside', () => {
    expect(relation('billing', "SELECT * FROM {{ table('customers') }} JOIN crm_companies USING (id)", '\n    tables: [crm_companies]')).toEqual(['synced', { sql: 'SELECT * FROM "billing_customers" JOIN crm_companies USING (id)', tables: ['billing_customers', 'crm_companies'] }])
    expect(relation('billing', 'SELECT * FROM billing_customers', '\n    tables: [billing_customers]')).toEqual(['synced', { sql: 'SELECT * FROM billing_customers', tables: ['billing_customers'] }])
  })

  it('cannot leave the name of a table', () => {
    expect(relation(`'say "hi"'`, "SELECT * FROM {{ table('a\"; DROP TABLE b; --') }}")).toEqual(['synced', { sql: 'SELECT * FROM "say ""hi""_a""; DROP TABLE b; --"', tables: ['say "hi"_a"; DROP TABLE b; --'] }])
  })
})

describe('a query over a source that is asked where it is', () => {
  it('names its tables the same way', () => {
    expect(relation('shop', "SELECT * FROM {{ table('sales.customers') }}")).toEqual(['shop', { sql: 'SELECT * FROM sales.customers', tables: ['sales.customers'] }])
  })

  it('quotes names by itself, since engines differ', () => {
    expect(problems('shop', "SELECT * FROM {{ table('my customers') }}")).toEqual(['The name of the table "my customers" needs quotes.'])
  })
})

describe('what else stands in braces', () => {
  it('is refused, as is a query that does not say what it reads', () => {
    expect(problems('billing', "SELECT * FROM {{ source('stripe', 'customers') }}", '\n    tables: [customers]')).toEqual([`A query has no "{{ source('stripe', 'customers') }}".`])
    expect(problems('billing', 'SELECT * FROM customers')).toEqual(['"latest" reads a query, and does not say from which tables.'])
  })
})
