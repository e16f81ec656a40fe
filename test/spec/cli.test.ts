import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { flattenAnswer } from '../../src/cli/flatten-answer.ts'
import { printCsv, printTable } from '../../src/cli/print-rows.ts'
import { readSetup } from '../../src/cli/read-setup.ts'
import { testWorld } from './cli-world.ts'
import type { TestWorld } from './cli-world.ts'

const open: TestWorld[] = []
afterEach(() => open.splice(0).forEach((world) => world.remove()))

function inFolder(files: Readonly<Record<string, string>> = {}, env: Record<string, string> = {}): TestWorld {
  const world = testWorld(env)
  open.push(world)
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(join(world.cwd, name, '..'), { recursive: true })
    writeFileSync(join(world.cwd, name), text)
  }
  return world
}

const tinyModel = `
semantic_models:
  - name: orders
    table: orders
    agg_time_dimension: day
    entities: [{ name: order, type: primary, expr: order_id }]
    dimensions: [{ name: day, type: time, granularity: day }, { name: plan, type: categorical }]
metrics:
  - { name: revenue, type: simple, semantic_model: orders, agg: sum, expr: amount, unit: count }
`

describe('the command line', () => {
  it('prints help and ends with 0', async () => {
    const world = inFolder()
    expect(await world.run()).toBe(0)
    for (const name of ['serve', 'init', 'check', 'demo', 'query', 'schema', 'doctor', 'Exit codes']) expect(world.written.out).toContain(name)
    expect(await world.run('serve', '--help')).toBe(0)
    expect(world.written.out).toContain('--port')
    expect(await world.run('--version')).toBe(0)
    expect(world.written.out).toMatch(/^\d+\.\d+\.\d+\n$/)
  })

  it('ends with 2 on wrong use, says what was meant, and writes nothing to stdout', async () => {
    const world = inFolder()
    for (const [args, said] of [
      [['sreve'], 'serve'],
      [['check', '--jsn'], '--json'],
      [['demo'], '--out'],
      [['query', '{ x }', '--format', 'xml'], 'table, json, csv'],
      [['serve', '--config', 'nowhere.yml'], 'nowhere.yml is not there'],
      [['serve', '--data', 'nowhere'], 'data folder'],
      [['query', 'nowhere.graphql'], 'nowhere.graphql'],
      [['query', '{ x }', '--variables', '[1]'], 'JSON object'],
      [['demo', '--out', 'd', '--customers', 'many'], 'customers'],
    ] as const) {
      expect([args, await world.run(...args)]).toEqual([args, 2])
      expect(world.written.err).toContain(said)
      expect(world.written.out).toBe('')
    }
  })
})

