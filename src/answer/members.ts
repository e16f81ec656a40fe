import { stableHash } from '../base/stable-hash.ts'
import { aggregate, column, isNull, select } from '../sql/tree.ts'
import type { Expr } from '../sql/tree.ts'
import type { Predicate } from '../model/predicate.ts'
import type { CompileContext } from '../plan/compile-metric.ts'
import { holdsAt } from '../plan/holds-at.ts'
import { placePredicate } from '../plan/membership-reach.ts'
import { endMoment } from '../plan/membership.ts'
import { predicateSql } from '../plan/predicate-sql.ts'
import { Relation } from '../plan/relation.ts'
import { decodeCursor, encodeCursor } from './cursor.ts'
import { directQuery, requireReachable } from './direct-query.ts'
import type { SourceAccess } from './source-access.ts'
import { primaryOf } from './size.ts'
import type { MembersAnswer, MembersAsk } from './types.ts'

/**
 * The entities of a slice just before the period's end, ordered by key, as text.
 *
 * @param resolved The ask's predicate with its cohorts resolved; the cursor belongs to what was asked.
 */
export async function membersOf(context: CompileContext, access: SourceAccess, ask: MembersAsk, resolved: Predicate): Promise<MembersAnswer> {
  const { semanticModel, keyExpr } = primaryOf(context, ask.entity)
  const predicate = placePredicate(context, semanticModel.name, resolved)
  requireReachable(context, semanticModel, predicate)
  const version = access.sources.states.get(semanticModel.source)?.version ?? ''
  const question = stableHash(['members', ask.entity, ask.predicate, ask.period.startUtcMs, ask.period.endUtcMs])
  const offset = ask.after === null ? 0 : decodeCursor(ask.after, question).offset

  const relation = new Relation(context, semanticModel.name)
  const key = relation.base(keyExpr, ask.entity)
  const conditions: Expr[] = [{ kind: 'not', of: isNull(key) }]
  if (predicate.kind !== 'all') conditions.push(predicateSql(predicate, (name) => relation.dimension(name)))
  conditions.push(...holdsAt(context, relation, semanticModel, endMoment(ask.period, context.nowUtcMs)))
  const keys = select({ columns: [{ expr: key, as: 'id' }], from: relation.from(), where: { kind: 'and', of: conditions }, groupBy: [key] })
  const listed = { kind: 'query', query: keys, as: 'members' } as const
  const id = column('members', 'id')
  const [page, count] = await Promise.all([
    directQuery(
      access,
      semanticModel,
      select({ columns: [{ expr: { kind: 'cast', of: id, to: 'text' }, as: 'id' }], from: listed, orderBy: [{ expr: id, direction: 'ASC' }], limit: ask.first + 1, offset }),
      ['text'],
    ),
    directQuery(access, semanticModel, select({ columns: [{ expr: aggregate({ name: 'count' }, null), as: 'members' }], from: listed }), ['integer']),
  ])
  const ids = (page.columns[0] ?? []).map(String)
  const shown = ids.slice(0, ask.first)
  return {
    ids: shown,
    totalCount: Number(count.columns[0]?.[0] ?? 0),
    hasNextPage: ids.length > ask.first,
    endCursor: shown.length === 0 ? null : encodeCursor({ version, question, offset: offset + shown.length }),
  }
}
