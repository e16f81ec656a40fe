import { stableText } from '../../../base/stable-hash.ts'
import { dimensionsOf } from '../../../model/predicate.ts'
import type { Rollup } from '../../../model/types.ts'
import { isMembership } from '../../../plan/membership/membership.ts'
import { familyOf } from '../../../plan/parts.ts'
import type { ReadShape } from '../../../plan/read-shape.ts'
import type { AnyRead } from '../../../plan/read.ts'
import { semanticModelOf } from '../../../plan/relation.ts'
import { needsOf } from '../../../plan/rollups/needs-of-measure.ts'
import type { Needs } from '../../../plan/rollups/needs-of-measure.ts'
import type { PlanContext } from '../../../plan/rows.ts'
import type { KnownMeasure } from './known-reads.ts'

/** Of one semantic model, zone and grain: what more shapes need by themselves, and more unions, are not looked at. */
const MOST_OWN = 60
const MOST_UNIONS = 60

/** What one logged shape needs of a rollup: it is kept apart by these names, whatever is added up. */
interface Need {
  readonly shape: ReadShape
  readonly measure: KnownMeasure
  /** Names of what makes rows more: dimensions, entities, and keys counted. */
  readonly names: ReadonlySet<string>
}

/**
 * Rollups that may be worth having: for each shape the smallest that could answer it, and unions of those that share a semantic
 * model, zone and grain, which is the lattice of Harinarayan, Rajaraman and Ullman, "Implementing data cubes efficiently" (1996), cut
 * to what was asked. Each keeps the aggregates of all shapes that it has the dimensions for.
 *
 * @param shapes the costliest first: unions are tried in this order. Those of unknown measures are left out.
 */
export function candidateRollups(context: PlanContext, shapes: readonly ReadShape[], measures: ReadonlyMap<string, KnownMeasure>): readonly Rollup[] {
  const groups = new Map<string, { readonly frame: Frame; readonly needs: Need[] }>()
  for (const shape of shapes) {
    const measure = measures.get(shape.measure)
    if (measure === undefined || shape.needsTable) continue
    const kept = needsOf(context, measure.example.measure, shape.semanticModel)
    if (typeof kept === 'string') continue
    const need = { shape, measure, names: namesOf(shape, measure.example, kept) }
    for (const frame of framesOf(context, shape, kept)) {
      const key = stableText(frame)
      const group = groups.get(key) ?? { frame, needs: [] }
      groups.set(key, group)
      group.needs.push(need)
    }
  }
  return [...groups.values()].flatMap(({ frame, needs }) => unionsOf(needs.map(({ names }) => names)).map((names) => rollupOf(frame, needs, names)))
}

/** What rows of a rollup have in common. */
interface Frame {
  readonly semanticModel: string
  readonly time: unknown
  readonly grain: Rollup['grain']
  readonly zone: string
}

function framesOf(context: PlanContext, { semanticModel, zone, edges, before }: ReadShape, { time }: Needs): readonly Frame[] {
  if (time === null) return []
  const names = time.kind === 'event' ? [time.dimension] : [time.start, ...(time.end === null ? [] : [time.end])]
  const frame = { semanticModel, time: names }
  const kinds = semanticModelOf(context.model, semanticModel).dimensions.filter(({ publicName }) => names.includes(publicName)).map(({ kind }) => kind)
  if (kinds.every((kind) => kind === 'date')) return [{ ...frame, grain: 'day', zone: 'UTC' }]
  return [...(edges.midnights || before.midnights ? [{ ...frame, grain: 'day', zone } as const] : []), ...(edges.hours || before.hours ? [{ ...frame, grain: 'hour', zone: 'UTC' } as const] : [])]
}

const KEY = 'key '
const ENTITY = 'entity '

function namesOf(shape: ReadShape, { measure }: AnyRead, kept: Needs): ReadonlySet<string> {
  const names = new Set([...shape.tested, ...kept.tested.flatMap((filter) => [...dimensionsOf(filter)]).filter((name) => !isMembership(name))])
  for (const key of shape.by) {
    if (key.kind === 'entity') names.add(`${ENTITY}${key.entity}`)
    else if (key.dimension !== null) names.add(key.dimension)
  }
  for (const entity of [...shape.entities, ...kept.entities]) names.add(`${ENTITY}${entity}`)
  if (measure.kind === 'aggregate' && familyOf(measure) === 'distinct' && measure.expr !== null) names.add(`${KEY}${measure.expr}`)
  return names
}

/** The sets themselves, and unions of any of them; of many, the first. */
function unionsOf(sets: readonly ReadonlySet<string>[]): readonly ReadonlySet<string>[] {
  const found = new Map<string, ReadonlySet<string>>()
  for (const set of sets) if (found.size < MOST_OWN) found.set(stableText([...set].toSorted()), set)
  const own = [...found.values()]
  for (const one of own) {
    // What is found on the way is joined with this one, too.
    for (const other of found.values()) {
      if (found.size >= own.length + MOST_UNIONS) return [...found.values()]
      const union = new Set([...one, ...other])
      const key = stableText([...union].sort())
      if (!found.has(key)) found.set(key, union)
    }
  }
  return [...found.values()]
}

function rollupOf({ semanticModel, grain, zone }: Frame, needs: readonly Need[], names: ReadonlySet<string>): Rollup {
  const within = needs.filter((need) => [...need.names].every((name) => names.has(name)))
  const metrics = [...new Set(within.flatMap(({ measure, shape }) => metricFor(measure, shape, names) ?? []))]
  const plain = [...names].filter((name) => !name.startsWith(KEY) && !name.startsWith(ENTITY)).sort()
  const entities = [...names].filter((name) => name.startsWith(ENTITY)).map((name) => name.slice(ENTITY.length)).sort()
  const rollup = { semanticModel, metrics, dimensions: plain, entities, grain, zone }
  return { name: nameOf(rollup), ...rollup }
}

/** Of the metrics that are this aggregate, the one whose own filter comes nearest to what was asked. */
function metricFor({ metrics }: KnownMeasure, { tested }: ReadShape, names: ReadonlySet<string>): string | null {
  const fitting = metrics.filter(({ filtered }) => filtered.every((name) => names.has(name)))
  const asked = fitting.filter(({ filtered }) => filtered.every((name) => tested.includes(name)))
  return (asked.length > 0 ? asked : fitting).toSorted((a, b) => a.madeOf - b.madeOf || b.filtered.length - a.filtered.length)[0]?.metric ?? null
}

const LONGEST_NAME = 60

function nameOf({ semanticModel, dimensions, entities, grain, zone }: Omit<Rollup, 'name'>): string {
  const parts = [semanticModel, ...dimensions, ...entities, grain === 'day' ? 'daily' : 'hourly', ...(zone === 'UTC' ? [] : [zone])]
  return parts.join('_').replace(/[^A-Za-z0-9]+/g, '_').toLowerCase().slice(0, LONGEST_NAME)
}
