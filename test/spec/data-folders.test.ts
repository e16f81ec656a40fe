import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { execute, parse } from 'graphql'
import { afterEach, describe, expect, it } from 'vitest'
import type { KpiqlContext } from '../../schema/context.ts'
import { createLog } from '../../src/base/log.ts'
import { openGateway } from '../../src/cli/open-gateway.ts'
import type { Gateway } from '../../src/cli/open-gateway.ts'
import { readSetup } from '../../src/cli/read-setup.ts'
import { testWorld } from './cli-world.ts'
import type { TestWorld } from './cli-world.ts'

type Files = Readonly<Record<string, string | Buffer>>

const SAAS = {
  'customers.csv': `customer_id,signup_date,segment,country,acquisition_channel,is_active
c1,2025-01-05,SMB,DE,Organic,true
c2,2025-01-20,Enterprise,FR,Referral,true
c3,2025-02-03,SMB,DE,Paid,false
`,
  'subscriptions.csv': `subscription_id,customer_id,plan_type,start_date,end_date,monthly_price
s1,c1,Basic,2025-01-05,,20.00
s2,c2,Pro,2025-01-20,,99.50
s3,c3,Basic,2025-02-03,2025-03-01,20.00
`,
  'payments.csv': `payment_id,customer_id,payment_date,amount,payment_status
p1,c1,2025-01-05,20.00,Success
p2,c2,2025-01-20,99.50,Success
p3,c3,2025-02-03,20.00,Failed
p4,c1,2025-02-05,20.00,Success
`,
  'costs.csv': `month,infra_cost,marketing_cost,support_cost
2025-01,10.00,60.00,5.90
2025-02,3.00,20.00,2.00
`,
} satisfies Files

const DAILY = {
  'users.csv': `date,dau,mau,new_users,returning_users,churned_users,sessions,avg_session_duration_min
2025-01-01,100,900,10,90,5,150,8.0
2025-01-02,120,960,12,108,4,50,4.0
`,
  'feedback.csv': `date,user_id,nps_score,category
2025-01-01,u1,10,praise
2025-01-01,u2,3,bug
2025-01-02,u3,9,praise
2025-01-02,u4,8,idea
`,
  'features.csv': `date,feature,users_adopted,total_users
2025-01-01,search,30,100
2025-01-02,search,40,160
`,
} satisfies Files

const opened: { close(): void | Promise<void> }[] = []
afterEach(async () => {
  for (const one of opened.splice(0).toReversed()) await one.close()
})

interface Folder {
  readonly world: TestWorld
  readonly gateway: Gateway
  readonly data: string
}

/** What `kpiql serve --data` would serve of these files. */
async function serveFolder(files: Files): Promise<Folder> {
  const world = testWorld()
  opened.push({ close: () => world.remove() })
  const data = join(world.cwd, 'data')
  mkdirSync(data)
  for (const [name, content] of Object.entries(files)) writeFileSync(join(data, name), content)
  const gateway = await openGateway(await readSetup({ data }, world), world, createLog({ level: 'error', format: 'text', write: () => {} }))
  opened.push(gateway)
  return { world, gateway, data }
}

async function ask({ gateway: { schema, model, analytics } }: Folder, query: string): Promise<{ data: unknown; errors: readonly { message: string; hint: unknown }[] }> {
  const session = analytics.session({ freshness: 'REVALIDATE', signal: new AbortController().signal })
  const contextValue: KpiqlContext = { model, analytics, calendar: model.calendar, savedCohorts: new Map(), requestId: 'test', session: () => session }
  const { data, errors = [] } = await execute({ schema, document: parse(query), contextValue })
  return { data: JSON.parse(JSON.stringify(data)), errors: errors.map((error) => ({ message: error.message, hint: error.originalError && 'hint' in error.originalError ? error.originalError.hint : error.extensions['hint'] })) }
}

interface Cell {
  readonly name: string
  readonly value: number | null
  readonly reason: string | null
  readonly remedy: string | null
}

async function metricsOf(folder: Folder, start: string, end: string, names?: readonly string[]): Promise<readonly Cell[]> {
  const { data, errors } = await ask(folder, `{ slice(period: { between: { start: "${start}", end: "${end}" } }) { metrics${names ? `(names: [${names.join(', ')}])` : ''} { name value reason remedy } } }`)
  expect(errors).toEqual([])
  return (data as { slice: { metrics: Cell[] } }).slice.metrics
}

const valuesOf = (cells: readonly Cell[]): Record<string, number | string | null> => Object.fromEntries(cells.map(({ name, value, reason }) => [name, value ?? reason]))

interface Rejected {
  readonly file: string
  readonly line: number | null
  readonly column: string | null
  readonly reason: string
  readonly content: string
}

