import { plainNumber } from '../base/scalar.ts'
import { Decimal, amountOfText, none } from '../plan/amount.ts'
import type { Amount } from '../plan/amount.ts'
import type { Calculator, CalculatorInput } from './calculator.ts'
import { checkRules } from './check-rules.ts'
import type { Given } from './given.ts'
import { impossible } from './impossible.ts'

/** A number, or its digits as text where a double would lose some. */
export type InputNumber = number | string
/** As clients give them. Null is left out. */
export type CalculationInput = Readonly<Record<string, InputNumber | readonly InputNumber[] | null | undefined>>

const MOST_NUMBERS = 10_000
const LARGEST = new Decimal('1e30')
const SMALLEST = new Decimal('1e-30')
const PLAIN = /^[+-]?\d+(\.\d+)?$/

/**
 * Checks what a client gives to a calculator.
 *
 * @param currency ISO 4217 of all money, or null.
 * @throws KpiqlError `CALCULATION_INVALID` for the first number that cannot be; `data.field` names it.
 */
export function readInputs(calculator: Calculator, input: CalculationInput, currency: string | null): Given {
  if (currency !== null && !/^[A-Z]{3}$/.test(currency)) throw impossible('currency', `"${currency.slice(0, 10)}" is no code of a currency.`, 'Write its three letters of ISO 4217, like USD.')
  const given: Given = new Map(calculator.inputs.map((asked) => [asked.name, readInput(asked, input[asked.name] ?? asked.byDefault, currency)]))
  checkRules(calculator, given)
  return given
}

function readInput(asked: CalculatorInput, value: InputNumber | readonly InputNumber[] | null, currency: string | null): Amount | readonly Amount[] {
  if (value === null) {
    if (asked.optional) return none('NO_ROWS')
    throw impossible(asked.name, 'It is missing.', asked.description)
  }
  const values: readonly InputNumber[] = typeof value === 'object' ? value : [value]
  if (!asked.list && typeof value === 'object') throw impossible(asked.name, 'It is one number, not a list.', asked.description)
  if (values.length === 0) throw impossible(asked.name, 'It is empty: of nothing there is no result.', 'Give at least one number.')
  if (values.length > MOST_NUMBERS) throw impossible(asked.name, `It has ${values.length} numbers, more than ${MOST_NUMBERS}.`, 'Give a sample, or connect a source.')
  const amounts = values.map((one) => readNumber(asked, one, currency))
  const [first = none('NO_ROWS')] = amounts
  return asked.list ? amounts : first
}

function readNumber({ name, kind, moreThanZero }: CalculatorInput, value: InputNumber, currency: string | null): Amount {
  if (typeof value === 'number' && !Number.isFinite(value)) throw impossible(name, 'It is no finite number.', 'Write a number.')
  if (typeof value === 'number' && Number.isInteger(value) && !Number.isSafeInteger(value) && Math.abs(value) < 1e30) throw impossible(name, 'It has more digits than a number of JSON holds.', 'Write its digits as text: "9007199254740993".')
  const text = plainNumber(value)
  if (!PLAIN.test(text)) throw impossible(name, `"${text.slice(0, 40)}" is no number.`, 'Write a number, or its digits as text.')
  const amount = amountOfText(text)
  const decimal = amount.value ?? new Decimal(0)
  if (decimal.abs().greaterThanOrEqualTo(LARGEST)) throw impossible(name, 'It is too large.', 'Numbers have at most 30 digits before the point.')
  if (!decimal.isZero() && decimal.abs().lessThan(SMALLEST)) throw impossible(name, 'It is too small.', 'Numbers have at most 30 digits behind the point, or are zero.')
  if (decimal.isNegative() && !decimal.isZero()) throw impossible(name, `It is ${decimal.toFixed()}, and cannot be negative.`, NEGATIVE_HINTS[kind])
  if (moreThanZero && decimal.isZero()) throw impossible(name, 'It is zero, and the result is a share of it: there would be none.', 'Give more than zero.')
  if (kind === 'count' && !decimal.isInteger()) throw impossible(name, `It is ${decimal.toFixed()}, and counts whole things.`, 'Give a whole number.')
  if (kind === 'percent' && decimal.greaterThan(100)) throw impossible(name, `It is ${decimal.toFixed()}, and a percentage is from 0 to 100.`, 'Write 80 for 80 %.')
  return kind === 'money' ? { ...amount, currency } : amount
}

const NEGATIVE_HINTS = {
  money: 'Give amounts without a sign; the calculator knows what to take away.',
  count: 'Give a count.',
  number: 'Give zero or more.',
  percent: 'A percentage is from 0 to 100.',
  seconds: 'Give a length of time.',
} as const satisfies Record<CalculatorInput['kind'], string>
