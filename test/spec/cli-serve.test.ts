import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { serve } from '../../src/cli/serve.ts'
import type { SetupFlags } from '../../src/cli/read-setup.ts'
import { testWorld } from './cli-world.ts'
import type { TestWorld } from './cli-world.ts'

const open: TestWorld[] = []
const running: { readonly world: TestWorld; readonly ended: Promise<number> }[] = []
afterEach(async () => {
  for (const { world, ended } of running.splice(0)) {
    world.signals.emit('SIGTERM')
    await ended
  }
  open.splice(0).forEach((world) => world.remove())
})

/** Two customers, one of whom pays 30 twice in May 2026 and once in June; no costs. */
const saas = {
  'customers.csv': 'customer_id,signup_date,segment,country,acquisition_channel,is_active\n1,2026-01-05,SMB,DE,Referral,true\n2,2026-02-05,Enterprise,FR,Ads,true\n',
  'subscriptions.csv': 'subscription_id,customer_id,plan_type,start_date,end_date,monthly_price\n1,1,Basic,2026-01-05,,60.00\n',
  'payments.csv': 'payment_id,customer_id,payment_date,amount,payment_status\n1,1,2026-05-05,30.00,Success\n2,1,2026-05-20,30.00,Success\n3,1,2026-06-05,30.00,Success\n4,1,2026-06-06,30.00,Failed\n',
}

function inFolder(files: Readonly<Record<string, string>>): TestWorld {
  const world = testWorld()
  open.push(world)
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(join(world.cwd, name, '..'), { recursive: true })
    writeFileSync(join(world.cwd, name), text)
  }
  return world
}

function inData(files: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(files).map(([name, text]) => [`data/${name}`, text]))
}

async function start(world: TestWorld, flags: SetupFlags): Promise<{ readonly ended: Promise<number>; ask(query: string): Promise<unknown>; readonly address: string }> {
  const { promise: listening, resolve } = Promise.withResolvers<string>()
  const ended = serve({ port: '0', ...flags }, world, resolve)
  running.push({ world, ended })
  const address = await Promise.race([listening, ended.then(() => '')])
  return {
    ended,
    address,
    async ask(query) {
      const response = await fetch(`${address}/graphql`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ query }) })
      return response.json()
    },
  }
}

async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 300; tries++) {
    if (await holds()) return
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  throw new Error('did not come to hold')
}

const inMay = 'period: { between: { start: "2026-05-01", end: "2026-06-01" } }'

