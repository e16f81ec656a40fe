import { KpiqlError } from '../base/errors.ts'
import { findEntityPath, findJoinPath } from '../model/join-path.ts'
import type { JoinStep } from '../model/join-path.ts'
import type { Model, ModelDimension, SemanticModel } from '../model/types.ts'
import { column, compare, select, written } from '../sql/tree.ts'
import type { Expr, From } from '../sql/tree.ts'
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
  /** Written expression → column name. */
  readonly columns: Map<string, string>
}

interface Join extends Side {
  readonly on: Expr
}

/**
 * The rows of a semantic model with the columns one scan needs, joined to the models that hold them. Each written expression
 * is evaluated inside its own table's subquery, so that it sees only that table's columns.
 */
export class Relation {
  readonly #model: Model
  readonly #base: Side
  readonly #joins = new Map<string, Join>()

  constructor({ model }: Pick<PlanContext, 'model' | 'memberships'>, semanticModel: string) {
    this.#model = model
    this.#base = { semanticModel, alias: 'base', columns: new Map() }
  }

  get semanticModel(): string {
    return this.#base.semanticModel
  }

  /** A written expression over the base table. `hint` names the column for whoever reads the SQL. */
  base(expr: string, hint: string): Expr {
    return columnOf(this.#base, expr, hint)
  }

  /** @throws KpiqlError `DIMENSION_UNKNOWN`, `JOIN_AMBIGUOUS`; reachability is checked before planning. */
  dimension(name: string): ReachedDimension {
    const found = findJoinPath(this.#model, this.#base.semanticModel, name)
    if (found.kind !== 'path') {
      throw new KpiqlError('PLAN_BROKEN', { message: `Dimension "${name}" was planned where it cannot be reached.` })
    }
    const side = this.#follow(found.path.steps)
    const { dimension, home } = found.path
    return { expr: columnOf(side, dimension.expr, dimension.publicName), home, dimension }
  }

  /** The key of an entity, from the base table's own link or through joins. */
  entity(name: string): Expr {
    const found = findEntityPath(this.#model, this.#base.semanticModel, name)
    if (found.kind !== 'path') {
      throw new KpiqlError('PLAN_BROKEN', { message: `Entity "${name}" was planned where it cannot be reached.` })
    }
    return columnOf(this.#follow(found.path.steps), found.path.expr, name)
  }

  /** Call last: the columns asked so far are the ones projected. */
  from(): From {
    let from = this.#subquery(this.#base)
    for (const join of this.#joins.values()) from = { kind: 'left_join', left: from, right: this.#subquery(join), on: join.on }
    return from
  }

  #follow(steps: readonly JoinStep[]): Side {
    let side: Side = this.#base
    let path = ''
    for (const step of steps) {
      path += `/${step.entity}>${step.to}`
      let join = this.#joins.get(path)
      if (join === undefined) {
        const right: Side = { semanticModel: step.to, alias: `joined_${step.to}_${this.#joins.size + 1}`, columns: new Map() }
        join = { ...right, on: compare(columnOf(side, step.fromExpr, step.entity), '=', columnOf(right, step.toExpr, step.entity)) }
        this.#joins.set(path, join)
      }
      side = join
    }
    return side
  }

  #subquery(side: Side): From {
    const semanticModel = semanticModelOf(this.#model, side.semanticModel)
    const columns = [...side.columns].map(([expr, as]) => ({ expr: written(expr), as }))
    return {
      kind: 'query',
      as: side.alias,
      // Counting all rows needs no column, but SQL wants one.
      query: select({ columns: columns.length > 0 ? columns : [{ expr: { kind: 'integer', value: 1 }, as: 'one' }], from: tableOf(semanticModel) }),
    }
  }
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

function columnOf(side: Side, expr: string, hint: string): Expr {
  let name = side.columns.get(expr)
  if (name === undefined) {
    const taken = new Set(side.columns.values())
    name = hint
    for (let n = 2; taken.has(name); n++) name = `${hint}_${n}`
    side.columns.set(expr, name)
  }
  return column(side.alias, name)
}
