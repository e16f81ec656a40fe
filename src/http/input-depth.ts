import type { FastifyRequest } from 'fastify'

/** Deeper than anyone writes by hand or builds from a form; the parsers behind call themselves for each level. */
export const MAX_INPUT_DEPTH = 200

/** Whether a request's query text or variables nest deeper than the parsers behind may be trusted with. Neither is parsed here. */
export function nestsTooDeep(request: FastifyRequest): boolean {
  const { query, variables } = (request.method === 'GET' ? request.query : request.body ?? {}) as Readonly<Record<string, unknown>>
  if (typeof query === 'string' && textDepth(query) > MAX_INPUT_DEPTH) return true
  return typeof variables === 'string' ? textDepth(variables) > MAX_INPUT_DEPTH : valueDepth(variables) > MAX_INPUT_DEPTH
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

/** Levels of a parsed value, without calling itself. */
function valueDepth(value: unknown): number {
  let level: readonly unknown[] = [value]
  let depth = 0
  while (depth <= MAX_INPUT_DEPTH) {
    level = level.flatMap((one) => (typeof one === 'object' && one !== null ? Object.values(one) : []))
    if (level.length === 0) return depth
    depth += 1
  }
  return depth
}
