import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Predicate } from '../../src/model/predicate.ts'
import { NOW, openSmallSaas, shown } from './small-saas-world.ts'
import type { AskOptions, SmallSaas } from './small-saas-world.ts'

// Numbers are those of test/fixtures/small-saas/README.md, worked out there step by step; money and costs that others hold are in
// saas-by-hand.test.ts.

const APRIL = { start: '2025-04-01', end: NOW, grain: null } as const
const MARCH = { start: '2025-03-01', end: '2025-04-01', grain: null } as const
const FEBRUARY = { start: '2025-02-01', end: '2025-03-01', grain: null } as const
const QUARTER = { start: '2025-01-01', end: '2025-04-01', grain: null } as const
const SPRING_2024 = { start: '2024-03-01', end: '2024-07-01' } as const

let plain: SmallSaas
let recorded: SmallSaas
let withoutCosts: SmallSaas

beforeAll(async () => {
  ;[plain, recorded, withoutCosts] = await Promise.all([openSmallSaas(), openSmallSaas({ recorded: true, currency: 'USD' }), openSmallSaas({ without: ['costs', 'ledger'] })])
})

afterAll(() => Promise.all([plain, recorded, withoutCosts].map((world) => world.close())))

async function expectSeries(metric: string, expected: readonly (number | null)[], options?: AskOptions, world = plain): Promise<void> {
  const cells = await world.series(metric, options)
  expect(cells.map((value) => (value === null ? null : Number(value))), metric).toEqual(expected.map((value) => (value === null ? null : expect.closeTo(value, 8))))
}

async function reasonOf(metric: string, options: AskOptions, world = plain): Promise<string | null | undefined> {
  return (await world.ask(metric, options)).groups[0]?.cells[0]?.reason
}

describe('movements of recurring revenue, by hand', () => {
  it('tell new, expansion, contraction, churn and reactivation apart, by the whole history', async () => {
    await expectSeries('new_mrr', [100, 139.99, 0, 0])
    await expectSeries('expansion_mrr', [0, 0, 150, 0])
    await expectSeries('contraction_mrr', [0, 0, 0, 0])
    await expectSeries('churned_mrr', [0, 40, 0, 40])
    await expectSeries('reactivation_mrr', [40, 0, 0, 45.5])
    await expectSeries('net_new_mrr', [140, 99.99, 150, 5.5])
    await expectSeries('new_mrr', [115, 0, 0, 0], SPRING_2024)
    await expectSeries('contraction_mrr', [0, 15, 0, 0], SPRING_2024)
    await expectSeries('churned_mrr', [0, 0, 0, 35], SPRING_2024)
    await expectSeries('net_new_mrr', [115, -15, 0, -35], SPRING_2024)
  })

  it('are set against each other', async () => {
    await expectSeries('quick_ratio', [null, 139.99 / 40, null, 1.1375])
    await expectSeries('quick_ratio', [null, 0, null, 0], SPRING_2024)
  })

  it('count customers who first pay', async () => {
    await expectSeries('new_customers', [1, 2, 0, 0])
    await expectSeries('new_customers', [2, 0, 0, 0], SPRING_2024)
    await expectSeries('signups', [1, 3, 0, 0])
  })
})

describe('retention, by hand', () => {
  it('loses a share of the customers a month starts with', async () => {
    await expectSeries('churn_rate', [null, 50, 0, 100 / 3])
    await expectSeries('retention_rate', [null, 50, 100, 200 / 3])
    await expectSeries('revenue_churn_rate', [null, (40 / 140) * 100, 0, (40 / 389.99) * 100])
    await expectSeries('revenue_churn_rate', [null, (15 / 115) * 100, 0, 35], SPRING_2024)
  })

  it('is a monthly rate over a quarter, too: the losses of its months over their starts', async () => {
    await expectSeries('churn_rate', [20], QUARTER)
    await expectSeries('retention_rate', [80], QUARTER)
    await expectSeries('revenue_churn_rate', [(40 / 379.99) * 100], QUARTER)
    await expectSeries('arpu', [96.2475], QUARTER)
    await expect(plain.ask('churn_rate', { grain: 'week' })).rejects.toMatchObject({ code: 'GRAIN_TOO_FINE' })
  })

  it('follows the customers of twelve months before', async () => {
    await expectSeries('nrr', [null, null, 0, 45.5])
    await expectSeries('grr', [null, null, 0, 35])
    await expectSeries('egr', [null, null, (349.99 / 115) * 100 - 100, 295.49])
    expect(await reasonOf('nrr', FEBRUARY)).toBe('WINDOW_NOT_COVERED')
  })
})