describe('what is served', () => {
  it('is decided by flags before the environment before the file', async () => {
    const world = inFolder({ 'kpiql.config.yml': 'server: { port: 4001, host: 0.0.0.0 }', 'other.yml': 'server: { port: 4002 }' }, { PORT: '4003' })
    const portOf = async (flags = {}, env: Record<string, string> = {}) => (await readSetup(flags, { ...world, env })).config.server.port
    expect(await portOf()).toBe(4001)
    expect(await portOf({}, { PORT: '4003' })).toBe(4003)
    expect(await portOf({ port: '4004' }, { PORT: '4003' })).toBe(4004)
    expect(await portOf({ config: 'other.yml' })).toBe(4002)
    expect(await portOf({}, { KPIQL_CONFIG: 'other.yml' })).toBe(4002)
    expect((await readSetup({ host: '::1' }, world)).config.server.host).toBe('::1')
    expect((await readSetup({}, { ...world, env: { PORT: 'http' } })).problems).toHaveLength(1)
  })

  it('is the demo company where nothing is configured, which declares its own present', async () => {
    const setup = await readSetup({}, inFolder())
    expect([setup.kind, setup.model.map(({ use }) => use), setup.sources.get('demo')?.now]).toEqual(['demo', ['saas', 'product', 'satisfaction', 'delivery', 'demo'], '2026-07-01'])
  })

  it.each([
    ['the SaaS layout', { 'customers.csv': '', 'subscriptions.csv': '', 'payments.parquet': '' }, ['saas']],
    ['daily product figures', { 'users.csv': 'date,dau,mau\n', 'feedback.csv': '', 'features.csv': '' }, ['product-daily']],
    ['both', { 'customers.csv': '', 'subscriptions.csv.gz': '', 'payments.csv': '', 'users.csv': '"date";"dau"\n' }, ['saas', 'product-daily']],
    ['a SaaS layout with users of its own', { 'customers.csv': '', 'subscriptions.csv': '', 'payments.csv': '', 'users.csv': 'user_id,name\n' }, ['saas']],
    ['a demo company', { 'customers.csv': '', 'subscriptions.csv': '', 'payments.csv': '', 'truth.json': '{"generator": "kpiql-demo", "history": {"until": "2025-12-31"}}' }, ['saas', 'product', 'satisfaction', 'delivery', 'demo']],
    ['users, surveys and sprints beside it', { 'customers.csv': '', 'subscriptions.csv': '', 'payments.csv': '', 'events.csv': 'event_id,user_id,customer_id,ts,event\n', 'surveys.csv': 'survey_id,user_id,ts,kind,score\n', 'sprints.csv': 'sprint_id,team,start_date,end_date\n' }, ['saas', 'product', 'satisfaction', 'delivery']],
    ['events alone', { 'events.csv': 'event_id,user_id,customer_id,ts,event\n' }, ['product', 'delivery']],
    ['a SaaS layout with events of its own', { 'customers.csv': '', 'subscriptions.csv': '', 'payments.csv': '', 'events.csv': 'id,name\n' }, ['saas']],
  ])('knows %s by its files', async (_name, files, packs) => {
    const setup = await readSetup({ data: '.' }, inFolder(files))
    expect(setup.model.map(({ use, source }) => [use, source])).toEqual(packs.map((pack) => [pack, 'data']))
    expect(setup.sources.get('data')?.now).toBe(packs.includes('demo') ? '2026-01-01' : null)
  })

  it('is the model that stands in the data folder', async () => {
    const world = inFolder({ 'kpiql.yml': tinyModel, 'customers.csv': '', 'subscriptions.csv': '', 'payments.csv': '' })
    expect((await readSetup({ data: '.' }, world)).model).toEqual([{ use: join(world.cwd, 'kpiql.yml'), source: null }])
  })

  it('is nothing where the layout is unknown, and says how to get a model', async () => {
    const world = inFolder({ 'orders.csv': 'a,b\n' })
    expect(await world.run('serve', '--data', '.')).toBe(2)
    expect(world.written.err).toContain('kpiql init --data DIR')
  })
})

