import type { Grain } from '../base/grain.ts'
import { ALL, and, NONE, not, or } from './predicate.ts'
import type { Bound, Predicate, Scalar, Test } from './predicate.ts'
import { parseDateLiteral, parseInstantLiteral } from './time-literal.ts'
import type { DimensionKind } from './types.ts'

/**
 * Conditions as authors write them: SQL's, over dimensions instead of columns. What comes out is two-valued and keeps the rows
 * that SQL would keep: every expression is translated twice, into "it is true" and "it is false", and where a null makes it
 * neither, both are false.
 */

/** What a name in a condition stands for. */
export interface NamedDimension {
  readonly publicName: string
  readonly kind: DimensionKind
  readonly granularity: Grain | null
  readonly timezone: string | null
}

/** Looks a name up; the text is what is wrong with the name. */
export type DimensionLookup = (name: string) => NamedDimension | { readonly message: string; readonly hint: string | null }

/** A fault in a text, `offset` characters from its start. */
export interface TextFault {
  readonly offset: number
  readonly message: string
  readonly hint: string | null
}

export type ParsedCondition = { readonly ok: true; readonly predicate: Predicate } | { readonly ok: false; readonly fault: TextFault }

/** @returns The rows for which the condition is true in SQL's sense, or the first fault. Never throws. */
export function parseCondition(text: string, lookup: DimensionLookup): ParsedCondition {
  try {
    return { ok: true, predicate: new ConditionParser(text, lookup).parse() }
  } catch (error) {
    if (error instanceof Fault) return { ok: false, fault: { offset: error.offset, message: error.message, hint: error.hint } }
    throw error
  }
}

class Fault extends Error {
  readonly offset: number
  readonly hint: string | null

  constructor(offset: number, message: string, hint: string | null = null) {
    super(message)
    this.offset = offset
    this.hint = hint
  }
}

/** When an expression is true, and when it is false; for a null it may be neither. */
interface Truth {
  readonly whenTrue: Predicate
  readonly whenFalse: Predicate
}

interface Token {
  readonly kind: 'name' | 'quotedName' | 'text' | 'number' | 'sign' | 'end'
  readonly text: string
  readonly offset: number
}

const MAX_DEPTH = 100
const COMPARISONS = new Set(['=', '==', '<>', '!=', '<', '<=', '>', '>='])
const MIRRORED: Readonly<Record<string, string>> = { '<': '>', '<=': '>=', '>': '<', '>=': '<=' }
const NO_FUNCTIONS = 'Conditions compare dimensions with values. Define a dimension with that expression in its `expr`, and test it here.'

class ConditionParser {
  readonly #lookup: DimensionLookup
  readonly #tokens: readonly Token[]
  #next = 0
  #depth = 0

  constructor(text: string, lookup: DimensionLookup) {
    this.#lookup = lookup
    this.#tokens = tokenize(text)
  }

  parse(): Predicate {
    const truth = this.#or()
    const rest = this.#peek()
    if (rest.kind !== 'end') throw new Fault(rest.offset, `Expected AND, OR or the end here, not ${show(rest)}.`)
    return truth.whenTrue
  }

