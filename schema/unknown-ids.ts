import { resolvePeriod } from '../src/base/period.ts'
import type { UnknownIds } from '../src/store/saved-cohorts.ts'
import type { KpiqlContext } from './context.ts'

/** Ids a question: each becomes a bound value. */
const IDS_A_QUESTION = 10_000

/** Looks in the table in which the entity is primary, as it stands now. */
export function unknownIds(context: KpiqlContext): UnknownIds {
  return async (entity, ids) => {
    const session = context.session('REVALIDATE')
    const period = resolvePeriod({ preset: 'today' }, { nowUtcMs: session.nowUtcMs, zone: 'UTC', calendar: context.calendar })
    const unknown: string[] = []
    for (let from = 0; from < ids.length; from += IDS_A_QUESTION) {
      const asked = ids.slice(from, from + IDS_A_QUESTION)
      const predicate = { kind: 'member', of: { kind: 'list', entity, version: '', ids: asked.toSorted() } } as const
      const found = new Set((await session.members({ entity, predicate, period, first: asked.length, after: null })).ids)
      unknown.push(...asked.filter((id) => !found.has(id)))
    }
    return unknown
  }
}
