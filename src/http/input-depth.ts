import type { FastifyRequest } from 'fastify'
import type { RefusalCode } from './refusal.ts'

/** Deeper than anyone writes by hand or builds from a form; the parsers behind call themselves for each level. */
const MAX_INPUT_DEPTH = 200

/** In the variables of one request; uploads are one value however long they are. */
const MAX_INPUT_VALUES = 200_000

/** What a request's query text or variables may not be trusted with to the parsers behind; null where nothing is. Neither is parsed here. */
export function refusedInput(request: FastifyRequest): { readonly code: RefusalCode; readonly message: string; readonly hint: string } | null {
  const { query, variables } = (request.method === 'GET' ? request.query : request.body ?? {}) as Readonly<Record<string, unknown>>
  const { depth, values } = typeof variables === 'string' ? { depth: textDepth(variables), values: 1 } : sizeOf(variables)
  if (depth > MAX_INPUT_DEPTH || (typeof query === 'string' && textDepth(query) > MAX_INPUT_DEPTH)) {
    return { code: 'QUERY_TOO_DEEP', message: `The query or its variables nest deeper than ${MAX_INPUT_DEPTH} levels.`, hint: 'Write the filter flatter: `and` and `or` take lists.' }
  }
  if (values > MAX_INPUT_VALUES) return { code: 'QUERY_TOO_LARGE', message: `The variables hold more than ${MAX_INPUT_VALUES} values.`, hint: 'Upload long lists of ids with uploadCohort, and filter by the cohort.' }
  return null
}

/** Deepest nesting of brackets of any kind outside strings and comments; block strings end at the next three quotes. */
export function textDepth(text: string): number {
  let depth = 0
  let deepest = 0
  for (let at = 0; at < text.length; at++) {
    const char = text[at]
    if (char === '"') at = endOfString(text, at)
    else if (char === '#') at = endOf(text.indexOf('\n', at), text)
    else if (char === '{' || char === '[' || char === '(') deepest = Math.max(deepest, ++depth)
    else if (char === '}' || char === ']' || char === ')') depth -= 1
  }
  return deepest
}

function endOfString(text: string, at: number): number {
  if (text.startsWith('"""', at)) return endOf(text.indexOf('"""', at + 3), text) + 2
  for (let next = at + 1; next < text.length; next++) {
    if (text[next] === '\\') next += 1
    else if (text[next] === '"' || text[next] === '\n') return next
  }
  return text.length
}

function endOf(found: number, text: string): number {
  return found === -1 ? text.length : found
}

/** Levels and values of what was parsed, without calling itself; stops where either is too large. */
function sizeOf(value: unknown): { readonly depth: number; readonly values: number } {
  let level: readonly unknown[] = [value]
  let depth = 0
  let values = 1
  while (depth <= MAX_INPUT_DEPTH) {
    const next: unknown[] = []
    for (const one of level) {
      if (typeof one !== 'object' || one === null) continue
      const inner: readonly unknown[] = Array.isArray(one) ? one : Object.values(one)
      values += inner.length
      if (values > MAX_INPUT_VALUES) return { depth, values }
      for (const part of inner) next.push(part)
    }
    if (next.length === 0) return { depth, values }
    level = next
    depth += 1
  }
  return { depth, values }
}