  #or(): Truth {
    const parts = [this.#and()]
    while (this.#take('OR')) parts.push(this.#and())
    return { whenTrue: or(parts.map((part) => part.whenTrue)), whenFalse: and(parts.map((part) => part.whenFalse)) }
  }

  #and(): Truth {
    const parts = [this.#not()]
    while (this.#take('AND')) parts.push(this.#not())
    return { whenTrue: and(parts.map((part) => part.whenTrue)), whenFalse: or(parts.map((part) => part.whenFalse)) }
  }

  #not(): Truth {
    const token = this.#peek()
    if (!this.#take('NOT')) return this.#primary()
    if (++this.#depth > MAX_DEPTH) throw new Fault(token.offset, 'This condition is nested too deeply.')
    const { whenTrue, whenFalse } = this.#not()
    this.#depth -= 1
    return { whenTrue: whenFalse, whenFalse: whenTrue }
  }

  #primary(): Truth {
    const token = this.#peek()
    if (token.kind === 'sign' && token.text === '(') {
      if (++this.#depth > MAX_DEPTH) throw new Fault(token.offset, 'This condition is nested too deeply.')
      this.#next += 1
      const truth = this.#or()
      this.#expect(')')
      this.#depth -= 1
      return truth
    }
    if (this.#startsLiteral()) return this.#literalFirst()
    if (token.kind !== 'name' && token.kind !== 'quotedName') throw new Fault(token.offset, `Expected a dimension here, not ${show(token)}.`)
    const dimension = this.#dimension()
    return this.#test(dimension, token)
  }

  #literalFirst(): Truth {
    const start = this.#peek()
    const isTruthValue = start.kind === 'name' && ['TRUE', 'FALSE'].includes(start.text.toUpperCase())
    const literal = this.#rawLiteral()
    const operator = this.#peek()
    if (operator.kind !== 'sign' || !COMPARISONS.has(operator.text)) {
      if (!isTruthValue) throw new Fault(operator.offset, `Expected a comparison here, not ${show(operator)}.`)
      return start.text.toUpperCase() === 'TRUE' ? { whenTrue: ALL, whenFalse: NONE } : { whenTrue: NONE, whenFalse: ALL }
    }
    this.#next += 1
    const name = this.#peek()
    if ((name.kind !== 'name' && name.kind !== 'quotedName') || this.#startsLiteral()) throw new Fault(name.offset, `Expected a dimension here, not ${show(name)}.`)
    const dimension = this.#dimension()
    return compare(dimension, MIRRORED[operator.text] ?? operator.text, this.#typed(literal, dimension), operator)
  }

  #test(dimension: NamedDimension, name: Token): Truth {
    const token = this.#peek()
    if (token.kind === 'sign' && COMPARISONS.has(token.text)) {
      this.#next += 1
      return compare(dimension, token.text, this.#value(dimension), token)
    }
    if (this.#take('IS')) return this.#is(dimension)
    const negated = this.#take('NOT')
    const positive = this.#negatable(dimension)
    if (positive) return negated ? { whenTrue: positive.whenFalse, whenFalse: positive.whenTrue } : positive
    if (negated) throw new Fault(this.#peek().offset, `Expected IN, BETWEEN or LIKE after NOT, not ${show(this.#peek())}.`)
    if (dimension.kind === 'boolean') return booleanTruth(dimension)
    if (token.kind === 'sign' && /^[-+*/%|]/.test(token.text)) throw new Fault(token.offset, 'A condition has no arithmetic.', NO_FUNCTIONS)
    throw new Fault(name.offset, `"${name.text}" is ${article(dimension.kind)} dimension and stands alone here; only a boolean one may.`, `Compare it with a value, like ${name.text} = …`)
  }

  #negatable(dimension: NamedDimension): Truth | null {
    if (this.#take('IN')) return this.#in(dimension)
    if (this.#take('BETWEEN')) {
      const from = this.#value(dimension)
      const and = this.#peek()
      if (!this.#take('AND')) throw new Fault(and.offset, `Expected AND between the two bounds, not ${show(and)}.`)
      return between(dimension, from, this.#value(dimension))
    }
    if (this.#take('LIKE')) return this.#like(dimension, false)
    if (this.#take('ILIKE')) return this.#like(dimension, true)
    return null
  }

  #is(dimension: NamedDimension): Truth {
    const negated = this.#take('NOT')
    const token = this.#peek()
    const truth = this.#isWhat(dimension, token)
    return negated ? { whenTrue: truth.whenFalse, whenFalse: truth.whenTrue } : truth
  }

  #isWhat(dimension: NamedDimension, token: Token): Truth {
    if (this.#take('NULL')) {
      const isNull = atom(dimension, { op: 'isNull' })
      return { whenTrue: isNull, whenFalse: not(isNull) }
    }
    const wanted = this.#take('TRUE') ? true : this.#take('FALSE') ? false : null
    if (wanted === null) throw new Fault(token.offset, `Expected NULL, TRUE or FALSE after IS, not ${show(token)}.`)
    if (dimension.kind !== 'boolean') throw new Fault(token.offset, `Only a boolean dimension is TRUE or FALSE; this is ${article(dimension.kind)} one.`)
    // IS never yields null: a null is simply not true.
    const is = atom(dimension, { op: 'in', values: [wanted], caseInsensitive: false })
    return { whenTrue: is, whenFalse: not(is) }
  }

  #in(dimension: NamedDimension): Truth {
    this.#expect('(')
    const values: Scalar[] = []
    let hasNull = false
    do {
      const token = this.#peek()
      if (this.#take('NULL')) hasNull = true
      else if (token.kind === 'name' && token.text.toUpperCase() === 'SELECT') throw new Fault(token.offset, 'A condition has no subqueries.', 'Use a cohort, or a semantic model with `sql`.')
      else values.push(this.#value(dimension))
    } while (this.#takeSign(','))
    this.#expect(')')
    const isIn = values.length === 0 ? NONE : atom(dimension, { op: 'in', values, caseInsensitive: false })
    // "not in (…, NULL)" is never true: the null might have been the value.
    return { whenTrue: isIn, whenFalse: hasNull ? NONE : and([not(isIn), known(dimension)]) }
  }

  #like(dimension: NamedDimension, caseInsensitive: boolean): Truth {
    const token = this.#peek()
    if (dimension.kind !== 'text') throw new Fault(token.offset, `LIKE needs a text dimension; this is ${article(dimension.kind)} one.`)
    if (token.kind !== 'text') throw new Fault(token.offset, `Expected a quoted pattern here, not ${show(token)}.`)
    this.#next += 1
    if (this.#peek().kind === 'name' && this.#peek().text.toUpperCase() === 'ESCAPE') throw new Fault(this.#peek().offset, 'ESCAPE is not part of conditions.')
    const inner = token.text.replace(/^%+/, '').replace(/%+$/, '')
    if (/[%_\\]/.test(inner)) {
      throw new Fault(token.offset, `The pattern '${token.text}' is more than a start, an end or a part.`, "Patterns: 'start%', '%end', '%part%', or a whole text. For more, define a boolean dimension with that expression.")
    }
    if (inner === '' && token.text !== '') return { whenTrue: known(dimension), whenFalse: NONE }
    const opens = token.text.startsWith('%')
    const closes = token.text.endsWith('%')
    const test: Test =
      opens && closes
        ? { op: 'contains', text: inner, caseInsensitive }
        : opens
          ? { op: 'endsWith', text: inner, caseInsensitive }
          : closes
            ? { op: 'startsWith', text: inner, caseInsensitive }
            : { op: 'in', values: [inner], caseInsensitive }
    return truthOf(dimension, test)
  }

  #value(dimension: NamedDimension): Scalar {
    const token = this.#peek()
    if (!this.#startsLiteral()) {
      if (token.kind === 'name' && token.text.toUpperCase() === 'NULL') throw new Fault(token.offset, 'A comparison with NULL is never true.', 'Write IS NULL or IS NOT NULL.')
      if (token.kind === 'name' && /^(CURRENT_(DATE|TIMESTAMP)|NOW|TODAY)$/i.test(token.text)) {
        throw new Fault(token.offset, 'A condition of the model does not depend on the day it is asked.', 'Ask for the period in the query, or define a dimension with that expression.')
      }
      if (token.kind === 'name' || token.kind === 'quotedName') {
        throw new Fault(token.offset, `Expected a value here, not the name ${show(token)}.`, 'Texts stand in single quotes. To compare two columns, define a boolean dimension with that expression.')
      }
      throw new Fault(token.offset, `Expected a value here, not ${show(token)}.`)
    }
    return this.#typed(this.#rawLiteral(), dimension)
  }

  #startsLiteral(): boolean {
    const token = this.#peek()
    if (token.kind === 'text' || token.kind === 'number') return true
    if (token.kind === 'sign') return (token.text === '-' || token.text === '+') && this.#tokens[this.#next + 1]?.kind === 'number'
    if (token.kind !== 'name') return false
    const word = token.text.toUpperCase()
    return word === 'TRUE' || word === 'FALSE' || ((word === 'DATE' || word === 'TIMESTAMP' || word === 'TIMESTAMPTZ') && this.#tokens[this.#next + 1]?.kind === 'text')
  }

  #rawLiteral(): { readonly form: 'text' | 'number' | 'boolean' | 'time'; readonly text: string; readonly offset: number } {
    const token = this.#peek()
    this.#next += 1
    if (token.kind === 'text') return { form: 'text', text: token.text, offset: token.offset }
    if (token.kind === 'number') return { form: 'number', text: token.text, offset: token.offset }
    const following = this.#peek()
    if (token.kind === 'sign') {
      this.#next += 1
      return { form: 'number', text: token.text === '-' ? `-${following.text}` : following.text, offset: token.offset }
    }
    if (following.kind === 'text' && !/^(TRUE|FALSE)$/i.test(token.text)) {
      this.#next += 1
      return { form: 'time', text: following.text, offset: following.offset }
    }
    return { form: 'boolean', text: token.text.toLowerCase(), offset: token.offset }
  }

  #typed(literal: { readonly form: 'text' | 'number' | 'boolean' | 'time'; readonly text: string; readonly offset: number }, dimension: NamedDimension): Scalar {
    const { form, text, offset } = literal
    const mismatch = (hint: string): Fault => new Fault(offset, `This ${form === 'time' ? 'date' : form} cannot be compared with ${article(dimension.kind)} dimension.`, hint)
    switch (dimension.kind) {
      case 'text':
        if (form !== 'text') throw mismatch("Put texts in single quotes: '…'.")
        return text
      case 'boolean':
        if (form !== 'boolean') throw mismatch('Write TRUE or FALSE.')
        return text === 'true'
      case 'integer':
      case 'decimal':
      case 'float':
        if (form !== 'number') throw mismatch('Write a number without quotes.')
        return typedNumber(text, dimension.kind, offset)
      case 'date': {
        if (form !== 'text' && form !== 'time') throw mismatch("Write a date like '2024-01-31'.")
        const date = parseDateLiteral(text)
        if (date === null) throw new Fault(offset, `"${text}" is not a date.`, "Write a date like '2024-01-31'.")
        return date
      }
      case 'timestamp': {
        if (form !== 'text' && form !== 'time') throw mismatch("Write a time like '2024-01-31' or '2024-01-31T18:00:00Z'.")
        const instant = parseInstantLiteral(text)
        if (instant === null) throw new Fault(offset, `"${text}" is not a time.`, "Write a time like '2024-01-31' or '2024-01-31T18:00:00Z'.")
        if (!instant.hasOffset && dimension.timezone !== null && dimension.timezone !== 'UTC') {
          throw new Fault(offset, `"${text}" says no offset, and the times of this dimension are those of ${dimension.timezone}.`, "Write the offset from UTC, like '2024-01-31T00:00:00+01:00'.")
        }
        return instant.utc
      }
    }
  }

  #dimension(): NamedDimension {
    const token = this.#peek()
    this.#next += 1
    const following = this.#peek()
    if (token.kind === 'name' && following.kind === 'sign' && following.text === '(') throw new Fault(token.offset, `"${token.text}(…)" is a function, and conditions have none.`, NO_FUNCTIONS)
    if (following.kind === 'sign' && following.text === '.') throw new Fault(token.offset, 'Dimensions are named without their table.', 'Write entity__dimension where the name alone is not clear.')
    const found = this.#lookup(token.text)
    if ('message' in found) throw new Fault(token.offset, found.message, found.hint)
    return found
  }

  #peek(): Token {
    return this.#tokens[this.#next] ?? { kind: 'end', text: '', offset: 0 }
  }

  #take(word: string): boolean {
    const token = this.#peek()
    if (token.kind !== 'name' || token.text.toUpperCase() !== word) return false
    this.#next += 1
    return true
  }

  #takeSign(sign: string): boolean {
    const token = this.#peek()
    if (token.kind !== 'sign' || token.text !== sign) return false
    this.#next += 1
    return true
  }

  #expect(sign: string): void {
    const token = this.#peek()
    if (!this.#takeSign(sign)) throw new Fault(token.offset, `Expected "${sign}" here, not ${show(token)}.`)
  }
}

function atom(dimension: NamedDimension, test: Test): Predicate {
  return { kind: 'atom', dimension: dimension.publicName, test }
}

function known(dimension: NamedDimension): Predicate {
  return not(atom(dimension, { op: 'isNull' }))
}

function truthOf(dimension: NamedDimension, test: Test): Truth {
  const whenTrue = atom(dimension, test)
  return { whenTrue, whenFalse: and([not(whenTrue), known(dimension)]) }
}

function booleanTruth(dimension: NamedDimension): Truth {
  const is = (value: boolean): Predicate => atom(dimension, { op: 'in', values: [value], caseInsensitive: false })
  return { whenTrue: is(true), whenFalse: is(false) }
}

function range(dimension: NamedDimension, from: Bound | null, to: Bound | null): Predicate {
  return atom(dimension, { op: 'range', from, to })
}

function between(dimension: NamedDimension, from: Scalar, to: Scalar): Truth {
  return {
    whenTrue: range(dimension, { value: from, inclusive: true }, { value: to, inclusive: true }),
    whenFalse: or([range(dimension, null, { value: from, inclusive: false }), range(dimension, { value: to, inclusive: false }, null)]),
  }
}

function compare(dimension: NamedDimension, operator: string, value: Scalar, place: Token): Truth {
  if (operator === '=' || operator === '==') return truthOf(dimension, { op: 'in', values: [value], caseInsensitive: false })
  if (operator === '<>' || operator === '!=') {
    const { whenTrue, whenFalse } = truthOf(dimension, { op: 'in', values: [value], caseInsensitive: false })
    return { whenTrue: whenFalse, whenFalse: whenTrue }
  }
  if (dimension.kind === 'boolean') throw new Fault(place.offset, 'TRUE and FALSE have no order.', 'Compare with = or <>.')
  const below = (inclusive: boolean): Predicate => range(dimension, null, { value, inclusive })
  const above = (inclusive: boolean): Predicate => range(dimension, { value, inclusive }, null)
  switch (operator) {
    case '<':
      return { whenTrue: below(false), whenFalse: above(true) }
    case '<=':
      return { whenTrue: below(true), whenFalse: above(false) }
    case '>':
      return { whenTrue: above(false), whenFalse: below(true) }
    default:
      return { whenTrue: above(true), whenFalse: below(false) }
  }
}

function typedNumber(text: string, kind: 'integer' | 'decimal' | 'float', offset: number): number | bigint {
  const number = Number(text)
  if (!Number.isFinite(number)) throw new Fault(offset, `${text} is too large.`)
  if (kind === 'integer') {
    if (!/^-?\d+$/.test(text)) throw new Fault(offset, `${text} is not a whole number, and this dimension holds whole numbers.`)
    return Number.isSafeInteger(number) ? number : BigInt(text)
  }
  // A double keeps 15 digits; more would silently compare with another number.
  if (text.replace(/[eE].*$/, '').replace(/[^0-9]/g, '').replace(/^0+/, '').length > 15) throw new Fault(offset, `${text} has more than 15 digits.`)
  return number
}

function article(kind: DimensionKind): string {
  return kind === 'integer' ? 'an integer' : `a ${kind}`
}

function show(token: Token): string {
  if (token.kind === 'end') return 'the end'
  return token.kind === 'text' ? `'${token.text}'` : `"${token.text}"`
}

const TOKEN = /(?<space>\s+)|(?<number>\d+(?:\.\d*)?(?:[eE][+-]?\d+)?|\.\d+)|(?<name>[A-Za-z_][A-Za-z0-9_]*)|(?<sign><>|!=|<=|>=|==|::|\|\||[=<>(),.;+\-*/%])/y
const TEMPLATE = /\{\{\s*([A-Za-z]+)\s*\(\s*(['"])([^'"]*)\2\s*(?:,\s*(['"])([^'"]*)\4\s*)?\)\s*\}\}/y

function tokenize(text: string): readonly Token[] {
  const tokens: Token[] = []
  let offset = 0
  while (offset < text.length) {
    const first = text[offset]
    if (first === "'" || first === '"') {
      const { value, end } = quoted(text, offset, first)
      tokens.push({ kind: first === "'" ? 'text' : 'quotedName', text: value, offset })
      offset = end
      continue
    }
    if (text.startsWith('--', offset) || text.startsWith('/*', offset)) throw new Fault(offset, 'Comments are not part of conditions.', 'Write them behind # in the YAML.')
    if (first === '{') {
      const template = templateAt(text, offset)
      tokens.push(template.token)
      offset = template.end
      continue
    }
    TOKEN.lastIndex = offset
    const match = TOKEN.exec(text)
    const groups = match?.groups
    if (!match || !groups) throw new Fault(offset, `"${first}" means nothing in a condition.`)
    if (groups['number'] !== undefined) tokens.push({ kind: 'number', text: groups['number'], offset })
    else if (groups['name'] !== undefined) tokens.push({ kind: 'name', text: groups['name'], offset })
    else if (groups['sign'] !== undefined) tokens.push({ kind: 'sign', text: groups['sign'], offset })
    offset = TOKEN.lastIndex
  }
  tokens.push({ kind: 'end', text: '', offset: text.length })
  return tokens
}

function quoted(text: string, start: number, quote: string): { readonly value: string; readonly end: number } {
  let value = ''
  for (let index = start + 1; index < text.length; index++) {
    if (text[index] !== quote) value += text[index]
    else if (text[index + 1] === quote) {
      value += quote
      index += 1
    } else return { value, end: index + 1 }
  }
  throw new Fault(start, `This ${quote} is not closed.`)
}

/** MetricFlow's `{{ Dimension('customer__country') }}` is the name `customer__country`. */
function templateAt(text: string, offset: number): { readonly token: Token; readonly end: number } {
  TEMPLATE.lastIndex = offset
  const match = TEMPLATE.exec(text)
  if (!match) throw new Fault(offset, 'Only {{ Dimension(\'entity__name\') }} and {{ TimeDimension(\'entity__name\') }} are understood.', 'Or write the name of the dimension alone.')
  const [, call = '', , name = '', , grain] = match
  if (call !== 'Dimension' && call !== 'TimeDimension') throw new Fault(offset, `{{ ${call}(…) }} is not supported in conditions.`, 'Write a dimension of the entity instead.')
  if (grain !== undefined && grain.toLowerCase() !== 'day') throw new Fault(offset, `A condition tests a time dimension itself, not its ${grain}.`, 'Compare with the first day, like month >= \'2024-01-01\'.')
  return { token: { kind: 'quotedName', text: name, offset }, end: TEMPLATE.lastIndex }
}
