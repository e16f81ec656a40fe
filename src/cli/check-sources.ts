import { KpiqlError } from '../base/errors.ts'
import { checkAgainstTables } from '../model/check-against-tables.ts'
import type { Problem } from '../model/problem.ts'
import type { Gateway } from './open-gateway.ts'
import { problemOf } from './problems-found.ts'

export interface SourceCheck {
  readonly problems: readonly Problem[]
  /** Rows in quarantine by source, where there are any. */
  readonly quarantined: ReadonlyMap<string, number>
}

/** Opens every source, and compares the model with the tables found. A source that fails is a problem, not an exception. */
export async function checkSources({ model, sources }: Gateway): Promise<SourceCheck> {
  const problems: Problem[] = []
  const quarantined = new Map<string, number>()
  await Promise.all(
    [...sources].map(async ([name, { source }]) => {
      try {
        problems.push(...checkAgainstTables(model, name, await source.discover()))
        const { total } = await source.quarantine()
        if (total > 0) quarantined.set(name, total)
      } catch (error) {
        if (!(error instanceof KpiqlError)) throw error
        problems.push(...problemsOf(name, error))
      }
    }),
  )
  return { problems, quarantined }
}

/** What a source lists one by one, each naming its table or file, is told so; anything else as one. */
function problemsOf(name: string, error: KpiqlError): readonly Problem[] {
  const inside = error.data?.['problems']
  const told = Array.isArray(inside) ? inside.filter(isTold) : []
  if (told.length === 0) return [problemOf(`sources.${name}`, error.message.startsWith(`Source "${name}"`) ? error.message : `Source "${name}": ${error.message}`, error.hint ?? null)]
  return told.map(({ message, hint, file }) => ({ ...problemOf(`sources.${name}`, message, hint ?? null), ...(typeof file === 'string' ? { file, line: 1, column: 1 } : {}) }))
}

function isTold(value: unknown): value is { readonly message: string; readonly hint?: string | null; readonly file?: unknown } {
  return typeof value === 'object' && value !== null && 'message' in value && typeof value.message === 'string'
}
