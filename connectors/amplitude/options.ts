import { z } from 'zod'
import { secret } from '../sql-kit/options.ts'
import { propertyColumns } from '../sync-kit/property-columns.ts'
import type { PropertyColumn } from '../sync-kit/property-columns.ts'
import { EVENT_COLUMNS } from './tables.ts'

export interface AmplitudeOptions {
  readonly region: 'us' | 'eu'
  readonly apiKey: string
  readonly secretKey: string
  /** Of events. */
  readonly columns: readonly PropertyColumn[]
  /** Of users, as they were at each event. */
  readonly userColumns: readonly PropertyColumn[]
  readonly cohorts: 'all' | readonly string[]
  readonly cohortsEveryHours: number
  readonly hoursPerRequest: number
  readonly lookbackHours: number
  /** Without the version. */
  readonly baseUrl?: string | undefined
  /** Of the export API. */
  readonly apiVersion: string
}

const taken = EVENT_COLUMNS.map(({ name }) => name)

export const amplitudeOptions: z.ZodType<AmplitudeOptions> = z
  .strictObject({
    region: z.enum(['us', 'eu']).default('us'),
    apiKey: secret(z.string().min(1)),
    secretKey: secret(z.string().min(1)),
    columns: propertyColumns(taken),
    userColumns: propertyColumns(taken),
    cohorts: z.union([z.literal('all'), z.array(z.string().min(1))]).default([]),
    cohortsEveryHours: z.number().min(0).default(24),
    hoursPerRequest: z.number().int().min(1).max(744).default(24),
    lookbackHours: z.number().int().min(0).max(720).default(2),
    baseUrl: z.url().optional(),
    apiVersion: z.string().min(1).default('2'),
  })
  .refine(({ columns, userColumns }) => !columns.some(({ name }) => userColumns.some((other) => other.name === name)), 'a column of `columns` and one of `userColumns` have one name: give one of them another `name`')
