import { faultOfPortable } from '../sql/portable.ts'

/**
 * Expressions are the author's own SQL. They are placed in parentheses, so they must be one expression that cannot leave them.
 *
 * @returns What is wrong, for people; null where nothing is.
 */
export function faultOfExpression(text: string): string | null {
  // Engines differ on whether a backslash escapes a quote, so an expression only has to be whole under one of the two.
  const faults = [false, true].map((backslashEscapes) => scan(text, backslashEscapes))
  if (faults.includes(null)) return faultOfAggregate(text) ?? faultOfPortable(text)
  return faults[0] ?? null
}

/** The column an expression consists of; null where it is more than a column. */
export function plainColumn(expr: string): string | null {
  const match = /^\s*(?:([A-Za-z_][A-Za-z0-9_$]*)|"((?:[^"]|"")+)"|`([^`]+)`)\s*$/.exec(expr)
  if (!match) return null
  const [, bare, quoted, ticked] = match
  if (bare !== undefined && /^(true|false|null|current_date|current_timestamp)$/i.test(bare)) return null
  return bare ?? quoted?.replaceAll('""', '"') ?? ticked ?? null
}

function scan(text: string, backslashEscapes: boolean): string | null {
  const open: string[] = []
  for (let index = 0; index < text.length; index++) {
    const character = text[index] ?? ''
    if (character === "'" || character === '"' || character === '`') {
      const end = endOfQuote(text, index, character, backslashEscapes)
      if (end === null) return `The ${character} is not closed.`
      index = end
    } else if (text.startsWith('--', index) || text.startsWith('/*', index)) return 'An expression holds no comments; write them behind # in the YAML.'
    else if (character === ';') return 'An expression is one expression, without ";".'
    else if (character === '(' || character === '[') open.push(character === '(' ? ')' : ']')
    else if ((character === ')' || character === ']') && open.pop() !== character) return `A "${character}" closes what was not opened.`
  }
  const missing = open.at(-1)
  return missing === undefined ? null : `A "${missing}" is missing.`
}

function endOfQuote(text: string, start: number, quote: string, backslashEscapes: boolean): number | null {
  for (let index = start + 1; index < text.length; index++) {
    if (backslashEscapes && quote === "'" && text[index] === '\\') index += 1
    else if (text[index] === quote) {
      if (text[index + 1] !== quote) return index
      index += 1
    }
  }
  return null
}

function faultOfAggregate(text: string): string | null {
  const code = text.replace(/'(?:[^']|'')*'/g, "''")
  const match = /\b(sum|count|avg)\s*\(/i.exec(code)
  if (!match || /\b(select|over)\b/i.test(code)) return null
  return `"${match[1]}(…)" adds rows up, and that is what \`agg\` does.`
}
