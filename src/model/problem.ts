import { nearest } from '../base/nearest.ts'

/** One fault of a model, with its place. */
export interface Problem {
  /** Name of the file as it was given; empty where no file is at fault. */
  readonly file: string
  /** 1-based; 0 where no place is known. */
  readonly line: number
  readonly column: number
  /** Where in the document, for people and programs: `metrics.mrr.filter`. List items go by their name where they have one. */
  readonly path: string
  readonly message: string
  readonly hint: string | null
}

/** Writes one problem as `file:line:column message (hint)`. */
export function formatProblem(problem: Problem): string {
  const place = problem.file === '' ? '' : `${problem.file}:${problem.line}:${problem.column} `
  return `${place}${problem.message}${problem.hint === null ? '' : ` (${problem.hint})`}`
}

/** The hint for a name nobody knows: what is nearest, or else what there is. */
export function suggest(wanted: string, names: Iterable<string>): string | null {
  const known = [...names]
  const [first] = nearest(wanted, known)
  if (first !== undefined) return `Did you mean "${first}"?`
  if (known.length === 0) return null
  const shown = known.slice(0, 12).join(', ')
  return `Known here: ${shown}${known.length > 12 ? `, and ${known.length - 12} more` : ''}.`
}
