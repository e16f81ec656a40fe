import { mkdtemp, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { TABLES } from '../../demo/tables.ts'
import { DEMO_PACKS } from '../../src/cli/data-folder.ts'
import { checkAgainstTables } from '../../src/model/check-against-tables.ts'
import type { TableShape } from '../../src/model/check-against-tables.ts'
import { loadModel } from '../../src/model/load-model.ts'
import { modelJsonSchema } from '../../src/model/model-file.ts'
import { formatProblem } from '../../src/model/problem.ts'
import { readModelFiles } from '../../src/model/read-model-files.ts'
import type { Model } from '../../src/model/types.ts'

const pack = (name: string): string => fileURLToPath(new URL(`../../models/${name}.yml`, import.meta.url))

async function load(...names: readonly string[]): Promise<Model> {
  const result = loadModel(await readModelFiles(names.map(pack), 'company'))
  if (!result.ok) throw new Error(result.problems.map(formatProblem).join('\n'))
  return result.model
}

const version = (text: string): string | undefined => loadModel([{ name: 'm.yml', text }], { source: 'a' }).model?.version

const KIND_OF_DEMO_COLUMN: Readonly<Record<string, TableShape['columns'][number]['kind']>> = { integer: 'integer', date: 'date', month: 'date', money: 'decimal', boolean: 'boolean', timestamp: 'timestamp' }

const demoTables: readonly TableShape[] = Object.values(TABLES).map(({ name, columns }) => ({
  name,
  columns: Object.entries(columns as Readonly<Record<string, unknown>>).map(([column, kind]) => ({ name: column, kind: (typeof kind === 'string' ? KIND_OF_DEMO_COLUMN[kind] : undefined) ?? 'text' })),
}))

describe('the packs', () => {
  const sets: readonly (readonly string[])[] = [['saas'], ['product'], ['satisfaction'], ['delivery'], ['product-daily'], ['intercom'], ['google-analytics'], DEMO_PACKS, ['saas', 'product-daily']]
  it.each(sets.map((names) => ({ names, title: names.join(' with ') })))('$title: tell people of every metric what it is', async ({ names }) => {
    const model = await load(...names)
    for (const metric of model.metrics.values()) {
      expect(metric, metric.name).toMatchObject({ description: expect.any(String) as string, formula: expect.any(String) as string, category: expect.any(String) as string })
    }
    for (const semanticModel of model.semanticModels.values()) expect(semanticModel.source).toBe(semanticModel.name.startsWith('recorded_') ? 'kpiql' : 'company')
  })

  it('fit the files of the demo company', async () => {
    const model = await load(...DEMO_PACKS)
    const experiments: TableShape = {
      name: 'experiments',
      columns: (['exposure_id:integer', 'experiment:text', 'variant:text', 'user_id:integer', 'exposed_at:timestamp', 'converted:boolean', 'value:decimal'] as const).map((column) => {
        const [name = '', kind = ''] = column.split(':')
        return { name, kind: kind as TableShape['columns'][number]['kind'] }
      }),
    }
    expect(checkAgainstTables(model, 'company', [...demoTables, experiments])).toEqual([])
  })

  it('read the columns that the layouts have, no others', async () => {
    const model = await load('saas', 'product-daily')
    const columns = Object.fromEntries([...model.semanticModels.values()].map(({ relation, read }) => ['table' in relation ? relation.table : '', read?.columns.map(({ name }) => name).join(' ')]))
    expect(columns).toEqual({
      customers: 'customer_id signup_date segment country acquisition_channel is_active',
      subscriptions: 'subscription_id customer_id plan_type start_date end_date monthly_price',
      payments: 'payment_id customer_id payment_date amount payment_status',
      costs: 'month infra_cost marketing_cost support_cost',
      ledger: 'entry_id entry_date category amount description',
      trials: 'trial_id customer_id user_id started_at ends_at converted_at',
      recorded_costs: undefined,
      recorded_revenue: undefined,
      users: 'date dau mau new_users returning_users churned_users sessions avg_session_duration_min',
      feedback: 'date user_id nps_score category',
      features: 'date feature users_adopted total_users',
    })
  })

  it('leave amounts without a currency until one is set, and the demo company counts in dollars', async () => {
    expect((await load('saas')).metrics.get('mrr')?.currency).toBeNull()
    const demo = await load(...DEMO_PACKS)
    for (const { name, unit, currency, implementations } of demo.metrics.values()) {
      const isAmount = unit === 'currency' && implementations.some(({ type }) => type === 'simple' || type === 'movement')
      const own = name === 'recorded_costs' ? { dimension: 'cost_currency' } : name === 'recorded_revenue' ? { dimension: 'sale_currency' } : { code: 'USD' }
      if (unit !== 'currency') expect(currency, name).toBeNull()
      else if (isAmount) expect(currency, name).toEqual(own)
    }
  })

  it('say percentages as 0 to 100', async () => {
    const model = await load(...DEMO_PACKS)
    for (const metric of model.metrics.values()) {
      const [definition] = metric.implementations
      if (metric.unit === 'percent' && definition?.type !== 'conversion') expect(JSON.stringify(definition), metric.name).toContain('"kind":"number","text":"100"')
    }
  })
})

describe('the JSON Schema of model files', () => {
  it('is printed from the checks: run scripts/print-model-schema.ts when this fails', async () => {
    expect(await readFile(new URL('../../models/schema.json', import.meta.url), 'utf8')).toBe(`${JSON.stringify(modelJsonSchema(), null, 2)}\n`)
  })
})

describe('a loaded model', () => {
  it('cannot be changed', async () => {
    const model = await load('saas')
    const mrr = model.metrics.get('mrr')
    expect(() => Object.assign(mrr ?? {}, { label: 'x' })).toThrow(TypeError)
    expect(() => Object.assign(mrr?.implementations[0] ?? {}, { agg: 'count' })).toThrow(TypeError)
    expect(() => (model.metrics as Map<string, unknown>).delete('mrr')).toThrow('The model is read-only.')
  })

  it('has one version for one meaning, whatever its comments and layout', async () => {
    const [file] = await readModelFiles([pack('saas')])
    const text = file?.text ?? ''
    expect(version(text)).toMatch(/^[0-9a-f]{16}$/)
    expect(version(text.replace('metrics:\n', '# a comment\nmetrics:\n\n'))).toBe(version(text))
    expect(version(text.replace('mrr * 12', 'mrr * 13'))).not.toBe(version(text))
  })

  it('keeps the digits of expected values, and takes names from the key where nothing else is said', () => {
    const { model } = loadModel(
      [
        {
          name: 'm.yml',
          text: `semantic_models:
  - { name: order_lines, agg_time_dimension: day, entities: [{ name: line_id, type: primary }], dimensions: [{ name: day, type: time }, { name: minute_of, type: time, granularity: minute }] }
metrics:
  - { name: net_sales, semantic_model: order_lines, agg: sum, expr: net, unit: currency, currency: EUR }
  - { name: lines, semantic_model: order_lines, agg: count, expr: 1 }
  - { name: price, type: ratio, numerator: net_sales, denominator: lines }
  - { name: sales_to_date, type: cumulative, metric: net_sales }
tests:
  - { name: t, metric: net_sales, period: { start: 2024-01-01, end: 2024-02-01 }, expected: 12345678901234567.10, tolerance: 0.01 }
`,
        },
      ],
      { source: 's' },
    )
    expect(model?.tests).toMatchObject([{ expected: '12345678901234567.10', place: 'm.yml:9', tolerance: 0.01 }])
    expect(model?.semanticModels.get('order_lines')).toMatchObject({
      relation: { table: 'order_lines' },
      label: 'Order lines',
      entities: [{ entity: 'line_id', expr: 'line_id' }],
      dimensions: [
        { name: 'day', kind: 'date', granularity: 'day', expr: 'day' },
        { name: 'minute_of', kind: 'timestamp', granularity: 'minute' },
      ],
    })
    expect([...(model?.metrics.values() ?? [])].map(({ name, enumName, label, unit, currency }) => [name, enumName, label, unit, currency])).toEqual([
      ['net_sales', 'NET_SALES', 'Net sales', 'currency', { code: 'EUR' }],
      ['lines', 'LINES', 'Lines', 'count', null],
      ['price', 'PRICE', 'Price', 'ratio', null],
      ['sales_to_date', 'SALES_TO_DATE', 'Sales to date', 'currency', { code: 'EUR' }],
    ])
  })

  it('takes the end of a validity from a column, and suggests a dimension for a near miss', () => {
    const text = (end: string): string => `semantic_models:
  - name: subscriptions
    source: demo
    entities: [{ name: subscription, type: primary, expr: subscription_id }]
    dimensions: [{ name: start_date, type: time }, { name: ended_on, type: time }]
    validity: { start: start_date, end: ${end} }
metrics:
  - { name: mrr, semantic_model: subscriptions, agg: sum, expr: monthly_price, as_of: period_end }
`
    const { model } = loadModel([{ name: 'm.yml', text: text('end_date') }])
    expect(model?.semanticModels.get('subscriptions')?.validity).toEqual({ start: 'start_date', end: 'end_date', endInclusive: false })
    expect(model?.dimensions.get('end_date')).toMatchObject({ kind: 'date', granularity: 'day', entity: 'subscription', homes: [{ semanticModel: 'subscriptions', dimension: 'end_date' }] })
    expect(loadModel([{ name: 'm.yml', text: text('endd_on') }]).problems).toMatchObject([{ line: 6, column: 41, hint: 'Did you mean "ended_on"?' }])
  })

  it('takes names in any order and from any file', () => {
    const result = loadModel([
      { name: 'metrics.yml', text: 'metrics:\n  - { name: rate, type: ratio, numerator: b, denominator: a }\n  - { name: b, semantic_model: rows, agg: count }\n' },
      { name: 'tables.yml', text: 'semantic_models:\n  - { name: rows, source: s, agg_time_dimension: day, dimensions: [{ name: day, type: time }] }\nmetrics:\n  - { name: a, semantic_model: rows, agg: count }\n' },
    ])
    expect(result.problems).toEqual([])
  })

  it('keeps several ways to compute a metric, in order', () => {
    const result = loadModel([
      {
        name: 'm.yml',
        text: `semantic_models:
  - { name: events, source: warehouse, agg_time_dimension: ts, dimensions: [{ name: ts, type: time, granularity: minute }] }
  - { name: daily, source: files, agg_time_dimension: date, dimensions: [{ name: date, type: time }] }
metrics:
  - name: sessions
    implementations:
      - { semantic_model: events, agg: count_distinct, expr: session_id }
      - { semantic_model: daily, agg: sum, expr: sessions }
`,
      },
    ])
    expect(result.model?.metrics.get('sessions')?.implementations).toMatchObject([
      { semanticModel: 'events', agg: 'count_distinct', timeDimension: 'ts' },
      { semanticModel: 'daily', agg: 'sum', timeDimension: 'date' },
    ])
  })

  it('loads 100 metrics over 100 dimensions', () => {
    const text = JSON.stringify({
      semantic_models: Array.from({ length: 10 }, (_, table) => ({
        name: `table_${table}`,
        source: 's',
        agg_time_dimension: `time_${table}`,
        entities: [{ name: `entity_${table}`, type: 'primary' }, ...(table < 9 ? [{ name: `entity_${table + 1}`, type: 'foreign' }] : [])],
        dimensions: [{ name: `time_${table}`, type: 'time' }, ...Array.from({ length: 9 }, (_, index) => ({ name: `d_${table}_${index}`, type: 'categorical' }))],
      })),
      metrics: Array.from({ length: 100 }, (_, index) =>
        index % 2 === 0
          ? { name: `m_${index}`, semantic_model: `table_${index % 10}`, agg: 'sum', expr: 'amount', filter: `d_${index % 10}_1 = 'x' AND d_${index % 10}_2 IN ('a', 'b')` }
          : { name: `m_${index}`, type: 'ratio', numerator: `m_${index - 1}`, denominator: 'm_0' },
      ),
    })
    expect(loadModel([{ name: 'large.yml', text }]).problems).toEqual([])
  })
})

describe('model files', () => {
  it('are all of a folder, in order, without the hidden ones; other places are refused by name', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'kpiql-model-'))
    try {
      await mkdir(join(folder, 'b'))
      await mkdir(join(folder, '.git'))
      for (const name of ['c.yaml', 'a.yml', join('b', 'x.yml'), join('.git', 'y.yml'), 'notes.txt']) await writeFile(join(folder, name), '\uFEFFmetrics: []\n')
      const files = await readModelFiles([folder])
      expect(files.map(({ name }) => name.slice(folder.length + 1))).toEqual(['a.yml', join('b', 'x.yml'), 'c.yaml'])
      expect(loadModel(files).ok).toBe(true)
      await expect(readModelFiles([join(folder, 'nothing.yml')])).rejects.toMatchObject({ code: 'MODEL_INVALID', message: expect.stringContaining('nothing.yml') as string })
      await expect(readModelFiles([join(folder, '.git', '..', 'empty')])).rejects.toMatchObject({ code: 'MODEL_INVALID' })
    } finally {
      await rm(folder, { recursive: true })
    }
  })
})

