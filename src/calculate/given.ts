import { KpiqlError } from '../base/errors.ts'
import type { Formula } from '../model/formula.ts'
import { parseFormula } from '../model/parse-formula.ts'
import { none } from '../plan/amount.ts'
import type { Amount } from '../plan/amount.ts'
import { evaluateFormula } from '../plan/metrics/evaluate-formula.ts'

/** Inputs by name; one left out is an amount without a value. A list is kept as it is. */
export type Given = ReadonlyMap<string, Amount | readonly Amount[]>

export function isList(given: Amount | readonly Amount[]): given is readonly Amount[] {
  return Array.isArray(given)
}

/** One number of what is given; none for what is not, and for lists. */
export function numberGiven(given: Given, name: string): Amount {
  const found = given.get(name)
  return found === undefined || isList(found) ? none('NO_ROWS') : found
}

const formulas = new Map<string, Formula>()

/** The arithmetic of the calculators' table. @throws KpiqlError `PLAN_BROKEN` where it does not parse. */
function formulaOf(text: string): Formula {
  const known = formulas.get(text)
  if (known !== undefined) return known
  const parsed = parseFormula(text)
  if (!parsed.ok) throw new KpiqlError('PLAN_BROKEN', { message: `A calculator's formula "${text}" has a fault: ${parsed.fault.message}` })
  formulas.set(text, parsed.formula)
  return parsed.formula
}

/** Arithmetic over what is given; none where a part of it is not given. */
export function worth(text: string, given: Given): Amount {
  return evaluateFormula(formulaOf(text), new Map([...given.keys()].map((name) => [name, numberGiven(given, name)])))
}
