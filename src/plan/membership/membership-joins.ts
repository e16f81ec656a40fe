import { column, compare, integer, isNull, select } from '../../sql/tree.ts'
import type { Expr, From, OutputColumn, Query } from '../../sql/tree.ts'
import { carried } from '../carried.ts'
import { PASS_KEY } from './membership-pass.ts'
import type { RelationOf } from './membership-pass.ts'
import { holdsWithoutRows, passOf, passQuery } from './membership-query.ts'
import type { ResolvedMembership } from './membership.ts'
import type { RelationContext } from '../relation.ts'

interface Join {
  readonly alias: string
  readonly key: Expr
  readonly columns: Map<string, { readonly membership: ResolvedMembership; readonly as: string }>
  /** Columns made of those: bits of several memberships each. */
  readonly words: OutputColumn[]
}

/** Memberships as bits of an integer. */
export interface MemberBits {
  /** 0 for rows of nobody. */
  readonly bits: Expr
  /** Whether anything is known of the row's entity; where nothing is, no bit is set. */
  readonly isKnown: Expr
}

const PASS = 'pass'

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
    const { join, as } = this.#placed(membership, key)
    const found = column(join.alias, as)
    if (!holdsWithoutRows(membership)) return { kind: 'is_true', of: found }
    return { kind: 'and', of: [{ kind: 'not', of: isNull(key) }, { kind: 'not', of: { kind: 'is_true', of: { kind: 'not', of: found } } }] }
  }

  /** Worked out once an entity, not once a row of it; null where one pass does not tell all, or one holds of whom it knows nothing. */
  bits(members: readonly { readonly membership: ResolvedMembership; readonly bit: number }[], key: Expr): MemberBits | null {
    const passes = new Set(members.map(({ membership }) => passOf(this.#context, membership)))
    if (passes.size !== 1 || members.some(({ membership }) => holdsWithoutRows(membership))) return null
    const placed = members.map(({ membership, bit }) => ({ ...this.#placed(membership, key), bit }))
    const join = placed[0]?.join
    if (join === undefined) return null
    const of = placed.map(({ as, bit }): Expr => ({ kind: 'bit_when', bit, when: { kind: 'is_true', of: column(PASS, as) } }))
    const as = `word_${join.words.length + 1}`
    join.words.push({ expr: { kind: 'sum_of', of }, as })
    const word = column(join.alias, as)
    return { bits: { kind: 'coalesce', of: [word, integer(0)] }, isKnown: { kind: 'not', of: isNull(word) } }
  }

  #placed(membership: ResolvedMembership, key: Expr): { readonly join: Join; readonly as: string } {
    const id = passOf(this.#context, membership)
    const join = this.#joins.get(id) ?? { alias: `members_${this.#joins.size + 1}`, key, columns: new Map(), words: [] }
    this.#joins.set(id, join)
    const { as } = join.columns.get(membership.dimension) ?? { as: `member_${join.columns.size + 1}` }
    join.columns.set(membership.dimension, { membership, as })
    return { join, as }
  }

  joinedTo(rows: From): From {
    let from = rows
    for (const { alias, key, columns, words } of this.#joins.values()) {
      const members = [...columns.values()]
      const pass = passQuery(this.#context, this.#relationOf, members)
      const query: Query = words.length === 0 ? pass : select({ columns: [...carried([PASS_KEY, ...members.map(({ as }) => as)], PASS), ...words], from: { kind: 'query', query: pass, as: PASS } })
      const left: Expr = members[0]?.membership.of.kind === 'list' ? { kind: 'cast', of: key, to: 'text' } : key
      from = { kind: 'left_join', left: from, right: { kind: 'query', query, as: alias }, on: compare(left, '=', column(alias, PASS_KEY)) }
    }
    return from
  }
}
