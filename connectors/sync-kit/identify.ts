import { z } from 'zod'

/** What every destination takes: the name of a dimension of the cohort's entity whose value the tool knows a member by; absent: the entity's key. The gateway reads it. */
export const identify = z.string().min(1).optional()
