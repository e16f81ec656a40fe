import type { Param, Statement } from '../contract.ts'
import { textLiteral } from './quoted.ts'

/** A statement with its values in it: what defines a view takes no parameters. */
export function spelledOut({ text, params }: Pick<Statement, 'text' | 'params'>): string {
  return text.replace(/\{p(\d+):((?:[^{}'(]|\([^()]*\))+)\}/g, (whole, number: string, type: string) => {
    const param = params[Number(number) - 1]
    return param === undefined ? whole : literal(param, type)
  })
}

function literal({ value, type }: Param, native: string): string {
  if (value === null) return 'NULL'
  const text = type === 'timestamp' ? String(value).replace('T', ' ').replace(/Z$/, '') : String(value)
  return `CAST(${textLiteral(text)}, ${textLiteral(native)})`
}
