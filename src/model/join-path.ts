import type { EntityLink, Model, ModelDimension, SemanticModel } from './types.ts'

/** What of a model joins depend on; a whole Model is one. */
export type JoinableModel = Pick<Model, 'semanticModels' | 'dimensions'>

/** One join: each row of `from` meets at most one row of `to`, since `to` has the entity as its primary or a unique key. */
export interface JoinStep {
  readonly from: string
  /** SQL over the columns of `from`. */
  readonly fromExpr: string
  readonly to: string
  /** SQL over the columns of `to`. */
  readonly toExpr: string
  readonly entity: string
}

/** How a semantic model reaches a dimension. */
export interface JoinPath {
  /** 0 to 3 hops; none where the model holds the dimension itself. */
  readonly steps: readonly JoinStep[]
  /** The semantic model that holds it. */
  readonly home: string
  readonly dimension: ModelDimension
}

export interface NoPath {
  readonly kind: 'none'
  /** For people: names what is missing, or the join that would count rows several times. */
  readonly reason: string
  readonly code: 'NO_PATH' | 'FANS_OUT'
}

export type JoinResult = { readonly kind: 'path'; readonly path: JoinPath } | NoPath | { readonly kind: 'ambiguous'; readonly paths: readonly [JoinPath, JoinPath] }

/** How a semantic model reaches the key of an entity. */
export interface EntityPath {
  readonly steps: readonly JoinStep[]
  readonly home: string
  /** The key: SQL over the columns of `home`. */
  readonly expr: string
  /** What the key is in `home`. */
  readonly type: EntityLink['type']
}

export type EntityPathResult = { readonly kind: 'path'; readonly path: EntityPath } | NoPath | { readonly kind: 'ambiguous'; readonly paths: readonly [EntityPath, EntityPath] }

const MAX_HOPS = 3

interface Memo {
  readonly joins: Map<string, JoinResult>
  readonly entities: Map<string, EntityPathResult>
  readonly reachable: Map<string, ReadonlySet<string>>
  /** By start, homes and kind of join: the dimensions of one home share their ways. */
  readonly ways: Map<string, Ways>
}

type Ways = readonly (readonly JoinStep[])[]

const memos = new WeakMap<JoinableModel, Memo>()

function memoOf(model: JoinableModel): Memo {
  const known = memos.get(model)
  if (known) return known
  const memo: Memo = { joins: new Map(), entities: new Map(), reachable: new Map(), ways: new Map() }
  memos.set(model, memo)
  return memo
}

/**
 * Finds how rows of a semantic model reach a dimension: in the model itself, else over the fewest many-to-one and one-to-one
 * joins, at most three, within one source. Two different shortest ways are ambiguous; two homes of one conformed dimension at
 * the end of the same way are not, the first in the model's order is taken.
 *
 * @param dimension Public name.
 * @returns Remembered per model, so asking again costs a look-up. Unknown names are `NO_PATH`.
 */
export function findJoinPath(model: JoinableModel, fromSemanticModel: string, dimension: string): JoinResult {
  const { joins } = memoOf(model)
  const key = `${fromSemanticModel}\n${dimension}`
  const known = joins.get(key)
  if (known) return known
  const result = searchDimension(model, fromSemanticModel, dimension)
  joins.set(key, result)
  return result
}

/**
 * Finds the key of an entity as seen from a semantic model: its own key of that entity, whatever its type, else one that joins
 * reach. This is what distinct counts of the entity count, and what tells a cohort's members.
 */
export function findEntityPath(model: JoinableModel, fromSemanticModel: string, entity: string): EntityPathResult {
  const { entities } = memoOf(model)
  const key = `${fromSemanticModel}\n${entity}`
  const known = entities.get(key)
  if (known) return known
  const result = searchEntity(model, fromSemanticModel, entity)
  entities.set(key, result)
  return result
}

/** Public names of the dimensions by which metrics of a semantic model can be sliced without doubt. */
export function reachableDimensions(model: JoinableModel, semanticModel: string): ReadonlySet<string> {
  const { reachable } = memoOf(model)
  const known = reachable.get(semanticModel)
  if (known) return known
  const names = new Set([...model.dimensions.keys()].filter((name) => findJoinPath(model, semanticModel, name).kind === 'path'))
  reachable.set(semanticModel, names)
  return names
}

/** A way for people: `events → members (user) → customers (customer)`. */
export function describeSteps(from: string, steps: readonly JoinStep[]): string {
  return [from, ...steps.map((step) => `${step.to} (${step.entity})`)].join(' → ')
}

function searchDimension(model: JoinableModel, from: string, name: string): JoinResult {
  const start = model.semanticModels.get(from)
  const dimension = model.dimensions.get(name)
  if (!start || !dimension) return { kind: 'none', code: 'NO_PATH', reason: start ? `There is no dimension "${name}".` : `There is no semantic model "${from}".` }
  const own = start.dimensions.find((candidate) => candidate.publicName === name)
  if (own) return { kind: 'path', path: { steps: [], home: from, dimension: own } }
  const homes = new Set(dimension.homes.map((home) => home.semanticModel))
  const named = [...homes].join(' and ')
  if (dimension.entity === null) {
    return { kind: 'none', code: 'NO_PATH', reason: `"${name}" belongs to no entity: only rows of ${named} have it, and ${from} cannot be joined to them.` }
  }
  const ways = shortestWays(model, start, homes, 'toOne')
  const paths = ways.flatMap((steps) => {
    const home = steps.at(-1)?.to ?? from
    const held = model.semanticModels.get(home)?.dimensions.find((candidate) => candidate.publicName === name)
    return held ? [{ steps, home, dimension: held }] : []
  })
  return verdict(paths, () => explainMissing(model, start, `"${name}"`, dimension.entity ?? name, homes))
}

