import { z } from 'zod'

/** Pieces that every kind of item in a model file is written with. */

export const name = z.string().min(1).describe('Letters, digits and underscores; unique among its kind.')
export const text = z.string().min(1)
export const expression = z.union([text, z.number(), z.boolean()])
export const condition = z.union([text, z.array(text).min(1)]).describe("A condition over dimensions, like plan = 'Pro' AND country IN ('DE', 'FR'); a list is joined by AND.")
export const duration = z.string().describe('A count and a unit, like "28 days" or "1 month".')
export const currencyCode = z.string().regex(/^[A-Z]{3}$/, 'A currency is three capital letters of ISO 4217, like USD.')

export const activity = z
  .union([text, z.strictObject({ metric: text.describe('A simple metric.'), filter: condition.optional().describe('Narrows its rows further.') })])
  .describe('Something that happens to an entity: the rows of a simple metric, by its name, or narrowed by a filter. A metric with `as_of` holds over the validity of its rows.')

export type ConditionData = z.infer<typeof condition>
export type ActivityData = z.infer<typeof activity>
