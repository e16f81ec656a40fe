import { column, compare, isNull } from '../../sql/tree.ts'
import type { Expr, From } from '../../sql/tree.ts'
import { PASS_KEY } from './membership-pass.ts'
import type { RelationOf } from './membership-pass.ts'
import { holdsWithoutRows, passOf, passQuery } from './membership-query.ts'
import type { ResolvedMembership } from './membership.ts'
import type { RelationContext } from '../relation.ts'

interface Join {
  readonly alias: string
  readonly key: Expr
  readonly columns: Map<string, { readonly membership: ResolvedMembership; readonly as: string }>
}

/** Memberships of the rows of a relation: all that one pass over a table decides are columns of one join. */
export class MembershipJoins {
  readonly #context: RelationContext
  readonly #relationOf: RelationOf
  readonly #joins = new Map<string, Join>()

  constructor(context: RelationContext, relationOf: RelationOf) {
    this.#context = context
    this.#relationOf = relationOf
  }

  get isNone(): boolean {
    return this.#joins.size === 0
  }

  /** True or false; false for rows without a key. */
  test(membership: ResolvedMembership, key: Expr): Expr {
    const id = passOf(this.#context, membership)
    const join = this.#joins.get(id) ?? { alias: `members_${this.#joins.size + 1}`, key, columns: new Map() }
    this.#joins.set(id, join)
    const placed = join.columns.get(membership.dimension) ?? { membership, as: `member_${join.columns.size + 1}` }
    join.columns.set(membership.dimension, placed)
    const found = column(join.alias, placed.as)
    if (!holdsWithoutRows(membership)) return { kind: 'is_true', of: found }
    return { kind: 'and', of: [{ kind: 'not', of: isNull(key) }, { kind: 'not', of: { kind: 'is_true', of: { kind: 'not', of: found } } }] }
  }

  joinedTo(rows: From): From {
    let from = rows
    for (const { alias, key, columns } of this.#joins.values()) {
      const members = [...columns.values()]
      const query = passQuery(this.#context, this.#relationOf, members)
      const left: Expr = members[0]?.membership.of.kind === 'list' ? { kind: 'cast', of: key, to: 'text' } : key
      from = { kind: 'left_join', left: from, right: { kind: 'query', query, as: alias }, on: compare(left, '=', column(alias, PASS_KEY)) }
    }
    return from
  }
}