describe('what customers cost and bring, by hand', () => {
  it('is spend for each new customer, and gross profit until they leave', async () => {
    await expectSeries('cac', [50, 30, null, null])
    await expectSeries('cltv', [null, 119.66, null, 295.49])
    await expectSeries('cltv_cac_ratio', [null, 119.66 / 30, null, null])
    await expectSeries('cac_payback_months', [50 / 45, 30 / 59.83, null, null])
    await expectSeries('sales_efficiency', [24, 27.998, null, 0])
    expect(await reasonOf('cltv', MARCH)).toBe('DIVISION_BY_ZERO')
  })

  it('is of one quarter the sums of its months', async () => {
    const margin = 519.48 / 729.98
    await expectSeries('cac', [110 / 3], QUARTER)
    await expectSeries('cltv', [(96.2475 * margin) / 0.2], QUARTER)
    await expectSeries('cltv_cac_ratio', [(96.2475 * margin) / 0.2 / (110 / 3)], QUARTER)
    await expectSeries('cac_payback_months', [110 / 3 / (96.2475 * margin)], QUARTER)
    await expectSeries('sales_efficiency', [((239.99 + 150) * 12) / 110], QUARTER)
  })

  it('burns less than nothing where a profit is made, a month whatever the period', async () => {
    await expectSeries('total_costs', [125, 145.5, 125, 245])
    await expectSeries('burn_rate', [-15, -94.49, -224.99, -150.49])
    await expectSeries('burn_rate', [-334.48 / 3], QUARTER)
    await expectSeries('net_margin', [15 / 1.4, 94.49 / 2.3999, 224.99 / 3.4999, 150.49 / 3.9549])
  })
})

describe('recorded costs and revenue, by hand', () => {
  it('add to what files tell', async () => {
    await expectSeries('cogs', [50, 60.5, 100, 110], {}, recorded)
    await expectSeries('acquisition_spend', [50, 70, 0, 100], {}, recorded)
    await expectSeries('cac', [50, 35, null, null], {}, recorded)
    await expectSeries('total_revenue', [140, 239.99, 349.99, 500], {}, recorded)
    await expectSeries('gross_profit', [90, 179.49, 249.99, 390], {}, recorded)
    await expectSeries('gross_margin', [78], APRIL, recorded)
    await expectSeries('total_costs', [125, 155.5, 125, 425], {}, recorded)
    await expectSeries('burn_rate', [-75], APRIL, recorded)
    await expectSeries('net_margin', [15], APRIL, recorded)
    await expectSeries('sales_efficiency', [24, (139.99 * 12) / 70, null, 0], {}, recorded)
  })

  it('leave revenue what customers paid, and make no whole of half a month', async () => {
    await expectSeries('revenue', [395.49], APRIL, recorded)
    expect(await reasonOf('cogs', { start: '2025-04-01', end: '2025-04-15', grain: null }, recorded)).toBe('PERIOD_CUTS_FACTS')
  })
})

