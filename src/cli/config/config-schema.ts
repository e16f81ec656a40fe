import { z } from 'zod'
import { ANONYMOUS } from '../../access/anonymous.ts'
import { LOG_LEVELS } from '../../base/log.ts'
import { PRESSURE_LIMITS } from '../../http/pressure-limits.ts'
import { guardOptions } from '../../sources/guard-options.ts'
import { LANDED_SOURCE, STORE_SOURCE } from '../own-sources.ts'
import { parseByteSize } from './byte-size.ts'
import { identitySchema } from './identity-schema.ts'
import { telemetrySchema } from './telemetry-schema.ts'
import { activationSchema, destinationSchema, sourceSync, syncSchema } from './sync-schema.ts'

const WEEKDAYS = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'] as const

const text = z.string().min(1)
const bytes = z.union([z.string(), z.number()]).transform((value, context) => {
  const size = parseByteSize(value)
  if (size !== null && size > 0) return size
  context.issues.push({ code: 'custom', message: 'must be a size such as 200MB or 1GiB', input: value })
  return z.NEVER
})
const milliseconds = z.number().int().min(1).max(86_400_000)
const count = z.number().int().min(1)

/** What instances share. */
const redis = z.strictObject({
  url: z.string().regex(/^rediss?:\/\/[^\s]+$/, 'must be an address such as redis://:password@host:6379/0, or rediss:// for TLS'),
  prefix: text.default('kpiql:'),
  maxValueBytes: bytes.default(1_000_000),
  ttlSeconds: z.number().int().min(1).max(31_536_000).default(86_400),
  timeoutMs: z.number().int().min(1).max(10_000).default(1_000),
  waitMs: milliseconds.default(20_000),
})

const modelEntry = z.union([text, z.strictObject({ use: text, source: text.optional() })])

const sourceName = z
  .string()
  .regex(/^[A-Za-z_][\w-]*$/, 'Source names have letters, digits, _ and -')
  .refine((name) => name !== STORE_SOURCE, 'This is the name of what the gateway itself records')
  .refine((name) => name !== LANDED_SOURCE, 'This is the name of where synced sources land')

/** The shape of `kpiql.config.yml`. What is left out has its default, so an empty file is a whole configuration. */
export const configSchema = z.strictObject({
  model: z.union([modelEntry, z.array(modelEntry).min(1)]).optional(),
  sources: z.record(sourceName, z.looseObject({ connector: text, guard: guardOptions.optional(), sync: sourceSync.optional() })).optional(),
  sync: syncSchema.prefault({}),
  identity: identitySchema.default({}),
  destinations: z.record(sourceName, destinationSchema).optional(),
  activations: z.array(activationSchema).default([]),
  calendar: z
    .strictObject({
      weekStart: z.enum(WEEKDAYS).transform((day) => WEEKDAYS.indexOf(day) + 1).optional(),
      fiscalYearStart: z.number().int().min(1).max(12).optional(),
    })
    .optional(),
  cache: z.strictObject({ maxBytes: bytes.default(200_000_000), collectMs: z.number().int().min(0).max(1_000).default(0), collectBehind: z.number().int().min(0).max(1_000).default(2), redis: redis.optional() }).prefault({}),
  rollups: z.strictObject({ maxBytes: bytes.default(1_000_000_000), everySeconds: z.number().int().min(1).max(86_400).default(10), dropUnusedDays: z.number().int().min(1).max(3660).nullable().default(60) }).prefault({}),
  queryLog: z.union([z.literal(false), z.strictObject({ keepDays: z.number().int().min(1).max(3660).default(90) })]).prefault({}),
  server: z
    .strictObject({
      host: text.default('127.0.0.1'),
      port: z.number().int().min(0).max(65_535).default(4000),
      deadlineMs: milliseconds.default(30_000),
      graceMs: z.number().int().min(0).max(600_000).default(10_000),
      requestTimeoutMs: milliseconds.default(30_000),
      headersTimeoutMs: milliseconds.default(10_000),
      // A CSV of 10 MB, the most an upload takes, and what JSON adds to its quotes and line breaks.
      bodyLimit: bytes.default(12_000_000),
      cors: z.array(z.union([z.literal('*'), z.string().regex(/^https?:\/\/[^/\s]+$/, 'must be an origin such as https://app.example.com, without a path')])).default([]),
      explorer: z.boolean().default(true),
      landing: z.boolean().optional(),
      introspection: z.boolean().optional(),
      metrics: z.enum(['key', 'open', 'off']).default('key'),
      niceness: z.number().int().min(0).max(19).default(10),
    })
    .prefault({}),
  access: z.strictObject({ anonymous: z.enum(ANONYMOUS).default('loopback') }).prefault({}),
  limits: z
    .strictObject({
      maxDepth: count.default(25),
      maxFields: count.default(10_000),
      maxAliases: count.default(2_000),
      maxTokens: count.default(10_000),
      maxGroups: count.default(100_000),
      maxPushedMembers: z.number().int().min(0).max(1_000_000).default(10_000),
      maxRequestsRunning: count.max(100_000).default(PRESSURE_LIMITS.maxRequestsRunning),
      maxRequestsWaiting: z.number().int().min(0).max(100_000).default(PRESSURE_LIMITS.maxRequestsWaiting),
      maxLoopDelayMs: milliseconds.default(PRESSURE_LIMITS.maxLoopDelayMs),
      maxRowsScanned: count.nullable().default(10_000_000_000),
    })
    .prefault({}),
  telemetry: telemetrySchema.optional(),
  log: z.strictObject({ level: z.enum(LOG_LEVELS).default('info'), format: z.enum(['json', 'text']).optional() }).prefault({}),
  stateFolder: text.default('.kpiql'),
  store: z.strictObject({ path: text.optional() }).prefault({}),
})

export type ConfigData = z.output<typeof configSchema>
