import type { CompileContext } from '../plan/metrics/compile-metric.ts'
import type { Answered, PlannedQuestion, Question } from './question.ts'
import type { Sources } from './source-set.ts'
import { sourcesOfRead } from './sources-behind.ts'

/** Questions of one tick, planned with what was known of the sources. */
export interface Planned {
  readonly sources: Sources
  readonly context: CompileContext
  /** In the order of the questions. */
  readonly planned: readonly PlanOf[]
}

export interface PlanOf {
  readonly question: Question<Answered>
  /** What planning throws rejects the question alone. */
  readonly plan: PlannedQuestion<Answered> | Error
  /** Sources that had not answered when the plan asked about them. */
  readonly asked: ReadonlySet<string>
}

export function planQuestions(questions: readonly Question<Answered>[], context: CompileContext, sources: Sources): Planned {
  const planned = questions.map((question): PlanOf => {
    const { made: plan, asked } = sources.watched(() => planOf(question, context))
    return { question, plan, asked }
  })
  return { sources, context, planned }
}

/** The sources that have not answered yet and with which a plan made without them may be another; none for a plan that stands. */
export function pendingFor({ plan, asked }: PlanOf, { sources: { pending }, context }: Planned): readonly string[] {
  if (pending.size === 0) return []
  if (plan instanceof Error) return [...pending].toSorted()
  return [...new Set([...asked, ...plan.reads.flatMap((read) => sourcesOfRead(context, read))])].filter((name) => pending.has(name)).toSorted()
}

function planOf(question: Question<Answered>, context: CompileContext): PlannedQuestion<Answered> | Error {
  try {
    return question.plan(context)
  } catch (error) {
    if (error instanceof Error) return error
    throw error
  }
}
