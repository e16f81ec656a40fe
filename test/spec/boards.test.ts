import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openDemoWorld } from '../demo-world.ts'
import type { DemoWorld } from '../demo-world.ts'
import { AarrrDocument, EarlyStageDocument, ExecutiveOverviewDocument, HeartDocument, MidStageDocument } from '../generated/graphql.ts'

const AARRR = ['CAC', 'TRAFFIC', 'CONVERSION_RATE', 'ACTIVATION_RATE', 'CES', 'RETENTION_RATE', 'CHURN_RATE', 'ARPU', 'MRR', 'CLTV', 'NPS', 'EGR']
/** Costs and visits know no customer, so no cohort of customers can be told by them. */
const OF_NO_CUSTOMER = ['CAC', 'CLTV', 'TRAFFIC', 'CONVERSION_RATE']
const MONTHS = ['07', '08', '09', '10', '11', '12', '01', '02', '03', '04', '05', '06'].map((month, index) => `${index < 6 ? 2025 : 2026}-${month}-01T00:00:00Z`)

/** By attributes; by what customers did; and the whole company, which the others are parts of. */
const COHORTS = {
  attributes: ['[ENTERPRISE]', '[SMB]', '[ACQUIRED_BY_REFERRAL]'],
  behavior: ['[NEW_PAYERS]', '[WITH_FAILED_PAYMENTS]', '[ACQUIRED_BY_REFERRAL, ENTERPRISE]'],
  'the whole and two parts': ['[]', '[ENTERPRISE]', '[MID_MARKET]'],
} as const

interface Board {
  readonly metrics: readonly { readonly name: string; readonly value: number | null; readonly series: readonly { readonly start: string; readonly value: number | null; readonly exact: string | null; readonly reason: string | null; readonly partial: boolean }[] }[]
}

const SERIES = 'name value series(grain: MONTH) { start value exact reason partial }'

function slice(cohorts: string, metrics: string): string {
  return `slice(period: { preset: LAST_12_MONTHS }, cohorts: ${cohorts}) { ${metrics} }`
}

function answerOf<Answer>(data: Readonly<Record<string, unknown>> | null | undefined, key: string): Answer {
  const found = data?.[key]
  if (typeof found !== 'object' || found === null) throw new Error(`There is no answer "${key}".`)
  return found as Answer
}

let demo: DemoWorld
beforeAll(async () => {
  demo = await openDemoWorld({ customers: 1500, events: 60_000 })
})
afterAll(() => demo.close())

describe('the whole AARRR board with a series of twelve months of every metric', () => {
  it.each(Object.entries(COHORTS))('for three cohorts by %s is one query of at most two statements a semantic model, and equals asking one by one', async (_, cohorts) => {
    const { data, errors, stats } = await demo.ask(`{ ${cohorts.map((cohort, index) => `c${index}: ${slice(cohort, `metrics(framework: AARRR) { ${SERIES} }`)}`).join('\n')} }`)
    expect(errors).toBeUndefined()
    expect(Object.entries(stats.scansBySemanticModel).filter(([, scans]) => scans > 2)).toEqual([])
    expect(Object.values(stats.scansBySemanticModel).reduce((sum, scans) => sum + scans, 0)).toBe(stats.scans)

    for (const [index, cohort] of cohorts.entries()) {
      const board = answerOf<Board>(data, `c${index}`)
      expect(board.metrics.map(({ name }) => name).toSorted()).toEqual(AARRR.toSorted())
      for (const found of board.metrics) {
        const alone = await demo.ask(`{ one: ${slice(cohort, `metric(name: ${found.name}) { ${SERIES} }`)} }`)
        expect(alone.errors).toBeUndefined()
        expect({ cohort, metric: answerOf<{ metric: unknown }>(alone.data, 'one').metric }).toEqual({ cohort, metric: found })
        expect(found.series.map(({ start }) => start)).toEqual(MONTHS)
        const isTold = cohort === '[]' || !OF_NO_CUSTOMER.includes(found.name)
        expect(found.series.filter(({ reason }) => (reason === 'DIMENSION_NOT_AVAILABLE') === isTold).map(({ start }) => `${cohort} ${found.name} ${start}`)).toEqual([])
      }
    }
  })

  it('has a value for every month of the whole company, but for a survey that nobody answered', async () => {
    const { data } = await demo.ask(`{ all: ${slice('[]', `metrics(framework: AARRR) { ${SERIES} }`)} }`)
    const missing = answerOf<Board>(data, 'all').metrics.flatMap(({ name, series }) => series.filter(({ value }) => value === null).map(({ reason }) => `${name} ${reason}`))
    expect([...new Set(missing)].filter((one) => one !== 'CES NO_ROWS')).toEqual([])
  })

  it('with the last month of the whole company and its changes beside it is still at most two statements a semantic model', async () => {
    const { errors, stats } = await demo.ask(AarrrDocument)
    expect(errors).toBeUndefined()
    expect(Object.entries(stats.scansBySemanticModel).filter(([, scans]) => scans > 2)).toEqual([])
  })
})

interface Tile {
  readonly name: string
  readonly value: number | null
  readonly reason: string | null
}

function withoutValue(tiles: readonly (Tile | null)[] | undefined): readonly unknown[] {
  expect(tiles?.length).toBeGreaterThan(4)
  return tiles?.filter((tile) => typeof tile?.value !== 'number' || tile.reason !== null) ?? ['no board']
}

describe('every metric of the last full month has a value', () => {
  it('on the executive overview', async () => expect(withoutValue((await demo.ask(ExecutiveOverviewDocument)).data?.month?.metrics)).toEqual([]))
  it('on the AARRR board', async () => expect(withoutValue((await demo.ask(AarrrDocument)).data?.overall?.metrics)).toEqual([]))
  it('on the HEART board', async () => expect(withoutValue((await demo.ask(HeartDocument)).data?.month?.metrics)).toEqual([]))
  it('on the board of an early stage', async () => expect(withoutValue((await demo.ask(EarlyStageDocument)).data?.month?.metrics)).toEqual([]))
  it('on the board of a middle stage', async () => expect(withoutValue((await demo.ask(MidStageDocument)).data?.month?.metrics)).toEqual([]))
})

describe('the operations', () => {
  it('hold a board for each of those who ask', () => {
    const boards = ['executive-overview', 'customer-insights', 'financial-health', 'product-health', 'early-stage', 'mid-stage', 'aarrr', 'heart', 'cohort-comparison', 'retention', 'funnel']
    for (const board of boards) expect(readFileSync(join(import.meta.dirname, '../../schema/operations', `${board}.graphql`), 'utf8'), board).toMatch(/^# \S.*\n(#.*\n)*query \w+ ?[({]/)
  })
})
