import { describe, expect, it } from 'vitest'
import { parseFormula } from '../../src/model/parse-formula.ts'
import { UNKNOWN_CURRENCY, UNSTATED_CURRENCY, amountOfText, none } from '../../src/plan/amount.ts'
import type { Amount } from '../../src/plan/amount.ts'
import { evaluateFormula, optionalInputs } from '../../src/plan/metrics/evaluate-formula.ts'
import { REASONS, isWantOfData } from '../../src/plan/reason.ts'

const money = (text: string, currency: string | null): Amount => ({ ...amountOfText(text), currency })
const INPUTS = new Map<string, Amount>([
  ['eur', money('10', 'EUR')],
  ['more_eur', money('4', 'EUR')],
  ['usd', money('7', 'USD')],
  ['unknown', money('5', UNKNOWN_CURRENCY)],
  ['unstated', money('6', UNSTATED_CURRENCY)],
  ['n', amountOfText('2')],
  ['guess', { ...money('3', 'EUR'), exact: false, estimated: true, assumptions: ['Guessed.'] }],
  ['rated', { ...money('1', 'EUR'), assumptions: ['1 GBP = 1.2 EUR (2025-01-01)', 'Guessed.'] }],
  ...REASONS.map((reason) => [reason.toLowerCase(), none(reason)] as const),
])

function formulaOf(text: string) {
  const parsed = parseFormula(text)
  if (!parsed.ok) throw new Error(parsed.fault.message)
  return parsed.formula
}
const told = (text: string): unknown => {
  const { value, reason, currency } = evaluateFormula(formulaOf(text), INPUTS)
  return value === null ? reason : [value.toNumber(), currency]
}

describe('money in formulas', () => {
  it.each([
    ['eur + more_eur', [14, 'EUR']],
    ['eur - more_eur', [6, 'EUR']],
    ['eur * n', [20, 'EUR']],
    ['n * eur', [20, 'EUR']],
    ['eur / n', [5, 'EUR']],
    ['-eur', [-10, 'EUR']],
    ['eur + 0', [10, 'EUR']],
    ['eur / more_eur', [2.5, null]],
    ['n / eur', [0.2, null]],
    ['eur * more_eur', [40, null]],
    ['eur / more_eur * usd', [17.5, 'USD']],
    ['least(eur, more_eur)', [4, 'EUR']],
    ['greatest(eur, 20)', [20, 'EUR']],
    ['abs(more_eur - eur)', [6, 'EUR']],
    ['round(eur / 3, 2)', [3.33, 'EUR']],
    ['sum(eur, no_rows, more_eur)', [14, 'EUR']],
    ['coalesce(no_rows, usd)', [7, 'USD']],
    ['nullif(eur, 0)', [10, 'EUR']],
    ['unstated + unstated', [12, UNSTATED_CURRENCY]],
    ['unstated / unstated', [1, null]],
    ['unstated * n', [12, UNSTATED_CURRENCY]],
    ['unstated - unknown', [1, UNKNOWN_CURRENCY]],
    ['unknown + unstated', [11, UNKNOWN_CURRENCY]],
    ['greatest(unstated, unknown)', [6, UNKNOWN_CURRENCY]],
  ])('%s', (text, expected) => {
    expect(told(text)).toEqual(expected)
  })

  it.each(['eur + usd', 'eur - usd', 'eur * usd', 'eur / usd', 'eur + unknown', 'sum(eur, usd)', 'sum(eur, no_rows, unknown)', 'least(eur, usd)', 'greatest(usd, eur)', 'eur * n - usd', 'eur + unstated', 'unstated / usd', 'sum(unstated, unknown, eur)', 'least(unstated, eur)'])('%s has no value', (text) => {
    expect(told(text)).toBe('MIXED_CURRENCIES')
  })

  it('inherit what their inputs take for granted, each once', () => {
    for (const text of ['rated + guess', 'rated - guess', 'guess / rated', 'sum(rated, no_rows, guess)', 'least(guess, rated)', 'rated * n + guess']) {
      const { estimated, assumptions } = evaluateFormula(formulaOf(text), INPUTS)
      expect([estimated, assumptions.toSorted()], text).toEqual([true, ['1 GBP = 1.2 EUR (2025-01-01)', 'Guessed.']])
    }
    expect(evaluateFormula(formulaOf('coalesce(eur, guess)'), INPUTS)).toMatchObject({ estimated: false, assumptions: [] })
  })
})

describe('what is not there', () => {
  it.each(REASONS.map((reason) => [reason] as const))('for %s is passed over only where nothing was there to tell', (reason) => {
    const known = isWantOfData(reason)
    expect(told(`sum(eur, ${reason.toLowerCase()})`)).toEqual(known ? [10, 'EUR'] : reason)
    expect(told(`coalesce(${reason.toLowerCase()}, eur)`)).toEqual(known || reason === 'DIVISION_BY_ZERO' || reason === 'WINDOW_NOT_COVERED' ? [10, 'EUR'] : reason)
    expect(told(`coalesce(eur, ${reason.toLowerCase()})`)).toEqual([10, 'EUR'])
    expect(told(`eur + ${reason.toLowerCase()}`)).toBe(reason)
    expect(told(`sum(${reason.toLowerCase()}, no_rows)`)).toBe(reason)
  })

  it('may be missing where it stands in sum or coalesce only', () => {
    expect([...optionalInputs(formulaOf('sum(a, b) - coalesce(c, 0) + d * sum(d, b)'))]).toEqual(['a', 'b', 'c'])
    expect([...optionalInputs(formulaOf('abs(sum(a - b))'))]).toEqual(['a', 'b'])
  })
})