describe('comparing a model with tables', () => {
  const model = loadModel([
    {
      name: 'm.yml',
      text: `semantic_models:
  - name: orders
    source: s
    agg_time_dimension: ordered_at
    entities: [{ name: order, type: primary, expr: order_id }]
    dimensions:
      - { name: ordered_at, type: time, granularity: minute }
      - { name: paid, type: categorical }
      - { name: is_large, type: categorical, value_type: boolean, expr: amount > 100 }
  - { name: refunds, source: s, agg_time_dimension: day, dimensions: [{ name: day, type: time }] }
metrics:
  - { name: sales, semantic_model: orders, agg: sum, expr: amout }
  - { name: buyers, semantic_model: orders, agg: sum, expr: customer }
`,
    },
  ]).model

  it('names tables and columns that are missing, and kinds and zones that do not agree', () => {
    if (!model) throw new Error('The model does not load.')
    const tables: readonly TableShape[] = [
      {
        name: 'orders',
        columns: [
          { name: 'ORDER_ID', kind: 'integer' },
          { name: 'ordered_at', kind: 'timestamp', zoned: false },
          { name: 'paid', kind: 'boolean' },
          { name: 'amount', kind: 'decimal' },
          { name: 'customer', kind: 'text' },
        ],
      },
      { name: 'refund', columns: [] },
    ]
    expect(checkAgainstTables(model, 's', tables).map(({ path, message, hint }) => [path, message, hint])).toEqual([
      ['semantic_models.orders.dimensions.ordered_at', 'The column "ordered_at" holds times without a zone, and the dimension "ordered_at" names none.', 'Write timezone: UTC, or the zone they were written in.'],
      ['semantic_models.orders.dimensions.paid', 'The dimension "paid" holds text, and its column "paid" boolean.', 'Write value_type: boolean, or an expr that converts it.'],
      ['metrics.sales', 'The table "orders" has no column "amout".', 'Did you mean "amount"?'],
      ['metrics.buyers', '"buyers" takes the sum of "customer", which holds text.', null],
      ['semantic_models.refunds', '"refunds" reads the table "refunds", and the source "s" has none of that name.', 'Did you mean "refund"?'],
    ])
    expect(checkAgainstTables(model, 'another', tables)).toEqual([])
  })
})