describe('recorded dollars beside files', () => {
  it('are added up where the files hold dollars, too', async () => {
    const dollars = await openSmallSaas({ recorded: true, currency: 'USD' })
    try {
      expect((await dollars.ask('burn_rate', APRIL)).groups[0]?.cells[0]).toMatchObject({ value: -75, currency: 'USD' })
      expect((await dollars.ask('total_costs', APRIL)).groups[0]?.cells[0]).toMatchObject({ exact: '425', currency: 'USD' })
    } finally {
      await dollars.close()
    }
  })

  it('are not added to amounts of a currency that nobody states', async () => {
    const unstated = await openSmallSaas({ recorded: true })
    try {
      // April's costs were recorded in dollars beside a file's; March's are the file's alone.
      expect((await unstated.ask('cogs', APRIL)).groups[0]?.cells[0]).toMatchObject({ value: null, reason: 'MIXED_CURRENCIES', remedy: expect.stringContaining('Write `currency:` in the model') as string })
      expect((await unstated.ask('cogs', MARCH)).groups[0]?.cells[0]).toMatchObject({ exact: '100', currency: null, reason: null })
    } finally {
      await unstated.close()
    }
  })

  it('are never added to euros', async () => {
    const euros = await openSmallSaas({ recorded: true, currency: 'EUR' })
    try {
      for (const metric of ['cogs', 'total_revenue', 'gross_margin', 'net_margin', 'burn_rate']) expect(await reasonOf(metric, APRIL, euros), metric).toBe('MIXED_CURRENCIES')
      expect((await euros.ask('cogs', MARCH)).groups[0]?.cells[0]).toMatchObject({ exact: '100', currency: 'EUR' })
    } finally {
      await euros.close()
    }
  })
})

describe('without costs', () => {
  it('what needs them is null and says what to record', async () => {
    for (const metric of ['cogs', 'cac', 'gross_margin', 'cltv', 'cac_payback_months', 'net_margin', 'burn_rate', 'sales_efficiency']) {
      const [cell] = (await withoutCosts.ask(metric, FEBRUARY)).groups[0]?.cells ?? []
      expect(cell, metric).toMatchObject({ value: null, quality: 'INSUFFICIENT_DATA', reason: 'COSTS_NOT_RECORDED', remedy: expect.stringContaining('recordCost') as string })
    }
  })

  it('estimates stand in on request: 100 for a customer, a fifth of revenue, and all that follows', async () => {
    const asked = { ...FEBRUARY, allowEstimates: true }
    await expectSeries('cac', [100], asked, withoutCosts)
    await expectSeries('cogs', [47.998], asked, withoutCosts)
    await expectSeries('gross_margin', [80], asked, withoutCosts)
    await expectSeries('cltv', [(239.99 / 3) * 0.8 * 2], asked, withoutCosts)
    const [cell] = (await withoutCosts.ask('cac_payback_months', asked)).groups[0]?.cells ?? []
    expect(cell?.value).toBeCloseTo(100 / ((239.99 / 3) * 0.8), 8)
    expect(cell).toMatchObject({ quality: 'ESTIMATED', assumptions: ['Winning a customer is taken to cost 100.', 'Cost of goods sold is taken as 20 % of revenue.'] })
    expect((await withoutCosts.ask('revenue', asked)).groups[0]?.cells[0]).toMatchObject({ quality: 'ACTUAL', assumptions: [] })
  })
})

