import { nearest } from '../base/nearest.ts'
import type { TextFault } from './filter-language.ts'
import { FORMULA_FUNCTIONS } from './formula.ts'
import type { Formula, FormulaFunction } from './formula.ts'

export type ParsedFormula = { readonly ok: true; readonly formula: Formula; readonly aliases: readonly string[] } | { readonly ok: false; readonly fault: TextFault }

/** How many arguments a function takes. */
const ARGUMENTS = {
  sum: [1, 20],
  abs: [1, 1],
  least: [2, 20],
  greatest: [2, 20],
  coalesce: [2, 20],
  nullif: [2, 2],
  round: [1, 2],
} as const satisfies Record<FormulaFunction, readonly [least: number, most: number]>

const MAX_DEPTH = 100
const TOKEN = /\s*(?:(\d+(?:\.\d+)?|\.\d+)|([A-Za-z_][A-Za-z0-9_]*)|([-+*/(),])|(\S))/y

interface Token {
  readonly kind: 'number' | 'name' | 'sign' | 'end'
  readonly text: string
  readonly offset: number
}

class FormulaFault extends Error {
  readonly fault: TextFault

  constructor(offset: number, message: string, hint: string | null = null) {
    super(message)
    this.fault = { offset, message, hint }
  }
}

/**
 * Reads the arithmetic of a derived metric: `+ - * /`, parentheses, plain numbers, names of inputs and the FORMULA_FUNCTIONS.
 *
 * @returns The formula and the names in it, each once, in order; or the first fault. Never throws. Whether the names exist is
 *   for the caller to check.
 */
export function parseFormula(text: string): ParsedFormula {
  try {
    const parser = new FormulaParser(text)
    const formula = parser.parse()
    return { ok: true, formula, aliases: [...parser.aliases] }
  } catch (error) {
    if (error instanceof FormulaFault) return { ok: false, fault: error.fault }
    throw error
  }
}

class FormulaParser {
  readonly aliases = new Set<string>()
  readonly #tokens: readonly Token[]
  #next = 0
  #depth = 0

  constructor(text: string) {
    this.#tokens = tokenize(text)
  }

  parse(): Formula {
    const formula = this.#sum()
    const rest = this.#peek()
    if (rest.kind !== 'end') throw new FormulaFault(rest.offset, `Expected an operator or the end here, not ${show(rest)}.`)
    return formula
  }

  #sum(): Formula {
    let left = this.#product()
    for (;;) {
      const op = this.#takeOneOf('+', '-')
      if (op === null) return left
      left = { kind: 'binary', op, left, right: this.#product() }
    }
  }

  #product(): Formula {
    let left = this.#signed()
    for (;;) {
      const op = this.#takeOneOf('*', '/')
      if (op === null) return left
      left = { kind: 'binary', op, left, right: this.#signed() }
    }
  }

  #signed(): Formula {
    const start = this.#peek()
    if (++this.#depth > MAX_DEPTH) throw new FormulaFault(start.offset, 'This formula is nested too deeply.')
    const sign = this.#takeOneOf('+', '-')
    const value = sign === null ? this.#primary() : this.#signed()
    this.#depth -= 1
    return sign === '-' ? { kind: 'negate', of: value } : value
  }

  #primary(): Formula {
    const token = this.#peek()
    this.#next += 1
    if (token.kind === 'number') return { kind: 'number', text: token.text.startsWith('.') ? `0${token.text}` : token.text }
    if (token.kind === 'name') {
      if (this.#takeOneOf('(') !== null) return this.#call(token)
      this.aliases.add(token.text)
      return { kind: 'input', alias: token.text }
    }
    if (token.text === '(' && token.kind === 'sign') {
      const inner = this.#sum()
      this.#close()
      return inner
    }
    throw new FormulaFault(token.offset, `Expected a metric, a number or "(" here, not ${show(token)}.`)
  }

  #call(name: Token): Formula {
    const known = FORMULA_FUNCTIONS.find((candidate) => candidate === name.text.toLowerCase())
    if (known === undefined) {
      const [first] = nearest(name.text, FORMULA_FUNCTIONS)
      throw new FormulaFault(name.offset, `There is no function "${name.text}".`, first === undefined ? `Functions: ${FORMULA_FUNCTIONS.join(', ')}.` : `Did you mean "${first}"?`)
    }
    const args: Formula[] = []
    do args.push(this.#sum())
    while (this.#takeOneOf(',') !== null)
    this.#close()
    const [least, most] = ARGUMENTS[known]
    if (args.length < least || args.length > most) throw new FormulaFault(name.offset, `${known} takes ${least === most ? least : `${least} to ${most}`} arguments, not ${args.length}.`)
    if (known === 'round' && args[1] !== undefined && args[1].kind !== 'number') throw new FormulaFault(name.offset, 'round takes a plain number of digits.')
    return { kind: 'call', name: known, args }
  }

  #close(): void {
    const token = this.#peek()
    if (this.#takeOneOf(')') === null) throw new FormulaFault(token.offset, `Expected ")" here, not ${show(token)}.`)
  }

  #peek(): Token {
    return this.#tokens[this.#next] ?? { kind: 'end', text: '', offset: 0 }
  }

  #takeOneOf<Sign extends string>(...signs: readonly Sign[]): Sign | null {
    const token = this.#peek()
    const sign = token.kind === 'sign' ? signs.find((candidate) => candidate === token.text) : undefined
    if (sign === undefined) return null
    this.#next += 1
    return sign
  }
}

function tokenize(text: string): readonly Token[] {
  const tokens: Token[] = []
  TOKEN.lastIndex = 0
  for (let match = TOKEN.exec(text); match !== null; match = TOKEN.exec(text)) {
    const [whole, number, name, sign, other] = match
    const found = number ?? name ?? sign ?? other ?? ''
    const offset = match.index + whole.length - found.length
    if (other !== undefined) throw new FormulaFault(offset, `"${other}" means nothing in a formula.`, 'Formulas hold metrics, numbers, + - * / and parentheses.')
    tokens.push({ kind: number !== undefined ? 'number' : name !== undefined ? 'name' : 'sign', text: found, offset })
  }
  tokens.push({ kind: 'end', text: '', offset: text.length })
  return tokens
}

function show(token: Token): string {
  return token.kind === 'end' ? 'the end' : `"${token.text}"`
}
