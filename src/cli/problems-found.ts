import { formatProblem } from '../model/problem.ts'
import type { Problem } from '../model/problem.ts'

/** Faults of configuration, model or data that keep a command from going on; all of them at once. */
export class ProblemsFound extends Error {
  readonly problems: readonly Problem[]

  constructor(problems: readonly Problem[]) {
    super(problems.map(formatProblem).join('\n'))
    this.name = 'ProblemsFound'
    this.problems = problems
  }
}

/** A problem of something that is no file: a flag, a variable, a source. */
export function problemOf(path: string, message: string, hint: string | null = null): Problem {
  return { file: '', line: 0, column: 0, path, message, hint }
}