describe('serving a folder', () => {
  it('answers from its files, and gives a reason where a table is not there', async () => {
    const world = inFolder(inData(saas))
    const { ask, address } = await start(world, { data: 'data' })
    expect(await ask(`{ slice(${inMay}) { revenue: metric(name: REVENUE) { value quality } margin: metric(name: GROSS_MARGIN) { value reason } } }`)).toMatchObject({
      data: { slice: { revenue: { value: 60, quality: 'ACTUAL' }, margin: { value: null, reason: 'COSTS_NOT_RECORDED' } } },
      extensions: { kpiql: { requestId: expect.any(String), slices: 1, scans: expect.any(Number) } },
    })
    expect((await fetch(`${address}/readyz`)).status).toBe(200)
    expect(world.written.err).toContain(`GraphQL   ${address}/graphql`)
    expect(world.written.err).toContain('(saas)')
    expect(world.written.err).toContain('The table \\"costs\\" of \\"costs\\" has no file')
  })

  it('ends with 0 on SIGTERM, and at once with 1 on a second signal', async () => {
    const world = inFolder(inData(saas))
    const { ended } = await start(world, { data: 'data' })
    world.signals.emit('SIGTERM')
    world.signals.emit('SIGINT')
    expect(await ended).toBe(0)
    const again = inFolder(inData(saas))
    const server = await start(again, { data: 'data' })
    again.signals.emit('SIGINT')
    await Promise.resolve()
    again.signals.emit('SIGINT')
    expect(again.exits).toEqual([1])
    await server.ended
  })

  it('takes a changed model on SIGHUP under a running server, and keeps the old one when the new one has faults', async () => {
    const model = (name: string) => `metrics:\n  - { name: ${name}, type: simple, semantic_model: payments, agg: count }\n`
    const world = inFolder({ ...inData(saas), 'kpiql.config.yml': 'model: [saas, own.yml]\nsources: { files: { connector: duckdb, folder: data } }\n', 'own.yml': model('attempts') })
    const { ask } = await start(world, {})
    const value = async (name: string) => ((await ask(`{ slice(${inMay}) { metric(name: ${name}) { value } } }`)) as { data?: { slice: { metric: { value: number } } } }).data?.slice.metric.value
    expect(await value('ATTEMPTS')).toBe(2)

    writeFileSync(join(world.cwd, 'own.yml'), model('tries'))
    world.signals.emit('SIGHUP')
    await until(async () => (await value('TRIES')) === 2)
    expect(await value('ATTEMPTS')).toBeUndefined()

    writeFileSync(join(world.cwd, 'own.yml'), 'metrics: [{ name: x, type: simpel }]\n')
    world.signals.emit('SIGHUP')
    await until(() => world.written.err.includes('Model not reloaded'))
    expect(world.written.err).toContain('own.yml:1:')
    expect(await value('TRIES')).toBe(2)
  })

  it('reads a table anew when a reload changes how it is read', async () => {
    const model = (rest: string) => `semantic_models:\n  - name: orders\n    table: orders\n    ${rest}\n    agg_time_dimension: day\n    entities: [{ name: order, type: primary, expr: id }]\n    dimensions: [{ name: day, type: time, granularity: day }]\nmetrics:\n  - { name: amount, type: simple, semantic_model: orders, agg: sum, expr: amount, unit: count }\n`
    const world = inFolder({ 'data/orders.csv': 'id,day,amount\n1,2026-05-01,5\n2,2026-05-02,NA\n', 'kpiql.config.yml': 'model: [own.yml]\nsources: { files: { connector: duckdb, folder: data } }\n', 'own.yml': model('read: { columns: [{ name: id }, { name: day, type: date }, { name: amount, type: integer }] }') })
    const { ask, address } = await start(world, {})
    const rows = async () => ((await ask('{ catalog { sources { quarantine { total } } } }')) as { data: { catalog: { sources: { quarantine: { total: number } }[] } } }).data.catalog.sources[0]?.quarantine.total
    expect(await rows()).toBe(1)
    writeFileSync(join(world.cwd, 'own.yml'), model("read: { null_values: ['NA'], columns: [{ name: id }, { name: day, type: date }, { name: amount, type: integer }] }"))
    world.signals.emit('SIGHUP')
    await until(async () => (await rows()) === 0)
    expect((await fetch(`${address}/readyz`)).status).toBe(200)
  })

  it('says what is wrong before it listens', async () => {
    const world = inFolder({ 'kpiql.config.yml': 'model: [saas]\nsources: { main: { connector: duckdb } }\nserver: { deadlineMs: 0 }\n' })
    expect(await world.run('serve')).toBe(1)
    expect(world.written.err).toContain('kpiql.config.yml:3:23 deadlineMs must be at least 1, not 0.')
    expect(world.written.err).toContain('2 problems found.')
    expect(world.written.err).not.toContain('listening')
  })

  it('says in one line that its port is taken', async () => {
    const world = inFolder(inData(saas))
    const { address } = await start(world, { data: 'data' })
    const second = inFolder(inData(saas))
    expect(await second.run('serve', '--data', 'data', '--port', new URL(address).port)).toBe(2)
    expect(second.written.err.trim()).toMatch(/^Port \d+ on 127\.0\.0\.1 is taken by another program\. .*--port \d+$/)
  })
})

describe('asking from the command line', () => {
  const byMonth = '{ table(metrics: [REVENUE], by: [{ dimension: PERIOD, grain: MONTH }], period: { between: { start: "2026-05-01", end: "2026-07-01" } }) { rows totalCount } }'

  it('prints the same answer as a table, as CSV and as JSON, from text and from a file', async () => {
    const world = inFolder({ ...inData(saas), 'q.graphql': `query Q { a: __typename }\nquery R ${byMonth}` })
    expect(await world.run('query', byMonth, '--data', 'data')).toBe(0)
    expect(world.written.out).toBe('period_month  revenue\n────────────  ───────\n2026-05-01         60\n2026-06-01         30\n')
    expect(await world.run('query', 'q.graphql', '--operation', 'R', '--data', 'data', '--format', 'csv')).toBe(0)
    expect(world.written.out).toBe('period_month,revenue\n2026-05-01,60\n2026-06-01,30\n')
    expect(await world.run('query', byMonth, '--data', 'data', '--format', 'json')).toBe(0)
    expect(JSON.parse(world.written.out)).toMatchObject({ data: { table: { rows: [{ revenue: 60 }, { revenue: 30 }], totalCount: 2 } }, extensions: { kpiql: { scans: 1 } } })
  })

  it('takes variables, and ends with 1 and the place of the fault when the question is wrong', async () => {
    const world = inFolder(inData(saas))
    const query = 'query ($from: String!, $m: MetricName!) { slice(period: { between: { start: $from, end: "2026-06-01" } }) { metric(name: $m) { value } } }'
    expect(await world.run('query', query, '--data', 'data', '--variables', '{"from": "2026-05-01", "m": "REVENUE"}')).toBe(0)
    expect(world.written.out).toContain('60')
    expect(await world.run('query', '{ slices { a } }', '--data', 'data')).toBe(1)
    expect(world.written.err).toMatch(/^1:\d+ /m)
    expect(await world.run('query', '{', '--data', 'data')).toBe(1)
    expect(world.written.err).toContain('Syntax Error')
    expect(world.written.out).toBe('')
  })
})

