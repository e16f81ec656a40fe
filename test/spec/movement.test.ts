import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { COUNTS_TABLES_ONLY, TELLS_ROWS_READ } from '../engines/open-test-source.ts'
import { inCountry, movementWorld, onPlan } from './movement-world.ts'
import type { Asked, MovementWorld } from './movement-world.ts'

// Numbers are those of test/fixtures/movements/README.md, worked out there step by step.

let world: MovementWorld

beforeAll(async () => {
  world = await movementWorld()
})
afterAll(() => world.close())

const AMOUNTS = ['start_mrr', 'new_mrr', 'expansion_mrr', 'contraction_mrr', 'churned_mrr', 'reactivation_mrr', 'entering_mrr', 'leaving_mrr', 'end_mrr'] as const
const ENTITIES = ['start_customers', 'new_customers', 'expansion_customers', 'contraction_customers', 'churned_customers', 'reactivation_customers', 'entering_customers', 'leaving_customers', 'end_customers'] as const

async function table(metrics: readonly string[], asked: Asked = {}): Promise<Record<string, string>> {
  const rows = await Promise.all(metrics.map(async (metric) => [metric.replace(/_(mrr|customers)$/, ''), (await world.series(metric, asked)).join(' ')] as const))
  // What never moves is not worth a line.
  return Object.fromEntries(rows.filter(([, values]) => /[1-9]/.test(values)))
}

