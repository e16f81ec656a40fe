import { beforeAll, describe, expect, it } from 'vitest'
import { KpiqlError } from '../../src/base/errors.ts'
import { calculate } from '../../src/calculate/calculate.ts'
import type { Calculation } from '../../src/calculate/calculate.ts'
import { CALCULATORS } from '../../src/calculate/calculators.ts'
import type { CalculationInput, InputNumber } from '../../src/calculate/read-inputs.ts'
import { standardMetrics } from '../../src/calculate/standard-metrics.ts'
import type { Metric } from '../../src/model/types.ts'

const CASES = 300
/** Numbers that people, programs and hostile clients send. */
const NUMBERS: readonly (InputNumber | null)[] = [0, 1, 2, 3, 5, 7, 10, 50, 99, 100, 101, 1000, 0.5, 99.9, -1, -0, '0', '12.30', '-3', '1e5', 'NaN', '', ' 4', '١٢', '99999999999999999999999999999', '0.000000000000000000000000000001', 1e21, 5e-324, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53, null]

let metrics: ReadonlyMap<string, Metric>
beforeAll(async () => {
  metrics = await standardMetrics()
})

/** Park and Miller's generator: the same numbers in every run. */
function dice(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (state * 48_271) % 2_147_483_647
    return state % below
  }
}

function answerOf(name: string, input: CalculationInput): Calculation | KpiqlError {
  const calculator = CALCULATORS.find((one) => one.name === name)
  if (!calculator) throw new Error(`There is no calculator ${name}.`)
  try {
    return calculate(metrics, calculator, input)
  } catch (error) {
    if (error instanceof KpiqlError) return error
    throw error
  }
}

describe('whatever is typed in', () => {
  it.each(CALCULATORS.map(({ name, inputs }) => ({ name, inputs })))('$name answers a finite number or names an input at fault', ({ name, inputs }) => {
    const roll = dice(name.length + 17)
    let answers = 0
    for (let round = 0; round < CASES; round++) {
      // Half of the rounds draw from sound numbers alone, so that there are answers to look at.
      const draw = (): InputNumber | null => NUMBERS[roll(round % 2 === 0 ? 11 : NUMBERS.length)] ?? null
      const input = Object.fromEntries(inputs.map(({ name: field, list, optional }) => [field, optional && roll(2) === 0 ? null : list ? Array.from({ length: roll(4) }, () => draw() ?? 1) : draw()]))
      const answer = answerOf(name, input)
      if (answer instanceof KpiqlError) {
        expect([answer.code, inputs.map((one) => one.name)]).toEqual(['CALCULATION_INVALID', expect.arrayContaining([answer.data?.['field']])])
        continue
      }
      answers += 1
      expect(Number.isFinite(answer.value), JSON.stringify(input)).toBe(true)
      if (answer.exact !== null) expect(Number(answer.exact)).toBe(answer.value)
    }
    expect(answers).toBeGreaterThan(0)
  })

  it('retention and churn of the same customers add up to 100, and a score lies from −100 to 100', () => {
    const roll = dice(4)
    for (let round = 0; round < CASES; round++) {
      const customersAtStart = 1 + roll(5000)
      const input = { customersAtStart, customersLost: roll(customersAtStart + 1) }
      const [kept, lost] = [answerOf('retentionRate', input), answerOf('churnRate', input)]
      if (kept instanceof KpiqlError || lost instanceof KpiqlError) throw new Error('A sound input was refused.')
      expect(kept.value + lost.value).toBeCloseTo(100, 9)
      expect(lost.value).toBeCloseTo((100 * input.customersLost) / customersAtStart, 9)

      const [promoters, detractors, passives] = [roll(50), roll(50), 1 + roll(50)]
      const score = answerOf('nps', { promoters, detractors, passives })
      if (score instanceof KpiqlError) throw score
      expect(score.value).toBeCloseTo((100 * (promoters - detractors)) / (promoters + detractors + passives), 9)
      expect(answerOf('nps', { promoters, detractors, totalResponses: promoters + detractors + passives })).toMatchObject({ value: score.value })
    }
  })
})
