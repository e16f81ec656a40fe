import type { CompileContext } from '../plan/compile-metric.ts'
import type { Answered, PlannedQuestion, Question } from './question.ts'
import type { Sources } from './source-set.ts'
import { sourcesOfRead } from './sources-behind.ts'

/** Questions of one tick, planned with what was known of the sources. */
export interface Planned {
  readonly sources: Sources
  readonly context: CompileContext
  /** In the order of the questions; what one throws rejects it alone. */
  readonly planned: readonly (PlannedQuestion<Answered> | Error)[]
}

export function planQuestions(questions: readonly Question<Answered>[], context: CompileContext, sources: Sources): Planned {
  return { sources, context, planned: questions.map((question) => planOf(question, context)) }
}

/** Whether a plan made without the sources that have not answered yet may be another with them. */
export function needsPending({ sources: { pending }, context, planned }: Planned): boolean {
  return pending.size > 0 && planned.some((one) => one instanceof Error || one.reads.some((read) => sourcesOfRead(context, read).some((name) => pending.has(name))))
}

function planOf(question: Question<Answered>, context: CompileContext): PlannedQuestion<Answered> | Error {
  try {
    return question.plan(context)
  } catch (error) {
    if (error instanceof Error) return error
    throw error
  }
}
