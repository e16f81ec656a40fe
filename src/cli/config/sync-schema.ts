import { CronPattern } from 'croner'
import { z } from 'zod'

const text = z.string().min(1)

/** A cron pattern of five or six fields, or `null` for what only runs when asked. */
export const schedule = text
  .refine((pattern) => {
    try {
      void new CronPattern(pattern)
      return true
    } catch {
      return false
    }
  }, 'must be a cron pattern such as "*/15 * * * *"')
  .nullable()

const personal = z.enum(['keep', 'hash', 'drop'])

/** How one source is synced. */
export const sourceSync = z.strictObject({
  schedule: schedule.optional(),
  since: z.iso.date().optional(),
  streams: z.array(text).min(1).optional(),
  personal: z.union([personal, z.record(text, personal)]).default('keep'),
})

/** How sources are synced, and where they land. */
export const syncSchema = z.strictObject({
  into: z.looseObject({ connector: text }).optional(),
  schedule: schedule.default('0 * * * *'),
  timezone: text.default('UTC'),
  hashKey: z.string().min(16).optional(),
})

/** Where members of cohorts are sent. */
export const destinationSchema = z.looseObject({ connector: text })

/** A cohort of the model that is sent on a schedule. */
export const activationSchema = z.strictObject({ cohort: text, destination: text, schedule: schedule.default('0 6 * * *') })

export type SourceSync = z.output<typeof sourceSync>
