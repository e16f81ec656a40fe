import { z } from 'zod'

/** Options that every database has. */
export const commonOptions = {
  /** The source's own present, ISO; absent: the clock. */
  now: z
    .string()
    .refine((text) => !Number.isNaN(Date.parse(text)), 'an ISO date or datetime')
    .optional(),
  /** Seconds for which the last look at data versions and tables is trusted. */
  ttlSeconds: z.number().min(0).default(60),
  /** Statements that run at once; more wait. */
  maxConcurrent: z.number().int().min(1).max(64).default(8),
  /** A statement that runs longer is stopped in the database. */
  statementTimeoutMs: z.number().int().min(1).max(3_600_000).default(60_000),
  connectTimeoutMs: z.number().int().min(1).max(600_000).default(10_000),
}

export interface CommonOptions {
  readonly now?: string | undefined
  readonly ttlSeconds: number
  readonly maxConcurrent: number
  readonly statementTimeoutMs: number
  readonly connectTimeoutMs: number
}

const secrets = new WeakSet<z.core.$ZodType>()

/** Marks an option as a secret: its value is never shown, and never part of a message. */
export function secret<T extends z.ZodType>(schema: T): T {
  secrets.add(schema)
  return schema
}

/** Names of the options that are marked as secrets, also within `optional` and `default`. @param options an object of options. */
export function secretsOf(options: z.ZodType): readonly string[] {
  if (!(options instanceof z.ZodObject)) throw new TypeError('Options of a connector are an object.')
  return Object.entries(options.shape).flatMap(([name, schema]) => (isSecret(schema as z.core.$ZodType) ? [name] : []))
}

function isSecret(schema: z.core.$ZodType): boolean {
  if (secrets.has(schema)) return true
  const { def } = schema._zod
  return 'innerType' in def && isSecret(def.innerType as z.core.$ZodType)
}