async function quarantineOf(folder: Folder): Promise<readonly Rejected[]> {
  const { data } = await ask(folder, '{ catalog { sources { quarantine { total truncated entries { file line column reason content } } } } }')
  const [source] = (data as { catalog: { sources: { quarantine: { total: number; truncated: boolean; entries: Rejected[] } }[] } }).catalog.sources
  expect(source?.quarantine).toMatchObject({ total: source?.quarantine.entries.length, truncated: false })
  return source?.quarantine.entries ?? []
}

describe('a folder in the SaaS layout', () => {
  it('answers every metric of its pack without a line of configuration', async () => {
    const folder = await serveFolder(SAAS)
    expect(valuesOf(await metricsOf(folder, '2025-02-01', '2025-03-01'))).toMatchObject({
      REVENUE: 20, // p4; p3 failed
      MRR: 139.5, // s1, s2 and s3, which lives until the period's end
      ARR: 1674,
      ACTIVE_CUSTOMERS: 3,
      ARPU: 46.5,
      NEW_CUSTOMERS: 1,
      FAILED_PAYMENT_RATE: 50, // p3 of p3, p4
      COGS: 5,
      GROSS_MARGIN: 75, // (20 − 5) ÷ 20
      CAC: 20,
      REVENUE_YEAR_TO_DATE: 139.5,
    })
    expect(await quarantineOf(folder)).toEqual([])
  })

  it('has no values, and says what to add, for what needs a file that is not there; the rest is served', async () => {
    const { 'costs.csv': _, ...files } = SAAS
    const folder = await serveFolder(files)
    const cells = await metricsOf(folder, '2025-02-01', '2025-03-01')
    const lacking = cells.filter(({ reason }) => reason === 'COSTS_NOT_RECORDED')
    expect(lacking.map(({ name }) => name).sort()).toEqual([
      'ACQUISITION_SPEND', 'BURN_RATE', 'CAC', 'CAC_PAYBACK_MONTHS', 'CLTV', 'CLTV_CAC_RATIO', 'COGS', 'GROSS_MARGIN', 'GROSS_PROFIT', 'MARKETING_COSTS', 'NET_MARGIN', 'OPERATING_EXPENSES',
      'OTHER_COSTS', 'RECORDED_COSTS', 'SALES_EFFICIENCY', 'SERVICE_COSTS', 'TOTAL_COSTS',
    ])
    for (const { value, remedy } of lacking) {
      expect(value).toBeNull()
      expect(remedy).toMatch(/recordCost.*costs file/)
    }
    expect(valuesOf(cells)).toMatchObject({ REVENUE: 20, MRR: 139.5 })
  })

  it('has those values once the file is there and the model is loaded again', async () => {
    const { 'costs.csv': costs, ...files } = SAAS
    const folder = await serveFolder(files)
    expect(valuesOf(await metricsOf(folder, '2025-02-01', '2025-03-01', ['GROSS_MARGIN']))).toEqual({ GROSS_MARGIN: 'COSTS_NOT_RECORDED' })
    writeFileSync(join(folder.data, 'costs.csv'), costs)
    const next = await openGateway(await readSetup({ data: folder.data }, folder.world), folder.world, createLog({ level: 'error', format: 'text', write: () => {} }), folder.gateway)
    opened.push(next)
    expect(valuesOf(await metricsOf({ ...folder, gateway: next }, '2025-02-01', '2025-03-01', ['GROSS_MARGIN']))).toEqual({ GROSS_MARGIN: 75 })
  })

  it('answers from the new rows of a file as soon as it is asked to look', async () => {
    const folder = await serveFolder(SAAS)
    expect(valuesOf(await metricsOf(folder, '2025-02-01', '2025-03-01', ['REVENUE']))).toEqual({ REVENUE: 20 })
    writeFileSync(join(folder.data, 'payments.csv'), `${SAAS['payments.csv']}p5,c2,2025-02-20,99.50,Success\n`)
    expect(valuesOf(await metricsOf(folder, '2025-02-01', '2025-03-01', ['REVENUE']))).toEqual({ REVENUE: 119.5 })
  })

  it('is known in whatever case its files and columns are written', async () => {
    const { 'customers.csv': customers, 'payments.csv': payments, ...others } = SAAS
    const folder = await serveFolder({ ...others, 'Customers.CSV': customers, 'PAYMENTS.csv': payments.replace(/^.*/, (header) => header.toUpperCase()) })
    expect(valuesOf(await metricsOf(folder, '2025-01-01', '2025-03-01', ['REVENUE', 'PAYMENTS', 'NEW_CUSTOMERS']))).toEqual({ REVENUE: 139.5, PAYMENTS: 4, NEW_CUSTOMERS: 3 })
  })

  it('reads other separators, encodings with a mark, line ends and formats as the same rows', async () => {
    const text = SAAS['payments.csv']
    const ndjson = text.trim().split('\n').slice(1).map((line) => {
      const [payment_id, customer_id, payment_date, amount, payment_status] = line.split(',')
      return JSON.stringify({ payment_id, customer_id, payment_date, amount: Number(amount), payment_status })
    })
    const { 'payments.csv': _, ...others } = SAAS
    for (const payments of [
      { 'payments.csv': text.replaceAll(',', ';') },
      { 'payments.tsv': text.replaceAll(',', '\t') },
      { 'payments.csv': text.replaceAll('\n', '\r\n') },
      { 'payments.csv': `\uFEFF${text}` },
      { 'payments.csv': Buffer.from(`\uFEFF${text}`, 'utf16le') },
      { 'payments.ndjson': `${ndjson.join('\n')}\n` },
      { 'payments.json': `[${ndjson.join(',\n')}]` },
    ]) {
      const folder = await serveFolder({ ...others, ...payments })
      expect([Object.keys(payments), valuesOf(await metricsOf(folder, '2025-01-01', '2025-03-01', ['REVENUE', 'PAYMENTS']))]).toEqual([Object.keys(payments), { REVENUE: 139.5, PAYMENTS: 4 }])
    }
  })
})

