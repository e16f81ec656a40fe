import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Formula } from '../../src/model/formula.ts'
import { parseFormula } from '../../src/model/parse-formula.ts'

function compute(formula: Formula, inputs: Readonly<Record<string, number>>): number {
  switch (formula.kind) {
    case 'number':
      return Number(formula.text)
    case 'input':
      return inputs[formula.alias] ?? Number.NaN
    case 'negate':
      return -compute(formula.of, inputs)
    case 'binary': {
      const left = compute(formula.left, inputs)
      const right = compute(formula.right, inputs)
      return { '+': left + right, '-': left - right, '*': left * right, '/': left / right }[formula.op]
    }
    case 'call':
      throw new Error('No calls here.')
  }
}

const number = fc.integer({ min: 1, max: 9 }).map(String)
const { sum } = fc.letrec<{ sum: string }>((tie) => ({
  sum: fc.oneof(
    { depthSize: 'small' },
    number,
    fc.constantFrom('a', 'b'),
    fc.tuple(tie('sum'), fc.constantFrom('+', '-', '*', '/', ' - -', '*+'), tie('sum')).map((parts) => parts.join(' ')),
    tie('sum').map((inner) => `(${inner})`),
    tie('sum').map((inner) => `- (${inner})`),
  ),
}))

describe('formulas', () => {
  it('mean what JavaScript means by the same text', () => {
    fc.assert(
      fc.property(sum, (text) => {
        const parsed = parseFormula(text)
        if (!parsed.ok) throw new Error(`${text}: ${parsed.fault.message}`)
        // oxlint-disable-next-line no-new-func -- JavaScript's own arithmetic is the oracle.
        const expected = new Function('a', 'b', `return ${text}`)(3, 7) as number
        expect(compute(parsed.formula, { a: 3, b: 7 })).toBe(expected)
      }),
      { numRuns: 500 },
    )
  })

  it('list the names of their inputs once, in order, and not those of functions', () => {
    expect(parseFormula('coalesce(b, 0) + a / nullif(b, a)')).toMatchObject({ ok: true, aliases: ['b', 'a'] })
  })

  const refusals: readonly (readonly [text: string, offset: number, message: RegExp, hint: RegExp | null])[] = [
    ['a +', 3, /not the end/, null],
    ['a b', 2, /Expected an operator/, null],
    ['(a', 2, /Expected "\)"/, null],
    ['coalese(a, b)', 0, /no function "coalese"/, /coalesce/],
    ['nullif(a)', 0, /takes 2 arguments, not 1/, null],
    ['a % b', 2, /means nothing/, null],
    ["a = 'x'", 2, /means nothing/, null],
    ['round(a, b)', 0, /plain number of digits/, null],
    ['', 0, /not the end/, null],
  ]
  it.each(refusals)('refuse "%s" at the place of the fault', (text, offset, message, hint) => {
    const parsed = parseFormula(text)
    expect(parsed).toMatchObject({ ok: false, fault: { offset, message: expect.stringMatching(message) as string } })
    if (hint && !parsed.ok) expect(parsed.fault.hint).toMatch(hint)
  })
})
