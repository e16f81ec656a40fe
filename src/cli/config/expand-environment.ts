import type { ModelSource, Path } from '../../model/model-source.ts'
import type { Problem } from '../../model/problem.ts'

export interface Expanded {
  readonly data: unknown
  readonly problems: readonly Problem[]
  /** Paths, as JSON, of values that are one variable and nothing else: text that may stand for a number or a flag. */
  readonly wholes: ReadonlySet<string>
}

const REFERENCE = /\$\$\{|\$\{([^}]*)\}/g
const WHOLE = /^\$\{[^}]*\}$/

/**
 * Puts the values of environment variables in the place of `${NAME}` in every text of the file; `${NAME:-other}` gives `other`
 * where the variable is missing or empty, `$${` is a plain `${`. Keys are left alone, and what a variable holds is never expanded again.
 */
export function expandEnvironment(source: ModelSource, env: Readonly<Record<string, string | undefined>>): Expanded {
  const problems: Problem[] = []
  const wholes = new Set<string>()

  const expandText = (text: string, path: Path): string => {
    if (WHOLE.test(text)) wholes.add(JSON.stringify(path))
    return text.replace(REFERENCE, (found, inside: string | undefined) => {
      if (inside === undefined) return '${'
      const [, name, fallback] = /^([A-Za-z_]\w*)(?::-(.*))?$/s.exec(inside) ?? []
      if (name === undefined) {
        problems.push(source.problem(path, `"${found}" names no environment variable.`, 'Write ${NAME}, or $${ for a plain ${.'))
        return ''
      }
      const value = env[name]
      if (value !== undefined && (value !== '' || fallback === undefined)) return value
      if (fallback !== undefined) return fallback
      problems.push(source.problem(path, `The environment variable ${name} is not set.`, `Set it, or write \${${name}:-default}.`))
      return ''
    })
  }
  const expand = (value: unknown, path: Path): unknown => {
    if (typeof value === 'string') return expandText(value, path)
    if (Array.isArray(value)) return value.map((item, index) => expand(item, [...path, index]))
    if (typeof value !== 'object' || value === null) return value
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, expand(item, [...path, key])]))
  }
  return { data: expand(source.data, []), problems, wholes }
}
