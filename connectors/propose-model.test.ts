import { afterEach, describe, expect, it } from 'vitest'
import { makeDataFolder, type DataFolder } from '../test/fixtures/bad-files/data-folder.ts'
import { checkAgainstTables, type TableShape } from '../src/model/check-against-tables.ts'
import { loadModel } from '../src/model/load-model.ts'
import type { TableInfo, TableStatistics } from './contract.ts'
import { proposeModel } from './propose-model.ts'

const folders: DataFolder[] = []

afterEach(async () => {
  await Promise.all(folders.splice(0).map((folder) => folder.dispose()))
})

async function propose(files: Readonly<Record<string, string>>) {
  const folder = await makeDataFolder(files)
  folders.push(folder)
  const source = folder.open()
  const tables = await source.discover()
  const statistics = new Map(await Promise.all(tables.map(async ({ name }) => [name, await source.statistics(name)] as const)))
  const yaml = proposeModel(tables, statistics, { source: 'main', dialect: 'duckdb' })
  const { ok, model, problems } = loadModel([{ name: 'kpiql.yml', text: yaml }], { knownSources: ['main'] })
  expect(problems).toEqual([])
  if (!ok) throw new Error('It does not load.')
  expect(checkAgainstTables(model, 'main', tables as readonly TableShape[])).toEqual([])
  return { yaml, model, source }
}

const SHOP = {
  'customers.csv': 'customer_id,signup_date,country,email,is_active\nc1,2025-01-01,DE,a@x.org,true\nc2,2025-01-02,FR,b@x.org,false\nc3,2025-01-03,DE,c@x.org,true\n',
  'orders.csv': 'id,customerID,ordered_at,shipped_on,country,amount,quantity,gift\n1,c1,2025-02-01T10:00:00Z,,DE,10.50,2,0\n2,c1,2025-02-02T11:00:00Z,2025-02-04,FR,5.25,1,1\n3,c3,2025-02-03T12:00:00Z,2025-02-05,DE,1.00,7,0\n',
}

describe('proposing a model', () => {
  it('makes entities of keys: primary where every row has its own, foreign elsewhere', async () => {
    const { model } = await propose(SHOP)
    expect(model.semanticModels.get('customers')?.entities).toEqual([{ entity: 'customer', type: 'primary', expr: 'customer_id' }])
    expect(model.semanticModels.get('orders')?.entities).toEqual([
      { entity: 'order', type: 'primary', expr: 'id' },
      { entity: 'customer', type: 'foreign', expr: '"customerID"' },
    ])
  })

  it('follows the first time that is never empty, and names apart what two tables share', async () => {
    const { model } = await propose(SHOP)
    const orders = model.semanticModels.get('orders')
    expect(orders?.aggTimeDimension).toBe('ordered_at')
    expect(orders?.dimensions.map(({ publicName, kind }) => `${publicName} ${kind}`)).toEqual(['ordered_at timestamp', 'shipped_on date', 'orders_country text', 'gift integer'])
    expect(model.semanticModels.get('customers')?.dimensions.map(({ publicName }) => publicName)).toEqual(['signup_date', 'customers_country', 'email', 'is_active'])
  })

  it('counts rows and customers, and adds up and averages what can be measured', async () => {
    const { model, yaml } = await propose(SHOP)
    expect([...model.metrics.keys()]).toEqual([
      'customers_count',
      'orders_count',
      'orders_distinct_customer',
      'orders_total_amount',
      'orders_average_amount',
      'orders_total_quantity',
      'orders_average_quantity',
    ])
    expect(yaml).toContain('# currency: USD')
  })

  it('leaves out texts of too many values, and says so', async () => {
    const rows = Array.from({ length: 600 }, (_, index) => `2025-01-01,note ${index},${index % 3}`)
    const { yaml, model } = await propose({ 'notes.csv': `day,note,kind\n${rows.join('\n')}\n` })
    expect(model.semanticModels.get('notes')?.dimensions.map(({ name }) => name)).toEqual(['day'])
    expect(yaml).toContain('# Left out, for they have too many values to group by: note.')
  })

  it('points at numbers that look like days rather than add them up', async () => {
    const { yaml } = await propose({ 'sales.csv': 'day,cds\n19970101,2\n19980630,3\n' })
    expect(yaml).toContain(`# day looks like days. To read it as such: read: { columns: [{ name: "day", type: date, format: '%Y%m%d' }] }`)
    expect(yaml).toContain('# Numbers for metrics, once there is a time: cds.')
  })

  it('loads whatever tables and columns are called', async () => {
    const { model, source } = await propose({
      'select.csv': 'table,date,value\nx,2025-01-01,3\n',
      'My Orders-2025.csv': 'Order ID,Größe "cm",and,from,1st,true\n1,2.5,a,b,c,d\n2,3.5,a,b,c,d\n',
      'cohort.csv': 'COHORT,order,period_key\nx,1,7\ny,2,7\n',
      'nothing.csv': 'a,b\n',
    })
    const orders = model.semanticModels.get('my_orders_2025')
    expect(orders?.relation).toEqual({ table: 'My Orders-2025' })
    expect(orders?.entities).toEqual([{ entity: 'order', type: 'primary', expr: '"Order ID"' }])
    expect(orders?.dimensions.map(({ name }) => name)).toEqual(['and_value', 'from', 'n_1st', 'true_value'])
    expect([...model.metrics.keys()]).toEqual(['select_count', 'select_total_value', 'select_average_value'])
    for (const dimension of orders?.dimensions ?? []) {
      const { rowCount } = await source.query({ text: `SELECT ${dimension.expr} FROM "My Orders-2025"`, params: [], columns: ['text'] })
      expect(rowCount).toBe(2)
    }
  })
})

