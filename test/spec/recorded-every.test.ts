import { describe, expect, it } from 'vitest'
import { loadModel } from '../../src/model/load-model.ts'
import { cellsOf, is, smallWorld } from '../oracle/small-world.ts'

const MODEL = `
semantic_models:
  - name: sales
    table: sales
    agg_time_dimension: sold
    dimensions: [{ name: sold, type: time, granularity: day }]
  - name: notes
    table: notes
    agg_time_dimension: noted
    dimensions:
      - { name: noted, type: time, granularity: day }
      - { name: team, type: categorical }
metrics:
  - { name: revenue, semantic_model: sales, agg: sum, expr: amount, unit: currency, currency: USD }
  - name: costs
    semantic_model: notes
    agg: sum
    expr: amount
    unit: currency
    currency: USD
    recorded_every: month
    when_missing: { reason: COSTS_NOT_RECORDED, remedy: Note them. }
    estimate: { expr: revenue * 0.2, metrics: [revenue], assumption: A fifth of revenue. }
`

interface Line {
  readonly month: number
  readonly cents: number
  readonly team: string
}

const YEAR = 2025
const dateOf = (month: number): string => new Date(Date.UTC(YEAR, month, 1)).toISOString().slice(0, 10)
const money = (cents: number): string => `${Math.floor(cents / 100)}.${String(cents % 100).padStart(2, '0')}`
const NOTES = { noted: 'DATE', amount: 'DECIMAL(12,2)', team: 'VARCHAR' } as const
const SALES = { sold: 'DATE', amount: 'DECIMAL(12,2)', team: 'VARCHAR' } as const

/** Months [from, to) by hand; `running` is the month of the present. */
function expected(notes: readonly Line[], sales: readonly Line[], from: number, to: number, running: number, team: string | null, isEstimating: boolean): number | string {
  let [total, hasOwn, lacks] = [0, false, false]
  for (let month = from; month < Math.min(to, running + 1); month++) {
    const all = notes.filter((line) => line.month === month)
    const own = all.filter((line) => team === null || line.team === team)
    const sold = sales.filter((line) => line.month === month)
    if (own.length > 0) {
      hasOwn = true
      total += own.reduce((sum, { cents }) => sum + cents, 0)
    } else if (team === null && isEstimating && sold.length > 0) {
      hasOwn = true
      total += sold.reduce((sum, { cents }) => sum + cents, 0) / 5
    } else if (all.length === 0 && month < running) lacks = true
  }
  return from > running ? 'AFTER_WATERMARK' : !hasOwn || lacks ? 'COSTS_NOT_RECORDED' : total / 100
}

