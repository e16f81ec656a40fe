import { KpiqlError } from '../../base/errors.ts'
import type { Formula } from '../../model/formula.ts'
import { Decimal, ZERO, amountOfText, combine, currenciesOf, divide, heritageOf, mixedCurrencies, none } from '../amount.ts'
import type { Amount } from '../amount.ts'
import { isWantOfData } from '../reason.ts'
import type { Reason } from '../reason.ts'

/**
 * A formula over the amounts of its inputs. Null where any part is null, but for `sum` and `coalesce`, which pass over what is
 * not there; neither passes over a number that is there and cannot be told (several currencies, no rate, beyond the watermark).
 */
export function evaluateFormula(formula: Formula, inputs: ReadonlyMap<string, Amount>): Amount {
  switch (formula.kind) {
    case 'number':
      return amountOfText(formula.text)
    case 'input': {
      const found = inputs.get(formula.alias)
      if (found === undefined) throw new KpiqlError('PLAN_BROKEN', { message: `The formula names "${formula.alias}", which is no input.` })
      return found
    }
    case 'negate':
      return combine(ZERO, evaluateFormula(formula.of, inputs), '-')
    case 'binary': {
      const left = evaluateFormula(formula.left, inputs)
      const right = evaluateFormula(formula.right, inputs)
      return formula.op === '/' ? divide(left, right) : combine(left, right, formula.op)
    }
    case 'call':
      return call(formula.name, formula.args.map((arg) => evaluateFormula(arg, inputs)))
  }
}

/**
 * Inputs that a formula can do without: those that stand in `sum` or `coalesce` wherever they occur.
 */
export function optionalInputs(formula: Formula): ReadonlySet<string> {
  const inside = new Set<string>()
  const outside = new Set<string>()
  const walk = (part: Formula, optional: boolean): void => {
    switch (part.kind) {
      case 'number':
        return
      case 'input':
        ;(optional ? inside : outside).add(part.alias)
        return
      case 'negate':
        return walk(part.of, optional)
      case 'binary':
        walk(part.left, optional)
        walk(part.right, optional)
        return
      case 'call':
        part.args.forEach((arg) => walk(arg, optional || part.name === 'sum' || part.name === 'coalesce'))
    }
  }
  walk(formula, false)
  return new Set([...inside].filter((alias) => !outside.has(alias)))
}

function call(name: (Formula & { kind: 'call' })['name'], args: readonly Amount[]): Amount {
  const [first = none('NO_ROWS'), second] = args
  if (name === 'coalesce') return firstKnown(args, first)
  if (name === 'sum') return sumOfKnown(args, first)
  if (name === 'nullif') {
    if (first.value === null || second === undefined || second.value === null) return first
    return first.value.eq(second.value) ? none('NO_ROWS') : { ...first, ...heritageOf(args) }
  }
  const missing = args.find(({ value }) => value === null)
  if (missing) return missing
  switch (name) {
    case 'abs':
      return first.value === null ? first : { ...first, value: first.value.abs() }
    case 'round':
      return first.value === null ? first : { ...first, value: first.value.toDecimalPlaces(second?.value?.toNumber() ?? 0, Decimal.ROUND_HALF_UP) }
    case 'least':
      return extreme(args, -1)
    case 'greatest':
      return extreme(args, 1)
  }
}

/** The extreme follows from all, so it inherits from all; amounts of different currencies have none. */
function extreme(args: readonly Amount[], side: 1 | -1): Amount {
  const currencies = currenciesOf(args)
  if (currencies.length > 1) return mixedCurrencies(currencies)
  const found = args.reduce((best, arg) => (arg.value !== null && best.value !== null && arg.value.comparedTo(best.value) === side ? arg : best))
  return { ...found, ...heritageOf(args), currency: currencies[0] ?? null }
}

/** A value that is there and cannot be told: passing over it would tell a wrong one. */
function untold(args: readonly Amount[], passable: ReadonlySet<Reason>): Amount | undefined {
  return args.find(({ value, reason }) => value === null && reason !== null && !isWantOfData(reason) && !passable.has(reason))
}

const NOTHING_MORE: ReadonlySet<Reason> = new Set()
const NO_QUOTIENT: ReadonlySet<Reason> = new Set<Reason>(['DIVISION_BY_ZERO', 'WINDOW_NOT_COVERED'])

function firstKnown(args: readonly Amount[], first: Amount): Amount {
  const index = args.findIndex(({ value }) => value !== null)
  const before = index < 0 ? args : args.slice(0, index)
  return untold(before, NO_QUOTIENT) ?? args[index] ?? first
}

function sumOfKnown(args: readonly Amount[], first: Amount): Amount {
  const known = args.filter(({ value }) => value !== null)
  return untold(args, NOTHING_MORE) ?? (known.length === 0 ? first : known.reduce((sum, arg) => combine(sum, arg, '+')))
}
