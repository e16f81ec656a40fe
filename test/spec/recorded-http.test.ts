import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { silentLog } from '../../src/base/log.ts'
import { closeUnused, openGateway } from '../../src/cli/open-gateway.ts'
import { readSetup } from '../../src/cli/read-setup.ts'
import { at, recordedWorld, wholeAnswers } from './recorded-world.ts'
import type { RecordedWorld } from './recorded-world.ts'

const PERIOD = '{between: {start: "2026-01-01", end: "2026-04-01"}}'
const SPEND = `{ slice(period: ${PERIOD}) { metric(name: SPEND) { exact reason } } }`
const EARNINGS = `{ slice(period: ${PERIOD}) { metric(name: EARNINGS) { exact reason } } }`

let world: RecordedWorld
beforeAll(async () => {
  world = await recordedWorld()
})
afterAll(async () => {
  await world.stop()
  world.world.remove()
})

async function exactOf(query: string, on: RecordedWorld = world): Promise<unknown> {
  return at(await on.ask(query), 'slice', 'metric', 'exact')
}

async function recorded(input: string): Promise<string> {
  return String(at(await world.ask(`mutation { recordCost(input: ${input}) { id } }`), 'recordCost', 'id'))
}

async function isKept(query: string): Promise<boolean> {
  const before = wholeAnswers.found
  await world.ask(query)
  return wholeAnswers.found > before
}

