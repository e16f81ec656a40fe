import { KpiqlError } from '../base/errors.ts'
import { findEntityPath, findJoinPath } from '../model/join-path.ts'
import type { JoinStep } from '../model/join-path.ts'
import type { Model, ModelDimension, SemanticModel } from '../model/types.ts'
import { column, compare, isNull, select, written } from '../sql/tree.ts'
import type { AggregateFunction, Expr, From, OutputColumn } from '../sql/tree.ts'
import { MembershipJoins } from './membership/membership-joins.ts'
import type { MemberBits } from './membership/membership-joins.ts'
import { listOf, listsOthers } from './membership/membership-pushed.ts'
import { placeMembership } from './membership/membership-reach.ts'
import { isMembership } from './membership/membership.ts'
import { predicateSql } from './predicate-sql.ts'
import type { RollupShape } from './rollups/rollup.ts'
import type { PlanContext } from './rows.ts'

/** A dimension as seen from a relation: its column, and the model that writes it. */
export interface ReachedDimension {
  readonly expr: Expr
  readonly home: string
  readonly dimension: ModelDimension
}

interface Side {
  readonly semanticModel: string
  readonly alias: string
  /** By written expression, those taken for texts apart. */
  readonly columns: Map<string, OutputColumn & { readonly collation: string | null }>
}

interface Join extends Side {
  readonly on: Expr
}

export type RelationContext = Pick<PlanContext, 'model' | 'memberships' | 'facts' | 'readRollups'>

/**
 * The rows of a semantic model with the columns one scan needs, joined to the models that hold them. Each written expression
 * is evaluated inside its own table's subquery, so that it sees only that table's columns.
 */
export class Relation {
  readonly #context: RelationContext
  readonly #model: Model
  readonly #base: Side
  readonly #joins = new Map<string, Join>()
  readonly #memberships: MembershipJoins

  constructor(context: RelationContext, semanticModel: string) {
    this.#context = context
    this.#model = context.model
    this.#base = { semanticModel, alias: 'base', columns: new Map() }
    this.#memberships = new MembershipJoins(context, (name) => new Relation(context, name))
  }

  get semanticModel(): string {
    return this.#base.semanticModel
  }

  /** What the rows are groups of, where they are those of a rollup. */
  get rollup(): RollupShape | null {
    return this.#readRollup(this.semanticModel)?.shape ?? null
  }

  /** Whether the columns asked so far are all of one table of the source. */
  get isOneTable(): boolean {
    return this.#joins.size === 0 && this.#memberships.isNone && 'table' in semanticModelOf(this.#model, this.semanticModel).relation
  }

  /** A written expression over the base table; of a rollup, a key that it keeps. `hint` names the column for whoever reads the SQL. */
  base(expr: string, hint: string): Expr {
    const { rollup } = this
    if (rollup === null) return this.#columnOf(this.#base, expr, hint)
    const key = rollup.keys.find((kept) => kept.expr === expr)
    if (key === undefined) throw notKept(rollup, expr)
    return this.#columnOf(this.#base, key.column, hint)
  }