describe('a movement of five customers, by hand', () => {
  it('nets a day: upgrades are expansion, one of two cancelled is contraction, the last is churn', async () => {
    expect(await table(AMOUNTS)).toEqual({ start: '0 85 135.4 105.4', new: '60 40.4 0 0', expansion: '25 20 0 0', contraction: '0 0 30 0', churned: '0 10 0 25', end: '85 135.4 105.4 80.4' })
  })

  it('counts customers that come and go, and each day of expansion or contraction', async () => {
    expect(await table(ENTITIES)).toEqual({ start: '0 4 4 4', new: '4 1 0 0', expansion: '1 1 0 0', contraction: '0 0 2 0', churned: '0 1 0 1', end: '4 4 4 3' })
  })

  it('calls one who returns after a year a reactivation, however far back the first time lies', async () => {
    const spring = { start: '2025-02-01', end: '2025-04-01' }
    expect(await table(AMOUNTS, spring)).toEqual({ start: '80.4 80.4', reactivation: '0 12.5', end: '80.4 92.9' })
    expect(await table(ENTITIES, spring)).toEqual({ start: '3 3', reactivation: '0 1', end: '3 4' })
  })

  it('tells a plan change from a plan as leaving and entering, and classifies the whole customer first', async () => {
    const asked = { end: '2024-06-01' }
    expect(await table(AMOUNTS, { ...asked, predicate: onPlan('pro') })).toEqual({
      start: '0 55 125.4 95.4 70.4',
      new: '30 40.4 0 0 0',
      entering: '25 30 0 0 0',
      leaving: '0 0 30 0 0',
      churned: '0 0 0 25 0',
      end: '55 125.4 95.4 70.4 70.4',
    })
    expect(await table(AMOUNTS, { ...asked, predicate: onPlan('basic') })).toEqual({ start: '0 30 10 10 10', new: '30 0 0 0 0', entering: '0 0 10 0 0', leaving: '0 10 10 0 0', churned: '0 10 0 0 0', end: '30 10 10 10 10' })
    expect(await table(ENTITIES, { ...asked, predicate: onPlan('pro') })).toEqual({ start: '0 2 4 3 2', new: '1 1 0 0 0', entering: '1 1 0 0 0', leaving: '0 0 1 0 0', churned: '0 0 0 1 0', end: '2 4 3 2 2' })
  })

  it('never has customers enter or leave a country', async () => {
    expect(await table(AMOUNTS, { predicate: inCountry('DE') })).toEqual({ start: '0 45 65 55', new: '20 0 0 0', expansion: '25 20 0 0', contraction: '0 0 10 0', churned: '0 0 0 25', end: '45 65 55 30' })
  })

  it('tells groups as it tells slices', async () => {
    const { groups } = await world.ask('leaving_mrr', { by: ['plan'] })
    expect(groups.map(({ values, cells }) => [values[0], cells.map(({ exact }) => exact)])).toEqual([
      ['basic', ['0', '10', '10', '0']],
      ['pro', ['0', '0', '30', '0']],
    ])
  })

  it('has start + what came − what went = end, and days that add up to weeks, months and quarters', async () => {
    for (const predicate of [onPlan('pro'), onPlan('basic'), inCountry('US')]) {
      const daily = await Promise.all(AMOUNTS.map((metric) => world.series(metric, { predicate, grain: 'day' })))
      for (const grain of ['week', 'month', 'quarter'] as const) {
        const [start = [], fresh = [], up = [], down = [], churned = [], back = [], entering = [], leaving = [], end = []] = (await Promise.all(AMOUNTS.map((metric) => world.series(metric, { predicate, grain })))).map((values) => values.map((value) => Math.round(Number.parseFloat(String(value)) * 100)))
        start.forEach((value, index) => {
          const flows = [fresh, up, back, entering].reduce((sum, list) => sum + (list[index] ?? 0), 0) - [down, churned, leaving].reduce((sum, list) => sum + (list[index] ?? 0), 0)
          expect(value + flows).toBe(end[index])
        })
        for (const [index, flows] of [fresh, up, down, churned, back, entering, leaving].entries()) {
          const days = (daily[index + 1] ?? []).reduce((sum, value) => sum + Math.round(Number.parseFloat(String(value)) * 100), 0)
          expect(flows.reduce((sum, value) => sum + value, 0)).toBe(days)
        }
      }
    }
  })

  it('holds at every end what the stock of that moment does', async () => {
    for (const grain of ['day', 'week', 'month', 'year'] as const) {
      const asked = { grain, end: '2025-04-01' }
      expect(await world.series('end_mrr', asked)).toEqual(await world.series('mrr', asked))
    }
  })

  it('nets the whole period where none but one bucket is asked', async () => {
    expect(await table([...AMOUNTS, 'net_mrr'], { grain: null })).toEqual({ new: '100.4', expansion: '45', contraction: '30', churned: '35', end: '80.4', net: '80.4' })
    expect(await world.series('fx_mrr', { grain: null })).toEqual(['0'])
  })

  it('answers many slices as it answers one', async () => {
    const session = world.session()
    const names = Array.from({ length: 70 }, (_, index) => onPlan('pro', `plan ${index}`))
    const before = world.source.statements.length
    const answers = await Promise.all(names.map((predicate) => session.metric({ metric: 'entering_mrr', predicate, period: world.period({}), grain: 'month', by: [] })))
    expect(world.source.statements.length - before).toBe(1)
    expect(new Set(answers.map(({ groups }) => groups[0]?.cells.map(({ exact }) => exact).join(' ')))).toEqual(new Set(['25 30 0 0']))
  })

  it('answers all components of all slices in one statement', async () => {
    const before = world.source.statements.length
    const session = world.session()
    const asks = [onPlan('pro'), onPlan('basic'), inCountry('US')].flatMap((predicate) =>
      [...AMOUNTS, ...ENTITIES, 'followed_start', 'followed_end'].flatMap((metric) => (['month', 'quarter'] as const).map((grain) => session.metric({ metric, predicate, period: world.period({ end: '2025-04-01' }), grain, by: [] }))),
    )
    await Promise.all(asks)
    expect(world.source.statements.length - before).toBe(1)
    const [subscriptions, customers] = [10, 5]
    if (COUNTS_TABLES_ONLY) expect(session.stats.rowsRead).toBe(subscriptions + customers)
    // Readings of what the statement keeps are counted, too.
    else if (TELLS_ROWS_READ) expect(session.stats.rowsRead).toBeGreaterThanOrEqual(subscriptions + customers)
    else expect(session.stats.rowsRead).toBe(0)
  })
})