describe('trials and visits, by hand', () => {
  it('convert when the customer pays, by the month the trial started', async () => {
    await expectSeries('trials', [null, 3, 0, 1])
    await expectSeries('trial_conversion_rate', [null, (2 / 3) * 100, null, 0])
  })

  it('count visits, organic and paid', async () => {
    await expectSeries('traffic', [7, 1], { start: '2025-02-01', end: '2025-04-01' })
    await expectSeries('organic_traffic', [5], FEBRUARY)
    await expectSeries('paid_traffic', [2], FEBRUARY)
    const { groups } = await plain.ask('traffic', { ...FEBRUARY, by: 'visit_channel' })
    expect(groups.map(({ values, cells }) => [values[0], cells.map(shown)])).toEqual([
      ['direct', ['1']],
      ['organic_search', ['2']],
      ['paid_search', ['2']],
      ['referral', ['1']],
      ['social', ['1']],
    ])
  })

  it('make customers of visitors, credited to the first visit', async () => {
    await expectSeries('visitors', [5, 1], { start: '2025-02-01', end: '2025-04-01' })
    await expectSeries('new_visitors', [5, 0], { start: '2025-02-01', end: '2025-04-01' })
    await expectSeries('conversion_rate', [40, null], { start: '2025-02-01', end: '2025-04-01' })
    const { groups } = await plain.ask('conversion_rate', { ...FEBRUARY, by: 'visit_channel' })
    expect(Object.fromEntries(groups.map(({ values, cells }) => [values[0], cells[0]?.value]))).toEqual({ organic_search: 100, paid_search: 0, referral: 100, social: 0 })
  })

  it('bounce without ten seconds, key event or second page', async () => {
    await expectSeries('bounce_rate', [(2 / 7) * 100, 100], { start: '2025-02-01', end: '2025-04-01' })
  })
})

describe('use of the product, by hand', () => {
  it('counts users active on the last day, in seven days and in thirty', async () => {
    await expectSeries('dau', [2], APRIL)
    await expectSeries('wau', [3], APRIL)
    await expectSeries('mau', [4], APRIL)
    await expectSeries('stickiness', [50], APRIL)
    await expectSeries('average_dau', [0.3], APRIL)
    await expectSeries('stickiness_average', [7.5], APRIL)
    expect(await reasonOf('mau', MARCH)).toBe('WINDOW_NOT_COVERED')
  })

  it('measures sessions', async () => {
    await expectSeries('sessions', [9], APRIL)
    await expectSeries('session_duration', [780 / 9], APRIL)
    await expectSeries('session_duration', [300], MARCH)
    await expectSeries('sessions_per_user', [2.25], APRIL)
    await expectSeries('actions_per_session', [12 / 9], APRIL)
  })

  it('shares features among active users, and refuses a share by feature, which would be all of them', async () => {
    await expectSeries('feature_adoption_rate', [75], APRIL)
    const { groups } = await plain.ask('feature_users', { ...APRIL, by: 'feature' })
    expect(groups.map(({ values, cells }) => [values[0], cells[0]?.exact])).toEqual([['dashboards', '2'], ['reports', '1']])
    expect((await plain.ask('feature_adoption_rate', { ...APRIL, by: 'feature' })).unavailable).toMatchObject({ reason: 'DIMENSION_NOT_AVAILABLE' })
  })

  it('is cut by the customers of the users', async () => {
    const german: Predicate = { kind: 'atom', dimension: 'country', test: { op: 'in', values: ['DE'], caseInsensitive: false } }
    await expectSeries('mau', [2], { ...APRIL, where: german })
    await expectSeries('feature_adoption_rate', [50], { ...APRIL, where: german })
  })
})

describe('satisfaction, by hand', () => {
  it('scores the answers of the month', async () => {
    await expectSeries('nps', [25], APRIL)
    await expectSeries('nps', [-100], MARCH)
    await expectSeries('csat', [(2 / 3) * 100], APRIL)
    await expectSeries('osat', [4], APRIL)
    await expectSeries('ces', [5], APRIL)
    expect(await reasonOf('ces', MARCH)).toBe('NO_ROWS')
  })
})

describe('delivery, by hand', () => {
  it('activates users who reach value within seven days of joining', async () => {
    await expectSeries('activation_rate', [100, 100 / 3], { start: '2025-03-01', end: NOW })
    await expectSeries('time_to_value', [300, 345_660], { start: '2025-03-01', end: NOW })
  })

  it('completes points and lets defects escape', async () => {
    await expectSeries('velocity', [10, 17], { start: '2025-03-01', end: NOW })
    await expectSeries('defect_escape_rate', [100, 25], { start: '2025-03-01', end: NOW })
  })
})