describe('costs recorded over HTTP', () => {
  it('are no rows, and no error, before the first', async () => {
    const answer = await world.ask(SPEND)
    expect([answer.errors, answer.data]).toEqual([undefined, { slice: { metric: { exact: null, reason: 'NO_ROWS' } } }])
  })

  it('are seen by the very next question, also one that was answered and kept before', async () => {
    for (let time = 0; time < 2; time++) await world.ask(SPEND)
    expect(await isKept(SPEND)).toBe(true)
    const id = await recorded('{date: "2026-02-03", type: MARKETING, amount: "100.25"}')
    expect(await exactOf(SPEND)).toBe('100.25')
    await world.ask(`mutation { updateCost(id: "${id}", input: {amount: "80"}) { amount } }`)
    expect(await exactOf(SPEND)).toBe('80')
    expect(await isKept(SPEND)).toBe(true)
    const gone = await world.ask(`mutation { deleteCost(id: "${id}") { id amount } }`)
    expect(at(gone, 'deleteCost')).toEqual({ id, amount: '80' })
    expect(await exactOf(SPEND)).toBe(null)
  })

  it('keep nine decimals, added up exactly', async () => {
    const first = await recorded('{date: "2026-02-03", type: OTHER, amount: "123456789012345678.123456789"}')
    const second = await recorded('{date: "2026-02-04", type: OTHER, amount: "0.000000001"}')
    expect(await exactOf(SPEND)).toBe('123456789012345678.12345679')
    for (const id of [first, second]) await world.ask(`mutation { deleteCost(id: "${id}") { id } }`)
  })

  it('are what every question finds that is asked after the answer, however many are recorded at once', async () => {
    const sums = await Promise.all(
      Array.from({ length: 20 }, async () => {
        const answer = await world.ask('mutation { recordCost(input: {date: "2026-03-01", type: SALES, amount: 1}) { id } }')
        return { id: String(at(answer, 'recordCost', 'id')), sum: Number(await exactOf(SPEND)) }
      }),
    )
    expect(sums.every(({ sum }) => sum >= 1 && sum <= 20)).toBe(true)
    expect(await exactOf(SPEND)).toBe('20')
    for (const { id } of sums) await world.ask(`mutation { deleteCost(id: "${id}") { id } }`)
  })

  it('are seen by another gateway on the same file, and those it records by the first', async () => {
    const other = await world.another()
    try {
      expect(await exactOf(SPEND, other)).toBe(null)
      const mine = await recorded('{date: "2026-01-31", type: SUPPORT, amount: "5"}')
      expect(await exactOf(SPEND, other)).toBe('5')
      await other.ask('mutation { recordCost(input: {date: "2026-03-31", type: SUPPORT, amount: "2.50"}) { id } }')
      expect(await exactOf(SPEND)).toBe('7.5')
      const { records } = at(await world.ask('{ recordedCosts { records { id } } }'), 'recordedCosts') as { records: readonly { id: string }[] }
      expect(records).toHaveLength(2)
      for (const { id } of records) await other.ask(`mutation { deleteCost(id: "${id}") { id } }`)
      expect(records.map(({ id }) => id)).toContain(mine)
      expect(await exactOf(SPEND)).toBe(null)
    } finally {
      await other.stop()
    }
  })

  it('are recorded once a key, and a key is refused for another cost', async () => {
    const once = 'mutation { recordCost(key: "march-rent", input: {date: "2026-03-05", type: OTHER, amount: "900"}) { id } }'
    const [first, second] = [await world.ask(once), await world.ask(once)]
    expect(second.data).toEqual(first.data)
    expect(await exactOf(SPEND)).toBe('900')
    const { errors } = await world.ask(once.replace('900', '901'))
    expect(errors?.[0]?.extensions.code).toBe('KEY_REUSED')
    await world.ask(`mutation { deleteCost(id: "${String(at(first, 'recordCost', 'id'))}") { id } }`)
  })

  it('are refused with the name of every field that is wrong', async () => {
    const { data, errors } = await world.ask('mutation { recordCost(input: {date: "2026-02-30", type: SALES, amount: "-3", currency: "EURO"}) { id } }')
    expect(data).toEqual({ recordCost: null })
    expect(errors?.[0]?.extensions).toMatchObject({ code: 'RECORD_INVALID', fields: [{ field: 'date' }, { field: 'amount' }, { field: 'currency' }] })
  })

  it('take the model’s currency where it has one only', async () => {
    const answer = await world.ask('mutation { recordCost(input: {date: "2026-02-01", type: SALES, amount: "1"}) { id currency } }')
    expect(at(answer, 'recordCost', 'currency')).toBe('EUR')
    await world.ask(`mutation { deleteCost(id: "${String(at(answer, 'recordCost', 'id'))}") { id } }`)
  })

  it('refuse an amount that a number in JSON may have rounded', async () => {
    const query = 'mutation ($amount: Decimal!) { recordCost(input: {date: "2026-02-01", type: SALES, amount: $amount}) { id amount } }'
    expect((await world.ask(query, { amount: 123456789.01234567 })).errors?.[0]?.extensions.code).toBe('FILTER_INVALID')
    const answer = await world.ask(query, { amount: 12.5 })
    expect(at(answer, 'recordCost', 'amount')).toBe('12.5')
    await world.ask(`mutation { deleteCost(id: "${String(at(answer, 'recordCost', 'id'))}") { id } }`)
  })

  it('are changed by no request that a browser sends unasked', async () => {
    const query = encodeURIComponent('mutation { recordCost(input: {date: "2026-02-01", type: SALES, amount: "1"}) { id } }')
    const got = await world.app.fastify.inject({ method: 'GET', url: `/graphql?query=${query}`, headers: { 'apollo-require-preflight': 'yes' } })
    expect(got.statusCode).toBe(405)
    expect(await exactOf(SPEND)).toBe(null)
  })
})

describe('lists of what was recorded', () => {
  it('are never answered from what was kept, and add up by currency', async () => {
    const list = '{ recordedCosts(from: "2026-02-01", to: "2026-03-01", type: SALES) { totalCount totals { currency amount count } } }'
    const none = await world.ask(list)
    expect(none.data).toEqual({ recordedCosts: { totalCount: 0, totals: [] } })
    const ids = [await recorded('{date: "2026-02-01", type: SALES, amount: "0.1"}'), await recorded('{date: "2026-02-28", type: SALES, amount: "0.2"}'), await recorded('{date: "2026-02-10", type: SALES, amount: "7", currency: "USD"}'), await recorded('{date: "2026-03-01", type: SALES, amount: "9"}'), await recorded('{date: "2026-02-10", type: SUPPORT, amount: "9"}')]
    expect((await world.ask(list)).data).toEqual({
      recordedCosts: {
        totalCount: 3,
        totals: [
          { currency: 'EUR', amount: '0.3', count: 2 },
          { currency: 'USD', amount: '7', count: 1 },
        ],
      },
    })
    for (const id of ids) await world.ask(`mutation { deleteCost(id: "${id}") { id } }`)
  })

  it('are not kept beside metrics either', async () => {
    const both = `{ recordedCosts { totalCount } slice(period: ${PERIOD}) { metric(name: JOINED) { value } } }`
    for (let time = 0; time < 2; time++) await world.ask(both)
    expect(await isKept(both)).toBe(false)
  })

  it('refuse a day that is none', async () => {
    expect((await world.ask('{ recordedCosts(from: "2026-2-1") { totalCount } }')).errors?.[0]?.extensions.code).toBe('INVALID_PERIOD')
  })
})

