import type { MetricDefinition, MetricInput } from './types.ts'

/** Other metrics that a metric is made from; none where it reads rows itself. */
export function inputsOf(definition: MetricDefinition): readonly MetricInput[] {
  switch (definition.type) {
    case 'ratio':
      return [definition.numerator, definition.denominator]
    case 'derived':
      return definition.inputs
    case 'cumulative':
      return [definition.input]
    case 'simple':
    case 'movement':
    case 'active':
    case 'conversion':
    case 'retention':
    case 'funnel':
      return []
  }
}

/** The semantic model on whose rows slices of a metric apply: for those of two events the base, the start, the first step. Null where inputs decide. */
export function slicedModelOf(definition: MetricDefinition): string | null {
  switch (definition.type) {
    case 'simple':
    case 'movement':
      return definition.semanticModel
    case 'active':
      return definition.activity.semanticModel
    case 'conversion':
      return definition.base.semanticModel
    case 'retention':
      return definition.start.semanticModel
    case 'funnel':
      return definition.steps[0]?.semanticModel ?? null
    case 'ratio':
    case 'derived':
    case 'cumulative':
      return null
  }
}

/** Every semantic model a metric reads rows of itself. */
export function modelsReadBy(definition: MetricDefinition): readonly string[] {
  switch (definition.type) {
    case 'conversion':
      return [definition.base.semanticModel, definition.conversion.semanticModel]
    case 'retention':
      return [definition.start.semanticModel, definition.activity.semanticModel]
    case 'funnel':
      return definition.steps.map(({ semanticModel }) => semanticModel)
    default: {
      const own = slicedModelOf(definition)
      return own === null ? [] : [own]
    }
  }
}