describe('proposing a model over a database', () => {
  const column = (name: string, kind: TableInfo['columns'][number]['kind'] = 'integer') => ({ name, kind, nativeType: kind, nullable: false })
  const nothingKnown = new Map<string, TableStatistics>()
  const tables: readonly TableInfo[] = [
    { name: 'sales.clients', primaryKey: ['nr'], columns: [column('nr'), column('since', 'date'), column('group', 'text')] },
    {
      name: 'sales.orders',
      primaryKey: ['id'],
      columns: [column('id'), column('buyer'), column('payer'), column('product_id'), column('placed', 'timestamp'), column('amount', 'decimal')],
      foreignKeys: [{ column: 'buyer', table: 'sales.clients' }, { column: 'payer', table: 'sales.clients' }],
    },
  ]

  function modelFor(dialect: string) {
    const yaml = proposeModel(tables, nothingKnown, { source: 'erp', dialect })
    const { ok, model, problems } = loadModel([{ name: 'erp.kpiql.yml', text: yaml }], { knownSources: ['erp'] })
    expect(problems).toEqual([])
    if (!ok) throw new Error('It does not load.')
    return { yaml, model }
  }

  it('joins by the keys that the source declares, one column an entity, and by names where it declares none', () => {
    const { yaml, model } = modelFor('postgres')
    expect(model.semanticModels.get('clients')).toMatchObject({ source: 'erp', relation: { table: 'sales.clients' }, entities: [{ entity: 'client', type: 'primary', expr: 'nr' }] })
    expect(model.semanticModels.get('orders')?.entities).toEqual([
      { entity: 'order', type: 'primary', expr: 'id' },
      { entity: 'client', type: 'foreign', expr: 'buyer' },
      { entity: 'product', type: 'foreign', expr: 'product_id' },
    ])
    expect(yaml).toContain('# Left out, for another column joins their entity: payer.')
    expect([...model.metrics.keys()]).toEqual(['clients_count', 'orders_count', 'orders_distinct_client', 'orders_distinct_product', 'orders_total_amount', 'orders_average_amount'])
  })

  it('quotes names as the engine does', () => {
    const exprs = (dialect: string) => modelFor(dialect).model.semanticModels.get('clients')?.dimensions.map(({ expr }) => expr)
    expect(exprs('postgres')).toEqual(['since', '"group"'])
    expect(exprs('mysql')).toEqual(['since', '`group`'])
    expect(exprs('bigquery')).toEqual(['since', '`group`'])
    expect(exprs('snowflake')).toEqual(['"since"', '"group"'])
  })
})