describe('a folder of daily product figures', () => {
  it('answers every metric of its pack without a line of configuration', async () => {
    const folder = await serveFolder(DAILY)
    const cells = await metricsOf(folder, '2025-01-01', '2025-01-03')
    expect(cells.filter(({ value }) => value === null)).toEqual([])
    expect(valuesOf(cells)).toMatchObject({
      DAU: 120, // the last day's: days do not add up
      AVERAGE_DAU: 110,
      MAU: 960,
      STICKINESS: 12.5, // 120 ÷ 960
      NEW_USERS: 22,
      SESSIONS: 200,
      SESSION_DURATION: 420, // (150 × 8 + 50 × 4) ÷ 200 = 7 minutes, in seconds
      NPS: 25, // two promoters, one detractor, of four
      FEATURE_ADOPTION_RATE: 25, // 40 ÷ 160
    })
    expect(await quarantineOf(folder)).toEqual([])
  })

  it('is served beside the SaaS layout, with both packs and one schema', async () => {
    const folder = await serveFolder({ ...SAAS, ...DAILY })
    expect(valuesOf(await metricsOf(folder, '2025-01-01', '2025-02-01', ['DAU', 'NEW_CUSTOMERS']))).toEqual({ DAU: 120, NEW_CUSTOMERS: 2 })
  })

  it('needs no more than one of its files', async () => {
    const folder = await serveFolder({ 'feedback.csv': DAILY['feedback.csv'] })
    expect(valuesOf(await metricsOf(folder, '2025-01-01', '2025-01-03', ['NPS', 'DAU']))).toEqual({ NPS: 25, DAU: 'SOURCE_MISSING' })
  })
})

describe('rows that do not fit', () => {
  it('are listed with file, line, column, reason and content, and nothing else is lost', async () => {
    const bad = [
      'p5,c2,2025-13-40,10.00,Success',
      'p6,c2,2025-02-10,-5.00,Success',
      'p1,c2,2025-02-11,7.00,Success',
      'p7,c2,2025-02-12,9.00',
      'p8,c2,2025-02-13,9.00,Success,extra',
      'p9,c2,2025-02-13,nine,Success',
      'p10,c2,2025-02-13,9.00,Refunded',
      ',c2,2025-02-13,9.00,Success',
      'p11,c2,2025-02-14,1.00,Succ\u00e9s',
      'p12,c2,2025-02-15,1.00,"Success',
    ]
    // The accent is one byte of Latin-1 in a file of UTF-8; a good row stands after all the bad ones.
    const payments = Buffer.from(`${SAAS['payments.csv']}${bad.join('\n')}\np13,c2,2025-02-16,0.50,Success\n`, 'latin1')
    const folder = await serveFolder({ ...SAAS, 'payments.csv': payments })
    const rejected = await quarantineOf(folder)
    expect(rejected.map(({ file, line, column, reason }) => [file, line, column, reason])).toEqual([
      ['payments.csv', 6, 'payment_date', expect.stringContaining('not a date')],
      ['payments.csv', 7, 'amount', 'below 0'],
      ['payments.csv', 8, 'payment_id', expect.stringContaining('repeats the key')],
      ['payments.csv', 9, null, '4 cells where 5 are expected'],
      ['payments.csv', 10, null, '6 cells where 5 are expected'],
      ['payments.csv', 11, 'amount', expect.stringContaining('not a number')],
      ['payments.csv', 12, 'payment_status', 'none of Success, Failed'],
      ['payments.csv', 13, 'payment_id', 'empty, but required'],
      ['payments.csv', 14, null, expect.stringContaining('not valid UTF-8')],
      ['payments.csv', 15, null, 'a quote is opened and never closed'],
    ])
    expect(rejected[0]?.content).toContain('2025-13-40')
    expect(rejected[3]?.content).toBe('p7,c2,2025-02-12,9.00')
    expect(valuesOf(await metricsOf(folder, '2025-01-01', '2025-03-01', ['REVENUE', 'PAYMENTS']))).toEqual({ REVENUE: 140, PAYMENTS: 5 })
  })

  it('leave the quarantine when the file is corrected', async () => {
    const folder = await serveFolder({ ...SAAS, 'payments.csv': SAAS['payments.csv'].replace('99.50', '-99.50') })
    expect((await quarantineOf(folder)).map(({ line, column, content }) => [line, column, content])).toEqual([[3, 'amount', '-99.50']])
    expect(valuesOf(await metricsOf(folder, '2025-01-01', '2025-02-01', ['REVENUE']))).toEqual({ REVENUE: 20 })
    writeFileSync(join(folder.data, 'payments.csv'), SAAS['payments.csv'])
    expect(valuesOf(await metricsOf(folder, '2025-01-01', '2025-02-01', ['REVENUE']))).toEqual({ REVENUE: 119.5 })
    expect(await quarantineOf(folder)).toEqual([])
  })
})

