import { KpiqlError } from '../base/errors.ts'

/** What authors of models write alike for every engine, where engines themselves agree on no form. By lower-case name, from the arguments' SQL. */
export type PortableFunctions = Readonly<Record<'seconds_between', (...args: readonly string[]) => string>>

const ARGUMENTS: Readonly<Record<keyof PortableFunctions, number>> = { seconds_between: 2 }
const CALL = /\b(seconds_between)\s*\(/iy

/**
 * Puts an engine's own form where a portable function is called, in arguments of other calls too. Quoted text and names are left alone.
 *
 * @throws KpiqlError `MODEL_INVALID` for a call with too few or too many arguments.
 */
export function expandPortable(sql: string, functions: PortableFunctions): string {
  let out = ''
  for (let at = 0; at < sql.length; ) {
    const quoted = QUOTED.exec(from(QUOTED, sql, at))?.[0]
    const word = quoted === undefined ? WORD.exec(from(WORD, sql, at))?.[0] : undefined
    const call = word === undefined ? null : CALL.exec(from(CALL, sql, at))
    if (call === null) {
      const text = quoted ?? word ?? sql.charAt(at)
      out += text
      at += text.length
      continue
    }
    const name = (call[1] ?? '').toLowerCase() as keyof PortableFunctions
    const { args, end } = argumentsFrom(sql, at + call[0].length)
    if (args.length !== ARGUMENTS[name]) throw new KpiqlError('MODEL_INVALID', { message: `"${name}" takes ${ARGUMENTS[name]} arguments, not ${args.length}.`, hint: `Write ${name}(from, to).` })
    out += functions[name](...args.map((arg) => `(${expandPortable(arg.trim(), functions)})`))
    at = end
  }
  return out
}

/** What is wrong with the calls of portable functions in an expression, for people; null where nothing is. */
export function faultOfPortable(sql: string): string | null {
  try {
    expandPortable(sql, { seconds_between: () => '' })
    return null
  } catch (error) {
    if (error instanceof KpiqlError) return error.message
    throw error
  }
}

const QUOTED = /'(?:[^']|'')*'|"(?:[^"]|"")*"|`[^`]*`/y
const WORD = /\w+/y

/** A sticky expression set to a place. */
function from(expression: RegExp, sql: string, at: number): string {
  expression.lastIndex = at
  return sql
}

/** The arguments after an opening parenthesis, and where the text goes on behind the closing one. */
function argumentsFrom(sql: string, start: number): { readonly args: readonly string[]; readonly end: number } {
  const args: string[] = []
  let depth = 0
  let begun = start
  for (let at = start; at < sql.length; ) {
    const quoted = QUOTED.exec(from(QUOTED, sql, at))?.[0]
    const character = quoted ?? sql.charAt(at)
    if (character === '(') depth += 1
    else if (character === ',' && depth === 0) {
      args.push(sql.slice(begun, at))
      begun = at + 1
    } else if (character === ')') {
      if (depth === 0) return { args: [...args, sql.slice(begun, at)], end: at + 1 }
      depth -= 1
    }
    at += character.length
  }
  throw new KpiqlError('MODEL_INVALID', { message: 'A parenthesis of an expression is not closed.' })
}
