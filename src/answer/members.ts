import { stableHash } from '../base/stable-hash.ts'
import { aggregate, column, isNull, select } from '../sql/tree.ts'
import type { Expr } from '../sql/tree.ts'
import type { CompileContext } from '../plan/metrics/compile-metric.ts'
import { KpiqlError } from '../base/errors.ts'
import { and, dimensionsOf, not } from '../model/predicate.ts'
import type { Predicate } from '../model/predicate.ts'
import { holdsAt } from '../plan/membership/holds-at.ts'
import { pushedForRows } from '../plan/membership/membership-pushed.ts'
import { placePredicate } from '../plan/membership/membership-reach.ts'
import { predicateSql } from '../plan/predicate-sql.ts'
import { Relation } from '../plan/relation.ts'
import { modelsTelling, notWhole } from '../plan/metrics/require-whole.ts'
import { decodeCursor, encodeCursor } from './cursor.ts'
import { directQuery, requireReachable } from './direct-query.ts'
import { memberMoment } from './member-moments.ts'
import { resolveCohorts } from './resolve-cohorts.ts'
import type { SourceAccess } from './source-access.ts'
import { sourcesOf, sourcesOfRows, versionsOf } from './sources-behind.ts'
import { primaryOf } from './size.ts'
import type { MembersAnswer, MembersAsk } from './types.ts'

/**
 * The entities of a slice as at the moment asked, ordered by key, as text. The cursor belongs to what was asked, so that it stays
 * good while the present moves on.
 */
export async function membersOf(context: CompileContext, access: SourceAccess, ask: MembersAsk): Promise<MembersAnswer> {
  const { semanticModel, keyExpr, asOf, moment, predicate } = placed(context, ask)
  const { attribute = null } = ask
  const reached = attribute === null ? predicate : and([predicate, present(attribute)])
  requireReachable(context, semanticModel, reached)
  const open = notWhole(context, [semanticModel.name, ...modelsTelling(context, semanticModel.name, dimensionsOf(reached))])
  if (open) throw new KpiqlError('DATA_INCOMPLETE', { message: `Who belongs to the slice is not known yet: ${open.remedy.split('. ')[0] ?? ''}.`, hint: 'Wait until { syncStatus { streams { name state done } } } shows the stream as whole.' })
  const pushed = pushedForRows(context, semanticModel.name, predicate)
  await access.lists.require(pushed, { ...access, context })
  const behind = versionsOf(sourcesOf(context, pushed), access.sources)
  const version = `${access.sources.states.get(semanticModel.source)?.version ?? ''}${behind === '' ? '' : `&${behind}`}`
  const question = stableHash(['members', ask.entity, ask.predicate, ask.period.startUtcMs, ask.period.endUtcMs, asOf, ...(attribute === null ? [] : [attribute])])
  const cursor = ask.after === null ? null : decodeCursor(ask.after, question)
  const offset = cursor?.offset ?? 0

  const relation = new Relation(context, semanticModel.name)
  const key = relation.base(keyExpr, ask.entity)
  const conditions: Expr[] = [{ kind: 'not', of: isNull(key) }]
  if (predicate.kind !== 'all') conditions.push(predicateSql(predicate, (name) => relation.dimension(name)))
  conditions.push(...holdsAt(context, relation, semanticModel, moment))
  const told = attribute === null ? [] : [{ expr: aggregate({ name: 'min' }, { kind: 'cast', of: relation.dimension(attribute).expr, to: 'text' }), as: 'attribute' }]
  const keys = select({ columns: [{ expr: key, as: 'id' }, ...told], from: relation.from(), where: { kind: 'and', of: conditions }, groupBy: [key] })
  const listed = { kind: 'query', query: keys, as: 'members' } as const
  const id = column('members', 'id')
  const [page, count] = await Promise.all([
    directQuery(
      access,
      semanticModel,
      select({ columns: [{ expr: { kind: 'cast', of: id, to: 'text' }, as: 'id' }, ...told.map(({ as }) => ({ expr: column('members', as), as }))], from: listed, orderBy: [{ expr: id, direction: 'ASC' }], limit: ask.first + 1, offset }),
      ['text', ...told.map(() => 'text' as const)],
    ),
    directQuery(access, semanticModel, select({ columns: [{ expr: aggregate({ name: 'count' }, null), as: 'members' }], from: listed }), ['integer']),
  ])
  const ids = (page.columns[0] ?? []).map(String)
  const shown = ids.slice(0, ask.first)
  return {
    ids: shown,
    attributes: (page.columns[1] ?? []).slice(0, ask.first).map((value) => (value === null ? null : String(value))),
    totalCount: Number(count.columns[0]?.[0] ?? 0),
    hasNextPage: ids.length > ask.first,
    endCursor: shown.length === 0 ? null : encodeCursor({ version, question, offset: offset + shown.length }),
    cursorOutdated: cursor !== null && cursor.version !== version,
  }
}

/** What `membersOf` reads. @throws as it does for what cannot be asked. */
export function sourcesOfMembers(context: CompileContext, ask: MembersAsk): readonly string[] {
  const { semanticModel, predicate } = placed(context, ask)
  return sourcesOfRows(context, semanticModel.name, predicate)
}

/** Holds of whoever has it; only what it reaches matters. */
function present(dimension: string): Predicate {
  return not({ kind: 'atom', dimension, test: { op: 'isNull' } })
}

function placed(context: CompileContext, ask: MembersAsk) {
  const { semanticModel, keyExpr } = primaryOf(context, ask.entity)
  const asOf = ask.cohortsAsOf ?? 'period_end'
  const moment = memberMoment(context, ask.period, asOf)
  return { semanticModel, keyExpr, asOf, moment, predicate: placePredicate(context, semanticModel.name, resolveCohorts(context, ask.predicate, moment)) }
}