  /** How a part is put together from what a rollup keeps of it. */
  stored(id: string, fn: AggregateFunction): { readonly fn: AggregateFunction; readonly arg: Expr } {
    const part = this.rollup?.parts.find((kept) => kept.id === id)
    if (part === undefined) throw notKept(this.rollup, id)
    return { fn: fn.name === 'count' ? { name: 'sum', of: 'integer' } : fn, arg: this.#columnOf(this.#base, part.column, part.column) }
  }

  /** A column of the table by its name. */
  column(name: string): Expr {
    return this.#columnOf(this.#base, name, name)
  }

  /** A membership is a boolean that is never null. @throws KpiqlError `PLAN_BROKEN`; reachability is checked before planning. */
  dimension(name: string): ReachedDimension {
    if (isMembership(name)) {
      const dimension = { name, publicName: name, kind: 'boolean', expr: name, granularity: null, timezone: null } as const
      return { expr: this.#membership(name), home: this.#base.semanticModel, dimension }
    }
    const found = findJoinPath(this.#model, this.#base.semanticModel, name)
    if (found.kind !== 'path') {
      throw new KpiqlError('PLAN_BROKEN', { message: `Dimension "${name}" was planned where it cannot be reached.` })
    }
    const side = this.#follow(found.path.steps)
    const { dimension, home } = found.path
    return { expr: this.#columnOf(side, dimension.expr, dimension.publicName, dimension.kind === 'text'), home, dimension }
  }

  /** Several memberships as bits, told by one look at the row's entity; null where they are not told by one key, or not by what it did alone. */
  memberBits(members: readonly { readonly dimension: string; readonly bit: number }[]): MemberBits | null {
    const places = members.map(({ dimension }) => placeMembership(this.#context, this.#base.semanticModel, dimension))
    const joined = places.flatMap((place, index) => (place.kind === 'joined' ? [{ membership: place.membership, path: place.path, bit: members[index]?.bit ?? 0 }] : []))
    const [first] = joined
    if (first === undefined || joined.length < members.length) return null
    return this.#memberships.bits(joined, this.#columnOf(this.#follow(first.path.steps), first.path.expr, first.membership.entity))
  }

  /** The key of an entity, from the base table's own link or through joins. */
  entity(name: string): Expr {
    const found = findEntityPath(this.#model, this.#base.semanticModel, name)
    if (found.kind !== 'path') {
      throw new KpiqlError('PLAN_BROKEN', { message: `Entity "${name}" was planned where it cannot be reached.` })
    }
    return this.#columnOf(this.#follow(found.path.steps), found.path.expr, name)
  }

  /** Call last: the columns asked so far are the ones projected. */
  from(): From {
    let from = this.#subquery(this.#base)
    for (const join of this.#joins.values()) from = { kind: 'left_join', left: from, right: this.#subquery(join), on: join.on }
    return this.#memberships.joinedTo(from)
  }

  #membership(name: string): Expr {
    const place = placeMembership(this.#context, this.#base.semanticModel, name)
    if (place.kind === 'inline') return { kind: 'is_true', of: predicateSql(place.where, (inner) => this.dimension(inner)) }
    if (place.kind === 'key') return { kind: 'not', of: isNull(this.entity(place.entity)) }
    if (place.kind !== 'joined' && place.kind !== 'pushed') throw new KpiqlError('PLAN_BROKEN', { message: `Membership "${name}" was planned where it cannot be decided: ${place.reason}` })
    const { membership, path } = place
    const key = this.#columnOf(this.#follow(path.steps), path.expr, membership.entity)
    if (place.kind === 'joined') return this.#memberships.test(membership, key)
    const listed = this.#memberships.test(listOf(this.#context.memberships, membership), key)
    return listsOthers(membership) ? { kind: 'and', of: [{ kind: 'not', of: isNull(key) }, { kind: 'not', of: listed }] } : listed
  }

  #follow(steps: readonly JoinStep[]): Side {
    let side: Side = this.#base
    let path = ''
    for (const step of steps) {
      path += `/${step.entity}>${step.to}`
      let join = this.#joins.get(path)
      if (join === undefined) {
        const right: Side = { semanticModel: step.to, alias: `joined_${step.to}_${this.#joins.size + 1}`, columns: new Map() }
        join = { ...right, on: compare(this.#columnOf(side, step.fromExpr, step.entity), '=', this.#columnOf(right, step.toExpr, step.entity)) }
        this.#joins.set(path, join)
      }
      side = join
    }
    return side
  }

  /** @param isText taken for a text even where the column's type is not known. */
  #columnOf({ semanticModel, alias, columns }: Side, expr: string, hint: string, isText = false): Expr {
    const { facts } = this.#context
    const exact = isText || facts.columnType(semanticModel, expr) === 'text'
    const key = `${exact ? 'text' : 'as it is'} ${expr}`
    let known = columns.get(key)
    if (known === undefined) {
      const taken = new Set([...columns.values()].map(({ as }) => as))
      let as = hint
      for (let n = 2; taken.has(as); n++) as = `${hint}_${n}`
      const collation = exact ? facts.exactCollation(semanticModel, expr) : null
      known = { expr: exact && collation === null ? { kind: 'exact_text', of: written(expr) } : written(expr), as, collation }
      columns.set(key, known)
    }
    const seen = column(alias, known.as)
    // Made exact where it is used: its own equality is, as it comes.
    return known.collation === null ? seen : { kind: 'exact_text', of: seen, collation: known.collation }
  }

  #rowsOf(semanticModel: SemanticModel): From {
    const rows = this.#readRollup(semanticModel.name)?.rows ?? null
    return rows === null ? tableOf(semanticModel) : { kind: 'query', query: rows, as: 'kept' }
  }

  #readRollup(semanticModel: string): NonNullable<PlanContext['readRollups']>[number] | undefined {
    return this.#context.readRollups?.find(({ shape }) => shape.semanticModel === semanticModel)
  }

  #subquery(side: Side): From {
    const semanticModel = semanticModelOf(this.#model, side.semanticModel)
    const columns = [...side.columns.values()].map(({ expr, as }): OutputColumn => ({ expr, as }))
    return {
      kind: 'query',
      as: side.alias,
      // Counting all rows needs no column, but SQL wants one.
      query: select({ columns: columns.length > 0 ? columns : [{ expr: { kind: 'integer', value: 1 }, as: 'one' }], from: this.#rowsOf(semanticModel) }),
    }
  }
}

function notKept(rollup: RollupShape | null, what: string): KpiqlError {
  return new KpiqlError('PLAN_BROKEN', { message: `The rollup "${rollup?.name ?? ''}" was planned for "${what}", which it does not keep.` })
}

export function semanticModelOf(model: Model, name: string): SemanticModel {
  const found = model.semanticModels.get(name)
  if (found === undefined) throw new KpiqlError('PLAN_BROKEN', { message: `There is no semantic model "${name}".` })
  return found
}

function tableOf(semanticModel: SemanticModel): From {
  const { relation } = semanticModel
  return 'table' in relation ? { kind: 'table', name: relation.table } : { kind: 'written', sql: relation.sql, as: 'written' }
}
