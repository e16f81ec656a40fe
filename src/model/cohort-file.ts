import { z } from 'zod'
import { activity, condition, duration, name, text } from './file-parts.ts'
import { LIFECYCLE_STATES } from './types.ts'

/** The shape of a cohort in a model file. */

const between = z.tuple([text, text]).describe('Half-open: two ISO dates or instants.')
const namesOf = (what: string) => z.array(text).min(1).optional().describe(`${what} of these cohorts, all of the same entity.`)

export const cohort = z
  .strictObject({
    name,
    label: text.optional(),
    description: text.optional(),
    entity: text,
    match: z.enum(['any', 'all']).optional().describe('How it slices metrics of an entity above, like users those of customers: by any member (the default), or by all.'),
    where: condition.optional().describe('By attributes.'),
    behavior: z
      .strictObject({
        event: activity,
        at_least: z.int().min(1).optional().describe('1, unless `at_most` is given.'),
        at_most: z.int().min(0).optional().describe('0: did not.'),
        within: duration.optional().describe('The time before the moment the cohort is taken as of.'),
        between: between.optional(),
      })
      .optional()
      .describe('By how often something was done; ever, without `within` and `between`.'),
    sequence: z
      .strictObject({
        steps: z.array(activity).min(1),
        within: duration.optional().describe('The time from the first step to the last.'),
        during: duration.optional().describe('The time before the moment the cohort is taken as of.'),
        between: between.optional(),
      })
      .optional()
      .describe('By what was done in this order.'),
    acquired: z.strictObject({ event: activity, within: duration.optional(), between: between.optional() }).optional().describe('By when it was done first.'),
    lifecycle: z.strictObject({ state: z.enum(LIFECYCLE_STATES), event: activity, window: duration }).optional(),
    any_of: namesOf('In any'),
    all_of: namesOf('In all'),
    none_of: namesOf('In none'),
  })
  .describe('Who belongs. Several conditions on one cohort must all hold.')

export type CohortData = z.infer<typeof cohort>
