import type { Predicate } from '../model/predicate.ts'
import { pushedForList, pushedForRead, pushedForRows } from '../plan/membership/membership-pushed.ts'
import type { PushedMembership } from '../plan/membership/membership-pushed.ts'
import type { AnyRead } from '../plan/read.ts'
import { semanticModelOf } from '../plan/relation.ts'
import type { PlanContext } from '../plan/rows.ts'
import type { Sources } from './source-set.ts'

/** The sources that decide cohorts of a read besides the one it reads, by name, sorted; mostly none. */
export function sourcesBehind(context: PlanContext, read: AnyRead): readonly string[] {
  return sourcesOf(context, pushedForRead(context, read))
}

/** The source a read is of, and those that decide its cohorts. */
export function sourcesOfRead(context: PlanContext, read: AnyRead): readonly string[] {
  return [semanticModelOf(context.model, read.measure.semanticModel).source, ...sourcesBehind(context, read)]
}

/** The source of a semantic model's rows, and those that decide their cohorts. */
export function sourcesOfRows(context: PlanContext, semanticModel: string, predicate: Predicate): readonly string[] {
  return [semanticModelOf(context.model, semanticModel).source, ...sourcesOf(context, pushedForRows(context, semanticModel, predicate))]
}

/** The sources of lists, and of the lists behind them. */
export function sourcesOf(context: PlanContext, pushed: readonly PushedMembership[]): readonly string[] {
  if (pushed.length === 0) return []
  const names = pushed.flatMap((one) => [semanticModelOf(context.model, one.home).source, ...sourcesOf(context, pushedForList(context, one))])
  return [...new Set(names)].toSorted()
}

/** The versions of sources as text for a key: empty for none. */
export function versionsOf(names: readonly string[], { states }: Pick<Sources, 'states'>): string {
  return names.map((name) => `${name}@${states.get(name)?.version ?? ''}`).join('&')
}
