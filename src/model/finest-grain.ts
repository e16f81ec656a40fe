import { GRAINS } from '../base/grain.ts'
import type { Grain } from '../base/grain.ts'
import { inputsOf, slicedModelOf } from './metric-inputs.ts'
import type { MetricDefinition, Model } from './types.ts'

/** The finest grain a metric's series can have: the coarsest of its parts', and of its own base period. Null where nothing says. */
export function finestGrain(model: Model, name: string): Grain | null {
  return coarsest(grainsOf(model, name, new Set()))
}

function grainsOf(model: Model, name: string, seen: Set<string>): readonly Grain[] {
  const metric = model.metrics.get(name)
  const definition = metric?.implementations[0]
  if (metric === undefined || definition === undefined || seen.has(name)) return []
  seen.add(name)
  const own = ownGrain(model, definition)
  return [
    ...(metric.ratePeriod === null ? [] : [metric.ratePeriod]),
    ...(own === null ? [] : [own]),
    ...inputsOf(definition).flatMap((input) => grainsOf(model, input.metric, seen)),
  ]
}

/** Movements and actives are told by whole days, whatever their rows are kept by. */
function ownGrain(model: Model, definition: MetricDefinition): Grain | null {
  const semanticModel = model.semanticModels.get(slicedModelOf(definition) ?? '')
  if (semanticModel === undefined) return null
  const kept = semanticModel.dimensions.find(({ publicName }) => publicName === timeOf(definition, semanticModel))?.granularity ?? null
  const byDay = definition.type === 'movement' || definition.type === 'active'
  return coarsest([...(kept === null ? [] : [kept]), ...(byDay ? (['day'] as const) : [])])
}

type Placed = Pick<NonNullable<ReturnType<Model['semanticModels']['get']>>, 'aggTimeDimension' | 'validity'>

function timeOf(definition: MetricDefinition, { aggTimeDimension, validity }: Placed): string | null {
  switch (definition.type) {
    case 'simple':
      return definition.asOf === null ? (definition.timeDimension ?? aggTimeDimension) : (validity?.start ?? null)
    case 'movement':
      return validity?.start ?? null
    case 'active':
      return definition.activity.time.kind === 'event' ? definition.activity.time.dimension : definition.activity.time.start
    default:
      return aggTimeDimension
  }
}

function coarsest(grains: readonly Grain[]): Grain | null {
  return grains.length === 0 ? null : (GRAINS[Math.max(...grains.map((grain) => GRAINS.indexOf(grain)))] ?? null)
}