describe('checking data', () => {
  const own = (expected: string) =>
    `metrics:\n  - { name: attempts, type: simple, semantic_model: payments, agg: count }\ntests:\n  - { name: may, metric: attempts, period: { start: 2026-05-01, end: 2026-06-01 }, expected: ${expected} }\n`

  it("runs the model's tests, and ends with 1 at the place of one that fails", async () => {
    const config = 'model: [saas, own.yml]\nsources: { files: { connector: duckdb, folder: data } }\n'
    const right = inFolder({ ...inData(saas), 'kpiql.config.yml': config, 'own.yml': own('2') })
    expect([await right.run('check', '--data'), right.written.out]).toEqual([0, ''])
    expect(right.written.err).toContain('1 test run.')
    const wrong = inFolder({ ...inData(saas), 'kpiql.config.yml': config, 'own.yml': own('3') })
    expect(await wrong.run('check', '--data')).toBe(1)
    expect(wrong.written.out).toMatch(/^own\.yml:4:1 Test "may": expected 3, found 2\.\n$/)
  })

  it('tells a missing optional table of a pack as a warning, and a missing column as a problem', async () => {
    const world = inFolder(inData(saas))
    expect(await world.run('check', '--data', 'data')).toBe(0)
    expect(world.written.err).toContain('Warning: The table "costs"')
    const broken = inFolder(inData({ ...saas, 'payments.csv': saas['payments.csv'].replace('amount', 'amout') }))
    expect(await broken.run('check', '--data', 'data')).toBe(1)
    expect(broken.written.out).toContain('amount')
  })
})

describe('init', () => {
  it('writes a model that checks and serves as it is, and never overwrites one unasked', async () => {
    const world = inFolder(inData(saas))
    expect(await world.run('init', '--data', 'data')).toBe(0)
    const written = readFileSync(join(world.cwd, 'data/kpiql.yml'), 'utf8')
    expect(await world.run('check', '--config', 'data/kpiql.config.yml', '--data')).toBe(0)
    const { ask } = await start(world, { data: 'data' })
    expect(await ask('{ catalog { metrics { name } } }')).toMatchObject({ data: { catalog: { metrics: expect.arrayContaining([expect.anything()]) } } })

    writeFileSync(join(world.cwd, 'data/kpiql.yml'), `${written}# mine\n`)
    expect(await world.run('init', '--data', 'data')).toBe(2)
    expect(readFileSync(join(world.cwd, 'data/kpiql.yml'), 'utf8')).toContain('# mine')
    expect(await world.run('init', '--data', 'data', '--force')).toBe(0)
    expect(readFileSync(join(world.cwd, 'data/kpiql.yml'), 'utf8')).not.toContain('# mine')
  })
})

describe('demo and schema', () => {
  it('makes a company that is served with its own present', async () => {
    const world = inFolder({})
    expect(await world.run('demo', '--out', 'company', '--customers', '50', '--events', '500', '--format', 'csv', '--until', '2025-12-31')).toBe(0)
    expect(existsSync(join(world.cwd, 'company/events.csv'))).toBe(true)
    expect(await world.run('query', '{ slice(period: { preset: YESTERDAY }) { period { start } } }', '--data', 'company', '--format', 'csv')).toBe(0)
    expect(world.written.out).toContain('2025-12-31')
  })

  it('prints a schema that GraphQL can read', async () => {
    const { buildSchema } = await import('graphql')
    const world = inFolder(inData(saas))
    expect(await world.run('schema', '--data', 'data')).toBe(0)
    expect(buildSchema(world.written.out).getType('MetricName')?.toString()).toBe('MetricName')
  })

  it('finds what a start needs', async () => {
    const world = inFolder(inData(saas))
    await world.run('doctor', '--data', 'data')
    expect(world.written.out).toMatch(/^ok +Model +\d+ metrics/m)
    expect(world.written.out).toMatch(/^ok +Source data/m)
  })
})
