import { compare, integer, isNull } from '../../sql/tree.ts'
import type { Expr } from '../../sql/tree.ts'
import type { SemanticModel } from '../../model/types.ts'
import type { Moment } from './membership.ts'
import type { Relation, RelationContext } from '../relation.ts'
import { momentFor, startsBefore, timeColumn } from '../time-column.ts'

/** Conditions, of which all must hold, that keep the rows valid just before a moment; none where rows hold always. */
export function holdsAt({ facts }: RelationContext, relation: Relation, { validity }: SemanticModel, { utcMs, localMs }: Moment): readonly Expr[] {
  if (validity === null) return []
  const start = timeColumn(relation.dimension(validity.start), facts)
  const begun = startsBefore(start, utcMs, localMs)
  if (validity.end === null) return [begun]
  const end = timeColumn(relation.dimension(validity.end), facts)
  const edge = momentFor(end, utcMs, localMs)
  const until: Expr = validity.endInclusive && end.kind === 'date' ? { kind: 'add_seconds', of: edge, seconds: integer(-86_400) } : edge
  return [begun, { kind: 'or', of: [isNull(end.expr), compare(end.expr, '>=', until)] }]
}
