import { z } from 'zod'
import { secret } from '../sql-kit/options.ts'
import { propertyColumns } from '../sync-kit/property-columns.ts'
import type { PropertyColumn } from '../sync-kit/property-columns.ts'
import { TRACK_COLUMNS, TRAIT_TABLES_COLUMNS } from './tables.ts'

export interface SegmentOptions {
  readonly region: 'us' | 'eu'
  /** Of the Profile API. */
  readonly spaceId?: string | undefined
  readonly profileToken?: string | undefined
  /** With which Segment signs live events. */
  readonly webhookSecret?: string | undefined
  /** Of track calls. */
  readonly columns: readonly PropertyColumn[]
  readonly traitColumns: readonly PropertyColumn[]
  readonly profileEvents: boolean
  readonly profilesEveryHours: number
  readonly eventsEveryHours: number
  readonly lookbackHours: number
  readonly requestsPerSecond: number
  /** With its version, such as `https://profiles.segment.com/v1`. */
  readonly profilesUrl?: string | undefined
}

export const segmentOptions: z.ZodType<SegmentOptions> = z
  .strictObject({
    region: z.enum(['us', 'eu']).default('us'),
    spaceId: z.string().min(1).optional(),
    profileToken: secret(z.string().min(1)).optional(),
    webhookSecret: secret(z.string().min(1)).optional(),
    columns: propertyColumns(TRACK_COLUMNS.map(({ name }) => name)),
    traitColumns: propertyColumns(TRAIT_TABLES_COLUMNS),
    profileEvents: z.boolean().default(true),
    profilesEveryHours: z.number().min(0).default(24),
    // Events are kept for 14 days: what is asked for more rarely is lost.
    eventsEveryHours: z.number().min(0).max(312).default(6),
    lookbackHours: z.number().min(0).max(336).default(24),
    requestsPerSecond: z.number().int().min(1).max(1_000).default(80),
    profilesUrl: z.url().optional(),
  })
  .refine(({ spaceId, profileToken }) => (spaceId === undefined) === (profileToken === undefined), 'the Profile API takes `spaceId` and `profileToken` together')
  .refine(({ spaceId, webhookSecret }) => spaceId !== undefined || webhookSecret !== undefined, 'name `spaceId` and `profileToken` for profiles, `webhookSecret` for live events, or all of them')
