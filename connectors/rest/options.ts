import { z } from 'zod'
import { durationMs, parseDuration } from '../../src/base/duration.ts'
import { resolveTimeZone } from '../../src/base/time-zone.ts'
import { isJsonPath } from './json-path.ts'
import type { AuthOptions, ColumnOptions, DeleteOptions, IncrementalOptions, PagingOptions, RestOptions, StreamOptions } from './option-types.ts'
import { streamFaults } from './stream-faults.ts'
import { templateFault } from './template.ts'
import type { Template } from './template.ts'
import { TIME_FORMATS } from './times.ts'

const name = z.string().regex(/^[a-z][a-z0-9_]{0,62}$/, 'lower case letters, digits and _, beginning with a letter')
const jsonPath = z.string().refine(isJsonPath, 'a JSONPath such as $.data[*], without expressions, parents or names')
const duration = z.string().refine((text) => {
  try {
    return durationMs(parseDuration(text)) >= 0
  } catch {
    return false
  }
}, 'a duration of minutes, hours, days or weeks, such as "10 minutes"')
const zone = z
  .string()
  .refine((text) => {
    try {
      return resolveTimeZone(text) !== ''
    } catch {
      return false
    }
  }, 'an IANA time zone such as Europe/Berlin')
  .default('UTC')
const instant = z.string().refine((text) => !Number.isNaN(Date.parse(text)), 'an ISO date or datetime')
const template = z.string().check((context) => {
  const fault = templateFault(context.value)
  if (fault !== null) context.issues.push({ code: 'custom', message: fault, input: context.value })
})
const body: z.ZodType<Template> = z.lazy(() => z.union([z.null(), z.boolean(), z.number(), template, z.array(body), z.record(z.string(), body)]))
const address = z.string().refine((text) => URL.canParse(text) && /^https?:\/\/[^/?#@]+(\/[^?#]*)?$/.test(text), 'an address such as https://api.example.com/v1, without user, query or fragment')
const parameter = z.string().min(1).optional()
const count = z.number().int().min(1)

const auth: z.ZodType<AuthOptions> = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('none') }),
  z.strictObject({ kind: z.literal('bearer'), token: z.string().min(1) }),
  z.strictObject({ kind: z.literal('header'), name: z.string().regex(/^[\w-]+$/, 'the name of a header'), value: z.string().min(1) }),
  z.strictObject({ kind: z.literal('basic'), user: z.string(), password: z.string() }),
  z.strictObject({ kind: z.literal('query'), name: z.string().min(1), value: z.string().min(1) }),
  z.strictObject({ kind: z.literal('oauth2'), tokenUrl: address, clientId: z.string().min(1), clientSecret: z.string().min(1), scope: z.string().optional(), audience: z.string().optional(), sendAs: z.enum(['basic', 'body']).default('basic') }),
])

const counted = { parameter, size: count.optional(), sizeParameter: parameter, total: jsonPath.optional(), more: jsonPath.optional(), shortPageEnds: z.boolean().default(false) }
const paging: z.ZodType<PagingOptions> = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('none') }),
  z.strictObject({ kind: z.literal('page'), first: z.number().int().min(0).default(1), ...counted }),
  z.strictObject({ kind: z.literal('offset'), ...counted }),
  z.strictObject({ kind: z.literal('cursor'), parameter, next: jsonPath, more: jsonPath.optional(), ended: jsonPath.optional() }),
  z.strictObject({ kind: z.literal('url'), next: jsonPath, more: jsonPath.optional() }),
  z.strictObject({ kind: z.literal('link'), rel: z.string().min(1).default('next') }),
  z.strictObject({ kind: z.literal('last-id'), parameter, field: jsonPath.default('$.id'), more: jsonPath.optional() }),
  z.strictObject({ kind: z.literal('session'), parameter, first: z.number().int().min(0).default(0), sessionParameter: parameter, session: jsonPath }),
  z.strictObject({ kind: z.literal('scroll'), parameter, next: jsonPath }),
])

const incremental: z.ZodType<IncrementalOptions> = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('time'),
    field: jsonPath,
    format: z.enum(TIME_FORMATS).default('iso'),
    timezone: zone,
    lookback: duration.default('10 minutes'),
    lag: duration.optional(),
    begins: instant.optional(),
    window: duration.optional(),
    endsInclusive: z.boolean().default(false),
  }),
  z.strictObject({ kind: z.literal('cursor'), format: z.enum(TIME_FORMATS).default('iso'), timezone: zone, begins: instant.optional(), lag: duration.optional() }),
])