describe('a metric recorded every month', () => {
  it('is the sum of its months, each with its own estimate, and null while one that is over holds nothing (25 worlds of 10 questions)', { timeout: 120_000 }, async () => {
    let seed = 7
    const int = (below: number): number => {
      seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648
      return Math.floor((seed / 2_147_483_648) * below)
    }
    const lines = (count: number, rare: number): readonly Line[] =>
      Array.from({ length: count }, () => ({ month: int(rare), cents: 1 + int(100_000), team: ['a', 'b'][int(2)] ?? 'a' }))
    const seen = new Set<string>()
    for (let round = 0; round < 25; round++) {
      const running = 9
      const notes = lines(4 + int(24), 10)
      const sales = lines(3 + int(15), 10)
      const rows = (time: string, some: readonly Line[]) => some.map(({ month, cents, team }) => ({ [time]: `${dateOf(month).slice(0, 8)}0${1 + int(5)}`, amount: money(cents), team }))
      const world = await smallWorld(MODEL, { notes: { columns: NOTES, rows: rows('noted', notes) }, sales: { columns: SALES, rows: rows('sold', sales) } }, `${YEAR}-10-20T00:00:00Z`)
      try {
        const session = world.session()
        const asked = Array.from({ length: 10 }, (_, index) => {
          const from = int(11)
          return { from, to: from + 2 + int(12 - from), team: [null, 'a', 'b'][int(3)] ?? null, isEstimating: index % 2 === 0 }
        })
        const answers = await Promise.all(
          asked.map(({ from, to, team, isEstimating }) => world.ask('costs', { start: dateOf(from), end: dateOf(to), allowEstimates: isEstimating, ...(team === null ? {} : { where: is('team', team) }) }, session)),
        )
        asked.forEach((question, index) => {
          const { from, to, team, isEstimating } = question
          const [cell] = cellsOf(answers[index] ?? expect.fail('no answer'))
          const wanted = expected(notes, sales, from, to, running, team, isEstimating)
          seen.add(typeof wanted === 'number' ? 'number' : wanted)
          expect({ question, told: cell?.value ?? cell?.reason }).toEqual({ question, told: typeof wanted === 'number' ? expect.closeTo(wanted, 6) : wanted })
          expect(cell?.partial).toBe(to > running)
        })
      } finally {
        await world.close()
      }
    }
    expect([...seen].toSorted()).toEqual(['AFTER_WATERMARK', 'COSTS_NOT_RECORDED', 'number'])
  })

  it('counts without the running month while nothing is there, and says so; by quarters, groups and single months, too', async () => {
    const notes = [['2025-01-05', '10.00', 'a'], ['2025-02-05', '20.00', 'b'], ['2025-03-05', '30.00', 'a'], ['2025-05-05', '50.00', 'a']].map(([noted, amount, team]) => ({ noted: noted ?? '', amount: amount ?? '', team: team ?? '' }))
    const world = await smallWorld(MODEL, { notes: { columns: NOTES, rows: notes }, sales: { columns: SALES, rows: [{ sold: '2025-04-05', amount: '100.00', team: 'a' }] } }, '2025-06-10T00:00:00Z')
    try {
      const half = { start: '2025-01-01', end: '2025-07-01' }
      const [first, second] = cellsOf(await world.ask('costs', { ...half, grain: 'quarter' }))
      expect(first).toMatchObject({ exact: '60', partial: false, assumptions: [] })
      expect(second).toMatchObject({ value: null, reason: 'COSTS_NOT_RECORDED', remedy: 'Nothing is known of "costs" in 2025-04. Note them.', partial: true })
      const [, guessed] = cellsOf(await world.ask('costs', { ...half, grain: 'quarter', allowEstimates: true }))
      expect(guessed).toMatchObject({ value: 70, quality: 'ESTIMATED', partial: true, assumptions: ['A fifth of revenue.', 'Nothing is known yet of "costs" in 2025-06.'] })
      expect(cellsOf(await world.ask('costs', { ...half, grain: 'month' })).map(({ exact, reason }) => exact ?? reason)).toEqual(['10', '20', '30', 'COSTS_NOT_RECORDED', '50', 'COSTS_NOT_RECORDED'])
      const teams = await world.ask('costs', { start: '2025-01-01', end: '2025-04-01', by: 'team' })
      expect(teams.groups.map(({ values, cells: [cell] }) => [values[0], cell?.exact])).toEqual([['a', '40'], ['b', '20']])
      // An estimate that knows no teams leaves April of each team unknown.
      const estimated = await world.ask('costs', { start: '2025-03-01', end: '2025-06-01', by: 'team', allowEstimates: true })
      expect(estimated.groups.map(({ values, cells: [cell] }) => [values[0], cell?.reason])).toEqual([['a', 'COSTS_NOT_RECORDED']])
    } finally {
      await world.close()
    }
  })

  it('is refused for what does not add up', () => {
    const loaded = loadModel([{ name: 'm.yml', text: MODEL.replace('agg: sum\n    expr: amount\n    unit', 'agg: average\n    expr: amount\n    unit') }], { source: 'here' })
    expect(loaded).toMatchObject({ ok: false, problems: [{ message: expect.stringContaining('"costs" is no sum') as string }] })
  })
})