describe('the present', () => {
  it('is that of the data beside which costs are recorded', async () => {
    expect((await world.ask('{ slice(period: {preset: LAST_MONTH}) { period { start } metric(name: SPEND) { asOf } } }')).data).toEqual({ slice: { period: { start: '2026-03-01T00:00:00Z' }, metric: { asOf: '2026-04-01T00:00:00Z' } } })
  })
})

describe('revenue recorded over HTTP', () => {
  it('is uploaded, reported by row, and sliced by what another source says of its customers', async () => {
    const csv = 'date,type,amount,customer_id\n2026-02-01,subscription,10.5,c1\n2026-02-02,one_time,20,c3\n2026-02-03,gift,1,c1\n'
    const asked = 'mutation ($csv: String!, $dry: Boolean) { uploadRevenue(csv: $csv, dryRun: $dry, key: "r1") { accepted recorded rejectedCount rejected { line column content } truncated } }'
    const report = { accepted: 2, rejectedCount: 1, rejected: [{ line: 4, column: 'type', content: '2026-02-03,gift,1,c1' }], truncated: false }
    expect((await world.ask(asked, { csv, dry: true })).data).toEqual({ uploadRevenue: { ...report, recorded: 0 } })
    expect(await exactOf(EARNINGS)).toBe(null)
    for (const _ of [1, 2]) expect((await world.ask(asked, { csv })).data).toEqual({ uploadRevenue: { ...report, recorded: 2 } })
    expect(await exactOf(EARNINGS)).toBe('30.5')
    // Of the two customers c1 is gold, c3 is not.
    expect((await world.ask(`{ slice(period: ${PERIOD}, where: {tier: {eq: "gold"}}) { metric(name: EARNINGS) { exact reason } } }`)).data).toEqual({ slice: { metric: { exact: '10.5', reason: null } } })
  })
})

describe('a store that cannot be read', () => {
  it('costs only what needs it', async () => {
    const broken = await recordedWorld()
    try {
      mkdirSync(join(broken.world.cwd, '.kpiql'), { recursive: true })
      writeFileSync(join(broken.world.cwd, '.kpiql', 'store.db'), 'this is no store, and never was one. '.repeat(100))
      const { data, errors } = await broken.ask(`{ slice(period: ${PERIOD}) { joined: metric(name: JOINED) { value } spend: metric(name: SPEND) { value } } }`)
      expect(data).toEqual({ slice: { joined: { value: 3 }, spend: { value: null } } })
      expect(errors).toMatchObject([{ path: ['slice', 'spend', 'value'], extensions: { code: 'STORE_INVALID' } }])
      const failures = await Promise.all(['mutation { recordCost(input: {date: "2026-02-01", type: SALES, amount: "1"}) { id } }', '{ cohort(id: "any") { size } }', '{ savedCohorts { id } }'].map((query) => broken.ask(query)))
      expect(failures.map(({ errors: [first] = [] }) => first?.extensions.code)).toEqual(['STORE_INVALID', 'STORE_INVALID', 'STORE_INVALID'])
    } finally {
      await broken.stop()
      broken.world.remove()
    }
  })
})

describe('a reload', () => {
  it('keeps the store, and what was recorded', async () => {
    const id = await recorded('{date: "2026-02-01", type: SALES, amount: "4"}')
    const before = world.gateway
    const next = await openGateway(await readSetup({}, world.world), world.world, silentLog, before)
    await world.app.swap(next)
    await closeUnused(before, next)
    world.gateway = next
    expect(next.store).toBe(before.store)
    expect(await exactOf(SPEND)).toBe('4')
    await world.ask(`mutation { deleteCost(id: "${id}") { id } }`)
    expect(await exactOf(SPEND)).toBe(null)
  })
})