describe('a file that is no table', () => {
  it.each([
    ['lacks a column', { ...SAAS, 'customers.csv': SAAS['customers.csv'].replace('signup_date', 'signup_dat') }, 'customers.csv has no column "signup_date"', 'Closest: signup_dat.'],
    ['is empty', { ...SAAS, 'payments.csv': '' }, 'payments.csv is empty (0 bytes)', 'Write the file again'],
    ['is no JSON', { 'customers.csv': SAAS['customers.csv'], 'subscriptions.csv': SAAS['subscriptions.csv'], 'payments.json': '[{"payment_id": "p1",' }, 'payments.json is not valid JSON', 'Write the file again'],
  ] as [string, Files, string, string][])('is an error that names it and what to do, where it %s', async (_what, files, message, hint) => {
    const folder = await serveFolder(files)
    const { errors } = await ask(folder, '{ slice(period: { preset: LAST_MONTH }) { metric(name: NEW_CUSTOMERS) { value } metric2: metric(name: REVENUE) { value } } }')
    expect(errors.map((error) => error.message).join('\n')).toContain(message)
    expect(errors.map((error) => error.hint).join('\n')).toContain(hint)
    const { data } = await ask(folder, '{ catalog { sources { ok message } } }')
    expect(data).toEqual({ catalog: { sources: [{ ok: false, message: expect.stringContaining(message) }, { ok: true, message: 'ready' }] } })
  })

  it('is one problem of a check each, with the file, and the check fails', async () => {
    const { world } = await serveFolder({ ...SAAS, 'customers.csv': SAAS['customers.csv'].replace('signup_date', 'signup_dat'), 'payments.csv': '' })
    expect(await world.run('check', '--data', 'data')).toBe(1)
    expect(world.written.out.trim().split('\n').sort()).toEqual([expect.stringMatching(/^customers\.csv:1:1 .*"signup_date"/), expect.stringMatching(/^payments\.csv:1:1 .*is empty/)])
    expect(world.written.err).toContain('2 problems found.')
  })

  it('is an empty table where it has a header and nothing else', async () => {
    const folder = await serveFolder({ ...SAAS, 'payments.csv': 'payment_id,customer_id,payment_date,amount,payment_status\n' })
    expect(valuesOf(await metricsOf(folder, '2025-01-01', '2025-02-01', ['REVENUE', 'PAYMENTS', 'NEW_CUSTOMERS']))).toEqual({ REVENUE: 'NO_ROWS', PAYMENTS: 0, NEW_CUSTOMERS: 2 })
  })

  it('is served again once it is mended, without a restart', async () => {
    const folder = await serveFolder({ ...SAAS, 'payments.csv': '' })
    expect((await ask(folder, '{ slice(period: { preset: LAST_MONTH }) { metric(name: REVENUE) { value } } }')).errors).not.toEqual([])
    rmSync(join(folder.data, 'payments.csv'))
    writeFileSync(join(folder.data, 'payments.csv'), SAAS['payments.csv'])
    expect(valuesOf(await metricsOf(folder, '2025-01-01', '2025-02-01', ['REVENUE']))).toEqual({ REVENUE: 119.5 })
  })
})