const endpoint = {
  method: z.enum(['GET', 'POST']).default('GET'),
  path: template,
  query: z.record(z.string(), z.union([template, z.number(), z.boolean()])).default({}),
  body: body.optional(),
  records: jsonPath.default('$[*]'),
  paging: paging.default({ kind: 'none' }),
  emptyStatuses: z.array(z.number().int().min(400).max(499)).default([]),
}

const deletes: z.ZodType<DeleteOptions> = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('keep') }),
  z.strictObject({ kind: z.literal('sweep'), every: duration.optional() }),
  z.strictObject({ kind: z.literal('field'), field: jsonPath, values: z.array(z.union([z.string(), z.number(), z.boolean()])).min(1).optional() }),
  z.strictObject({ kind: z.literal('endpoint'), key: z.array(jsonPath).min(1), ...endpoint }),
])

const KINDS = ['text', 'boolean', 'integer', 'decimal', 'float', 'date', 'timestamp', 'json'] as const
const column: z.ZodType<ColumnOptions> = z.union([
  z.enum(KINDS).transform((kind) => ({ kind, timezone: 'UTC', personal: false })),
  z.strictObject({
    kind: z.enum(KINDS),
    from: jsonPath.optional(),
    format: z.enum(TIME_FORMATS).optional(),
    timezone: zone,
    scale: z.number().int().min(0).max(18).optional(),
    personal: z.boolean().default(false),
    description: z.string().optional(),
    currency: z.string().refine((text) => isJsonPath(text) || /^[A-Z]{3}$/.test(text), 'a JSONPath in the record, or a code such as EUR').optional(),
  }),
])

const stream: z.ZodType<StreamOptions> = z
  .strictObject({
    name,
    description: z.string().optional(),
    ...endpoint,
    key: z.array(name).min(1),
    columns: z.record(name, column).default({}),
    others: z.enum(['keep', 'drop']).default('keep'),
    person: z.strictObject({ user: z.array(name).optional(), email: z.array(name).optional(), of: z.array(name).optional(), device: z.array(name).optional(), staff: z.array(name).optional() }).optional(),
    refers: z.array(z.strictObject({ column: name, tells: z.array(name).default([]) })).default([]),
    incremental: incremental.optional(),
    deletes: deletes.optional(),
    after: z.array(name).default([]),
  })
  .check((context) => {
    for (const { path, message } of streamFaults(context.value)) context.issues.push({ code: 'custom', path: [...path], message, input: context.value })
  })

export const restOptions: z.ZodType<RestOptions> = z
  .strictObject({
    baseUrl: address,
    title: z.string().min(1).optional(),
    auth: auth.default({ kind: 'none' }),
    headers: z.record(z.string().regex(/^[\w-]+$/, 'the name of a header'), z.string()).default({}),
    query: z.record(z.string(), z.string()).default({}),
    limits: z
      .strictObject({
        requestsPerSecond: z.number().min(0.01).max(1_000).default(5),
        concurrency: count.max(64).default(2),
        attempts: count.max(20).default(6),
        timeoutSeconds: z.number().min(1).max(300).default(60),
        remainingHeader: z.string().min(1).optional(),
        resetHeader: z.string().min(1).optional(),
        resetFormat: z.enum(['seconds', 'epoch-seconds', 'epoch-ms', 'date']).default('seconds'),
      })
      .prefault({}),
    failures: z
      .array(
        z.strictObject({
          path: jsonPath,
          equals: z.array(z.union([z.string(), z.number(), z.boolean()])).min(1).optional(),
          kind: z.enum(['busy', 'passing', 'credentials', 'refused']),
          message: jsonPath.optional(),
          retryAfter: jsonPath.optional(),
        }),
      )
      .default([]),
    streams: z.array(stream).min(1),
  })
  .check((context) => {
    const names = context.value.streams.map((one) => one.name)
    for (const [index, one] of context.value.streams.entries()) {
      if (names.indexOf(one.name) !== index) context.issues.push({ code: 'custom', path: ['streams', index, 'name'], message: 'two streams have this name', input: one.name })
      for (const other of one.after) if (!names.includes(other) || other === one.name) context.issues.push({ code: 'custom', path: ['streams', index, 'after'], message: `there is no other stream ${other}`, input: other })
    }
  })