describe('customers followed over twelve months, by hand', () => {
  const year = { start: '2024-12-01', end: '2025-04-01' }

  it('follows those of a year ago, whoever came since', async () => {
    expect(await table(['followed_start', 'followed_end', 'followed_kept', 'followed_customers', 'kept_customers'], year)).toEqual({
      followed_start: 'WINDOW_NOT_COVERED 85 135.4 105.4',
      followed_end: 'WINDOW_NOT_COVERED 40 80.4 80.4',
      followed_kept: 'WINDOW_NOT_COVERED 20 80.4 80.4',
      followed: 'WINDOW_NOT_COVERED 4 4 4',
      kept: 'WINDOW_NOT_COVERED 2 3 3',
    })
    expect((await world.series('nrr', year)).map((value) => value.slice(0, 7))).toEqual(['WINDOW_', '47.0588', '59.3796', '76.2808'])
  })

  it('takes the members of a plan as at the start, and follows all they hold', async () => {
    expect(await table(['followed_start', 'followed_end', 'followed_kept', 'followed_customers', 'kept_customers'], { start: '2025-01-01', end: '2025-02-01', predicate: onPlan('pro') })).toEqual({
      followed_start: '65',
      followed_end: '10',
      followed_kept: '10',
      followed: '2',
      kept: '1',
    })
  })

  it('tells the last day of a month as it tells the month, in a series of hundreds of days', async () => {
    for (const metric of ['followed_start', 'followed_end', 'followed_kept', 'kept_customers']) {
      const [days, months] = await Promise.all([world.series(metric, { end: '2025-04-01', grain: 'day' }), world.series(metric, { end: '2025-04-01' })])
      const lastDays = months.map((_, month) => (Date.UTC(2024, month + 1, 1) - Date.UTC(2024, 0, 1)) / 86_400_000 - 1)
      expect(days).toHaveLength(456)
      expect(lastDays.map((day) => days[day])).toEqual(months)
    }
  })

  it('counts a year back from the end of a leap February to its last day', async () => {
    // 28 February 2025 ends on 1 March: a year ago C had just left and D had come.
    expect(await world.series('followed_start', { start: '2025-02-27', end: '2025-03-01', grain: 'day' })).toEqual(['105', '135.4'])
  })
})

describe('movements at the edges of time', () => {
  it('nets days of the zone asked, on days of 23 and 25 hours too', async () => {
    const march = { start: '2024-03-09', end: '2024-03-12', grain: 'day' } as const
    const november = { start: '2024-11-03', end: '2024-11-05', grain: 'day' } as const
    const zone = 'America/New_York'
    expect(await world.series('rentals_new', { ...march, zone })).toEqual(['10', '0', '0'])
    expect(await world.series('rentals_expansion', { ...march, zone })).toEqual(['0', '5', '0'])
    expect(await world.series('rentals_new', march)).toEqual(['BEFORE_FIRST_DATA', '10', '0'])
    expect(await world.series('rentals_expansion', march)).toEqual(['BEFORE_FIRST_DATA', '0', '5'])
    expect(await world.series('rentals_new', { ...november, zone })).toEqual(['8', '0'])
    expect(await world.series('rentals_new', november)).toEqual(['0', '8'])
    expect(await world.series('rentals_end', { ...november, zone })).toEqual(['23', '23'])
  })

  it('ends the running bucket at the present and knows nothing of later ones', async () => {
    const early = await movementWorld('2024-02-20T12:00:00Z')
    try {
      expect(await early.series('end_mrr')).toEqual(['85', '105 partial', 'AFTER_WATERMARK partial', 'AFTER_WATERMARK partial'])
      expect(await early.series('churned_mrr')).toEqual(['0', '0 partial', 'AFTER_WATERMARK partial', 'AFTER_WATERMARK partial'])
      expect(await early.series('expansion_mrr')).toEqual(['25', '20 partial', 'AFTER_WATERMARK partial', 'AFTER_WATERMARK partial'])
    } finally {
      await early.close()
    }
  })

  it('restates what a late row changes', async () => {
    const late = await movementWorld()
    try {
      expect(await late.series('new_mrr')).toEqual(['60', '40.4', '0', '0'])
      await late.source.run("INSERT INTO subscriptions VALUES (11, 'F', 'basic', 10, DATE '2024-01-15', NULL)")
      late.source.version = '2'
      expect(await late.series('new_mrr')).toEqual(['70', '40.4', '0', '0'])
      expect(await late.series('start_mrr')).toEqual(['0', '95', '145.4', '115.4'])
      expect(await late.series('end_mrr')).toEqual(['95', '145.4', '115.4', '90.4'])
    } finally {
      await late.close()
    }
  })

  it('takes a day whole where a period begins or ends within it', async () => {
    expect(await world.series('new_mrr', { start: '2024-01-10T08:00', end: '2024-01-31T08:00', grain: null })).toEqual(['30'])
  })

  it('refuses hours', async () => {
    await expect(world.series('new_mrr', { grain: 'hour' })).rejects.toMatchObject({ code: 'GRAIN_TOO_FINE' })
    await expect(world.series('rentals_new', { grain: 'hour', start: '2024-03-10', end: '2024-03-11' })).rejects.toMatchObject({ code: 'GRAIN_TOO_FINE' })
  })

  it('says why a slice it cannot reach has no movement', async () => {
    expect((await world.ask('rentals_new', { predicate: onPlan('pro') })).unavailable).toMatchObject({ reason: 'DIMENSION_NOT_AVAILABLE' })
  })
})