describe('check', () => {
  it('prints the faults of configuration and model in one run, each with its place, and ends with 1', async () => {
    const world = inFolder({
      'kpiql.config.yml': 'model: [model]\nsources: { main: { connector: duckdb, folder: data } }\nserver: { prot: 1 }\n',
      'model/orders.yml': tinyModel.replace('agg: sum', 'agg: summ').replace('type: categorical', 'type: categoric'),
    })
    expect(await world.run('check')).toBe(1)
    expect(world.written.out.trim().split('\n')).toEqual([
      'kpiql.config.yml:3:11 There is no setting "prot" here. (Did you mean "port"?)',
      expect.stringMatching(/^model\/orders\.yml:7:\d+ .*categoric/),
      expect.stringMatching(/^model\/orders\.yml:9:\d+ .*summ.*sum/),
    ])
    expect(world.written.err).toBe('3 problems found.\n')
  })

  it('tells the same as JSON', async () => {
    const world = inFolder({ 'own.yml': tinyModel.replace('expr: amount', 'exprr: amount') })
    expect(await world.run('check', 'own.yml', '--json')).toBe(1)
    expect(JSON.parse(world.written.out)).toMatchObject({ ok: false, problems: [{ file: 'own.yml', line: 9, path: expect.any(String), message: expect.stringContaining('exprr') }] })
  })

  it('finds nothing in the packs, and ends with 0', async () => {
    const world = inFolder()
    for (const pack of ['saas', 'product', 'satisfaction', 'delivery', 'product-daily']) expect([pack, await world.run('check', pack), world.written.out]).toEqual([pack, 0, ''])
    expect(await world.run('check', 'saas', 'product', 'satisfaction', 'delivery', 'demo')).toBe(0)
    expect(world.written.err).toMatch(/^No problems in \d+ metrics/)
  })

  it('names a pack or file that is not there', async () => {
    const world = inFolder()
    expect(await world.run('check', 'sass')).toBe(1)
    expect(world.written.out).toContain('Did you mean "saas"?')
  })

  it('refuses a model without sources, sources without a model, and a binding to a source that is none', async () => {
    for (const [text, said] of [
      ['model: [saas]', 'no `sources`'],
      ['sources: { a: { connector: duckdb, folder: x } }', 'no `model`'],
      ['model: [{ use: saas, source: b }]\nsources: { a: { connector: duckdb, folder: x } }', 'bound to the source "b"'],
    ] as const) {
      const world = inFolder({ 'kpiql.config.yml': text })
      expect(await world.run('check')).toBe(1)
      expect(world.written.out).toContain(said)
    }
  })
})

describe('an answer as rows', () => {
  it('repeats what stands beside a list, and puts lists side by side after each other', () => {
    const data = { slice: { key: 'a', revenue: { value: 3, series: [{ start: '2026-01', value: 1 }, { start: '2026-02', value: 2 }] }, plans: [{ plan: 'Pro' }] } }
    expect(flattenAnswer(data)).toEqual({
      columns: ['key', 'revenue.value', 'revenue.series.start', 'revenue.series.value', 'plans.plan'],
      rows: [
        ['a', 3, '2026-01', 1, null],
        ['a', 3, '2026-02', 2, null],
        ['a', null, null, null, 'Pro'],
      ],
    })
  })

  it('takes the rows of a table and nothing beside them, and a column for each dimension of a breakdown', () => {
    expect(flattenAnswer({ table: { totalCount: 9, columns: [{ name: 'x' }], rows: [{ plan: 'Pro', revenue: 5 }] } })).toEqual({ columns: ['plan', 'revenue'], rows: [['Pro', 5]] })
    expect(flattenAnswer({ b: { rows: [{ dimensions: [{ name: 'PLAN', value: 'Pro' }, { name: 'COUNTRY', value: null }], value: 5 }] } })).toEqual({ columns: ['PLAN', 'COUNTRY', 'value'], rows: [['Pro', null, 5]] })
  })

  it('has no rows where there are none, and keeps a null', () => {
    expect(flattenAnswer({ table: { rows: [] } }).rows).toEqual([])
    expect(flattenAnswer({ slice: null })).toEqual({ columns: ['slice'], rows: [[null]] })
    expect(flattenAnswer({ slice: { series: [], value: 1 } })).toEqual({ columns: ['value'], rows: [[1]] })
  })

  it('is CSV that comes back unchanged and that no spreadsheet runs', () => {
    expect(printCsv({ columns: ['a', 'b'], rows: [['x,"y"\nz', -5], ['=1+1', null], ['@x', true], ['-5', 1e21]] })).toBe('a,b\n"x,""y""\nz",-5\n\'=1+1,\n\'@x,true\n\'-5,1e+21\n')
  })

  it('is a table whose numbers stand to the right and whose control characters do nothing', () => {
    expect(printTable({ columns: ['plan', 'revenue'], rows: [['Pro\u001b[2J', 5], [null, 120.5]] })).toBe('plan     revenue\n───────  ───────\nPro [2J        5\n           120.5\n')
  })
})
