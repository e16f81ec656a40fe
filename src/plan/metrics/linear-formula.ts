import type { Formula } from '../../model/formula.ts'
import { Decimal } from '../amount.ts'

type Factor = InstanceType<typeof Decimal>

/**
 * How often each input counts in a formula that only adds, subtracts, and multiplies by plain numbers: `(a - b) * 12` is 12 a and −12 b.
 *
 * @returns By alias; null for any other formula, since its value is no sum of what its inputs add to it.
 */
export function linearInputs(formula: Formula): ReadonlyMap<string, Factor> | null {
  const parts = linear(formula)
  return parts === null || !parts.constant.isZero() ? null : parts.inputs
}

interface Linear {
  readonly constant: Factor
  readonly inputs: ReadonlyMap<string, Factor>
}

function linear(formula: Formula): Linear | null {
  switch (formula.kind) {
    case 'number':
      return { constant: new Decimal(formula.text), inputs: new Map() }
    case 'input':
      // How many base periods there are belongs to no input.
      return formula.alias === 'periods' ? null : { constant: new Decimal(0), inputs: new Map([[formula.alias, new Decimal(1)]]) }
    case 'negate':
      return times(linear(formula.of), new Decimal(-1))
    case 'call':
      return formula.name === 'sum' ? formula.args.map(linear).reduce((a, b) => plus(a, b)) : null
    case 'binary': {
      const [left, right] = [linear(formula.left), linear(formula.right)]
      if (formula.op === '+') return plus(left, right)
      if (formula.op === '-') return plus(left, times(right, new Decimal(-1)))
      if (formula.op === '/' || left === null || right === null) return null
      if (left.inputs.size === 0) return times(right, left.constant)
      return right.inputs.size === 0 ? times(left, right.constant) : null
    }
  }
}

function plus(a: Linear | null, b: Linear | null): Linear | null {
  if (a === null || b === null) return null
  const inputs = new Map(a.inputs)
  for (const [alias, factor] of b.inputs) inputs.set(alias, (inputs.get(alias) ?? new Decimal(0)).plus(factor))
  return { constant: a.constant.plus(b.constant), inputs }
}

function times(a: Linear | null, by: Factor): Linear | null {
  if (a === null) return null
  return { constant: a.constant.times(by), inputs: new Map([...a.inputs].map(([alias, factor]) => [alias, factor.times(by)])) }
}