function searchEntity(model: JoinableModel, from: string, entity: string): EntityPathResult {
  const start = model.semanticModels.get(from)
  if (!start) return { kind: 'none', code: 'NO_PATH', reason: `There is no semantic model "${from}".` }
  const linkOf = (candidate: SemanticModel): EntityLink | undefined => candidate.entities.find((link) => link.entity === entity)
  const own = linkOf(start)
  if (own) return { kind: 'path', path: { steps: [], home: from, expr: own.expr, type: own.type } }
  const homes = new Set([...model.semanticModels.values()].filter(linkOf).map((candidate) => candidate.name))
  const ways = shortestWays(model, start, homes, 'toOne')
  const paths = ways.flatMap((steps) => {
    const home = model.semanticModels.get(steps.at(-1)?.to ?? from)
    const link = home && linkOf(home)
    return home && link ? [{ steps, home: home.name, expr: link.expr, type: link.type }] : []
  })
  return verdict(paths, () => explainMissing(model, start, `the key of ${entity}`, entity, homes))
}

function verdict<Path extends { readonly steps: readonly JoinStep[] }>(
  paths: readonly Path[],
  missing: () => NoPath,
): { readonly kind: 'path'; readonly path: Path } | NoPath | { readonly kind: 'ambiguous'; readonly paths: readonly [Path, Path] } {
  const [first] = paths
  if (!first) return missing()
  const other = paths.find((path) => way(path.steps) !== way(first.steps))
  return other ? { kind: 'ambiguous', paths: [first, other] } : { kind: 'path', path: first }
}

/** What tells two ways apart: all but which of several homes stands at the end. */
function way(steps: readonly JoinStep[]): string {
  return steps.map((step, index) => (index === steps.length - 1 ? step.entity : `${step.entity}>${step.to}`)).join('\n')
}

/** `toOne`: many-to-one and one-to-one, where the target has one row a key. The others only explain why there is no way. */
type JoinKind = 'toOne' | 'acrossSources' | 'fanning'

/** All ways of the fewest hops from `start` to one of `homes`, never through one semantic model twice. */
function shortestWays(model: JoinableModel, start: SemanticModel, homes: ReadonlySet<string>, kind: JoinKind): Ways {
  const { ways } = memoOf(model)
  const key = [kind, start.name, ...homes].join('\n')
  const known = ways.get(key)
  if (known) return known
  const found = searchWays(model, start, homes, kind)
  ways.set(key, found)
  return found
}

function searchWays(model: JoinableModel, start: SemanticModel, homes: ReadonlySet<string>, kind: JoinKind): Ways {
  let ways: readonly { readonly end: SemanticModel; readonly steps: readonly JoinStep[] }[] = [{ end: start, steps: [] }]
  for (let hop = 1; hop <= MAX_HOPS; hop++) {
    const longer = ways.flatMap(({ end, steps }) => {
      const visited = new Set([start.name, ...steps.map((step) => step.to)])
      return [...model.semanticModels.values()]
        .filter((target) => !visited.has(target.name) && (kind === 'acrossSources' || target.source === start.source))
        .flatMap((target) => stepsBetween(end, target, kind).map((step) => ({ end: target, steps: [...steps, step] })))
    })
    const arrived = longer.filter(({ end }) => homes.has(end.name))
    if (arrived.length > 0) return arrived.map(({ steps }) => steps)
    ways = longer
  }
  return []
}

function stepsBetween(from: SemanticModel, to: SemanticModel, kind: JoinKind): readonly JoinStep[] {
  return from.entities.flatMap((link) => {
    const target = to.entities.find((candidate) => candidate.entity === link.entity)
    return target && (target.type !== 'foreign' || kind === 'fanning') ? [{ from: from.name, fromExpr: link.expr, to: to.name, toExpr: target.expr, entity: link.entity }] : []
  })
}

function explainMissing(model: JoinableModel, start: SemanticModel, what: string, entity: string, homes: ReadonlySet<string>): NoPath {
  const named = [...homes].join(' and ')
  const [elsewhere] = shortestWays(model, start, homes, 'acrossSources')
  if (elsewhere) {
    const stranger = elsewhere.map((step) => model.semanticModels.get(step.to)).find((candidate) => candidate?.source !== start.source)
    return { kind: 'none', code: 'NO_PATH', reason: `${start.name} reads the source "${start.source}" and ${stranger?.name ?? named} the source "${stranger?.source ?? ''}": there are no joins between sources.` }
  }
  const [fanning] = shortestWays(model, start, homes, 'fanning')
  const many = fanning?.find((step) => model.semanticModels.get(step.to)?.entities.some((link) => link.entity === step.entity && link.type === 'foreign'))
  if (many) {
    return {
      kind: 'none',
      code: 'FANS_OUT',
      reason: `${what} is in ${named}, where one ${many.entity} has many rows: joining ${many.from} to ${many.to} would count rows of ${start.name} several times.`,
    }
  }
  const keys = start.entities.map((link) => link.entity)
  const has = keys.length === 0 ? 'has no entities.' : `has the ${keys.length === 1 ? 'entity' : 'entities'} ${keys.join(', ')}, and none of them leads to ${entity}.`
  return { kind: 'none', code: 'NO_PATH', reason: `No joins lead from ${start.name} to ${what} in ${named || 'any semantic model'}: ${start.name} ${has}` }
}
