import { z } from 'zod'
import { resolveTimeZone } from '../../src/base/time-zone.ts'
import { secret } from '../sql-kit/options.ts'
import { propertyColumns } from '../sync-kit/property-columns.ts'
import type { PropertyColumn } from '../sync-kit/property-columns.ts'
import { EVENT_COLUMNS, USER_COLUMNS } from './tables.ts'

export interface MixpanelOptions {
  readonly region: 'us' | 'eu' | 'in'
  readonly projectId?: number | undefined
  /** Of a service account. */
  readonly username?: string | undefined
  readonly secret?: string | undefined
  /** Of the project, in place of a service account. */
  readonly projectSecret?: string | undefined
  readonly projectTimezone: string
  readonly projectCreatedBefore2023: boolean
  readonly events?: readonly string[] | undefined
  readonly columns: readonly PropertyColumn[]
  readonly userColumns: readonly PropertyColumn[]
  readonly cohorts: 'all' | readonly number[]
  readonly daysPerRequest: number
  readonly lookbackDays: number
  readonly rereadDays: number
  readonly rereadEveryDays: number
  readonly usersEveryHours: number
  readonly cohortsEveryHours: number
  readonly requestsPerHour: number
  /** With the version, such as `https://data.mixpanel.com/api/2.0`. */
  readonly dataUrl?: string | undefined
  /** Such as `https://mixpanel.com/api/query`. */
  readonly queryUrl?: string | undefined
}

const zone = z.string().refine(isZone, 'an IANA time zone, such as Europe/Berlin')

export const mixpanelOptions: z.ZodType<MixpanelOptions> = z
  .strictObject({
    region: z.enum(['us', 'eu', 'in']).default('us'),
    projectId: z.number().int().positive().optional(),
    username: z.string().min(1).optional(),
    secret: secret(z.string().min(1)).optional(),
    projectSecret: secret(z.string().min(1)).optional(),
    projectTimezone: zone.default('UTC'),
    projectCreatedBefore2023: z.boolean().default(false),
    events: z.array(z.string().min(1)).min(1).optional(),
    columns: propertyColumns(EVENT_COLUMNS.map(({ name }) => name)),
    userColumns: propertyColumns(USER_COLUMNS.map(({ name }) => name)),
    cohorts: z.union([z.literal('all'), z.array(z.number().int())]).default([]),
    daysPerRequest: z.number().int().min(1).max(31).default(1),
    lookbackDays: z.number().int().min(0).max(90).default(5),
    rereadDays: z.number().int().min(0).max(365).default(30),
    rereadEveryDays: z.number().int().min(1).max(365).default(7),
    usersEveryHours: z.number().min(0).default(24),
    cohortsEveryHours: z.number().min(0).default(24),
    requestsPerHour: z.number().int().min(1).default(60),
    dataUrl: z.url().optional(),
    queryUrl: z.url().optional(),
  })
  .refine(({ username, secret, projectSecret }) => (projectSecret === undefined ? username !== undefined && secret !== undefined : username === undefined && secret === undefined), 'name either `username` and `secret` of a service account, or the `projectSecret`')
  .refine(({ username, projectId }) => username === undefined || projectId !== undefined, 'a service account needs the `projectId` beside it')
  .refine(({ projectCreatedBefore2023, projectTimezone }) => !projectCreatedBefore2023 || projectTimezone !== 'UTC', 'a project made before 2023 keeps the times of its own zone: name it in `projectTimezone`, as Etc/UTC where it is UTC')

function isZone(name: string): boolean {
  try {
    return resolveTimeZone(name) !== ''
  } catch {
    return false
  }
}
