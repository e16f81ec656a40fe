import { GraphQLScalarType } from 'graphql'

/**
 * Stand-ins in the static schema for the types that are made from a model; `applyModel` puts the real ones in their place.
 * Values pass through as the real types coerce them: names of the model, and the plain object of a `Where`.
 */
const placeholder = (name: string): GraphQLScalarType => new GraphQLScalarType({ name, description: 'Made from the model.' })

export const MetricName = placeholder('MetricName')
export const DimensionName = placeholder('DimensionName')
export const CohortName = placeholder('CohortName')
export const EntityName = placeholder('EntityName')
export const Where = placeholder('Where')

/** The same for every model, but built of plain objects; see calculators.ts. */
export const Calculators = placeholder('Calculators')

/** The internal value of `DimensionName.PERIOD`: each metric's own time. No dimension of a model may have this name. */
export const PERIOD_DIMENSION = 'PERIOD'
