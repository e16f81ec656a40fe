import { stableHash } from '../base/stable-hash.ts'
import { aggregate, column, compare, integer, isNull, select } from '../sql/tree.ts'
import type { Expr } from '../sql/tree.ts'
import type { CompileContext } from '../plan/compile-metric.ts'
import { predicateSql } from '../plan/predicate-sql.ts'
import { Relation } from '../plan/relation.ts'
import { intervalOf } from '../plan/rows.ts'
import { momentFor, startsBefore } from '../plan/time-column.ts'
import { decodeCursor, encodeCursor } from './cursor.ts'
import { directQuery, requireReachable } from './direct-query.ts'
import type { SourceAccess } from './source-access.ts'
import { primaryOf } from './size.ts'
import type { MembersAnswer, MembersAsk } from './types.ts'

/** The entities of a slice just before the period's end, ordered by key, as text. */
export async function membersOf(context: CompileContext, access: SourceAccess, ask: MembersAsk): Promise<MembersAnswer> {
  const { semanticModel, keyExpr } = primaryOf(context, ask.entity)
  requireReachable(context, semanticModel, ask.predicate)
  const version = access.sources.states.get(semanticModel.source)?.version ?? ''
  const question = stableHash(['members', ask.entity, ask.predicate, ask.period.startUtcMs, ask.period.endUtcMs])
  const offset = ask.after === null ? 0 : decodeCursor(ask.after, question).offset

  const relation = new Relation(context, semanticModel.name)
  const key = relation.base(keyExpr, ask.entity)
  const conditions: Expr[] = [{ kind: 'not', of: isNull(key) }]
  if (ask.predicate.kind !== 'all') conditions.push(predicateSql(ask.predicate, (name) => relation.dimension(name)))
  const { validity } = semanticModel
  if (validity !== null) {
    const { start, end } = intervalOf(context, relation, { kind: 'stock', ...validity, asOf: 'period_end' })
    const open = ask.period.endUtcMs > context.nowUtcMs
    const utcMs = open ? context.nowUtcMs : ask.period.endUtcMs
    const localMs = open ? ask.period.endLocalMs - (ask.period.endUtcMs - context.nowUtcMs) : ask.period.endLocalMs
    conditions.push(startsBefore(start, utcMs, localMs))
    if (end) {
      const edge = momentFor(end, utcMs, localMs)
      const until: Expr = validity.endInclusive && end.kind === 'date' ? { kind: 'add_seconds', of: edge, seconds: integer(-86_400) } : edge
      conditions.push({ kind: 'or', of: [isNull(end.expr), compare(end.expr, '>=', until)] })
    }
  }
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
