import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Cell } from '../../src/answer/types.ts'
import { NOW, openSmallSaas } from './small-saas-world.ts'
import type { AskOptions, SmallSaas } from './small-saas-world.ts'

// Costs of the small company as far as they were recorded by hand: 10 for sales in February; 20 for advertising, 10 for
// infrastructure and 150 for personnel in April. Revenue is 140, 239.99, 349.99 and, with 104.51 recorded, 500.

let world: SmallSaas
beforeAll(async () => {
  world = await openSmallSaas({ recorded: true, currency: 'USD', without: ['costs', 'ledger'] })
})
afterAll(() => world.close())

const APRIL = { start: '2025-04-01', end: NOW, grain: null } as const
const FEBRUARY = { start: '2025-02-01', end: '2025-03-01', grain: null } as const
const SINCE_FEBRUARY = { start: '2025-02-01', end: NOW, grain: null } as const
const SHARE = 'Cost of goods sold is taken as 20 % of revenue.'
const NO_OTHERS = 'Nothing is recorded of other operating costs; they are taken to be none.'
const NO_SPEND = 'Nothing is recorded of sales and marketing; it is taken to have cost nothing.'

async function cellOf(metric: string, options: AskOptions): Promise<Cell | undefined> {
  return (await world.ask(metric, options)).groups[0]?.cells[0]
}

describe('net margin and burn rate', () => {
  it('take all costs where cost of goods sold is known', async () => {
    expect(await cellOf('gross_margin', APRIL)).toMatchObject({ value: 98, quality: 'ACTUAL', assumptions: [] })
    expect(await cellOf('total_costs', APRIL)).toMatchObject({ exact: '180', quality: 'ACTUAL', assumptions: [] })
    expect(await cellOf('net_margin', APRIL)).toMatchObject({ value: 64, quality: 'ACTUAL' })
    expect(await cellOf('burn_rate', APRIL)).toMatchObject({ value: -320, quality: 'ACTUAL' })
  })

  it('are null without cost of goods sold, whatever else is recorded', async () => {
    for (const metric of ['cogs', 'gross_margin', 'total_costs', 'net_margin', 'burn_rate']) {
      expect(await cellOf(metric, FEBRUARY), metric).toMatchObject({ value: null, quality: 'INSUFFICIENT_DATA', reason: 'COSTS_NOT_RECORDED', remedy: expect.stringContaining('recordCost') as string })
    }
  })

  it('are estimated with it, and name the costs that are taken to be none', async () => {
    const asked = { ...FEBRUARY, allowEstimates: true }
    expect(await cellOf('total_costs', asked)).toMatchObject({ value: 57.998, exact: null, quality: 'ESTIMATED', assumptions: [SHARE, NO_OTHERS] })
    const margin = await cellOf('net_margin', asked)
    expect(margin?.value).toBeCloseTo(((239.99 - 57.998) / 239.99) * 100, 9)
    expect(margin).toMatchObject({ quality: 'ESTIMATED', assumptions: [SHARE, NO_OTHERS] })
    expect((await cellOf('burn_rate', asked))?.value).toBeCloseTo(57.998 - 239.99, 9)
  })

  it('are never better than gross margin, month by month and together', async () => {
    for (const options of [{ allowEstimates: true }, { ...SINCE_FEBRUARY, allowEstimates: true }]) {
      const [gross, net] = await Promise.all(['gross_margin', 'net_margin'].map((metric) => world.ask(metric, options)))
      const pairs = (gross?.groups[0]?.cells ?? []).map((cell, index) => [cell.value, net?.groups[0]?.cells[index]?.value] as const)
      expect(pairs.every(([a, b]) => typeof a === 'number' && typeof b === 'number' && b <= a)).toBe(true)
    }
  })
})

describe('costs over several months', () => {
  it('are null while a month that is over holds none, and say which', async () => {
    expect(await world.series('cogs')).toEqual([null, null, null, '10'])
    expect(await cellOf('cogs', { grain: null })).toMatchObject({ value: null, reason: 'COSTS_NOT_RECORDED', remedy: expect.stringMatching(/"cogs" in 2025-01, 2025-02, 2025-03\. .*recordCost/) as string })
    for (const metric of ['gross_margin', 'net_margin', 'burn_rate', 'cac', 'sales_efficiency', 'cltv']) expect(await cellOf(metric, { grain: null }), metric).toMatchObject({ value: null, reason: 'COSTS_NOT_RECORDED' })
  })

  it('take the estimate of each month that lacks them, and of no other', async () => {
    const asked = { ...SINCE_FEBRUARY, allowEstimates: true }
    // A fifth of 239.99 and of 349.99, and the 10 of April.
    expect(await cellOf('cogs', asked)).toMatchObject({ value: 127.996, quality: 'ESTIMATED', assumptions: [SHARE] })
    expect((await cellOf('gross_margin', asked))?.value).toBeCloseTo(((1089.98 - 127.996) / 1089.98) * 100, 9)
    expect(await cellOf('total_costs', asked)).toMatchObject({ value: 307.996, assumptions: [SHARE, NO_OTHERS, NO_SPEND] })
  })

  it('of a channel have nothing in a month whose costs are those of other channels', async () => {
    const { groups } = await world.ask('acquisition_spend', { ...APRIL, by: 'cost_channel' })
    expect(groups.length).toBeGreaterThan(0)
    expect(groups.every(({ cells: [cell] }) => cell?.quality === 'ACTUAL')).toBe(true)
  })
})
