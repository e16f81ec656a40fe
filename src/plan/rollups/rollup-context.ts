import type { Model, ModelDimension, SemanticModel } from '../../model/types.ts'
import type { Facts } from '../facts.ts'
import { semanticModelOf } from '../relation.ts'
import type { PlanContext } from '../rows.ts'
import { BUCKET } from './rollup.ts'
import { rowsWithTail } from './rollup-tail.ts'
import type { RollupTail } from './rollup-tail.ts'
import type { RollupShape, RollupTable } from './rollup.ts'

const models = new WeakMap<RollupTable, WeakMap<Model, Model>>()

/** A context in which the semantic model of each rollup is the rollup: its columns are what the rollup keeps, its rows those of the rollup, and of a tail those of the table. */
export function rolledUp(context: PlanContext, rollups: readonly { readonly rollup: RollupTable; readonly tail: RollupTail | null }[]): PlanContext {
  const over = rollups.reduce<Pick<PlanContext, 'model' | 'facts'>>(({ model, facts }, { rollup }) => ({ model: modelOver(model, rollup), facts: factsOver(model, facts, rollup) }), context)
  return { ...context, ...over, readRollups: rollups.map(({ rollup, tail }) => ({ shape: rollup.shape, rows: tail === null ? null : rowsWithTail(context, rollup, tail) })) }
}

/** Remembered: joins are looked up by the model's identity. */
function modelOver(model: Model, rollup: RollupTable): Model {
  const known = models.get(rollup) ?? new WeakMap<Model, Model>()
  models.set(rollup, known)
  let over = known.get(model)
  if (over === undefined) {
    const own = semanticModelOf(model, rollup.shape.semanticModel)
    over = { ...model, semanticModels: new Map([...model.semanticModels, [own.name, semanticModelOver(model, own, rollup)]]) }
    known.set(model, over)
  }
  return over
}

function semanticModelOver(model: Model, own: SemanticModel, { shape, table }: RollupTable): SemanticModel {
  const dimensions = shape.dimensions.flatMap(({ name, column }): readonly ModelDimension[] => {
    const dimension = homeOf(model, own, name)?.dimension
    return dimension === undefined ? [] : [{ ...dimension, expr: column }]
  })
  return {
    ...own,
    relation: { table },
    read: null,
    entities: shape.entities.map(({ entity, column }) => ({ entity, type: 'foreign', expr: column })),
    dimensions: [...momentsOver(own, shape), ...dimensions],
  }
}

/** Times are days of the rollup's zone, or hours. */
function momentsOver(own: SemanticModel, { time, grain }: RollupShape): readonly ModelDimension[] {
  const names = time.kind === 'event' ? [time.dimension] : [time.start, ...(time.end === null ? [] : [time.end])]
  return own.dimensions
    .filter(({ publicName }) => names.includes(publicName))
    .map((dimension) => ({ ...dimension, expr: BUCKET, ...(grain === 'day' ? { kind: 'date', timezone: null } : { kind: 'timestamp', timezone: 'UTC' }) }))
}

/** Where a dimension of a semantic model's rows is written: in itself, else in the first home of the model's order. */
function homeOf(model: Model, own: SemanticModel, name: string): { readonly home: string; readonly dimension: ModelDimension } | null {
  const homes = [own.name, ...(model.dimensions.get(name)?.homes.map(({ semanticModel }) => semanticModel) ?? [])]
  for (const home of homes) {
    const dimension = model.semanticModels.get(home)?.dimensions.find(({ publicName }) => publicName === name)
    if (dimension !== undefined) return { home, dimension }
  }
  return null
}

function factsOver(model: Model, facts: Facts, { shape, rows }: RollupTable): Facts {
  const own = semanticModelOf(model, shape.semanticModel)
  const columns = new Map(shape.dimensions.map(({ name, column }) => [column, homeOf(model, own, name)]))
  const types = new Map(shape.parts.map(({ column, type }) => [column, type]))
  const isOver = (semanticModel: string): boolean => semanticModel === shape.semanticModel
  const behind = (semanticModel: string, expr: string): readonly [string, string] => {
    const found = isOver(semanticModel) ? columns.get(expr) : null
    return found == null ? [semanticModel, expr] : [found.home, found.dimension.expr]
  }
  return {
    rows: (semanticModel) => (isOver(semanticModel) ? rows : facts.rows(semanticModel)),
    byRow: (semanticModel) => facts.byRow(semanticModel),
    distinct: (semanticModel, expr) => facts.distinct(...behind(semanticModel, expr)),
    columnType: (semanticModel, expr) => (isOver(semanticModel) ? (types.get(expr) ?? facts.columnType(...behind(semanticModel, expr))) : facts.columnType(semanticModel, expr)),
    exactCollation: (semanticModel, expr) => (isOver(semanticModel) ? null : facts.exactCollation(semanticModel, expr)),
    range: (semanticModel, expr) => facts.range(...behind(semanticModel, expr)),
  }
}
