import type { Formula } from './formula.ts'

/** 1 for a sum of inputs times numbers, 0 for a plain number, null for anything else. */
export function degreeOf(formula: Formula): 0 | 1 | null {
  switch (formula.kind) {
    case 'number':
      return 0
    case 'input':
      // How many base periods there are is no total of rows.
      return formula.alias === 'periods' ? null : 1
    case 'negate':
      return degreeOf(formula.of)
    case 'binary': {
      const [left, right] = [degreeOf(formula.left), degreeOf(formula.right)]
      if (left === null || right === null) return null
      if (formula.op === '/') return right === 0 ? left : null
      if (formula.op === '*') return left + right > 1 ? null : left + right === 1 ? 1 : 0
      return left === right ? left : null
    }
    case 'call':
      return formula.name === 'sum' && formula.args.every((arg) => degreeOf(arg) === 1) ? 1 : null
  }
}
